// Package skiptest says when a test may do without what it needs. A developer's `go test ./...` skips what this machine has no program for,
// and says so; where CI=true or LINGPAI_TEST_REQUIRE=1 nothing skips, and the same want is a failure.
package skiptest

import (
	"os"
	"testing"
)

// Required reports whether nothing may skip.
func Required() bool { return os.Getenv("CI") == "true" || os.Getenv("LINGPAI_TEST_REQUIRE") == "1" }

// Missing ends a test for want of something that this machine lacks: it is skipped, or fails where nothing may skip.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if Required() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}
