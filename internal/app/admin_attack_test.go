package app

import (
	"net/url"
	"strings"
	"testing"
)

// A link to us that an administrator follows must not be one to somewhere else.
func TestAttackAnIDThatIsAPathLeadsNowhereElse(t *testing.T) {
	r := startRoom(t)
	for _, id := range []string{
		`..%2f..%2f..%2f%5cevil.example`, `..%2f..%2f..%2f%5c%5cevil.example`, `%2f%2fevil.example`, `%5c%5cevil.example`, `..%2f..%2flogout`, `x%3fy`, `x%0d%0aSet-Cookie:a=b`,
	} {
		for _, path := range []string{"/users/" + id + "/link", "/apps/" + id + "/secret", "/apps/" + id + "/drop-old", "/apps/" + id + "/remove"} {
			a := r.ada.get("/auth/admin" + path)
			to, err := url.Parse(a.header.Get("Location"))
			if err != nil || strings.Contains(to.EscapedPath(), `\`) || to.Host != "" || strings.Count(to.EscapedPath(), "/") != 4 || a.header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %d to %q", path, a.status, a.header.Get("Location"))
			}
		}
	}
}
