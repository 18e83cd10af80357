package devserver_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// addition is what a refusal says to write.
type addition struct {
	File, To string
	Lines    []string
}

func (r reply) addition(t testing.TB) addition {
	t.Helper()
	r.refused(t, "route_missing")
	var p struct{ Add addition }
	if err := json.Unmarshal([]byte(r.body), &p); err != nil || len(p.Add.Lines) == 0 {
		t.Fatalf("it does not say what to write: %s", r.body)
	}
	return p.Add
}

// obey writes what was said into the dev file, as a person does who takes it at its word.
func (a addition) obey(t testing.TB, folder string) {
	t.Helper()
	name, text := filepath.Join(folder, a.File), strings.Join(a.Lines, "\n")
	before, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	after := string(before) + text + "\n"
	if list, found := strings.CutSuffix(string(before), "]\n"); found && strings.HasPrefix(list, "routes: [") {
		after = list + ", " + text + "]\n"
	}
	files{a.File: after}.write(t, folder)
}

// However the dev file looks, the lines of the refusal answer the request once they are in it, and what answered before still does.
func TestWhatNoRouteAnswersIsAnsweredByTheLinesThatTheRefusalSays(t *testing.T) {
	const other = "match: /other, mock: { text: other }"
	for name, yaml := range map[string]string{
		"no file": "", "a list": "routes:\n  - { " + other + " }\n", "dashes at the edge": "routes:\n- { " + other + " }\n", "deep": "routes:\n        - { " + other + " }\n",
		"brackets": "routes: [{ " + other + " }]\n", "no routes": "app: ./dist\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := start(t, yaml, files{"dist/index.html": "app"})
			for _, tt := range []struct{ method, path, match string }{
				{"POST", "/api/users/7?x=1", "POST /api/users/7"}, {"GET", "/a:b/{c}.js", `GET ~^/a:b/%7Bc%7D\.js$`}, {"PROPFIND", "/dav", "/dav"},
			} {
				r := d.ask(tt.method, tt.path, "")
				add := r.addition(t)
				want, _ := json.Marshal(tt.match)
				if text := strings.Join(add.Lines, "\n"); add.File != "lingpai.dev.yaml" || !strings.Contains(text, "match: "+string(want)) {
					t.Errorf("%s %s: write into %s\n%s", tt.method, tt.path, add.File, text)
				}
				add.obey(t, d.folder)
				eventually(t, "the new route answers", func() bool { return plain(d.ask(tt.method, tt.path, "").body) == `{"ok":true}` })
			}
			if problems := d.state().Problems; len(problems) > 0 {
				t.Error(problems)
			}
			if strings.Contains(yaml, "other") {
				d.get("/other").wants(t, 200, "other")
			}
		})
	}
}

func TestStreamsAndWebSocketsThatNoRouteAnswersAreAddedAsWhatTheyAre(t *testing.T) {
	d := start(t, "")
	events := d.get("/events", "Accept: text/event-stream").addition(t)
	socket := d.get("/ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==").addition(t)
	events.obey(t, d.folder)
	addition{File: socket.File, Lines: socket.Lines[1:]}.obey(t, d.folder)
	eventually(t, "the stream is there", func() bool { return strings.Contains(d.get("/events").body, "data: hello") })
	l := d.dial("/ws")
	l.says("ping")
	l.hears("ping")
}

func TestWhyNothingAnswersIsSaid(t *testing.T) {
	d := start(t, "")
	d.post("/api/hello", "{}").refused(t, "route_missing", "No route answers POST /api/hello.", "Route 1 (GET /api/hello) came near, but it does not take POST.",
		"There is no lingpai.dev.yaml yet; until there is, a sample API answers")
	d.get("/page", "Accept: text/html", "Sec-Fetch-Mode: cors").refused(t, "route_missing", "app: http://localhost:5173")

	files{"lingpai.dev.yaml": "app: ./dist\nroutes: [{ match: /a, mock: { text: a } }]\n", "dist/index.html": "app"}.write(t, d.folder)
	eventually(t, "the file is in use", func() bool { return d.get("/a").status == 200 })
	d.get("/missing.js").refused(t, "route_missing", "The app in the folder dist has no such file.")
	files{"lingpai.dev.yaml": "app: ./dist\nroutes: [{ match: /a, mock: { text: a } }, { match: /b, mok: 1 }]\n"}.write(t, d.folder)
	eventually(t, "the next version is looked at", func() bool { return len(d.state().Problems) > 0 })
	d.post("/b", "{}").refused(t, "route_missing", "What was saved last is not in use: lingpai.dev.yaml:2:", `"mok" is not a key`)
}

// A person who opens an address gets a page, in their language; the list of exchanges says why all the same.
func TestWhatNoRouteAnswersIsAPageToAPerson(t *testing.T) {
	d := start(t, "")
	person := []string{"Accept: text/html", "Sec-Fetch-Mode: navigate", "Accept-Language: zh-CN"}
	page := d.get("/notes/1?a=b", person...)
	page.wants(t, 404, "没有路由应答 GET /notes/1")
	for _, holds := range []string{"<code>lingpai.dev.yaml</code>", "  - match: &#34;GET /notes/1&#34;\n    mock:\n      json: { ok: true }</pre>", `href="/notes/1?a=b"`, `href="/auth/dev/backend"`} {
		if !strings.Contains(page.body, holds) {
			t.Errorf("the page lacks %s\n%s", holds, page.body)
		}
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("its policy is %q", csp)
	}
	if en, zh := d.why(); !strings.HasPrefix(en, "No route answers GET /notes/1.") || !strings.HasPrefix(zh, "没有路由应答 GET /notes/1。还没有 lingpai.dev.yaml") {
		t.Errorf("%q, %q", en, zh)
	}
	if r := d.get("/notes/1?lang=en", person...); r.status != 303 || r.header.Get("Location") != "/notes/1" {
		t.Errorf("the switch of the language leads to %d %s", r.status, r.header.Get("Location"))
	}
}
