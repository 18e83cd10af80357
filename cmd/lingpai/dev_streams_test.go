package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// echoing is a backend with a WebSocket at each address, and counts those that are open at each.
type echoing struct {
	*httptest.Server
	name string
	mu   sync.Mutex // guards open
	open map[string]int
}

func newEchoing(t *testing.T, name string) *echoing {
	t.Helper()
	e := &echoing{name: name, open: map[string]int{}}
	e.Server = httptest.NewServer(http.HandlerFunc(e.serve))
	t.Cleanup(func() { e.CloseClientConnections(); e.Close() })
	return e
}

func (e *echoing) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	e.count(r.URL.Path, 1)
	defer e.count(r.URL.Path, -1)
	for {
		kind, text, err := conn.Read(context.Background())
		if err != nil {
			return
		}
		if err := conn.Write(context.Background(), kind, append([]byte(e.name+": "), text...)); err != nil {
			return
		}
	}
}

func (e *echoing) count(path string, by int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open[path] += by
}

func (e *echoing) opened(path string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open[path]
}

// call is a WebSocket as a page holds it.
type call struct {
	*websocket.Conn
	path string
}

func dial(t *testing.T, at, path string) call {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), at+path, nil)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return call{conn, path}
}

// answered says something, and checks who answers.
func (c call) answered(t *testing.T, by string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.Write(ctx, websocket.MessageText, []byte("hello")); err != nil {
		t.Fatalf("%s: %v", c.path, err)
	}
	if _, text, err := c.Read(ctx); err != nil || string(text) != by+": hello" {
		t.Fatalf("%s: %q %v, want it to be answered by %s", c.path, text, err, by)
	}
}

// ended waits for the end.
func (c call) ended(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, text, err := c.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("%s is still open (%q %v)", c.path, text, err)
	}
}

// Only what a changed dev file answers otherwise is closed, at both ends: a page that opens it again meets the new. What is as it was, and
// what the app itself answers, goes on without a gap.
func TestProxiedWebSocketsEndWhenAChangedDevFileAnswersThemOtherwise(t *testing.T) {
	one, two := newEchoing(t, "one"), newEchoing(t, "two")
	folder := t.TempDir()
	write := func(app *echoing, routes ...string) {
		t.Helper()
		text := "app: " + app.URL + "\nroutes:\n  - " + strings.Join(routes, "\n  - ") + "\n"
		if err := os.WriteFile(filepath.Join(folder, "lingpai.dev.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	to := func(match string, e *echoing) string { return fmt.Sprintf("{ match: %q, proxy: %q }", match, e.URL) }
	write(one, to("/stays/**", one), to("/moved", one), to("/gone", one), to("/shadowed", one), to("/mocked", one))
	at := runPlainDev(t, folder).at
	stays, hmr, later := dial(t, at, "/stays/a"), dial(t, at, "/hmr"), dial(t, at, "/app/later")
	var changed []call
	for _, path := range []string{"/moved", "/gone", "/shadowed", "/mocked"} {
		changed = append(changed, dial(t, at, path))
	}
	for _, c := range append(changed, stays, hmr, later) {
		c.answered(t, "one")
	}

	write(one, to("/shad*", two), to("/stays/**", one), to("/moved", two), to("/shadowed", one), "{ match: /mocked, mock: { websocket: { open: [mocked] } } }")
	for _, c := range changed {
		c.ended(t)
		eventually(t, c.path+" ends at the backend", func() bool { return one.opened(c.path) == 0 })
	}
	stays.answered(t, "one")
	hmr.answered(t, "one")
	dial(t, at, "/moved").answered(t, "two")
	dial(t, at, "/shadowed").answered(t, "two")
	dial(t, at, "/gone").answered(t, "one") // the app has it now

	write(one, to("/app/**", two), to("/stays/**", one))
	later.ended(t)
	hmr.answered(t, "one")
	write(two, to("/app/**", two), to("/stays/**", one))
	hmr.ended(t)
	dial(t, at, "/hmr").answered(t, "two")
	stays.answered(t, "one")
}

// A route that is switched on takes over what something after it has answered so far.
func TestProxiedWebSocketsEndWhenARouteBeforeTheirsIsSwitchedOn(t *testing.T) {
	one, two := newEchoing(t, "one"), newEchoing(t, "two")
	folder := t.TempDir()
	text := fmt.Sprintf("app: %s\nroutes:\n  - { match: /ws/**, proxy: %q, use: \"off\" }\n  - { match: /ws/a, proxy: %q }\n", one.URL, two.URL, one.URL)
	if err := os.WriteFile(filepath.Join(folder, "lingpai.dev.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	at := runPlainDev(t, folder).at
	routes, app, other := dial(t, at, "/ws/a"), dial(t, at, "/ws/b"), dial(t, at, "/hmr")
	for _, c := range []call{routes, app, other} {
		c.answered(t, "one")
	}
	if code, out, errs := command(t, "dev", "switch", "--at", at, "1", "real"); code != 0 {
		t.Fatal(out, errs)
	}
	routes.ended(t)
	app.ended(t)
	other.answered(t, "one")
	dial(t, at, "/ws/a").answered(t, "two")
}
