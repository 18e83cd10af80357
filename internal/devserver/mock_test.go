package devserver_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
)

func TestMocksAnswerJSONTextFilesStatusAndHeaders(t *testing.T) {
	d := start(t, `
routes:
  - match: POST /things/{id}
    mock:
      status: 201
      headers: { X-Id: "{{.id}}", Content-Type: application/vnd.x+json }
      json: { z: "{{.body.a}}", a: { n: "{{number .id}}", list: [ "{{.query.q}}", "{{json .body.a}}" ] }, deep: '{{upper .params.id}} {{index .headers "X-A"}}' }
  - { match: /html, mock: { text: "<p>{{.method}} {{.path}}</p>" } }
  - { match: /file, mock: { file: a.txt } }
  - { match: /empty, mock: { status: 204 } }
  - { match: /fails, mock: { json: { a: "{{number .query.x}}" } } }
`, files{"a.txt": "from a file"})
	r := d.post("/things/7?q=x", `{"a":[1,2]}`, "X-A: b")
	r.wants(t, 201, "")
	if r.header.Get("X-Id") != "7" || r.header.Get("Content-Type") != "application/vnd.x+json" {
		t.Errorf("%v", r.header)
	}
	if want := `{"z":"[1 2]","a":{"n":7,"list":["x",[1,2]]},"deep":"7 b"}`; plain(r.body) != want {
		t.Errorf("%s\nwant the members in the order of the file: %s", plain(r.body), want)
	}
	r = d.get("/html")
	r.wants(t, 200, "<p>GET /html</p>")
	if r.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%v", r.header)
	}
	d.get("/file").wants(t, 200, "from a file")
	d.get("/empty").wants(t, 204, "")
	r = d.get("/fails?x=abc")
	r.wants(t, 500, "")
	r.refused(t, "mock_failed", "route 5 (/fails)", `"abc" is not a number`)
}

func TestMocksChooseByRuleAndInTurn(t *testing.T) {
	d := start(t, `
routes:
  - match: /login
    mock:
      delay: 1ms
      answers:
        - { when: { body: { name: alice } }, json: { ok: true } }
        - { when: { headers: { X-Kind: "~^b" } }, json: { kind: b } }
        - { status: 401, json: { ok: false } }
  - { match: /turn, mock: { sequence: [ { text: one }, { text: two, status: 202 }, { text: three } ] } }
  - { match: /cycle, mock: { cycle: true, sequence: [ { text: one }, { text: two } ] } }
  - { match: /some, mock: { answers: [ { when: { query: { a: true } }, text: a } ] } }
  - { match: /some, mock: { text: otherwise } }
`)
	d.post("/login", `{"name":"alice"}`).wants(t, 200, `{"ok":true}`)
	d.get("/login", "X-Kind: bcd").wants(t, 200, `{"kind":"b"}`)
	d.get("/login").wants(t, 401, `{"ok":false}`)
	var got []string
	for range 4 {
		got = append(got, d.get("/turn").body)
	}
	for range 3 {
		got = append(got, d.get("/cycle").body)
	}
	if strings.Join(got, " ") != "one two three three one two one" {
		t.Errorf("in turn: %v", got)
	}
	d.get("/some?a=").wants(t, 200, "a")
	d.get("/some").wants(t, 200, "otherwise")
}

