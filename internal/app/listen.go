package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"github.com/lingpai/lingpai/internal/loopback"
)

// listen opens the listeners of an address. "localhost", and a name below it, means both loopback families, because browsers try ::1 first and much
// else only 127.0.0.1; a machine without IPv6 gets one. With port 0 both get the same free port. Nobody is asked what such a name means
// (RFC 6761, section 6.3), so it cannot come to mean an address that others reach.
func listen(ctx context.Context, address string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen: %q is not host:port", address)
	}
	var lc net.ListenConfig
	if _, err := netip.ParseAddr(host); err == nil || !loopback.Is(host) {
		l, err := lc.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, explainListen(address, err)
		}
		return []net.Listener{l}, nil
	}
	four, err := lc.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, explainListen(address, err)
	}
	six, err := lc.Listen(ctx, "tcp6", net.JoinHostPort("::1", strconv.Itoa(portOf(four))))
	if errors.Is(err, syscall.EADDRINUSE) && port != "0" {
		return nil, errors.Join(explainListen(net.JoinHostPort("::1", port), err), four.Close())
	}
	if err != nil { // No IPv6 here.
		return []net.Listener{four}, nil
	}
	return []net.Listener{four, six}, nil
}

func explainListen(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("another program listens on %s already; stop it, or choose another port, such as --listen %s", address, beside(address))
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("this user may not listen on %s; use a port above 1023", address)
	}
	return fmt.Errorf("listen on %s: %w", address, err)
}

// beside is the address to try when one is taken: the same with the next port.
func beside(address string) string {
	host, port, _ := net.SplitHostPort(address)
	if loopback.Is(host) {
		host = "localhost"
	}
	n, err := strconv.Atoi(port)
	if err != nil || n >= 65535 {
		n = 4400
	}
	return net.JoinHostPort(host, strconv.Itoa(n+1))
}

// nodeName is what this server is called among those of one database: by the machine and the port.
func nodeName(l net.Listener) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unnamed"
	}
	return net.JoinHostPort(host, strconv.Itoa(portOf(l)))
}

func portOf(l net.Listener) int {
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// closer closes a listener that may have been closed by its server before.
func closer(l net.Listener) func(context.Context) error {
	return func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}
