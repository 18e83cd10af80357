package devserver_test

import (
	"strings"
	"testing"
)

const storyHeading = "The life of a token"

func TestTheStoryIsTheFirstPageWhereNoAppIs(t *testing.T) {
	d := start(t, "routes: [{ match: /api/x, mock: { text: x } }]\n")
	d.get("/").wants(t, 200, storyHeading)
	d.get("/auth/dev").wants(t, 200, storyHeading)
	d.get("/elsewhere").refused(t, "route_missing")
	d.post("/", "{}").refused(t, "route_missing")
	if csp := d.get("/").header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("its policy is %q", csp)
	}
	if all := d.app.Dev().Exchanges().Since(0); len(all) != 2 {
		t.Errorf("the page itself is told of: %+v", all)
	}

	d = start(t, "routes: [{ match: /**, spa: ./dist }]\n", files{"dist/index.html": "<p>app"})
	d.get("/").wants(t, 200, "<p>app")
	d.get("/auth/dev").wants(t, 200, storyHeading)
}

// Cookies are shared with the developer's own app: the story does not sign it out by itself.
func TestTheStoryLeavesTheCookiesOfAnAppAlone(t *testing.T) {
	d := start(t, "")
	for cookie, keep := range map[string]string{"": "memory", "lingpai_refresh=lpr_x": "storage", "lingpai_session=lps_x": "storage"} {
		page := d.get("/auth/dev", "Cookie: "+cookie).body
		if !strings.Contains(page, `value="`+keep+`" checked`) {
			t.Errorf("with %q, the story does not keep its session in %s", cookie, keep)
		}
	}
}

// The story asks an address that wants a token, of the developer's own routes if there is one.
func TestTheStoryAsksTheDevelopersOwnAPI(t *testing.T) {
	for yaml, api := range map[string]string{
		"": "/api/me",
		"routes:\n  - { match: /api/open, mock: { text: x } }\n  - { match: \"POST /api/a\", auth: true, mock: { text: x } }\n" +
			"  - { match: \"/api/{id}\", auth: true, mock: { text: x } }\n  - { match: /api/editors, auth: { roles: [editor] }, mock: { text: x } }\n" +
			"  - { match: \"GET /api/notes\", auth: { roles: [admin] }, mock: { text: x } }\n": "/api/notes",
		"routes: [{ match: /api/open, mock: { text: x } }]\n": "/auth/api/me",
	} {
		if page := start(t, yaml).get("/auth/dev").body; !strings.Contains(page, `&#34;api&#34;:&#34;`+api+`&#34;`) {
			t.Errorf("the story does not ask %s", api)
		}
	}
}
