package devserver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMistakesInTheDevFileAreToldWithLineAndColumn(t *testing.T) {
	for name, tt := range map[string]struct{ yaml, want string }{
		"unknown key":      {"routes:\n  - match: /a\n    mok: x\n", `lingpai.dev.yaml:3:5: "mok" is not a key of a route; the keys are auth, before,`},
		"unknown top key":  {"rutes: []\n", `lingpai.dev.yaml:1:1: "rutes" is not a key of the dev file`},
		"unknown mock key": {"routes:\n  - match: /a\n    mock:\n      jsn: 1\n", `lingpai.dev.yaml:4:7: "jsn" is not a key of mock`},
		"unknown auth key": {"routes:\n  - match: /a\n    mock: {text: a}\n    auth: {role: x}\n", `lingpai.dev.yaml:4:12: "role" is not a key of auth`},
		"not YAML":         {"routes:\n  - match: [\n", "lingpai.dev.yaml:2:"},
		"tab":              {"routes:\n\t- match: /a\n", "a tab stands here"},
		"no routes":        {"seed: 1\n", "there are no routes"},
		"not a list":       {"routes: {a: b}\n", "routes must be a list"},
		"no match":         {"routes:\n  - mock: {text: a}\n", "lingpai.dev.yaml:2:5: the route says nothing of its requests"},
		"no answer":        {"routes:\n  - match: /a\n", "lingpai.dev.yaml:2:5: nothing answers this route"},
		"bad method":       {"routes:\n  - match: FETCH /a\n    mock: {text: a}\n", `lingpai.dev.yaml:2:12: match: "FETCH" is no method`},
		"bad path":         {"routes:\n  - match: a/b\n    mock: {text: a}\n", "does not begin with a slash"},
		"bad brace":        {"routes:\n  - match: \"/a/{\"\n    mock: {text: a}\n", "has a brace that is no parameter"},
		"bad expression":   {"routes:\n  - match: \"~(\"\n    mock: {text: a}\n", "cannot be read"},
		"bad template":     {"routes:\n  - match: /a\n    mock: {text: \"{{.a\"}\n", "lingpai.dev.yaml:3:11: the template"},
		"bad delay":        {"routes:\n  - match: /a\n    mock: {text: a, delay: 5}\n", `delay: "5" is not a delay; write 200ms`},
		"bad fault":        {"routes:\n  - match: /a\n    mock: {text: a, fault: boom}\n", `there is no fault "boom"; the faults are [reset close garbage cut slow error]`},
		"bad status":       {"routes:\n  - match: /a\n    mock: {status: 99}\n", "lingpai.dev.yaml:3:20: status must be a whole number from 200 to 599"},
		"bad address":      {"routes:\n  - match: /a\n    proxy: localhost:80\n", "is not an address; write it like http://localhost:8080"},
		"bad locale":       {"locale: tlh\nroutes: []\n", `there is no fake data in "tlh"; the locales are en and zh-CN`},
		"bad use":          {"routes:\n  - match: /a\n    mock: {text: a}\n    use: crud\n", `lingpai.dev.yaml:4:10: use: the route has no "crud"; it has mock and off`},
		"both orders":      {"routes:\n  - match: /a\n    mock: {answers: [{text: a}], sequence: [{text: b}]}\n", "by rule (`answers:`) or in turn (`sequence:`), not both"},
		"record alone":     {"routes:\n  - match: /a\n    mock: {text: a}\n    record: rec\n", "record needs a proxy on the same route"},
		"empty value":      {"routes:\n  - match: /a\n    mock:\n", "lingpai.dev.yaml:3:5: mock has no value"},
		"no file":          {"routes:\n  - match: /a\n    before: nothing.js\n", "lingpai.dev.yaml:3:13: nothing.js: there is no such file"},
		"no folder":        {"routes:\n  - match: /a\n    spa: dist\n", "spa: there is no folder dist"},
		"no collection":    {"routes:\n  - match: /a\n    crud: db.json\n", "crud: db.json: there is no such file"},
		"no recordings":    {"routes:\n  - match: /a\n    replay: rec\n", "replay: there is no folder rec"},
		"no anchor":        {"routes:\n  - match: /a\n    mock: *x\n", "there is no anchor"},
		"cors":             {"cors: [\"*\"]\nroutes: []\n", `"*" is not an origin; write it like http://localhost:5173`},
		"socket key":       {"routes:\n  - match: /a\n    mock: {websocket: {opn: []}}\n", `lingpai.dev.yaml:3:24: "opn" is not a key of websocket; the keys are close, echo, every, open, reply`},
		"idle reply":       {"routes:\n  - match: /a\n    mock:\n      websocket:\n        reply:\n          - when: ping\n", "lingpai.dev.yaml:6:13: the reply does nothing; give it `send:`, or `close:` with a code"},
		"bad reply":        {"routes:\n  - match: /a\n    mock: {websocket: {reply: [{when: \"~(\", send: x}]}}\n", `lingpai.dev.yaml:3:39: when: "~(" cannot be read`},
		"no interval":      {"routes:\n  - match: /a\n    mock: {websocket: {every: {send: x}}}\n", "every has no interval of 1ms or more"},
		"says nothing":     {"routes:\n  - match: /a\n    mock: {websocket: {every: {interval: 1s}}}\n", "every says nothing; add `send:`"},
		"bad code":         {"routes:\n  - match: /a\n    mock: {websocket: {close: {code: 1006}}}\n", "lingpai.dev.yaml:3:38: code: 1006 is no code to close with"},
		"bad message":      {"routes:\n  - match: /a\n    mock: {websocket: {open: [\"{{.a\"]}}\n", "lingpai.dev.yaml:3:11: the template"},
		"socket and text":  {"routes:\n  - match: /a\n    mock: {websocket: {echo: true}, text: a}\n", "lingpai.dev.yaml:3:11: a websocket stands alone"},
		"cut socket":       {"routes:\n  - match: /a\n    mock: {websocket: {echo: true}, fault: cut}\n", "lingpai.dev.yaml:3:11: the fault cut is one of a body"},
		"second document":  {"routes: []\n---\nroutes: []\n", "lingpai.dev.yaml:3:1: a second document begins here"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := try(t, tt.yaml)
			if err == nil {
				t.Fatalf("it was taken: %+v", d.state())
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the mistake is told as\n%s\nwant %q in it", err, tt.want)
			}
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	_, err := try(t, "sed: 1\nroutes:\n  - match: a\n    mock: {text: a}\n  - match: /b\n    prxy: x\n")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three mistakes are told as\n%v", err)
	}
}

func TestAnchorsCanBeUsed(t *testing.T) {
	d := start(t, "routes:\n  - match: /a\n    mock: &m { json: { a: [1, 2.5, true, null, \"1\"] } }\n  - match: /b\n    mock: *m\n")
	d.get("/b").wants(t, 200, `{"a":[1,2.5,true,null,"1"]}`)
}

func TestABrokenVersionLeavesTheLastGoodOneInUse(t *testing.T) {
	d := start(t, "routes:\n  - { match: /a, mock: { text: one } }\n  - { match: /s, before: ./s.js }\n", files{"s.js": "module.exports = app => app.get('/s', (q, r) => r.send('s1'));"})
	files{"lingpai.dev.yaml": "routes:\n  - { match: /a, mock: { text: two }\n  - oops"}.write(t, d.folder)
	eventually(t, "the mistake is told", func() bool { return len(d.state().Problems) > 0 })
	d.get("/a").wants(t, 200, "one")
	if p := d.state().Problems[0]; !strings.HasPrefix(p, "lingpai.dev.yaml:") || !strings.Contains(d.log.String(), "the last good version stays in use") {
		t.Errorf("told as %q, logged as %s", p, d.log)
	}
	files{"lingpai.dev.yaml": "routes:\n  - { match: /a, mock: { text: three } }\n  - { match: /s, before: ./s.js }\n"}.write(t, d.folder)
	eventually(t, "the mended version is in use", func() bool { return d.get("/a").body == "three" })
	if p := d.state().Problems; len(p) != 0 {
		t.Errorf("still told: %v", p)
	}

	files{"s.js": "module.exports = app => app.get('/s', (q, r) => r.send('s2'))\n  const = 5;"}.write(t, d.folder)
	eventually(t, "the mistake in the script is told", func() bool { return len(d.state().Problems) > 0 })
	if p := d.state().Problems[0]; !strings.Contains(p, "s.js:2:9:") {
		t.Errorf("told as %q", p)
	}
	d.get("/s").wants(t, 200, "s1")
	files{"s.js": "module.exports = app => app.get('/s', (q, r) => r.send('s3'))"}.write(t, d.folder)
	eventually(t, "the mended script is in use", func() bool { return d.get("/s").body == "s3" })
	if err := os.Remove(filepath.Join(d.folder, "lingpai.dev.yaml")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "without a file, the sample answers", func() bool { return d.get("/api/hello").status == 200 })
}
