//go:build !unix

package skiptest

import "testing"

// Unprivileged reports whether the test runs as a user whom the permissions of files bind.
func Unprivileged(*testing.T) bool { return true }
