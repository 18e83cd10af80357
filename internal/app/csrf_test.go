package app

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/admin"
	"github.com/lingpai/lingpai/internal/api"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/oidc"
)

// routes are the patterns of all routes, with something in place of what varies in a path.
func (s *server) routes() (patterns []string) {
	fill := strings.NewReplacer("{id}", "AAAAAAAAAAAAAAAAAAAAAA", "{sid}", "AAAAAAAAAAAAAAAAAAAAAA", "{file}", "x.css", "{provider}", "company", "{hash}", "x", "{$}", "")
	for _, r := range routes(new(health).routes(), new(oidc.Handler).Routes(), new(api.Handler).Routes(), new(admin.Handler).Routes(), new(login.Handler).Routes()) {
		patterns = append(patterns, fill.Replace(r.Pattern))
	}
	return patterns
}

// foreign are the headers that browsers send with a request which a page of another origin has caused.
var foreign = map[string][]string{
	"cross-site":              {"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"},
	"cross-site, old browser": {"Origin: https://evil.example"},
	"sandboxed frame":         {"Origin: null", "Sec-Fetch-Site: cross-site"},
	"sandboxed, old browser":  {"Origin: null"},
	"no origin":               {"Sec-Fetch-Site: cross-site"},
	"same-site sibling":       {"Origin: http://sibling.localhost", "Sec-Fetch-Site: same-site"},
	"sibling without origin":  {"Sec-Fetch-Site: same-site"},
	"other port":              {"Origin: http://localhost:1", "Sec-Fetch-Site: same-site"},
	"other port, old browser": {"Origin: http://localhost:1"},
	"with a proxy's password": {"Origin: http://localhost:9999", "Sec-Fetch-Site: same-site", "Authorization: Basic eDp5"},
	"invented site":           {"Origin: https://evil.example", "Sec-Fetch-Site: sideways"},
}

