package devserver_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lingpai/lingpai/internal/devserver"
)

func TestWithoutADevFileASampleAPIAnswers(t *testing.T) {
	d := start(t, "")
	d.get("/api/hello").wants(t, 200, `"hello":"world"`)
	d.get("/").wants(t, 200, "/auth/login")
	d.get("/api/me").refused(t, "token_missing")
	alice, bob := "Authorization: Bearer "+d.token("alice"), "Authorization: Bearer "+d.token("bob")
	d.get("/api/me", bob).wants(t, 200, `{"roles":[],"username":"bob"}`)
	d.get("/api/admin", bob).refused(t, "forbidden_role", "admin")
	d.get("/api/admin", alice).wants(t, 200, `"for":"alice"`)
	files{"lingpai.dev.yaml": "routes:\n  - match: GET /api/hello\n    mock: { text: mine }\n"}.write(t, d.folder)
	eventually(t, "the new file answers", func() bool { return d.get("/api/hello").body == "mine" })
}

func TestRoutesMatchByMethodPathHeadersQueryAndBody(t *testing.T) {
	d := start(t, `
routes:
  - { match: "GET /users/{id}", mock: { text: "user {{.id}}" } }
  - { match: "GET /people/:id/posts/:post", mock: { text: "{{.id}} {{.post}}" } }
  - { match: "POST|PUT /users", mock: { text: saved } }
  - { match: "/files/*.json", mock: { text: one file } }
  - { match: "/tree/**", mock: { text: below } }
  - { match: "/rest/{rest...}", mock: { text: "{{.rest}}" } }
  - { match: "~^/v(?P<version>\\d+)/x$", mock: { text: "version {{.version}}" } }
  - { match: /if, headers: { X-Kind: a }, mock: { text: header } }
  - { match: /if, query: { page: "~^[0-9]+$", debug: false }, mock: { text: query } }
  - { match: /if, body: { user.name: zoe }, mock: { text: body } }
  - { match: /if, mock: { text: otherwise } }
`)
	for _, tt := range []struct{ method, path, body, header, want string }{
		{"GET", "/users/5", "", "", "user 5"},
		{"GET", "/users/a%2Fb", "", "", "user a/b"},
		{"GET", "/users/%E4%BB%A4", "", "", "user 令"},
		{"GET", "/people/1/posts/2", "", "", "1 2"},
		{"PUT", "/users", "", "", "saved"},
		{"GET", "/files/a.json", "", "", "one file"},
		{"GET", "/tree", "", "", "below"},
		{"GET", "/tree/a/b", "", "", "below"},
		{"GET", "/rest/a/b", "", "", "a/b"},
		{"GET", "/v12/x", "", "", "version 12"},
		{"GET", "/if", "", "X-Kind: a", "header"},
		{"GET", "/if?page=12", "", "", "query"},
		{"GET", "/if?page=12&debug=1", "", "", "otherwise"},
		{"GET", "/if?page=x", "", "", "otherwise"},
		{"POST", "/if", `{"user":{"name":"zoe"}}`, "", "body"},
		{"POST", "/if", `{"user":{"name":"bob"}}`, "", "otherwise"},
	} {
		headers := []string{"Content-Type: application/json"}
		if tt.header != "" {
			headers = append(headers, tt.header)
		}
		if r := d.ask(tt.method, tt.path, tt.body, headers...); r.body != tt.want {
			t.Errorf("%s %s: %d %q, want %q", tt.method, tt.path, r.status, r.body, tt.want)
		}
	}
	if r := d.ask("POST", "/if", "user.name=zoe", "Content-Type: application/x-www-form-urlencoded"); r.body != "body" {
		t.Errorf("form: %q", r.body)
	}
	for path, near := range map[string]string{
		"/users/1/x": "nearest", "/files/a/b.json": "nearest", "/treehouse": "nearest", "/v1/xy": "None of the 11 routes begins like it.",
	} {
		d.get(path).refused(t, "route_missing", near)
	}
}

