//go:build !unix

package wire

import "syscall"

// canPeek says that a connection cannot be looked at, so that http.Transport takes all.
const canPeek = false

func peek(syscall.RawConn) func() bool { return func() bool { return false } }