// deeds are requests that change something, as a form or a script can send them, for a browser that holds session and refresh cookie.
func deeds(session string) map[string]func(c *client, headers []string) reply {
	form := func(path string, fields map[string]string) func(c *client, headers []string) reply {
		return func(c *client, h []string) reply { return c.postForm(path, fields, h...) }
	}
	call := func(method, path, body string) func(c *client, headers []string) reply {
		return func(c *client, h []string) reply {
			if body == "" {
				return c.do(method, path, "", h...)
			}
			return c.do(method, path, body, append(h, "Content-Type: application/json")...)
		}
	}
	return map[string]func(c *client, headers []string) reply{
		"POST /auth/api/login":                             call("POST", "/auth/api/login", `{"username":"mallory","password":"`+battery+`"}`),
		"POST /auth/api/refresh":                           call("POST", "/auth/api/refresh", ""),
		"POST /auth/api/refresh/confirm":                   call("POST", "/auth/api/refresh/confirm", ""),
		"POST /auth/api/logout":                            call("POST", "/auth/api/logout", ""),
		"DELETE /auth/api/sessions/{id}":                   call("DELETE", "/auth/api/sessions/"+session, ""),
		"GET /auth/api/events":                             call("HEAD", "/auth/api/events", ""),
		"POST /auth/login":                                 form("/auth/login", map[string]string{"username": "mallory", "password": battery}),
		"POST /auth/login/code":                            form("/auth/login/code", map[string]string{"code": "123456"}),
		"POST /auth/login/two-step":                        form("/auth/login/two-step", map[string]string{"token": "x", "code": "123456"}),
		"POST /auth/login/passkey":                         form("/auth/login/passkey", map[string]string{"credential": "{}"}),
		"POST /auth/account/passkeys":                      form("/auth/account/passkeys", map[string]string{"credential": "{}"}),
		"POST /auth/account/passkeys/{id}":                 form("/auth/account/passkeys/x", map[string]string{"name": "x"}),
		"POST /auth/account/passkeys/{id}/remove":          form("/auth/account/passkeys/x/remove", nil),
		"POST /auth/account/passkey-options":               call("POST", askToAdd, ""),
		"POST /auth/api/passkey/options":                   call("POST", askToSignIn, ""),
		"POST /auth/api/passkey":                           call("POST", "/auth/api/passkey", `{"credential":{}}`),
		"POST /auth/account/two-step":                      form("/auth/account/two-step", map[string]string{"token": "x", "code": "123456"}),
		"POST /auth/account/two-step/codes":                form("/auth/account/two-step/codes", nil),
		"POST /auth/account/two-step/off":                  form("/auth/account/two-step/off", nil),
		"POST /auth/logout":                                form("/auth/logout", map[string]string{"scope": "all"}),
		"POST /auth/account/profile":                       form("/auth/account/profile", map[string]string{"name": "Mallory", "email": "m@evil.example", "proof": battery}),
		"POST /auth/account/password":                      form("/auth/account/password", map[string]string{"current": battery, "new": "battery horse correct staple"}),
		"POST /auth/account/sessions/{id}/end":             form("/auth/account/sessions/"+session+"/end", nil),
		"POST /auth/account/sessions/end-others":           form("/auth/account/sessions/end-others", nil),
		"POST /auth/account/apps/{id}/end":                 form("/auth/account/apps/x/end", nil),
		"POST /auth/account/connections/{provider}/end":    form("/auth/account/connections/x/end", nil),
		"POST /auth/admin/add-user":                        form("/auth/admin/add-user", map[string]string{"username": "mallory2", "roles": "admin"}),
		"POST /auth/admin/users/{id}":                      form("/auth/admin/users/x", map[string]string{"roles": "admin"}),
		"POST /auth/admin/users/{id}/link":                 form("/auth/admin/users/x/link", nil),
		"POST /auth/admin/users/{id}/disable":              form("/auth/admin/users/x/disable", nil),
		"POST /auth/admin/users/{id}/enable":               form("/auth/admin/users/x/enable", nil),
		"POST /auth/admin/users/{id}/sessions/{sid}/end":   form("/auth/admin/users/x/sessions/"+session+"/end", nil),
		"POST /auth/admin/users/{id}/sessions/end":         form("/auth/admin/users/x/sessions/end", nil),
		"POST /auth/admin/users/{id}/reset":                form("/auth/admin/users/x/reset", map[string]string{"reset": "alice"}),
		"POST /auth/admin/users/{id}/remove":               form("/auth/admin/users/x/remove", map[string]string{"remove": "alice"}),
		"POST /auth/api/admin/users":                       call("POST", "/auth/api/admin/users", `{"username":"mallory2","roles":["admin"]}`),
		"PATCH /auth/api/admin/users/{id}":                 call("PATCH", "/auth/api/admin/users/x", `{"roles":["admin"]}`),
		"DELETE /auth/api/admin/users/{id}":                call("DELETE", "/auth/api/admin/users/x", ""),
		"POST /auth/api/admin/users/{id}/invitation":       call("POST", "/auth/api/admin/users/x/invitation", ""),
		"POST /auth/api/admin/users/{id}/reset-factors":    call("POST", "/auth/api/admin/users/x/reset-factors", ""),
		"DELETE /auth/api/admin/users/{id}/sessions":       call("DELETE", "/auth/api/admin/users/x/sessions", ""),
		"DELETE /auth/api/admin/users/{id}/sessions/{sid}": call("DELETE", "/auth/api/admin/users/x/sessions/"+session, ""),
		"POST /auth/api/admin/sessions/end-all":            call("POST", "/auth/api/admin/sessions/end-all", `{"confirm":"all"}`),
		"POST /auth/api/admin/clients":                     call("POST", "/auth/api/admin/clients", `{"client_name":"Evil","profile":"spa","redirect_uris":["https://evil.example"]}`),
		"PATCH /auth/api/admin/clients/{id}":               call("PATCH", "/auth/api/admin/clients/x", `{"redirect_uris":["https://evil.example"]}`),
		"DELETE /auth/api/admin/clients/{id}":              call("DELETE", "/auth/api/admin/clients/x", ""),
		"POST /auth/api/admin/clients/{id}/secrets":        call("POST", "/auth/api/admin/clients/x/secrets", ""),
		"DELETE /auth/api/admin/clients/{id}/secrets/old":  call("DELETE", "/auth/api/admin/clients/x/secrets/old", ""),
		"POST /auth/api/admin/keys/rotate":                 call("POST", "/auth/api/admin/keys/rotate", `{"now":true}`),
		"POST /auth/api/admin/keys/{id}/withdraw":          call("POST", "/auth/api/admin/keys/x/withdraw", ""),
		"POST /auth/admin/sessions/end-all":                form("/auth/admin/sessions/end-all", map[string]string{"confirm": "all"}),
		"POST /auth/admin/sessions/{id}/end":               form("/auth/admin/sessions/"+session+"/end", nil),
		"POST /auth/admin/add-app":                         form("/auth/admin/add-app", map[string]string{"name": "Evil", "profile": "spa", "redirects": "https://evil.example/"}),
		"POST /auth/admin/apps/{id}":                       form("/auth/admin/apps/wiki", map[string]string{"redirects": "https://evil.example/"}),
		"POST /auth/admin/apps/{id}/secret":                form("/auth/admin/apps/wiki/secret", nil),
		"POST /auth/admin/apps/{id}/drop-old":              form("/auth/admin/apps/wiki/drop-old", nil),
		"POST /auth/admin/apps/{id}/remove":                form("/auth/admin/apps/wiki/remove", map[string]string{"confirm": "wiki"}),
		"POST /auth/admin/keys/rotate":                     form("/auth/admin/keys/rotate", map[string]string{"now": "1"}),
		"POST /auth/account/email/confirm":                 form("/auth/account/email/confirm", nil),
		"POST /auth/account/confirm":                       form("/auth/account/confirm", map[string]string{"code": "x"}),
		"POST /auth/forgot":                                form("/auth/forgot", map[string]string{"username": "mallory"}),
		"POST /auth/reset":                                 form("/auth/reset", map[string]string{"code": "x", "new": battery}),
		"POST /auth/api/forgot":                            call("POST", "/auth/api/forgot", `{"username":"mallory"}`),
		"POST /auth/api/reset":                             call("POST", "/auth/api/reset", `{"code":"x","password":"`+battery+`"}`),
		"POST /auth/api/sign-up":                           call("POST", "/auth/api/sign-up", `{"email":"mallory@evil.example"}`),
		"POST /auth/api/sign-up/finish":                    call("POST", "/auth/api/sign-up/finish", `{"code":"x","username":"mallory3","password":"`+battery+`"}`),
		"POST /auth/consent":                               form("/auth/consent", map[string]string{"request": "client_id=x", "proof": "x", "answer": "allow"}),
		"POST /auth/device":                                form("/auth/device", map[string]string{"user_code": "BCDF-GHJK"}),
		"POST /auth/sign-up":                               form("/auth/sign-up", map[string]string{"email": "mallory@evil.example"}),
		"POST /auth/sign-up/finish":                        form("/auth/sign-up/finish", map[string]string{"code": "x", "username": "mallory3", "password": battery}),
		"POST /auth/setup":                                 form("/auth/setup", map[string]string{"code": "x", "username": "mallory", "password": battery}),

		"POST /auth/admin/users/{id}/connections/{provider}/end": form("/auth/admin/users/x/connections/company/end", nil),
		"DELETE /auth/api/admin/users/{id}/links/{provider}":     call("DELETE", "/auth/api/admin/users/x/links/company", ""),
	}
}

