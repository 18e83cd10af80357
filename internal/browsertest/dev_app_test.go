package browsertest

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/skiptest"
)

// serveApp is an app's dev server: it takes connections once it gets a byte from the test at an address, and crashes when the test hangs up.
func serveApp(test string) int {
	line, err := net.Dial("tcp", test)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if _, err := line.Read(make([]byte, 1)); err != nil {
		return 1
	}
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("Local: http://%s/\n", in.Addr())
	page := fmt.Sprintf(`<!doctype html><html lang="en"><meta charset="utf-8"><title>app</title><main>the app, run %d</main></html>`, os.Getpid())
	go func() {
		_ = http.Serve(in, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { // It ends with the process.
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprint(w, page) // The browser may have left.
		}))
	}()
	_, _ = line.Read(make([]byte, 1)) // However it ends, it has ended.
	fmt.Fprintln(os.Stderr, "Error: it crashed")
	return 3
}

// The app's dev server crashes under a tab. Who reloads sees a page that says so, and has the app again without doing anything.
func TestATabWaitsForAnAppThatCrashedAndHasItAgainByItself(t *testing.T) {
	t.Parallel()
	skiptest.Chromium(t)
	runs, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = runs.Close() })
	// next is the line to the next run of the app, which does not serve yet.
	next := func() net.Conn {
		if err := runs.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		line, err := runs.Accept()
		if err != nil {
			t.Fatalf("the app is not started: %v", err)
		}
		t.Cleanup(func() { _ = line.Close() })
		return line
	}
	letIn := func(line net.Conn) {
		if _, err := line.Write([]byte("1")); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	own := child.New(child.Options{Command: []string{self, "app", runs.Addr().String()}, Guard: []string{self, "guard"}, Folder: t.TempDir(), Now: time.Now})
	b := visit(startDevWith(t, "", own))
	line := next()
	letIn(line)
	if !own.Await(b.ctx) {
		t.Fatalf("the app does not start: %+v", own.Status())
	}
	if status := b.at("/notes?page=2"); status != http.StatusOK {
		t.Fatalf("the app's page has status %d", status)
	}
	b.reads("main", "the app, run")
	first := b.text("main")

	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	line = next()
	if status := b.at("/notes?page=2"); status != http.StatusServiceUnavailable {
		t.Errorf("the page that waits has status %d", status)
	}
	b.until("main", "This page reloads by itself.")
	b.until("main", "Your app is starting")
	b.expect("/notes?page=2")

	letIn(line)
	b.until("main", "the app, run")
	b.expect("/notes?page=2")
	if b.text("main") == first {
		t.Error("the tab shows the page of the run that crashed")
	}
}