func TestFakeDataIsTheSameForOneSeedAndSpeaksTheLocale(t *testing.T) {
	const yaml = `
seed: 42
routes:
  - { match: /en, mock: { json: { name: "{{fake.name}}", mail: "{{fake.email}}", n: "{{number (fake \"number\" 1 10)}}", first: "{{fake.first_name}}", other: "{{fake.zh.name}}", age: "{{number fake.age}}", of: "{{fake.pick \"a\" \"b\" | upper}}" } } }
  - { match: /zh, mock: { locale: zh-CN, seed: 7, json: { name: "{{fake.name}}", city: "{{fake.city}}", phone: "{{fake.phone}}", at: "{{fake.company}}", text: "{{fake.sentence}}" } } }
  - { match: /none, mock: { json: { a: "{{fake.mail}}" } } }
`
	a, b := start(t, yaml), start(t, yaml)
	for _, path := range []string{"/en", "/zh"} {
		one, two := a.get(path), b.get(path)
		if one.body != two.body || one.status != 200 {
			t.Errorf("one seed, two answers: %s %s", one.body, two.body)
		}
		if a.get(path).body == one.body {
			t.Errorf("%s does not go on", path)
		}
	}
	var zh map[string]string
	if err := json.Unmarshal([]byte(b.get("/zh").body), &zh); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"name", "city", "at", "text"} {
		if !strings.ContainsFunc(zh[key], func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s is %q", key, zh[key])
		}
	}
	if !regexp.MustCompile(`^1[3-9]\d{9}$`).MatchString(zh["phone"]) {
		t.Errorf("phone is %q", zh["phone"])
	}
	var en map[string]any
	if err := json.Unmarshal([]byte(a.get("/en").body), &en); err != nil {
		t.Fatal(err)
	}
	if age, ok := en["age"].(float64); !ok || age < 18 || age > 80 {
		t.Errorf("age is %v", en["age"])
	}
	if en["of"] != "A" && en["of"] != "B" || !strings.ContainsFunc(en["other"].(string), func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		t.Errorf("a kind with arguments, and one in the other language: %v", en)
	}
	a.get("/none").refused(t, "mock_failed", `there is no fake "mail"`)
}

func TestMocksAreLate(t *testing.T) {
	d := start(t, "seed: 1\nroutes:\n  - { match: /fixed, mock: { text: a, delay: 150ms } }\n  - { match: /some, mock: { text: a, delay: 20-1000ms } }\n")
	late := func(path string) time.Duration {
		began := time.Now()
		d.get(path).wants(t, 200, "a")
		return time.Since(began)
	}
	if took := late("/fixed"); took < 150*time.Millisecond {
		t.Errorf("/fixed took %s", took)
	}
	shortest, longest := time.Hour, time.Duration(0)
	for range 5 {
		took := late("/some")
		shortest, longest = min(shortest, took), max(longest, took)
	}
	if shortest < 20*time.Millisecond || longest-shortest < 100*time.Millisecond {
		t.Errorf("between 20 and 1000 ms, five answers took from %s to %s", shortest, longest)
	}
}

func TestMocksFail(t *testing.T) {
	d := start(t, `
routes:
  - { match: /third, mock: { text: a, fault: { kind: error, every: 3, status: 502 } } }
  - { match: /reset, mock: { text: a, fault: reset } }
  - { match: /close, mock: { text: a, fault: close } }
  - { match: /garbage, mock: { text: a, fault: garbage } }
  - { match: /cut, mock: { text: abcdefgh, fault: cut } }
  - { match: /slow, mock: { text: abcdefghijklmnopqrst, fault: { kind: slow, rate: 50 } } }
  - { match: /fine, mock: { text: a } }
`)
	var codes []int
	for range 6 {
		codes = append(codes, d.get("/third").status)
	}
	if codes[0] != 200 || codes[1] != 200 || codes[2] != 502 || codes[3] != 200 || codes[5] != 502 {
		t.Errorf("every third fails: %v", codes)
	}
	for path, want := range map[string]error{"/reset": syscall.ECONNRESET, "/close": io.EOF, "/garbage": nil, "/cut": io.ErrUnexpectedEOF} {
		if r, err := d.tryAsk("POST", path, strings.NewReader("x")); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %+v, %v, want %v", path, r, err, want)
		}
	}
	began := time.Now()
	if r := d.get("/slow"); r.body != "abcdefghijklmnopqrst" || time.Since(began) < 250*time.Millisecond {
		t.Errorf("20 bytes at 50 a second took %s: %q", time.Since(began), r.body)
	}
	d.get("/fine").wants(t, 200, "a")
}

// Feature 19, and P54 for mocks: events come one by one.
func TestMocksStreamEvents(t *testing.T) {
	d := start(t, `
routes:
  - match: /events
    mock:
      events:
        - { data: { n: 1 } }
        - { event: tick, data: "two {{.query.who}}", delay: 30s }
`)
	r, err := http.NewRequestWithContext(t.Context(), "GET", d.origin+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("%v", res.Header)
	}
	if line, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil || line != "data: {\"n\":1}\n" {
		t.Errorf("the first event, while the second is to come: %q %v", line, err)
	}
}