// needsMore are the deeds that need more than the right page: a code, a form that was shown, an app that was allowed something.
var needsMore = map[string]bool{
	"POST /auth/account/email/confirm": true, "POST /auth/account/confirm": true, "POST /auth/forgot": true, "POST /auth/reset": true,
	"POST /auth/api/forgot": true, "POST /auth/api/reset": true,
	"POST /auth/sign-up": true, "POST /auth/sign-up/finish": true, "POST /auth/api/sign-up": true, "POST /auth/api/sign-up/finish": true,
	"POST /auth/setup": true, "POST /auth/consent": true, "POST /auth/device": true, "POST /auth/account/apps/{id}/end": true,
	"POST /auth/account/connections/{provider}/end": true,
	"POST /auth/login/code":                         true, "POST /auth/login/two-step": true,
	"POST /auth/login/passkey": true, "POST /auth/api/passkey": true, "POST /auth/api/passkey/options": true, "POST /auth/account/passkey-options": true,
	"POST /auth/account/passkeys": true, "POST /auth/account/passkeys/{id}": true, "POST /auth/account/passkeys/{id}/remove": true,
	"POST /auth/account/two-step": true, "POST /auth/account/two-step/codes": true, "POST /auth/account/two-step/off": true,
}

// victim is a browser that holds a session cookie and a refresh cookie.
func (s *server) victim() (c *client, session string) {
	c, other := s.browser(), s.browser()
	session = c.login("alice", battery, "cookie").Session.ID
	other.login("alice", battery, "memory")
	maps.Copy(c.cookies, other.cookies)
	return c, session
}

