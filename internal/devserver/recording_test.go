package devserver_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

func TestExchangesAreRecordedAndReplayed(t *testing.T) {
	var asked atomic.Int64
	upstream := backend(t, func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Kept", "yes")
		w.Header().Set("Set-Cookie", "sid=secret")
		switch r.URL.Path {
		case "/zip":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, "unzipped")
			_ = z.Close()
		case "/bytes":
			_, _ = w.Write([]byte{0xff, 0x00, 0xfe})
		case "/gone":
			w.WriteHeader(410)
		default:
			fmt.Fprintf(w, `{"n":%d,"q":%q,"body":%q}`, n, r.URL.RawQuery, body)
		}
	})
	d := start(t, "routes:\n  - { match: \"/**\", proxy: "+upstream+", record: ./rec, replay: ./rec }\n", files{"rec/.keep": ""})
	recorded := []reply{
		d.get("/n", "Authorization: Bearer secret", "Cookie: sid=secret"), d.get("/n"), d.get("/n?a=1&b=2"), d.post("/n", "one"), d.post("/n", "two"),
		d.get("/bytes"), d.get("/gone"),
	}
	d.get("/zip", "Accept-Encoding: br, gzip")
	before := asked.Load()
	d.post("/auth/dev/api/routes", `{"route":1,"use":"replay"}`).wants(t, 200, "")
	replayed := []reply{d.get("/n"), d.get("/n"), d.get("/n?b=2&a=1"), d.post("/n", "one"), d.post("/n", "two"), d.get("/bytes"), d.get("/gone")}
	for i, want := range recorded {
		if got := replayed[i]; plain(got.body) != plain(want.body) || got.status != want.status || got.header.Get("X-Kept") != "yes" {
			t.Errorf("exchange %d: %d %q %v, want %d %q", i, got.status, got.body, got.header, want.status, want.body)
		}
	}
	d.get("/zip").wants(t, 200, "unzipped")
	if r := d.get("/n"); plain(r.body) != plain(recorded[1].body) {
		t.Errorf("the last stays: %s", r.body)
	}
	if asked.Load() != before {
		t.Error("the backend was asked while recordings answered")
	}
	d.get("/never").refused(t, "route_missing", "its replay has no answer")
	names, err := filepath.Glob(filepath.Join(d.folder, "rec", "*.json"))
	if err != nil || len(names) != 8 {
		t.Fatalf("%v %v", names, err)
	}
	if filepath.Base(names[0]) != "00001-GET-n.json" {
		t.Errorf("the first file is %s", names[0])
	}
	for _, name := range names {
		if data, err := os.ReadFile(name); err != nil || strings.Contains(string(data), "secret") {
			t.Errorf("%s: %v\n%s", name, err, data)
		}
	}
}

func TestTenThousandRecordedExchangesAreReplayed(t *testing.T) {
	const many = 10_000
	rec := files{}
	for i := range many {
		rec[fmt.Sprintf("rec/%05d.json", i)] = fmt.Sprintf(`{"request":{"method":"GET","url":"/item/%d?x=%d"},"response":{"status":200,"headers":{},"json":{"i":%d}}}`, i/2, i, i)
	}
	d := start(t, "routes:\n  - { match: \"/**\", replay: ./rec }\n", rec)
	for i := range many {
		if r := d.get(fmt.Sprintf("/item/%d?x=%d", i/2, i)); r.body != fmt.Sprintf(`{"i":%d}`, i) {
			t.Fatalf("%d: %d %s", i, r.status, r.body)
		}
	}
}

func TestAHARFileOfABrowserAnswers(t *testing.T) {
	d := start(t, "routes:\n  - { match: \"/**\", har: ./site.har }\n", files{"site.har": `{"log": {"entries": [
		{"request": {"method": "GET", "url": "https://api.example.com/users?page=1"},
		 "response": {"status": 200, "headers": [{"name": "content-type", "value": "application/json"}, {"name": "content-encoding", "value": "br"}, {"name": "set-cookie", "value": "a=b"}], "content": {"mimeType": "application/json", "text": "[{\"id\":1}]"}}},
		{"request": {"method": "GET", "url": "https://api.example.com/logo.png"}, "response": {"status": 200, "headers": [{"name": ":status", "value": "200"}], "content": {"text": "iVBORw==", "encoding": "base64"}}},
		{"request": {"method": "POST", "url": "https://api.example.com/users", "postData": {"text": "{}"}}, "response": {"status": 201, "headers": [], "content": {}}},
		{"request": {"method": "GET", "url": "https://api.example.com/aborted"}, "response": {"status": 0, "headers": [], "content": {}}}
	]}}`})
	r := d.get("/users?page=1")
	r.wants(t, 200, `[{"id":1}]`)
	if r.header.Get("Content-Type") != "application/json" || r.header.Get("Content-Encoding") != "" || r.header.Get("Set-Cookie") != "" {
		t.Errorf("%v", r.header)
	}
	if r := d.get("/logo.png"); r.body != "\x89PNG" {
		t.Errorf("%q", r.body)
	}
	d.post("/users", "{}").wants(t, 201, "")
	d.get("/aborted").refused(t, "route_missing")
}
