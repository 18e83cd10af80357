//go:build !unix

package wire

import (
	"errors"
	"syscall"
)

// canPeek says that a connection cannot be looked at, so that net/http takes all.
const canPeek = false

func peek(syscall.RawConn) func() bool { return func() bool { return false } }

func watch(syscall.RawConn) error { return errors.ErrUnsupported }
