package oauth

import (
	"slices"
	"strings"
)

// Scope is a list of scope values, each once, in the order in which they came.
type Scope []string

const maxScopes = 64

// ParseScope reads a `scope` (RFC 6749, section 3.3): words of printable ASCII without quotes and backslashes, parted by one space.
// A word that comes twice counts once. The error is an [InvalidScope].
func ParseScope(s string) (Scope, error) {
	if s == "" {
		return nil, nil
	}
	var out Scope
	for word := range strings.SplitSeq(s, " ") {
		if !IsScopeWord(word) {
			return nil, Refuse(InvalidScope, "scope is not a list of words with one space between them")
		}
		if !out.Has(word) {
			out = append(out, word)
		}
	}
	if len(out) > maxScopes {
		return nil, Refuse(InvalidScope, "scope has more than %d words", maxScopes)
	}
	return out, nil
}

// IsScopeWord reports whether s may stand in a scope.
func IsScopeWord(s string) bool {
	return s != "" && len(s) <= 200 && !strings.ContainsFunc(s, func(c rune) bool { return c <= 0x20 || c > 0x7e || c == '"' || c == '\\' })
}

// Has reports whether word is one of them.
func (s Scope) Has(word string) bool { return slices.Contains(s, word) }

// Covers reports whether every word of other is in s.
func (s Scope) Covers(other Scope) bool {
	return !slices.ContainsFunc(other, func(word string) bool { return !s.Has(word) })
}

// Only returns the words of s that are in allowed, in the order of s.
func (s Scope) Only(allowed Scope) (out Scope) {
	for _, word := range s {
		if allowed.Has(word) {
			out = append(out, word)
		}
	}
	return out
}

// With returns s and the words of other that are not in it.
func (s Scope) With(other Scope) Scope {
	out := slices.Clone(s)
	for _, word := range other {
		if !out.Has(word) {
			out = append(out, word)
		}
	}
	return out
}

// String is the wire form.
func (s Scope) String() string { return strings.Join(s, " ") }
