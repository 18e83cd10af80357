package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// address is where the dev server on the terminal listens.
func (x *terminal) address(t *testing.T) string {
	t.Helper()
	x.shows(t, "http://localhost:")
	x.mu.Lock()
	defer x.mu.Unlock()
	return regexp.MustCompile(`http://localhost:\d+`).FindString(x.shown.String())
}

// fetch is the body of an answer, and who gave it.
func fetch(t *testing.T, address string) (body, by string) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), res.Header.Get("X-Dev-Served-By")
}

// The backend answered once. One key later it may go away, and lingpai dev may begin again: its answer stays.
func TestOneKeyMakesAMockOfTheLastAnswer(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Set-Cookie", "sid=secret")
		fmt.Fprint(w, "from the backend")
	}))
	defer upstream.Close()
	folder := t.TempDir()
	routes := "routes:\n  - { match: /api/**, proxy: \"" + upstream.URL + "\" }\n"
	if err := os.WriteFile(filepath.Join(folder, "lingpai.dev.yaml"), []byte(routes), 0o600); err != nil {
		t.Fatal(err)
	}
	x := newTerminal(t, 160, 40)
	cmd := x.runDev(t, folder)
	at := x.address(t)
	x.types(t, "r")
	x.shows(t, "Nothing was answered yet of which a mock can be made.")
	if body, by := fetch(t, at+"/api/x"); body != "from the backend" || by != "proxy; route=1" {
		t.Errorf("%s by %s", body, by)
	}
	x.shows(t, "/api/x")
	x.types(t, "r")
	x.shows(t, "GET /api/x is mocked by mock/get-api-x.mock.yaml, without Set-Cookie. Press m to switch back.")
	if body, by := fetch(t, at+"/api/x"); body != "from the backend" || by != "mock; route=1" {
		t.Errorf("%s by %s", body, by)
	}
	x.types(t, "m")
	x.shows(t, "Route 1 is off now")
	if _, by := fetch(t, at+"/api/x"); by != "proxy; route=2" {
		t.Errorf("by %s", by)
	}
	x.types(t, "q")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	upstream.Close()

	y := newTerminal(t, 160, 40)
	cmd = y.runDev(t, folder)
	if body, by := fetch(t, y.address(t)+"/api/x"); body != "from the backend" || by != "mock; route=1" {
		t.Errorf("%s by %s", body, by)
	}
	y.types(t, "q")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "mock", "get-api-x.mock.yaml"))
	if err != nil || strings.Contains(string(text), "secret") {
		t.Errorf("%s %v", text, err)
	}
}
