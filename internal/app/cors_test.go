package app

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

const appOrigin = "https://app.example"

// twins look like a configured origin, or like our own, and are neither.
var twins = []string{
	"null", "https://app.example.evil.example", "https://evilapp.example", "https://xapp.example", "http://app.example",
	"https://app.example:8443", "https://app.example.", "https://app.example/", "https://APP.example", "https://user@app.example",
	"https://app.example, https://evil.example", "https://app.example\tx", "*", "https://*.example", "file://", "chrome-extension://app.example",
	"http://localhost", "http://localhost:1", "http://127.0.0.1:4401", "https://appXexample",
}

// statuses are requests that are answered with each status that the API has.
func statuses(s *server) map[int]func(headers ...string) reply {
	c := s.program()
	access := c.login("alice", battery, "storage").Access
	post := func(body string) func(...string) reply {
		return func(h ...string) reply { return c.postJSON("/auth/api/login", body, h...) }
	}
	return map[int]func(headers ...string) reply{
		200: func(h ...string) reply { return c.get("/auth/api/me", append(h, bearer(access))...) },
		400: post("{"),
		401: func(h ...string) reply { return c.get("/auth/api/me", h...) },
		404: func(h ...string) reply { return c.get("/auth/api/mee", h...) },
		405: func(h ...string) reply { return c.do("PUT", "/auth/api/me", "", h...) },
		413: post(strings.Repeat(" ", 17<<10)),
		415: func(h ...string) reply { return c.do("POST", "/auth/api/login", "x=y", h...) },
		422: post("{}"),
		429: post(`{"username":"busy","password":"x"}`),
	}
}

func TestConfiguredOriginsReadEveryStatus(t *testing.T) {
	s := start(t, "cors.origins="+appOrigin+",https://other.example", "throttle.account_burst=1")
	s.addUser("alice", battery)
	s.program().tryLogin("busy", "x", "storage")
	ask := statuses(s)
	for status, request := range ask {
		// As of a page of that site, which sends no cookies of ours here.
		s.readable(status, request("Origin: "+appOrigin, "Sec-Fetch-Site: cross-site"))
	}
	s.breakTable("sessions")
	s.readable(500, s.program().tryLogin("alice", battery, "storage", "Origin: "+appOrigin))
}

// breakTable makes whatever needs the table fail in a way that nobody foresaw.
func (s *server) breakTable(name string) { s.renameTable(name, "hidden") }

func (s *server) mendTable(name string) { s.renameTable("hidden", name) }

// database is the store, from beside it.
func (s *server) database() *sql.DB {
	s.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.core.Config.Data, "lingpai.db"))
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { db.Close() })
	return db
}

func (s *server) renameTable(from, to string) {
	s.Helper()
	if _, err := s.database().ExecContext(s.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
		s.Fatal(err)
	}
}

func (s *server) readable(status int, r reply) {
	s.Helper()
	if r.status != status {
		s.Errorf("status %d, want %d: %s", r.status, status, r.body)
	}
	if got := r.header.Values("Access-Control-Allow-Origin"); len(got) != 1 || got[0] != appOrigin {
		s.Errorf("%d: Access-Control-Allow-Origin is %q", status, got)
	}
	if r.header.Get("Access-Control-Allow-Credentials") != "true" {
		s.Errorf("%d: credentials are not allowed", status)
	}
	if !strings.Contains(strings.Join(r.header.Values("Vary"), ","), "Origin") {
		s.Errorf("%d: caches are not told that the answer differs by origin: %q", status, r.header.Values("Vary"))
	}
}

func TestOtherOriginsReadNothing(t *testing.T) {
	s := start(t, "cors.origins="+appOrigin, "throttle.account_burst=100")
	s.addUser("alice", battery)
	ask := statuses(s)
	for _, origin := range append(twins, "") {
		for status, request := range ask {
			r := request("Origin: " + origin)
			s.unreadable(origin, r)
			if status == 401 && r.status != 401 {
				t.Errorf("%q: the refusal itself changed to %d", origin, r.status)
			}
		}
	}
	r := s.program().get("/auth/api/me", "Origin: "+appOrigin, "Origin: https://evil.example")
	if got := r.header.Get("Access-Control-Allow-Origin"); got != "" && got != appOrigin {
		t.Errorf("two origins: %q", got)
	}
}

func (s *server) unreadable(origin string, r reply) {
	s.Helper()
	for name := range r.header {
		if strings.HasPrefix(name, "Access-Control-") {
			s.Errorf("%q: %d has %s: %q", origin, r.status, name, r.header[name])
		}
	}
	if !strings.Contains(strings.Join(r.header.Values("Vary"), ","), "Origin") {
		s.Errorf("%q: %d: caches are not told that the answer differs by origin", origin, r.status)
	}
}

func TestPreflightsNeedNoTokenAndAConfiguredOrigin(t *testing.T) {
	s := start(t, "cors.origins="+appOrigin)
	for _, route := range append(s.routes(), "GET /auth/api/nothing") {
		method, path, _ := strings.Cut(route, " ")
		if !strings.HasPrefix(path, "/auth/api/") {
			continue
		}
		ask := func(origin string) reply {
			return s.program().do(http.MethodOptions, path, "", "Origin: "+origin,
				"Access-Control-Request-Method: "+method, "Access-Control-Request-Headers: authorization,content-type")
		}
		r := ask(appOrigin)
		s.readable(204, r)
		if !strings.Contains(r.header.Get("Access-Control-Allow-Methods"), method) {
			t.Errorf("%s: methods are %q", route, r.header.Get("Access-Control-Allow-Methods"))
		}
		for _, origin := range twins {
			r := ask(origin)
			s.unreadable(origin, r)
			r.wants(t, 403, "origin_refused")
		}
	}
}

func TestRefusedPreflightIsLoggedWithItsOrigin(t *testing.T) {
	s := start(t)
	r := s.program().do(http.MethodOptions, "/auth/api/login", "", "Origin: http://localhost:5173", "Access-Control-Request-Method: POST")
	r.wants(t, 403, "origin_refused")
	if log := s.log.String(); !strings.Contains(log, `cause="preflight from http://localhost:5173"`) {
		t.Errorf("the log does not say whom cors.origins lacks:\n%s", log)
	}
}

func TestPagesAreNotReadAcrossOrigins(t *testing.T) {
	s := start(t, "cors.origins="+appOrigin)
	for _, path := range []string{"/auth/login", "/auth/account", "/auth/logout", "/auth/nothing", "/healthz"} {
		r := s.program().get(path, "Origin: "+appOrigin)
		if got := r.header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s: Access-Control-Allow-Origin is %q", path, got)
		}
	}
}

func TestKeysAreReadByEveryPageWithoutCredentials(t *testing.T) {
	s := start(t)
	for _, origin := range append(twins, appOrigin, "") {
		r := s.program().get("/.well-known/jwks.json", "Origin: "+origin)
		if r.header.Get("Access-Control-Allow-Origin") != "*" || r.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%q: %v", origin, r.header)
		}
	}
}
