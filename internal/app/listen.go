package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

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
		return fmt.Errorf("another program listens on %s already; stop it, or choose another port with --listen", address)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("this user may not listen on %s; use a port above 1023", address)
	}
	return fmt.Errorf("listen on %s: %w", address, err)
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

// certificate serves a certificate from files, and reads them again when they change, so that a renewal needs no restart.
type certificate struct {
	certFile, keyFile string
	logger            *slog.Logger

	mu      sync.Mutex // guards the rest
	loaded  *tls.Certificate
	stamp   time.Time // modification time of certFile when it was loaded
	refused time.Time // and when it last did not load
}

func newCertificate(certFile, keyFile string, logger *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, logger: logger}
	_, err := c.get(nil)
	return c, err
}

// get implements tls.Config.GetCertificate. New files that do not load leave the old certificate in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.certFile)
	if err == nil && c.loaded != nil && info.ModTime().Equal(c.stamp) {
		return c.loaded, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil {
			c.loaded, c.stamp = &pair, info.ModTime()
		}
	}
	if c.loaded == nil {
		return nil, fmt.Errorf("load tls.certificate and tls.key: %w", err)
	}
	if err != nil {
		c.complain(info, err)
	}
	return c.loaded, nil
}

// complain says once for each state of the file that the old certificate stays in use.
func (c *certificate) complain(info os.FileInfo, err error) {
	var changed time.Time
	if info != nil {
		changed = info.ModTime()
	}
	if changed.Equal(c.refused) && !c.refused.IsZero() {
		return
	}
	c.refused = changed
	c.logger.LogAttrs(context.Background(), slog.LevelError, "new certificate not loaded, the old one stays in use", slog.Any("error", err))
}
