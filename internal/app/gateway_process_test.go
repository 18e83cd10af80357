package app

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSIGHUPPutsOtherRoutesInForceAndRefusesWrongOnes(t *testing.T) {
	t.Parallel()
	app, binary, dir := newEcho(t), build(t), t.TempDir()
	file := filepath.Join(dir, "lingpai.yaml")
	write := func(route string) {
		if err := os.WriteFile(file, []byte("gateway:\n  routes:\n    - "+route+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{match: /a, upstream: "` + app.URL + `", public: true}`)
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--config", file)
	said := &buffer{}
	cmd.Stderr = said
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the end of the test's context has killed it
	p := &process{T: t}
	p.at = "http://127.0.0.1:" + p.find(bufio.NewReader(stdout), regexp.MustCompile(`ready at http://localhost:(\d+)`))
	again := func(want string) {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for range 4000 {
			if strings.Contains(said.String(), want) {
				return
			}
			<-time.After(25 * time.Millisecond)
		}
		t.Fatalf("%q is not in the log:\n%s", want, said)
	}
	p.call(http.MethodGet, "/a", "", "").wants(t, 200, "")
	p.call(http.MethodGet, "/b", "", "").wants(t, 404, "not_found")
	write(`{match: /b, upstream: "` + app.URL + `", public: true}`)
	again("were read again")
	p.call(http.MethodGet, "/b", "", "").wants(t, 200, "")
	p.call(http.MethodGet, "/a", "", "").wants(t, 404, "not_found")
	write(`{match: /c, upstrea: "` + app.URL + `"}`)
	again("lingpai.yaml:3:19: ")
	if !strings.Contains(said.String(), "did you mean gateway.routes[0].upstream?") {
		t.Errorf("the reason is missing:\n%s", said)
	}
	p.call(http.MethodGet, "/b", "", "").wants(t, 200, "")
}
