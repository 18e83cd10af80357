package child

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/porttest"
)

// TestMain lets the test program be the guard, a dev server, and a parent that is killed.
func TestMain(m *testing.M) {
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	switch role {
	case "guard":
		os.Exit(Guard(os.Stdin, os.Args[2:]))
	case "server":
		serve(os.Args[2])
	case "parent":
		c := New(options(".", os.Args[2:]...))
		_ = c.Run(context.Background())
	default:
		os.Exit(m.Run())
	}
}

// serve is a dev server: it says where it is, like others do, and ends when a file is put beside it.
func serve(folder string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("proxying to http://localhost:1\n\x1b[32m  ➜  Local:   \x1b[1mhttp://127.0.0.1:%d/\x1b[0m\n", l.Addr().(*net.TCPAddr).Port)
	go func() { _ = http.Serve(l, http.NotFoundHandler()) }()
	for {
		if _, err := os.Stat(filepath.Join(folder, "crash")); err == nil {
			_ = os.Remove(filepath.Join(folder, "crash"))
			fmt.Println("Error: it crashed")
			os.Exit(3)
		}
		<-time.After(10 * time.Millisecond)
	}
}

func self() string {
	name, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return name
}

func options(folder string, command ...string) Options {
	return Options{Command: command, Guard: []string{self(), "guard"}, Folder: folder, Output: io.Discard, Now: time.Now}
}

// run keeps a program running until the test ends.
func run(t *testing.T, o Options) *Child {
	t.Helper()
	c := New(o)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	go func() {
		for ctx.Err() == nil {
			_ = c.Look(ctx)
			<-time.After(10 * time.Millisecond)
		}
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return c
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-time.After(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not in a minute: %s", what)
}

func put(t *testing.T, folder, name, text string) {
	t.Helper()
	full := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestItsAddressIsFoundAndItIsStartedAgainWhenItCrashes(t *testing.T) {
	folder := t.TempDir()
	c := run(t, options(folder, self(), "server", folder))
	eventually(t, "it is ready", func() bool { return c.Address() != nil })
	first := c.Address().String()
	put(t, folder, "crash", "")
	eventually(t, "the crash is told", func() bool {
		s := c.Status()
		return s.Ended == "it ended with exit code 3" && s.Exit == 3 && len(s.Output) > 0 && s.Output[len(s.Output)-1] == "Error: it crashed"
	})
	if c.Address() != nil {
		t.Error("it has an address after it crashed")
	}
	if ctx, cancel := context.WithTimeout(t.Context(), time.Minute); !c.Await(ctx) {
		cancel()
		t.Fatal("it is not started again")
	} else {
		cancel()
	}
	if s := c.Status(); s.Runs != 2 || s.Address == first {
		t.Errorf("%+v, first at %s", s, first)
	}
}

func TestACommandThatIsNotThereIsToldAndTriedAgain(t *testing.T) {
	c := run(t, options(t.TempDir(), "no-such-program-here"))
	eventually(t, "it is told", func() bool {
		s := c.Status()
		return s.Ended == "the command was not found (exit code 127)" && s.Runs > 1
	})
}

// What npm does, in its order: packages, then package.json and the lock, then its mark.
func TestAnInstallationIsWaitedForAndThenItIsStartedAnew(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, "package.json", "{}")
	put(t, folder, "node_modules/a/package.json", "{}")
	put(t, folder, "node_modules/.package-lock.json", "{}")
	c := run(t, options(folder, self(), "server", folder))
	eventually(t, "it is ready", func() bool { return c.Address() != nil })

	put(t, folder, "node_modules/.vite/deps/a.js", "a tool's own")
	if c.Suspect() {
		t.Error("what a tool keeps for itself is taken for an installation")
	}
	put(t, folder, "node_modules/@s/b/package.json", "{}")
	if !c.Suspect() || c.Address() != nil || c.Status().State != Installing {
		t.Errorf("an installation is not noticed: %+v", c.Status())
	}
	<-time.After(2 * still) // the package manager may take a breath
	if c.Status().State != Installing || c.Status().Runs != 1 {
		t.Errorf("without its mark, the installation goes on: %+v", c.Status())
	}
	put(t, folder, "package.json", `{"dependencies": {"@s/b": "1"}}`)
	put(t, folder, "node_modules/.package-lock.json", `{"b": 1}`)
	eventually(t, "it runs anew", func() bool { s := c.Status(); return s.Runs == 2 && s.State == Ready })
	if s := c.Status(); s.Ended != "" {
		t.Errorf("an end that we wanted is told as one: %+v", s)
	}
}

func TestAnInstallationThatChangesNothingStartsNothingAnew(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, "package.json", "{}")
	now := time.Now()
	p := newPackages(folder)
	put(t, folder, "package.json", "{ }")
	if p.look(now) || !p.changing {
		t.Error("a change is not noticed")
	}
	put(t, folder, "package.json", "{}")
	if p.look(now.Add(time.Second)) {
		t.Error("it was still at once")
	}
	if p.look(now.Add(3*time.Second)) || p.changing {
		t.Errorf("what is as it was counts as renewed, or goes on: %v", p.changing)
	}
}

func TestTheAddressIsThatOfTheServerItself(t *testing.T) {
	for line, want := range map[string]string{
		"  ➜  Local:   http://localhost:5173/":                                          "http://localhost:5173",
		"  ➜  Local:   https://localhost:5173/app/":                                     "https://localhost:5173",
		"- Local:   http://localhost:8080/":                                             "http://localhost:8080",
		"<i> [webpack-dev-server] Loopback: http://localhost:8080/, http://[::1]:8080/": "http://localhost:8080",
		"Listening on http://0.0.0.0:3000":                                              "http://localhost:3000",
		"http://[::]:4200/":                                                             "http://localhost:4200",
		"** Angular Live Development Server is listening on localhost:4200 **":          "",
		"[HPM] Proxy created: /api -> http://localhost:9000":                            "",
		"Debugger listening on http://127.0.0.1:9229":                                   "",
		"see http://example.com:80/ for help":                                           "",
	} {
		got := ""
		if u := addressIn(line); u != nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestOutputIsPassedOnAndKeptWithoutColours(t *testing.T) {
	var b strings.Builder
	o := &output{to: &b}
	for _, part := range []string{"\x1b[31mre", "d\x1b[0m\x07\n", "\n", "tail"} {
		if _, err := io.WriteString(o, part); err != nil {
			t.Fatal(err)
		}
	}
	if b.String() != "\x1b[31mred\x1b[0m\x07\n\n" {
		t.Errorf("passed on: %q", b.String())
	}
	if got := o.tail(); len(got) != 1 || got[0] != "red" {
		t.Errorf("kept: %q", got)
	}
}

func TestARemoteIsWaitedFor(t *testing.T) {
	at := &url.URL{Scheme: "http", Host: porttest.Address(t)}
	r := NewRemote(at)
	r.Lost()
	_ = r.Look(t.Context())
	if r.Address() != nil || r.Status().State != Waiting {
		t.Errorf("it is away: %+v", r.Status())
	}
	l, err := net.Listen("tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_ = r.Look(t.Context())
	if !r.Await(t.Context()) || r.Address() == nil {
		t.Error("it is back")
	}
}
