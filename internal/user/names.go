package user

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/lingpai/lingpai/internal/fault"
)

const (
	maxUsername = 64  // characters
	maxEmail    = 254 // bytes (RFC 5321)
	maxName     = 100 // characters
	maxRole     = 64  // characters
)

// CanonicalUsername checks a username and returns the form by which it is unique: compatibility characters, width and case are folded
// (after the manner of RFC 8265), so that "Ａlice" is alice. Letters, digits, and . _ - between them are allowed; letters of
// scripts that look alike are not mixed, so that nobody can pose as another with a Cyrillic а.
func CanonicalUsername(s string) (string, error) {
	if !utf8.ValidString(s) || len(s) > 4*maxUsername {
		return "", invalid("username", "The username is not readable text of at most 64 characters.")
	}
	c := norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
	if n := utf8.RuneCountInString(c); n < 1 || n > maxUsername {
		return "", invalid("username", "A username has 1 to 64 characters.")
	}
	for i, r := range c {
		between := i > 0 && i < len(c)-1
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !(between && (strings.ContainsRune("._-", r) || unicode.IsMark(r))) {
			return "", invalid("username", "A username has letters, digits, and . _ - between them.")
		}
	}
	if mixesLookalikes(c) {
		return "", invalid("username", "A username does not mix letters of Latin, Greek and Cyrillic.")
	}
	return c, nil
}

func mixesLookalikes(s string) bool {
	scripts := 0
	for _, table := range []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic} {
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(table, r) }) {
			scripts++
		}
	}
	return scripts > 1
}

// CanonicalEmail checks an address and returns the form by which it is unique: folded in case, nothing else. "a+b@x" and "a@x" stay
// two addresses, because only their provider knows whether they are one. "" is no address, and stays "".
func CanonicalEmail(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	bad := invalid("email", "This is not an email address.")
	if !utf8.ValidString(s) || len(s) > maxEmail || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", bad
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" {
		return "", bad
	}
	return strings.ToLower(norm.NFKC.String(s)), nil
}

// CanonicalLogin is what somebody typed into the sign-in form, made comparable. It never fails: what cannot be a name is looked up
// as it is, is found by nobody, and costs the same.
func CanonicalLogin(s string) string {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "@") {
		if c, err := CanonicalEmail(s); err == nil {
			return c
		}
		return s
	}
	if c, err := CanonicalUsername(s); err == nil {
		return c
	}
	return s
}

// checkName accepts any readable text: names of people have no syntax.
func checkName(s string) error {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxName || strings.ContainsFunc(s, unicode.IsControl) {
		return invalid("name", "A name is readable text of at most 100 characters.")
	}
	return nil
}

func checkRoles(roles []string) error {
	for _, r := range roles {
		ok := r != "" && len(r) <= maxRole && !strings.ContainsFunc(r, func(c rune) bool {
			return c != '_' && c != '-' && c != ':' && c != '.' && (c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c))
		})
		if !ok {
			return invalid("roles", "A role has up to 64 letters, digits and . _ - : in it.")
		}
	}
	return nil
}

func invalid(field, text string) *fault.Refusal {
	r := fault.Refuse(fault.FieldInvalid, text)
	r.Fields = map[string]string{field: text}
	return r
}