func TestARouteThatIsMissingNamesThoseThatCameNear(t *testing.T) {
	d := start(t, `
routes:
  - { match: "GET /api/users", mock: { text: a } }
  - { match: "/api/if", headers: { X-Key: k }, mock: { text: a } }
`)
	r := d.ask("DELETE", "/api/users", "")
	r.wants(t, 404, "")
	r.refused(t, "route_missing", "Route 1 (GET /api/users) came near, but it does not take DELETE.")
	d.get("/api/if").refused(t, "route_missing", "Route 2 (/api/if) came near, but header X-Key is not k.")
	d.get("/api/user").refused(t, "route_missing", "Route 1 (GET /api/users) is the nearest.")
	if x := d.app.Dev().Exchanges().Since(0); x[len(x)-1].By != "" || x[len(x)-1].Code != "route_missing" {
		t.Errorf("the history says %+v", x[len(x)-1])
	}
}

// The addresses of Lingpai are not for routes: a mock cannot stand before the login.
func TestLoginStaysBeforeEveryRoute(t *testing.T) {
	d := start(t, "routes:\n  - { match: \"/**\", mock: { text: mine } }\n")
	for _, path := range []string{"/auth/login", "/.well-known/jwks.json", "/healthz"} {
		if r := d.get(path); r.status != 200 || r.body == "mine" {
			t.Errorf("%s: %d %.40s", path, r.status, r.body)
		}
	}
	for _, path := range []string{"/", "/authors", "//auth/login", "/a//b", "/x/../y"} {
		if r := d.get(path); r.body != "mine" {
			t.Errorf("%s: %d %.40s", path, r.status, r.body)
		}
	}
}

// Feature 32: a page whose name was made to point at this machine reads nothing.
func TestRoutesAnswerToLocalNamesOnly(t *testing.T) {
	d := start(t, "routes:\n  - { match: \"/**\", mock: { text: mine } }\n")
	for host, status := range map[string]int{"localhost:1": 200, "app.localhost": 200, "127.0.0.1": 200, "evil.example": 421, "127.0.0.1.evil.example": 421} {
		for _, path := range []string{"/x", "/auth/dev/api/routes"} {
			if r := d.get(path, "Host: "+host); r.status != status {
				t.Errorf("%s%s: %d, want %d", host, path, r.status, status)
			}
		}
	}
}

func TestRolesAreEnforcedWithRealTokens(t *testing.T) {
	d := start(t, `
routes:
  - { match: /open, mock: { text: open } }
  - { match: /signed, auth: true, mock: { text: signed } }
  - { match: /admin, auth: { roles: [admin, owner] }, mock: { text: admin } }
`)
	alice, bob := "Authorization: Bearer "+d.token("alice"), "Authorization: Bearer "+d.token("bob")
	d.get("/open").wants(t, 200, "open")
	r := d.get("/signed")
	r.refused(t, "token_missing")
	if !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer") || r.status != 401 {
		t.Errorf("%d %v", r.status, r.header)
	}
	d.get("/signed", "Authorization: Bearer nonsense").refused(t, "token_malformed")
	d.get("/signed", bob).wants(t, 200, "signed")
	d.get("/admin", bob).refused(t, "forbidden_role", "admin or owner")
	d.get("/admin", alice).wants(t, 200, "admin")
	d.post("/auth/api/logout", `{"scope":"this"}`, alice).wants(t, 204, "")
	d.get("/admin", alice).refused(t, "session_ended")
	if r := d.get("/signed", "Accept: text/html", "Sec-Fetch-Mode: navigate"); r.status != 303 || !strings.Contains(r.header.Get("Location"), "return_to=%2Fsigned") {
		t.Errorf("a person who opens the page gets %d %s", r.status, r.header.Get("Location"))
	}
}

