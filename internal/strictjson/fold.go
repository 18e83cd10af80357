package strictjson

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// foldedName is a member name with a hash that is equal for names which differ only in letter case.
type foldedName struct {
	text string
	hash uint64
}

// fold hashes a name (FNV-1a) letter by letter, each as the smallest of its case variants. That is the equality of encoding/json and of
// strings.EqualFold; it holds for all of Unicode and takes the Kelvin sign for k and the long s for s.
func fold(name string) foldedName {
	h := uint64(14695981039346656037)
	for _, r := range name {
		h = (h ^ uint64(smallest(r))) * 1099511628211
	}
	return foldedName{name, h}
}

func smallest(r rune) rune {
	if r < utf8.RuneSelf {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	for {
		next := unicode.SimpleFold(r)
		if next <= r {
			return next
		}
		r = next
	}
}

// among finds the name's equal. Hashes are compared first, so that 256 long names which begin alike cost no more than others.
func (n foldedName) among(names []foldedName) (other string, found bool) {
	for _, o := range names {
		if o.hash == n.hash && strings.EqualFold(o.text, n.text) {
			return o.text, true
		}
	}
	return "", false
}
