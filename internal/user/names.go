package user

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/pattern"
)

const (
	maxUsername = 64  // characters
	maxEmail    = 254 // bytes (RFC 5321)
	maxLocal    = 64  // bytes before the @ (RFC 5321)
	maxName     = 100 // characters
	maxRole     = 64  // characters
	maxRoles    = 100 // as many of the longest still fit into a token
)

// CanonicalUsername checks a username and returns the form by which it is unique: compatibility characters, width and case are folded
// (after the manner of RFC 8265), so that "Ａlice" is alice. Letters, digits, and . _ - between them are allowed, as long as they can be
// seen; letters of scripts that look alike are not mixed, so that nobody can pose as another with a Cyrillic а.
func CanonicalUsername(s string) (string, error) {
	if !utf8.ValidString(s) || len(s) > 4*maxUsername {
		return "", invalid("username", "The username is not readable text of at most 64 characters.")
	}
	c := norm.NFKC.String(secondDot().ReplaceAllString(cases.Fold().String(norm.NFKC.String(s)), "$1"))
	if n := utf8.RuneCountInString(c); n < 1 || n > maxUsername {
		return "", invalid("username", "A username has 1 to 64 characters.")
	}
	for i, r := range c {
		between := i > 0 && i < len(c)-1
		inside := between && (strings.ContainsRune("._-", r) || unicode.IsMark(r))
		if unseen(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !inside {
			return "", invalid("username", "A username has letters, digits, and . _ - between them.")
		}
	}
	if mixesLookalikes(c) {
		return "", invalid("username", "A username does not mix scripts whose letters look alike, such as Latin and Cyrillic.")
	}
	return c, nil
}

// secondDot is a dot above an i or a j, which has one already, so that nobody sees it. Folding makes such an i of the Turkish İ.
var secondDot = pattern.Lazy("([ij])\u0307+")

// unseen holds for what takes no ink, or changes only how its neighbours are drawn: two names that differ in it look the same.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// lookalikes are scripts with letters that are drawn like letters of another of them.
var lookalikes = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Cherokee, unicode.Coptic, unicode.Lisu,
}

func mixesLookalikes(s string) bool {
	scripts := 0
	for _, table := range lookalikes {
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(table, r) }) {
			scripts++
		}
	}
	return scripts > 1
}

// CanonicalEmail checks an address and returns the form by which it is unique: compatibility characters and case are folded, nothing
// else. "a+b@x" and "a@x" stay two addresses, because only their provider knows whether they are one. "" is no address, and stays "".
func CanonicalEmail(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	c := norm.NFKC.String(strings.ToLower(norm.NFKC.String(s)))
	if !isAddress(s) || !isAddress(c) { // Folding can make a second @ of a character that is none.
		return "", invalid("email", "This is not an email address.")
	}
	return c, nil
}

func isAddress(s string) bool {
	if !utf8.ValidString(s) || len(s) > maxEmail || strings.ContainsFunc(s, unseen) {
		return false
	}
	local, domain, _ := strings.Cut(s, "@")
	outside := func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '.' && r != '-'
	}
	if len(local) > maxLocal || strings.ContainsFunc(domain, outside) {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == ""
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

// CheckName accepts any readable text: names of people have no syntax.
func CheckName(s string) error {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxName || strings.ContainsFunc(s, unicode.IsControl) {
		return invalid("name", "A name is readable text of at most 100 characters.")
	}
	return nil
}

func checkRoles(roles []string) error {
	if len(roles) > maxRoles || slices.ContainsFunc(roles, func(r string) bool { return !isRole(r) }) {
		return invalid("roles", "A role has up to 64 letters, digits and . _ - : in it, and an account up to 100 roles.")
	}
	return nil
}

func isRole(r string) bool {
	return r != "" && len(r) <= maxRole && !strings.ContainsFunc(r, func(c rune) bool {
		return c != '_' && c != '-' && c != ':' && c != '.' && (c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c))
	})
}

// sortedRoles is how roles are kept: in order, each once.
func sortedRoles(roles []string) []string { return slices.Compact(slices.Sorted(slices.Values(roles))) }

func invalid(field, text string) *fault.Refusal {
	r := fault.Refuse(fault.FieldInvalid, text)
	r.Fields = map[string]string{field: text}
	return r
}