func TestRoutesAreSwitchedWhileTheyRun(t *testing.T) {
	upstream := backend(t, answering("real"))
	d := start(t, "backend: "+upstream+"\nroutes:\n  - { match: /a, mock: { text: mock } }\n  - { match: /b, mock: { text: mock }, proxy: "+upstream+", use: proxy }\n")
	d.get("/a").wants(t, 200, "mock")
	d.get("/b").wants(t, 200, "real")
	same := "Origin: " + d.origin
	d.post("/auth/dev/api/routes", `{"route":1,"use":"proxy"}`).wants(t, 200, `"use":"proxy"`)
	d.get("/a").wants(t, 200, "real")
	d.post("/auth/dev/api/routes", `{"route":1,"use":"off"}`).wants(t, 200, `"use":"off"`)
	d.get("/a").refused(t, "route_missing", "it is switched off")
	d.post("/auth/dev/api/routes", `{"route":1,"use":"crud"}`).refused(t, "field_invalid", "mock, proxy")
	d.post("/auth/dev/api/routes", `{"route":9,"use":"mock"}`).refused(t, "field_invalid", "there are 2")
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Origin: http://evil.example"} {
		if r := d.post("/auth/dev/api/routes", `{"route":1,"use":"mock"}`, header); r.status != 403 {
			t.Errorf("%s: %d", header, r.status)
		}
	}
	files{"lingpai.dev.yaml": "backend: " + upstream + "\nroutes:\n  - { match: /new, mock: { text: new } }\n  - { match: /a, mock: { text: mock } }\n"}.write(t, d.folder)
	eventually(t, "the new version is in use", func() bool { return d.get("/new").status == 200 })
	d.get("/a").refused(t, "route_missing", "it is switched off") // what was switched stays switched
	d.post("/auth/dev/api/routes", `{"route":2,"use":"mock"}`, "Sec-Fetch-Site: same-origin", same).wants(t, 200, "")
	d.get("/a").wants(t, 200, "mock")
}

// mock and real stand for whatever a route has of them.
func TestARouteIsSwitchedByWhatItIs(t *testing.T) {
	upstream := backend(t, answering("real"))
	d := start(t, "backend: "+upstream+"\nroutes:\n  - { match: \"/todos/**\", crud: todos.json }\n  - { match: /b, spa: . }\n", files{"todos.json": `{"todos": []}`})
	d.post("/auth/dev/api/routes", `{"route":1,"use":"real"}`).wants(t, 200, `"use":"proxy"`)
	d.get("/todos").wants(t, 200, "real")
	d.post("/auth/dev/api/routes", `{"route":1,"use":"mock"}`).wants(t, 200, `"use":"crud"`)
	d.get("/todos").wants(t, 200, "[]")
	d.post("/auth/dev/api/routes", `{"route":2,"use":"mock"}`).refused(t, "field_invalid", "has no mock; it has spa, proxy")
	d = start(t, "routes:\n  - { match: /a, mock: { text: mock } }\n")
	d.post("/auth/dev/api/routes", `{"route":1,"use":"real"}`).refused(t, "field_invalid", "leads to nothing real; give it a `proxy:`")
}

// What webpack's users did by hand: the mock is commented out, and the proxy behind it answers.
func TestAMockBeforeAProxyStepsAsideWhenItIsSwitchedToReal(t *testing.T) {
	upstream := backend(t, answering("real"))
	d := start(t, `
routes:
  - { match: "/dev-api/**", mock: ./mock }
  - { match: "GET /dev-api/notes/{id}", mock: { text: note } }
  - { match: "/other", mock: { text: other } }
  - { match: "/dev-api/**", proxy: `+upstream+` }
  - { match: "POST /o*", proxy: `+upstream+` }
`, files{"mock/user.js": "module.exports = [{ url: '/dev-api/user', type: 'get', response: 'mock' }]"})
	d.get("/dev-api/user").wants(t, 200, "mock")
	for route := 1; route <= 2; route++ {
		d.post(machineAPI+"routes", fmt.Sprintf(`{"route":%d,"use":"real"}`, route)).wants(t, 200, "")
	}
	d.get("/dev-api/user").wants(t, 200, "real")
	d.get("/dev-api/notes/7").wants(t, 200, "real")
	d.post(machineAPI+"routes", `{"route":3,"use":"real"}`).refused(t, "field_invalid", "leads to nothing real") // the proxy behind takes no GET
	for route := 1; route <= 2; route++ {
		if now, err := d.app.Dev().Toggle(route); now != devserver.Mock || err != nil {
			t.Errorf("%s %v", now, err)
		}
	}
	d.get("/dev-api/user").wants(t, 200, "mock")
	d.get("/dev-api/notes/7").wants(t, 200, "note")
}