// ASVS 7.6.2
func TestAttack71ForeignPagesChangeNothing(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery, "admin")
	s.addUser("mallory", battery)
	c, session := s.victim()
	before, held := s.dump(), maps.Clone(c.cookies)
	for name, do := range deeds(session) {
		for from, headers := range foreign {
			r := do(c, headers)
			if r.status != 403 {
				t.Errorf("%s, %s: %d %s", name, from, r.status, r.body)
			}
			if after := s.dump(); after != before {
				t.Fatalf("%s, %s: the database changed\nbefore:\n%s\nafter:\n%s", name, from, before, after)
			}
			if !maps.Equal(held, c.cookies) {
				t.Fatalf("%s, %s: the cookies changed", name, from)
			}
		}
	}
}

func TestEveryRouteThatChangesSomethingIsTriedByForeignPages(t *testing.T) {
	tried := slices.Sorted(maps.Keys(deeds("")))
	var want []string
	for _, r := range routes(new(api.Handler).Routes(), new(admin.Handler).Routes(), new(login.Handler).Routes(), new(oidc.Handler).Routes()) {
		if r.CSRF != httpd.Safe && r.CSRF != httpd.Cookieless {
			want = append(want, r.Pattern)
		}
	}
	slices.Sort(want)
	if !slices.Equal(tried, want) {
		t.Errorf("tried:\n%s\nthere are:\n%s", strings.Join(tried, "\n"), strings.Join(want, "\n"))
	}
}

func TestOwnPagesAndProgramsPass(t *testing.T) {
	for name, headers := range map[string][]string{
		"own page":                         {"Sec-Fetch-Site: same-origin"},
		"address bar":                      {"Sec-Fetch-Site: none"},
		"program":                          nil,
		"program on a port of another app": {"Referer: https://elsewhere.example/"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.addUser("alice", battery, "admin")
			s.addUser("mallory", battery)
			// Each deed on a browser of its own, since most of them end what the others need.
			for deed := range deeds("") {
				c, session := s.victim()
				r := deeds(session)[deed](c, headers)
				if r.status >= 400 && !needsMore[deed] && !strings.Contains(deed, "/admin/") { // Those need an account that there is.
					t.Errorf("%s: %d %s", deed, r.status, r.body)
				}
				s.restore()
			}
		})
	}
}

// restore gives alice her password back.
func (s *server) restore() {
	s.Helper()
	u, err := s.core.Store.UserByLogin(s.Context(), "alice")
	if err == nil {
		err = s.core.Users.SetPassword(s.Context(), u, secretBattery, "", cli)
	}
	if err != nil {
		s.Fatal(err)
	}
}

func TestOwnOriginPassesInOldBrowsers(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	c, _ := s.victim()
	if r := c.do("POST", "/auth/api/refresh", "", "Origin: "+s.origin); r.status != 200 {
		t.Errorf("own origin: %d %s", r.status, r.body)
	}
}

func TestConfiguredOriginsActOnCookies(t *testing.T) {
	s := start(t, "cors.origins="+appOrigin)
	s.addUser("alice", battery)
	c, _ := s.victim()
	if r := c.do("POST", "/auth/api/refresh", "", "Origin: "+appOrigin, "Sec-Fetch-Site: same-site"); r.status != 200 {
		t.Errorf("configured origin: %d %s", r.status, r.body)
	}
}

// A foreign page that holds a token of its own acts with that token, not with the visitor's cookie.
func TestTokensInHeadersWorkFromAnywhere(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	access := s.program().login("alice", battery, "storage").Access
	r := s.program().do("POST", "/auth/api/logout", "", append(foreign["cross-site"], bearer(access))...)
	r.wants(t, 204, "")
}

// The refresh cookie is Strict, so a page elsewhere that leads to the page for signing out has it not sent; it must not have it removed either.
func TestAttackALinkElsewhereSignsNobodyOut(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	for _, keep := range []string{"memory", "cookie"} {
		c := s.browser()
		c.login("alice", battery, keep)
		for _, site := range []string{"cross-site", "same-site"} {
			r := s.program().get("/auth/logout", page, "Sec-Fetch-Site: "+site, "Sec-Fetch-Mode: navigate")
			if got := r.header.Values("Set-Cookie"); len(got) > 0 {
				t.Errorf("%s, %s: %v", keep, site, got)
			}
		}
	}
	if r := s.program().get("/auth/logout", page, "Sec-Fetch-Site: none"); len(r.header.Values("Set-Cookie")) == 0 {
		t.Error("who comes by themselves is left with dead cookies")
	}
}
