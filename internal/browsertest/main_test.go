package browsertest

import (
	"context"
	"flag"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/skiptest"
)

const axeFile = "../../web/node_modules/axe-core/axe.min.js"

var screenshots = flag.String("screenshots", "", "write a picture of every page into this folder")

// TestMain lets the test program be an app's dev server, and the guard of one.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "guard":
			os.Exit(child.Guard(os.Stdin, os.Args[2:]))
		case "app":
			os.Exit(serveApp(os.Args[2]))
		}
	}
	code := m.Run()
	stopBrowser()
	os.Exit(code)
}

var (
	stopBrowser = func() {}

	// browser is the one Chromium of all tests. It ends with TestMain.
	browser = sync.OnceValues(func() (context.Context, error) {
		program, _ := skiptest.FindWholeChromium() // Who opens a browser has asked for it.
		flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program),
			chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true),
			// What moves is neither where a click was aimed nor of its final colour.
			chromedp.Flag("force-prefers-reduced-motion", true),
		)
		allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), flags...)
		ctx, stop := chromedp.NewContext(allocator)
		stopBrowser = func() {
			_ = chromedp.Cancel(ctx) // It is our last act; the system clears up what is left.
			stop()
			stopAllocator()
		}
		return ctx, chromedp.Do(ctx)
	})
)

// need ends the test unless a file is there.
func need(t testing.TB, file, missing string) {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		skiptest.Missing(t, "%s", missing)
	}
}
