// Package porttest finds ports for the servers that tests start and that have to be told one beforehand, and for those that go away and come back.
// Who can listen on port 0 does that instead.
package porttest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// Ports of the system's own choice begin at 32768 on Linux and higher elsewhere.
const first, last = 20000, 32000

// given holds the ports that this process has been given.
var given sync.Map

// Free is a port of 127.0.0.1 that nobody listens on, and another one each time. It is below those that the system chooses: it would give one of
// these to another test before the server listens on it.
func Free() (int, error) {
	for range 1000 {
		port := first + rand.IntN(last-first)
		if _, again := given.LoadOrStore(port, true); again {
			continue // its server may not listen yet, or be away just now
		}
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no port is free")
}

// Address is that of a [Free] port. The test ends where there is none.
func Address(t testing.TB) string {
	t.Helper()
	port, err := Free()
	if err != nil {
		t.Fatal(err)
	}
	return "127.0.0.1:" + strconv.Itoa(port)
}
