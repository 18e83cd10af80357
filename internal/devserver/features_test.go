package devserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lingpai/lingpai"
)

// Feature 3: nothing that is installed on the machine is asked, be it for TypeScript, for modules or for a configuration of webpack.
func TestScriptsNeedNoNode(t *testing.T) {
	t.Setenv("PATH", "")
	d := start(t, "routes:\n  - { match: /ts, before: ./ts.ts }\n  - { match: /m, mock: ./m.js }\n", files{
		"ts.ts": "export default (app: any) => { app.get('/ts', (req: any, res: any) => res.send(`${req.path satisfies string}`)) }",
		"m.js":  "const Mock = require('mockjs'); module.exports = [{ url: '/m', type: 'get', response: () => Mock.mock({ 'n|5': 'x' }) }]",
	})
	d.get("/ts").wants(t, 200, "/ts")
	d.get("/m").wants(t, 200, `{"n":"xxxxx"}`)
}

// Feature 25.
func TestEveryAnswerSaysWhoGaveIt(t *testing.T) {
	upstream := backend(t, answering("real"))
	d := start(t, `
cors: [http://localhost:5173]
app: ./dist
routes:
  - { match: /mock, mock: { text: a } }
  - { match: /file, mock: ./file.js }
  - { match: /before, before: ./before.js }
  - { match: "/crud/**", crud: ./db.json }
  - { match: "/replay/**", replay: ./rec }
  - { match: "/har/**", har: ./a.har }
  - { match: "/openapi/**", openapi: ./api.yaml }
  - { match: /proxy, proxy: `+upstream+` }
  - { match: "/static/**", static: ./dist }
  - { match: "/spa/**", spa: ./dist }
  - { match: /passed, pass: true }
  - { match: /passed, mock: { text: not this } }
  - { match: /passed, proxy: `+upstream+` }
  - { match: /locked, auth: true, mock: { text: a } }
  - { match: /wrong, mock: { json: { a: "{{number .query.x}}" } } }
  - { match: /gone, proxy: "http://127.0.0.1:1" }
  - { match: /fault, mock: { fault: error } }
  - { match: /events, mock: { events: [{ data: a }] } }
  - { match: /socket, mock: { websocket: { open: [a] } } }
  - { match: /line, proxy: `+backend(t, switching(new(atomic.Int64)))+` }
  - { match: /kept, proxy: `+upstream+`, record: ./new }
`, files{
		"dist/index.html": "app", "db.json": `{"todos": []}`, "before.js": "module.exports = app => app.get('/before', (q, r) => r.send('a'))",
		"file.js":    "module.exports = [{ url: '/file', type: 'get', response: 'a' }]",
		"rec/1.json": `{"request":{"method":"GET","url":"/replay/a"},"response":{"status":200,"headers":{"X-Dev-Served-By":["proxy; route=99"]},"json":1}}`,
		"a.har":      `{"log":{"entries":[{"request":{"method":"GET","url":"https://x.example/har/a"},"response":{"status":200,"headers":[],"content":{"text":"a"}}}]}}`,
		"api.yaml":   "openapi: 3.0.0\npaths: { /openapi/a: { get: { responses: { '200': { description: a } } } } }\n",
	})
	for path, want := range map[string]string{
		"/mock": "200 mock; route=1", "/file": "200 mock; route=2", "/before": "200 before; route=3", "/crud/todos": "200 crud; route=4",
		"/replay/a": "200 replay; route=5", "/har/a": "200 har; route=6", "/openapi/a": "200 openapi; route=7", "/proxy": "200 proxy; route=8",
		"/static/index.html": "200 static; route=9", "/spa/": "200 spa; route=10", "/passed": "200 proxy; route=13",
		"/locked": "401 mock; route=14", "/wrong?x=y": "500 mock; route=15", "/gone": "502 proxy; route=16", "/fault": "503 mock; route=17",
		"/events": "200 mock; route=18", "/socket": "426 mock; route=19", "/kept": "200 proxy; route=21",
		"/": "200 app", "/auth/login": "200 lingpai", "/auth/api/me": "401 lingpai", "/.well-known/jwks.json": "200 lingpai", "/missing/": "404 ",
	} {
		r := d.get(path)
		if got := r.served(); got != want {
			t.Errorf("%s is answered by %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{"/socket": "101 mock; route=19", "/line": "101 proxy; route=20"} {
		if got := d.handshake(path).served(); got != want {
			t.Errorf("the WebSocket at %s is opened by %q, want %q", path, got, want)
		}
	}
	if got := d.get("/locked", "Accept: text/html", "Sec-Fetch-Mode: navigate").served(); got != "303 mock; route=14" {
		t.Errorf("a person is sent to sign in by %q", got)
	}
	if got := d.ask("OPTIONS", "/mock", "", "Origin: http://localhost:5173", "Access-Control-Request-Method: GET").served(); got != "204 cors" {
		t.Errorf("a preflight is answered by %q", got)
	}
	d.post("/auth/dev/api/routes", `{"route":1,"use":"off"}`)
	d.press("storm", `{"requests":1}`)
	if got := d.get("/file").served(); got != "401 time machine" {
		t.Errorf("a storm is answered by %q", got)
	}
	if got := d.get("/mock").served(); got != "404 " {
		t.Errorf("what is switched off is answered by %q", got)
	}
}

// handshake is the answer to who opens a WebSocket, which is left at once.
func (d *dev) handshake(path string) reply {
	d.Helper()
	r, err := http.NewRequestWithContext(d.Context(), "GET", d.origin+path, nil)
	if err != nil {
		d.Fatal(err)
	}
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
		r.Header.Set(name, value)
	}
	res, err := d.client.Do(r)
	if err != nil {
		d.Fatal(err)
	}
	_ = res.Body.Close()
	return reply{status: res.StatusCode, header: res.Header}
}

// served is the status, and who is said to have given the answer: once.
func (r reply) served() string {
	return fmt.Sprint(r.status, " ", strings.Join(r.header.Values("X-Dev-Served-By"), ", "))
}

// Feature 37: an API that knows nothing of the dev server verifies its tokens by the published keys, and hears of a sign-out.
func TestAnAPIBesideVerifiesTheTokensByThePublishedKeys(t *testing.T) {
	d := start(t, "")
	v, err := lingpai.NewVerifier(t.Context(), d.app.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	h := d.signIn("alice")
	claims, err := v.Verify(t.Context(), h.Access)
	if err != nil || claims.Subject == "" || len(claims.Roles) != 1 || claims.Roles[0] != "admin" {
		t.Fatalf("%+v %v", claims, err)
	}
	d.press("keys/rotate", "")
	if _, err := v.Verify(t.Context(), h.Access); err != nil {
		t.Errorf("after another key was made: %v", err)
	}
	altered := []byte(h.Access)
	altered[len(altered)/2] ^= 1
	if _, err := v.Verify(t.Context(), string(altered)); err == nil {
		t.Error("a token of which a letter was changed passes")
	}
	d.post("/auth/api/logout", `{"scope":"this"}`, h.bearer()).wants(t, 204, "")
	eventually(t, "the API refuses the token", func() bool {
		_, err := v.Verify(t.Context(), h.Access)
		return err != nil
	})
}

// P55, its second half: a description says nothing of OPTIONS, and a page of another origin asks it first.
func TestPreflightsOfDescribedOperationsAreAnswered(t *testing.T) {
	d := start(t, "cors: [http://localhost:5173]\nroutes:\n  - { match: \"/api/**\", openapi: ./pets.yaml }\n", files{"pets.yaml": petstore})
	for _, method := range []string{"GET", "POST", "DELETE"} {
		r := d.ask("OPTIONS", "/api/pets", "", "Origin: http://localhost:5173", "Access-Control-Request-Method: "+method)
		if r.status != 204 || r.header.Get("Access-Control-Allow-Origin") == "" || r.header.Get("Access-Control-Allow-Methods") == "" {
			t.Errorf("%s: %d %v", method, r.status, r.header)
		}
	}
}
