package httpd

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

const maxReturnTo = 2000

// ReturnTo checks where a person wants to go after signing in or out: a path of this origin, or an address of a configured origin. What
// it accepts means to a browser what it means here, letter for letter: anything that one of the two might read otherwise is refused, and
// nothing is left of it ("", false).
func (e *Edge) ReturnTo(s string) (string, bool) {
	if !e.mayReturnTo(s) {
		return "", false
	}
	return s, true
}

func (e *Edge) mayReturnTo(s string) bool {
	if s == "" || len(s) > maxReturnTo || strings.ContainsFunc(s, ambiguous) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Opaque != "" || u.String() != s || !plainPath(u) {
		return false
	}
	if u.Host != "" || u.Scheme != "" {
		return slices.Contains(e.Origins, u.Scheme+"://"+u.Host)
	}
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(u.Path, LoginPath) && !strings.HasPrefix(u.Path, LogoutPath)
}

// ambiguous holds for what browsers drop, fold or treat as a slash.
func ambiguous(c rune) bool { return c <= 0x20 || c == '\\' || c >= 0x7f }

// plainPath refuses a path that changes when it is normalised, decoded or not: "/.//evil.example" becomes "//evil.example".
func plainPath(u *url.URL) bool {
	p := u.Path
	if p == "" {
		return u.Host != ""
	}
	if strings.Contains(p, `\`) || strings.ContainsFunc(p, func(c rune) bool { return c < 0x20 || c == 0x7f }) {
		return false
	}
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean == p
}
