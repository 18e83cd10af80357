package skiptest

import (
	"os"
	"testing"
)

// browsers are the programs of Chromium, those without windows first: a page of theirs opens with less than half the work.
var browsers = []string{"/usr/bin/chromium-headless-shell", "/usr/bin/chromium"}

// Chromium is the browser that drives pages. The test ends where there is none.
func Chromium(t testing.TB) string {
	t.Helper()
	program, ok := FindChromium()
	if !ok {
		Missing(t, "this test needs Chromium (Debian: apt-get install chromium-headless-shell)")
	}
	return program
}

// FindChromium is for a test that goes on without a browser.
func FindChromium() (program string, ok bool) {
	for _, program := range browsers {
		if _, err := os.Stat(program); err == nil {
			return program, true
		}
	}
	return "", false
}
