package browsertest

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/skiptest"
)

// vueApp is an app as `npm create vue` makes one, with one component.
var vueApp = map[string]string{
	"package.json":   `{"name": "app", "private": true, "type": "module", "scripts": {"dev": "vite --port 0"}}`,
	"vite.config.js": "import vue from '@vitejs/plugin-vue'\nexport default { plugins: [vue()] }\n",
	"index.html":     `<!doctype html><html lang="en"><meta charset="utf-8"><title>app</title><link rel="icon" href="data:,"><main></main><script type="module" src="/main.js"></script></html>`,
	"main.js":        "import { createApp } from 'vue'\nimport App from './App.vue'\ncreateApp(App).mount('main')\n",
	"App.vue":        "<script setup>\nimport { ref } from 'vue'\nconst what = ref('the app')\n</script>\n<template><h1>{{ what }}</h1></template>\n",
	"late.js":        "import { version } from 'vue'\nexport const vue = version.split('.')[0]\n",
	// A page of the app that does not reload by itself, as vite's own do.
	"public/still.html": `<!doctype html><html lang="en"><meta charset="utf-8"><title>still</title><link rel="icon" href="data:,"><main>still</main></html>`,
}

// appFolder is a folder with an app whose packages are installed.
func appFolder(t *testing.T, app map[string]string, packages ...string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range app {
		save(t, filepath.Join(folder, name), text)
	}
	if err := npmInstall(t, folder, packages...); err != nil {
		skiptest.Missing(t, "this test needs npm and its registry: %v", err)
	}
	return folder
}

func save(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// statusOf is what a page is answered with.
func (s *server) statusOf(path string) int {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.origin+path, http.NoBody)
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func npmInstall(t *testing.T, folder string, packages ...string) error {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "npm", append([]string{"install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"}, packages...)...)
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	return cmd.Run()
}

// appTab is a tab on which an app is open. Whatever a developer would see as an error is a complaint, but for the page that waits.
func appTab(s *server) *tab {
	s.Helper()
	b := open(s.TB)
	b.server = s
	if err := chromedp.Listen(b.ctx, b.watchApp); err != nil {
		s.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, runtime.Enable, cdp.Empty{})
	call(b, log.Enable, cdp.Empty{})
	return b
}

func (b *tab) watchApp(event any) {
	switch e := event.(type) {
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument {
			b.complain(string(e.Type) + " " + e.Response.URL + " has status " + http.StatusText(int(e.Response.Status)))
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			b.complain(string(e.Type) + " failed: " + e.ErrorText)
		}
	case *network.EventWebSocketFrameError:
		b.complain("a WebSocket failed: " + e.ErrorMessage)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			b.complain("an error in the console: " + string(e.Args[0].Value))
		}
	case *runtime.EventExceptionThrown:
		b.complain("a script failed: " + e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !isDocument(e.Entry) {
			b.complain("the console says at " + e.Entry.URL + ": " + e.Entry.Text)
		}
	}
}

// isDocument tells what the console says of a page itself, whose status the test judges.
func isDocument(e *log.Entry) bool {
	return e.Source == log.EntrySourceNetwork && strings.HasSuffix(e.URL, "/notes") && strings.Contains(e.Text, "503")
}

func (b *tab) complaintsNow() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.complaints...)
}

// More than a hundred packages are installed while an app is open in three tabs. One is left alone; another is reloaded once the page that
// waits is there; the third then asks for a script that it has not needed before. All have what they want without
// anybody doing anything more, and what was installed is used.
func TestTabsWaitWhilePackagesAreInstalled(t *testing.T) {
	t.Parallel()
	skiptest.Chromium(t)
	folder := appFolder(t, vueApp, "vite@7", "vue@3", "@vitejs/plugin-vue@6")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	own := child.New(child.Options{Command: []string{"npm", "run", "dev"}, Guard: []string{self, "guard"}, Folder: folder, Now: time.Now})
	s := startDevWith(t, "", own)
	left, busy, still := appTab(s), appTab(s), appTab(s)
	if !own.Await(left.ctx) {
		t.Fatalf("the app does not start: %+v", own.Status())
	}
	for _, b := range []*tab{left, busy} {
		b.at("/notes")
		b.until("main", "the app")
	}

	still.at("/still.html")

	began := time.Now()
	installed := make(chan error, 1)
	go func() { installed <- npmInstall(t, folder, "express@5", "@babel/core@7", "dayjs@1") }()
	for s.statusOf("/notes") == http.StatusOK {
		if now := own.Status(); len(installed) > 0 && now.Runs > 1 && now.State == child.Ready {
			t.Fatal("the app runs with its new packages, and nobody saw the page that waits")
		}
		<-time.After(20 * time.Millisecond)
	}
	busy.at("/notes") // On a slow machine it comes too late to wait, which is no fault.
	ask[any](still, `void import("/late.js").then(late => { document.querySelector("main").textContent = "vue " + late.vue })`)
	if err := <-installed; err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, pattern := range []string{"*", "@*/*"} {
		names, err := filepath.Glob(filepath.Join(folder, "node_modules", pattern, "package.json"))
		if err != nil {
			t.Fatal(err)
		}
		count += len(names)
	}
	if count < 100 {
		t.Errorf("only %d packages were installed", count)
	}
	if !own.Await(left.ctx) {
		t.Fatalf("the app does not come back: %+v", own.Status())
	}
	for _, b := range []*tab{busy, left} {
		b.until("main", "the app")
		b.expect("/notes")
	}
	still.until("main", "vue 3")
	save(t, filepath.Join(folder, "App.vue"), "<script setup>\nimport dayjs from 'dayjs'\n</script>\n<template><h1>it is {{ dayjs(0).year() }}</h1></template>\n")
	for _, b := range []*tab{busy, left} {
		b.until("main", "it is 1970")
	}
	for _, c := range slices.Concat(left.complaintsNow(), busy.complaintsNow(), still.complaintsNow()) {
		t.Error(c)
	}
	t.Logf("%d packages, over after %s, %d runs of the app", count, time.Since(began).Round(time.Second), own.Status().Runs)
}
