package devserver_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/skiptest"
)

// TestMain lets the test program be the guard of an app's dev server.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "guard" {
		os.Exit(child.Guard(os.Stdin, os.Args[2:]))
	}
	os.Exit(m.Run())
}

// npm runs npm in a folder, and ends the test where there is none.
func npm(t *testing.T, folder string, args ...string) {
	t.Helper()
	if err := tryNPM(t.Context(), folder, args...); err != nil {
		skiptest.Missing(t, "this test needs npm and its registry: %v", err)
	}
}

func tryNPM(ctx context.Context, folder string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", append(args, "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// browser asks for a page and its parts again and again, as one with the app in several tabs, and keeps what it must not see.
//
// The parts of a page that is open are held while the app is away, so they are asked for beside the page.
type browser struct {
	*dev
	mu    sync.Mutex // guards the rest
	pages map[string]int
	wrong []string
}

func (b *browser) open(ctx context.Context) {
	for ctx.Err() == nil {
		if r, err := b.tryAsk("GET", "/notes", strings.NewReader(""), acceptPage, "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate"); err == nil {
			b.saw("page", r, r.status == 200 && strings.Contains(r.body, "<h1>the app") || r.status == 503 && strings.Contains(r.body, "data-wait="))
		}
	}
}

func (b *browser) load(ctx context.Context) {
	for ctx.Err() == nil {
		for _, part := range []string{"/main.js", "/@vite/client"} {
			began := time.Now()
			if r, err := b.tryAsk("GET", part, bytes.NewReader(nil), loadsScript); err == nil {
				waited := r.status == 503 && time.Since(began) >= time.Minute // Longer than that nobody waits for an app on a busy machine.
				b.saw(part, r, r.status == 200 || waited)
			}
		}
	}
}

func (b *browser) saw(what string, r reply, fine bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pages[fmt.Sprint(what, " ", r.status)]++
	if !fine {
		b.wrong = append(b.wrong, fmt.Sprintf("%s: %d %.200s", what, r.status, r.body))
	}
}

// Packages get installed while the dev server runs, and nothing breaks.
func TestAnInstallOfManyPackagesReachesTheBrowserAsAPageThatWaits(t *testing.T) {
	folder := t.TempDir()
	files{
		"package.json":   `{"name": "app", "private": true, "type": "module", "scripts": {"dev": "vite --port 0"}}`,
		"index.html":     `<!doctype html><h1>the app</h1><script type="module" src="/main.js"></script>`,
		"main.js":        `console.log("1")`,
		"vite.config.js": `export default { appType: "spa", optimizeDeps: { noDiscovery: true } }`,
	}.write(t, folder)
	npm(t, folder, "install", "vite@7")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	own := child.New(child.Options{Command: []string{"npm", "run", "dev"}, Guard: []string{self, "guard"}, Folder: folder, Now: time.Now})
	d, err := begin(t, folder, own, "")
	if err != nil {
		t.Fatal(err)
	}
	wait, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if !own.Await(wait) {
		t.Fatalf("the app does not start: %+v", own.Status())
	}
	ctx, leave := context.WithCancel(t.Context())
	b := &browser{dev: d, pages: map[string]int{}}
	var tabs sync.WaitGroup
	tabs.Go(func() { b.open(ctx) })
	tabs.Go(func() { b.load(ctx) })
	defer tabs.Wait()
	defer leave()

	npm(t, folder, "install", "express@5", "@babel/core@7", "dayjs@1")
	installed, err := filepath.Glob(filepath.Join(folder, "node_modules", "*", "package.json"))
	if scoped, _ := filepath.Glob(filepath.Join(folder, "node_modules", "@*", "*", "package.json")); err != nil || len(installed)+len(scoped) < 100 {
		t.Fatalf("only %d packages were installed", len(installed)+len(scoped))
	}
	eventually(t, "the app is started anew", func() bool { return own.Status().Runs > 1 })
	wait, cancel = context.WithTimeout(t.Context(), patience)
	defer cancel()
	if !own.Await(wait) {
		t.Fatalf("the app does not come back: %+v", own.Status())
	}
	files{"main.js": `import dayjs from "dayjs"; console.log(dayjs())`}.write(t, folder)
	eventually(t, "what was installed is used", func() bool {
		r, err := d.tryAsk("GET", "/main.js", strings.NewReader(""), loadsScript)
		return err == nil && r.status == 200 && strings.Contains(r.body, "/node_modules/dayjs/")
	})
	leave()
	tabs.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	t.Logf("%v, %d runs", b.pages, own.Status().Runs)
	if len(b.wrong) > 0 {
		t.Errorf("the browser saw %d errors, the first: %s", len(b.wrong), b.wrong[0])
	}
	if b.pages["page 503"] == 0 {
		t.Error("nobody saw the page that waits")
	}
	d.get("/api/hello").wants(t, 200, `"hello"`)
}
