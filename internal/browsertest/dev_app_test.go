package browsertest

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lingpai/lingpai/internal/devserver/child"
)

// serveApp is an app's dev server: it takes connections once there is a file "go" in the folder, and crashes when that is taken away.
func serveApp(folder string) int {
	open := filepath.Join(folder, "go")
	for !there(open) {
		time.Sleep(20 * time.Millisecond)
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
	for there(open) {
		time.Sleep(20 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "Error: it crashed")
	return 3
}

func there(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// The app's dev server crashes under a tab. Who reloads sees a page that says so, and has the app again without doing anything.
func TestATabWaitsForAnAppThatCrashedAndHasItAgainByItself(t *testing.T) {
	t.Parallel()
	need(t, chromium, "this test needs "+chromium)
	folder := t.TempDir()
	open := filepath.Join(folder, "go")
	letIn := func() {
		if err := os.WriteFile(open, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	own := child.New(child.Options{Command: []string{self, "app", folder}, Guard: []string{self, "guard"}, Folder: folder, Now: time.Now})
	b := visit(startDevWith(t, "", own))
	letIn()
	if !own.Await(b.ctx) {
		t.Fatalf("the app does not start: %+v", own.Status())
	}
	if status := b.at("/notes?page=2"); status != http.StatusOK {
		t.Fatalf("the app's page has status %d", status)
	}
	b.reads("main", "the app, run")
	first := b.text("main")

	if err := os.Remove(open); err != nil {
		t.Fatal(err)
	}
	for late := time.Now().Add(patience); own.Status().Ended == ""; {
		if time.Now().After(late) {
			t.Fatalf("the crash is not noticed: %+v", own.Status())
		}
		run(b, chromedp.Sleep(20*time.Millisecond))
	}
	if status := b.at("/notes?page=2"); status != http.StatusServiceUnavailable {
		t.Errorf("the page that waits has status %d", status)
	}
	b.until("main", "This page reloads by itself.")
	b.until("main", "Error: it crashed")
	b.expect("/notes?page=2")

	letIn()
	b.until("main", "the app, run")
	b.expect("/notes?page=2")
	if b.text("main") == first {
		t.Error("the tab shows the page of the run that crashed")
	}
}
