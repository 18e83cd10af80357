package devserver_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lingpai/lingpai/internal/devserver"
)

// mocked makes a mock of the last exchange that was asked for by a path.
func (d *dev) mocked(path string) devserver.Made {
	d.Helper()
	var number uint64
	eventually(d, path+" is logged, to its end", func() bool {
		for _, x := range d.app.Dev().Exchanges().Since(0) {
			if x.Path == path && x.Mockable {
				number = x.Number
			}
		}
		return number > 0
	})
	r := d.post(fmt.Sprintf("/auth/dev/api/exchanges/%d/mock", number), "")
	var made devserver.Made
	if err := json.Unmarshal([]byte(r.body), &made); err != nil || r.status != 201 {
		d.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	return made
}

// read is a file of the dev server's folder.
func (d *dev) read(name string) string {
	d.Helper()
	data, err := os.ReadFile(filepath.Join(d.folder, name))
	if err != nil {
		d.Fatal(err)
	}
	return string(data)
}

const someToken = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"

func TestAMockIsMadeOfALoggedExchange(t *testing.T) {
	var asked atomic.Int64
	upstream := backend(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("X-Total-Count", "2")
		h.Set("X-Session-Token", "secret-1")
		h.Set("Set-Cookie", "sid=secret-2")
		h.Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprintf(z, `{"id":7,"price":1.50,"name":"Ünï: #1","user":{"password":"secret-3","roles":[]},"data":[{"token":"secret-4"}],"link":"x?t=%s"}`, someToken)
		_ = z.Close()
	})
	d := start(t, "routes:\n  - { match: \"/api/**\", proxy: "+upstream+" }\n")
	d.get("/api/things/7?page=2&_=1700000000000", "Accept-Encoding: gzip, br")
	made := d.mocked("/api/things/7")
	want := []string{"Set-Cookie", "X-Session-Token", "data.0.token", "link", "user.password"}
	if made.File != "mock/get-api-things-7.mock.yaml" || made.Route != 1 || made.Match != "GET /api/things/7" || !slices.Equal(made.LeftOut, want) {
		t.Errorf("%+v", made)
	}
	text := d.read(made.File)
	for _, secret := range []string{"secret-", someToken, "1700000000000"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in the file", secret)
		}
	}
	if !strings.Contains(text, "# Left out: Set-Cookie, X-Session-Token, data.0.token, link, user.password.\n") {
		t.Errorf("the file does not say what was left out:\n%s", text)
	}

	before := asked.Load()
	r := d.get("/api/things/7?page=2&_=1800000000000")
	const body = `{"id":7,"price":1.50,"name":"Ünï: #1","user":{"password":"left-out","roles":[]},"data":[{"token":"left-out"}],"link":"x?t=left-out"}`
	if r.wants(t, 200, body); r.header.Get("X-Total-Count") != "2" || r.header.Get("Content-Type") != "application/json" || asked.Load() != before {
		t.Errorf("asked %d times: %v", asked.Load()-before, r.header)
	}
	if by := r.header.Get("X-Dev-Served-By"); by != "mock; route=1" {
		t.Errorf("served by %q", by)
	}
	for _, other := range []string{"/api/things/7?page=3", "/api/things/8"} {
		if by := d.get(other).header.Get("X-Dev-Served-By"); by != "proxy; route=2" {
			t.Errorf("%s is served by %q", other, by)
		}
	}

	d.post("/auth/dev/api/routes", `{"route":1,"use":"off"}`).wants(t, 200, "")
	if by := d.get("/api/things/7?page=2").header.Get("X-Dev-Served-By"); by != "proxy; route=2" {
		t.Errorf("switched back, it is served by %q", by)
	}
	if use, err := d.app.Dev().Toggle(1); err != nil || use != devserver.Mock {
		t.Errorf("%s %v", use, err)
	}
	if use, err := d.app.Dev().Toggle(1); err != nil || use != devserver.Off {
		t.Errorf("%s %v", use, err)
	}
}

