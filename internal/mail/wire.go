package mail

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
)

// wire is the connection to a mail server, so that it can be cut whatever the library that speaks over it is about: that leaves it open when it is
// refused, and listens to nobody while it waits.
type wire struct {
	mu   sync.Mutex // guards the rest
	conn net.Conn
	over bool
}

func (w *wire) dial(ctx context.Context, network, address string, secured bool, conf *tls.Config) (net.Conn, error) {
	var d interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	} = &net.Dialer{}
	if secured {
		d = &tls.Dialer{Config: conf}
	}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	w.conn = conn
	return conn, nil
}

// cut closes the connection, and keeps another from being made.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.conn != nil {
		_ = w.conn.Close() // It may have been closed in order before.
	}
}
