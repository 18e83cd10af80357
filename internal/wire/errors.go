package wire

import (
	"errors"
	"net"
)

// Unreached reports whether no connection came about, so that nothing was sent.
func Unreached(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}

// TimedOut reports whether a server took longer than it may.
func TimedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}