func TestAnotherMockOfTheSameTakesTheNextFreeNameAndAnswers(t *testing.T) {
	var n atomic.Int64
	upstream := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "answer %d", n.Add(1))
	})
	d := start(t, "routes:\n  - { match: \"/**\", proxy: "+upstream+" }\n", files{"mock/get-x.mock.yaml": "# mine\n", "mock/user.js": "module.exports = []"})
	d.get("/x")
	first := d.mocked("/x")
	d.post("/auth/dev/api/routes", `{"route":1,"use":"off"}`).wants(t, 200, "")
	d.get("/x")
	second := d.mocked("/x")
	if first.File != "mock/get-x.2.mock.yaml" || second.File != "mock/get-x.3.mock.yaml" || d.read("mock/get-x.mock.yaml") != "# mine\n" {
		t.Errorf("%s %s", first.File, second.File)
	}
	d.get("/x").wants(t, 200, "answer 2")
	st := d.state()
	if len(st.Routes) != 3 || st.Routes[0].File != second.File || st.Routes[1].File != first.File || st.Routes[1].Use != devserver.Off || st.Routes[2].File != "" {
		t.Errorf("%+v", st.Routes)
	}
}

func TestMocksOfRefusalsAndOfWhatNobodyAnswers(t *testing.T) {
	d := start(t, "routes:\n  - { match: \"GET /api/me\", auth: { roles: [admin], header: X-Token }, mock: { json: { me: true } } }\n")
	d.get("/api/me")
	refused := d.mocked("/api/me")
	token := d.token("alice")
	d.get("/api/me", "Authorization: Bearer "+token).refused(t, "token_missing")
	if text := d.read(refused.File); strings.Contains(text, "request_id") || strings.Contains(text, "auth:") {
		t.Errorf("a refusal goes to everybody, and its id to nobody:\n%s", text)
	}
	d.post("/auth/dev/api/routes", `{"route":1,"use":"off"}`).wants(t, 200, "")

	d.get("/api/me", "Authorization: Bearer "+token).wants(t, 200, `{"me":true}`)
	if made := d.mocked("/api/me"); !strings.Contains(d.read(made.File), "header: \"X-Token\"\n      roles: [\"admin\"]\n") {
		t.Errorf("the mock lets anybody in:\n%s", d.read(made.File))
	}
	d.get("/api/me").refused(t, "token_missing")
	d.get("/api/me", "X-Token: "+token).wants(t, 200, `{"me":true}`)
	d.get("/api/me", "Authorization: Bearer "+d.token("bob")).refused(t, "forbidden_role")

	d.get("/api/a:b/{c}")
	d.mocked("/api/a:b/{c}")
	if r := d.get("/api/a:b/%7Bc%7D"); r.status != 200 || plain(r.body) != `{"ok":true}` || r.header.Get("X-Dev-Served-By") != "mock; route=1" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if r := d.get("/api/a:x/%7Bc%7D"); r.header.Get("X-Dev-Served-By") != "" {
		t.Errorf("%v", r.header)
	}
}

