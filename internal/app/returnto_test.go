package app

import (
	"net/url"
	"strings"
	"testing"
)

// Case 75 of the catalogue: a link to one of our pages must not make that page lead to somebody else's, by a redirect, a form or a button.
func TestAttack75PagesLeadToNoForeignAddress(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	for _, address := range []string{"https://evil.example/", "//evil.example", "javascript://evil.example/%0aalert(1)", "https:/evil.example"} {
		in, out := s.browser(), s.browser()
		query := "?" + url.Values{"return_to": {address}}.Encode()
		pages := map[string]reply{
			"sign-in":            out.get("/auth/login" + query),
			"signed out":         out.get("/auth/logout" + query),
			"refused sign-in":    out.postForm("/auth/login", map[string]string{"username": "alice", "password": "wrong", "return_to": address}),
			"after the sign-in":  in.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": address}),
			"sign-in, signed in": in.get("/auth/login" + query),
			"sign-out":           in.get("/auth/logout" + query),
			"after the sign-out": in.postForm("/auth/logout", map[string]string{"return_to": address}),
		}
		for name, r := range pages {
			if strings.Contains(r.body, "evil.example") || strings.HasPrefix(r.header.Get("Location"), address) {
				t.Errorf("%s with %q: %d, Location %q, or in the page", name, address, r.status, r.header.Get("Location"))
			}
		}
	}
}
