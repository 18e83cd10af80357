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

// FindWholeChromium prefers the one that people have, for tests that need all of it, such as the pages that it keeps for going back.
func FindWholeChromium() (program string, ok bool) {
	whole := browsers[len(browsers)-1]
	if _, err := os.Stat(whole); err == nil {
		return whole, true
	}
	return FindChromium()
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