// Bodies that would be read otherwise in a dev file, as templates or for their length, lie beside, and are given as they were.
func TestBodiesThatAreNoPlainValuesLieBesideTheMock(t *testing.T) {
	bodies := map[string][2]string{
		"/template": {"application/json", `{"text":"{{.id}} fake.name","n":1}`},
		"/long":     {"application/json", `["` + strings.Repeat("long", 5000) + `"]`},
		"/page":     {"text/html; charset=utf-8", "<!doctype html>\n<p>{{ no template }}</p>\n"},
		"/zero":     {"application/json", `[0,-3,0.10,1.50]`},
		"/text":     {"text/plain", "a: b\n\t{ # \"'\n"},
		"/nothing":  {"application/json", ``},
		"/big":      {"application/json", `[12345678901234567890123]`},
		"/odd":      {"application/json", `{"a`},
	}
	upstream := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", bodies[r.URL.Path][0])
		_, _ = io.WriteString(w, bodies[r.URL.Path][1])
	})
	d := start(t, "routes:\n  - { match: \"/**\", proxy: "+upstream+" }\n")
	for path, body := range bodies {
		d.get(path)
		d.mocked(path)
		r := d.get(path)
		if plain(r.body) != plain(body[1]) || r.header.Get("Content-Type") != body[0] || !strings.HasPrefix(r.header.Get("X-Dev-Served-By"), "mock") {
			t.Errorf("%s: %q %v", path, r.body, r.header)
		}
	}
	for name, there := range map[string]bool{"template.json": true, "long.json": true, "page.html": true, "zero.json": false, "big.json": true, "text.txt": false, "nothing.json": true} {
		if _, err := os.Stat(filepath.Join(d.folder, "mock", "get-"+name)); (err == nil) != there {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatCannotBeMockedSaysSo(t *testing.T) {
	upstream := backend(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/image":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte{1, 2, 3})
		case "/huge":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `["`+strings.Repeat("x", 2<<20)+`"]`)
		case "/cut":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `[1`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	})
	d := start(t, "routes:\n  - { match: \"/**\", proxy: "+upstream+" }\n")
	for _, path := range []string{"/image", "/huge", "/cut", "/auth/api/me"} {
		_, _ = d.tryAsk("GET", path, http.NoBody)
	}
	eventually(t, "all are logged", func() bool { return len(d.app.Dev().Exchanges().Since(0)) == 4 })
	for _, x := range d.app.Dev().Exchanges().Since(0) {
		if x.Mockable {
			t.Errorf("%s can be mocked", x.Path)
		}
		d.post(fmt.Sprintf("/auth/dev/api/exchanges/%d/mock", x.Number), "").refused(t, "not_found")
	}
	if _, err := os.Stat(filepath.Join(d.folder, "mock")); err == nil {
		t.Error("something was written")
	}
}

func TestPagesOfOthersMakeNoMocks(t *testing.T) {
	d := start(t, "")
	d.get("/api/hello")
	const path = "/auth/dev/api/exchanges/1/mock"
	d.post(path, "", "Origin: http://evil.example").refused(t, "origin_refused")
	d.post(path, "", "Sec-Fetch-Site: cross-site").refused(t, "csrf_refused")
	if r := d.post(path, "", "Host: evil.example"); r.status < 400 {
		t.Errorf("%d", r.status)
	}
	if _, err := os.Stat(filepath.Join(d.folder, "mock")); err == nil {
		t.Error("something was written")
	}
	made := d.mocked("/api/hello") // there is no dev file either
	at := d.get("/api/hello").body
	if again := d.get("/api/hello"); again.body != at || made.Route != 1 || again.header.Get("X-Dev-Served-By") != "mock; route=1" {
		t.Errorf("%+v %+v", made, again)
	}
}

func TestABrokenMockFileIsToldWithItsLineAndTheRestGoesOn(t *testing.T) {
	d := start(t, "routes:\n  - { match: \"GET /x\", mock: { text: x } }\n")
	d.get("/x")
	made := d.mocked("/x")
	files{made.File: "routes:\n  - match: GET /x\n    mock: { stauts: 500 }\n"}.write(t, d.folder)
	eventually(t, "the mistake is told", func() bool { return len(d.state().Problems) == 1 })
	if p := d.state().Problems[0]; !strings.HasPrefix(p, made.File+`:3:13: "stauts" is not a key of mock`) {
		t.Errorf("%s", p)
	}
	d.get("/x").wants(t, 200, "x")
	files{made.File: "routes:\n  - match: GET /x\n    mock: { status: 500, text: mended }\n"}.write(t, d.folder)
	eventually(t, "it is in use", func() bool { return d.get("/x").body == "mended" })
	if err := os.Remove(filepath.Join(d.folder, made.File)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is gone", func() bool { return d.get("/x").body == "x" })
}
