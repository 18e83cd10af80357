package password

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/lingpai/lingpai/internal/fault"
)

// Policy says which passwords may be chosen, after NIST SP 800-63B-4 section 3.1.1.2: a minimum length, a list of common passwords and of
// words from the context, and no rules about kinds of characters. The zero value has the defaults.
type Policy struct {
	// MinLength counts code points. Default: 15, as for a password that is all that signs a person in.
	MinLength int
}

// DefaultMinLength is that of NIST SP 800-63B-4.
const DefaultMinLength = 15

// enough is the number of characters that must be left when words that anyone would guess are taken away, and that a repeated text must
// have. Fewer than distinct characters are a pattern. Both count a run once, see essence.
const (
	enough   = 8
	distinct = 6
)

// Rule names what a password did not meet. The names are stable.
type Rule string

// The rules, in the order in which a [Rejection] lists them.
const (
	TooShort Rule = "too_short" // Length and Limit are set
	TooLong  Rule = "too_long"  // Length and Limit are set
	NotText  Rule = "not_text"  // not valid UTF-8
	Common   Rule = "common"    // on the list of common passwords, perhaps repeated or padded
	Context  Rule = "context"   // mostly Word, which anyone would try
	Pattern  Rule = "pattern"   // a sequence or a repetition
	Stolen   Rule = "stolen"    // on a list of stolen passwords; [Policy.Check] knows of none
)

// Reason is one rule that a password did not meet, with the values that a page needs to word it.
type Reason struct {
	Rule Rule
	// Length and Limit count code points.
	Length, Limit int
	// Word is from the context: the person's own name, say, in lower case.
	Word string
}

// Rejection lists every reason against a password.
type Rejection struct{ Reasons []Reason }

// Check judges a password that somebody wants to have; nil means that it is fine. The context holds what an attacker would try for
// this person: username, email address, names, the host of the issuer. Each is taken apart into words.
func (p Policy) Check(password string, context ...string) *Rejection {
	if !utf8.ValidString(password) {
		return &Rejection{Reasons: []Reason{{Rule: NotText}}}
	}
	least := p.MinLength
	if least == 0 {
		least = DefaultMinLength
	}
	length := utf8.RuneCountInString(password)
	if length > MaxLength || len(password) > maxBytes {
		return &Rejection{Reasons: []Reason{{Rule: TooLong, Length: length, Limit: MaxLength}}}
	}
	password = norm.NFC.String(password)
	var reasons []Reason
	if length = utf8.RuneCountInString(password); length < least {
		reasons = append(reasons, Reason{Rule: TooShort, Length: length, Limit: least})
	}
	if isCommon(password) {
		reasons = append(reasons, Reason{Rule: Common})
	}
	if word := mostly(password, context); word != "" {
		reasons = append(reasons, Reason{Rule: Context, Word: word})
	}
	if isPattern(password) {
		reasons = append(reasons, Reason{Rule: Pattern})
	}
	if reasons == nil {
		return nil
	}
	return &Rejection{Reasons: reasons}
}

// mostly returns the longest word of the context that is in the password, when too little or only a common password is left without
// such words; else "".
func mostly(password string, context []string) string {
	rest, found := fold(password), ""
	for _, word := range words(context) {
		if folded := fold(word); strings.Contains(rest, folded) {
			rest = strings.ReplaceAll(rest, folded, "")
			if found == "" {
				found = word
			}
		}
	}
	if found != "" && (essence(rest) < enough || isCommon(rest)) {
		return found
	}
	return ""
}

// words takes the context apart, longest first. Words of less than four bytes are left out: they occur in any text. (Four bytes are two
// Chinese characters, which is a name.)
func words(context []string) []string {
	list := []string{"lingpai"}
	for _, text := range context {
		text = norm.NFC.String(strings.ToLower(text))
		list = append(list, text)
		list = append(list, strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	list = slices.DeleteFunc(list, func(word string) bool { return len(fold(word)) < 4 })
	slices.SortStableFunc(list, func(a, b string) int { return len(b) - len(a) })
	return list
}

// Error says all reasons in English. It makes a Rejection the cause of its refusal, where pages find the single reasons.
func (r *Rejection) Error() string {
	said := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		said[i] = reason.String()
	}
	return strings.Join(said, ", and ")
}

// Refusal is the rejection for a client, in English.
func (r *Rejection) Refusal() *fault.Refusal {
	return fault.Refuse(fault.PasswordRejected, r.Error()).Because(r)
}

// String says the reason as a clause in English.
func (r Reason) String() string {
	switch r.Rule {
	case TooShort:
		return fmt.Sprintf("it has %d of at least %d characters", r.Length, r.Limit)
	case TooLong:
		return fmt.Sprintf("it is longer than %d characters", r.Limit)
	case NotText:
		return "it is not valid text (UTF-8)"
	case Common:
		return "it is one of the most common passwords"
	case Context:
		return fmt.Sprintf("it is mostly %q, which anyone would try", r.Word)
	case Pattern:
		return "it is a sequence or a repetition"
	case Stolen:
		return "it is among the passwords that were stolen from other services"
	}
	return string(r.Rule)
}
