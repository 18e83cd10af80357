package app

import (
	"net"
	"testing"
)

// Who asks for a name of this machine gets this machine, whatever a name server says of it.
func TestNamesOfThisMachineAreListenedToOnLoopback(t *testing.T) {
	for _, host := range []string{"localhost", "notes.localhost", "LOCALHOST", "127.0.0.1"} {
		at, err := listen(t.Context(), host+":0")
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		for _, l := range at {
			defer l.Close()
			if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() || a.Port != portOf(at[0]) {
				t.Errorf("%s is listened to on %v", host, l.Addr())
			}
		}
	}
}
