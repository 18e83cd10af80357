//go:build unix

package wire

import (
	"errors"
	"io"
	"syscall"
)

// canPeek says whether a connection can be looked at before it is used again.
const canPeek = true

// peek makes the question whether a connection is open with nothing to read. Like net/http, which has somebody listen all the time, but
// asked in the moment in which it matters.
func peek(raw syscall.RawConn) func() bool {
	var quiet bool
	look := func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK) // does not wait: Go's sockets never do
		quiet = errors.Is(err, syscall.EAGAIN)
		return true
	}
	return func() bool { return raw.Read(look) == nil && quiet }
}

// watch waits until the other side is gone, which is io.EOF, or a deadline passes. What comes meanwhile stays where it is.
func watch(raw syscall.RawConn) error {
	var gone error
	err := raw.Read(func(fd uintptr) bool {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		switch {
		case err == nil && n == 0:
			gone = io.EOF
		case err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR):
			gone = err
		}
		return gone != nil
	})
	if err != nil {
		return err //nolint:wrapcheck // net/http asks the error itself whether it is the deadline
	}
	return gone
}