func TestPassLetsARequestThroughToWhatIsReal(t *testing.T) {
	upstream := backend(t, answering("real"))
	d := start(t, "routes:\n  - { match: /api/live, pass: true }\n  - { match: \"/api/**\", mock: { text: mock } }\n  - { match: \"/**\", proxy: "+upstream+" }\n")
	d.get("/api/live").wants(t, 200, "real")
	d.get("/api/other").wants(t, 200, "mock")
}

// P46: a route that looks into the body and does not answer leaves all of it to the next.
func TestABodyThatAMockLookedAtReachesTheBackend(t *testing.T) {
	upstream := backend(t, echoing)
	d := start(t, `
routes:
  - { match: /x, body: { kind: never }, mock: { text: no } }
  - { match: /x, before: ./pass.js }
  - { match: /x, mock: { answers: [{ when: { body: { a: nothing } }, text: no }] } }
  - { match: /x, proxy: `+upstream+` }
`, files{"pass.js": "module.exports = app => { app.use(require('express').json()); app.post('/x', (req, res, next) => { if (req.body.a !== 1) throw new Error('no body'); next(); }); };"})
	body := `{"a":1,"text":"` + strings.Repeat("令", 100_000) + `"}`
	r := d.post("/x", body)
	if r.body != body || r.header.Get("X-Length") == "" {
		t.Errorf("the backend got %d bytes, want %d (announced: %s)", len(r.body), len(body), r.header.Get("X-Length"))
	}
	// A body whose length nobody knows beforehand.
	chunked, err := d.tryAsk("POST", "/x", iotest.OneByteReader(strings.NewReader(body[:2000]+`"}`)), "Content-Type: application/json")
	if err != nil || chunked.body != body[:2000]+`"}` || chunked.header.Get("X-Length") != "-1" {
		t.Errorf("%v: the backend got %d bytes (announced: %s)", err, len(chunked.body), chunked.header.Get("X-Length"))
	}
	if r := d.ask("POST", "/x", "text", "Content-Type: text/plain"); r.status != 500 {
		t.Errorf("the script did not look into the body: %d", r.status)
	}
}

func TestHistoryKeepsTheLast500Exchanges(t *testing.T) {
	d := start(t, "routes:\n  - { match: /a, mock: { text: a } }\n  - { match: /signed, auth: true, mock: { text: a } }\n")
	for range 510 {
		d.get("/a?secret=1")
	}
	d.get("/signed")
	d.get("/auth/login")
	h := d.app.Dev().Exchanges()
	eventually(t, "all are told", func() bool { x := h.Since(0); return x[len(x)-1].Number == 512 })
	all := h.Since(0)
	if len(all) != 500 || all[0].Number != 13 {
		t.Fatalf("%d exchanges from number %d", len(all), all[0].Number)
	}
	mocked, refused, own := all[0], all[498], all[499]
	if mocked.By != "mock" || mocked.Route != 1 || mocked.Status != 200 || mocked.Path != "/a" || mocked.Match != "/a" || mocked.RequestID == "" {
		t.Errorf("%+v", mocked)
	}
	if refused.Code != "token_missing" || refused.Reason == "" || refused.Status != 401 || refused.Route != 2 {
		t.Errorf("%+v", refused)
	}
	if own.By != "lingpai" || own.Path != "/auth/login" {
		t.Errorf("%+v", own)
	}
	d.get("/auth/dev/api/exchanges?since=511").wants(t, 200, `"path":"/auth/login"`)
}
