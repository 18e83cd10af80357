package lingpai_test

import (
	"net"
	"sync"
	"testing"
	"time"
)

// wire is the network between a verifier and its issuer, on a loopback port of its own. It can be cut, swallow everything, and lead elsewhere.
type wire struct {
	l net.Listener

	mu    sync.Mutex
	to    string // host:port, "" to hang up
	dead  bool   // passes nothing on, and keeps connections open
	delay time.Duration
	pairs map[net.Conn]net.Conn
}

func newWire(t testing.TB) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{l: l, pairs: map[net.Conn]net.Conn{}}
	go w.serve()
	return w
}

func (w *wire) origin() string {
	_, port, _ := net.SplitHostPort(w.l.Addr().String())
	return "http://localhost:" + port
}

func (w *wire) serve() {
	for {
		conn, err := w.l.Accept()
		if err != nil {
			return
		}
		go w.join(conn)
	}
}

func (w *wire) join(conn net.Conn) {
	w.mu.Lock()
	to := w.to
	w.mu.Unlock()
	far, err := net.Dial("tcp", to)
	if to == "" || err != nil {
		conn.Close()
		return
	}
	w.mu.Lock()
	moved := w.to != to
	w.pairs[conn] = far
	w.mu.Unlock()
	if moved { // Whoever led it elsewhere has cut what there was, too early for this one.
		conn.Close()
		far.Close()
	}
	go w.pass(far, conn)
	w.pass(conn, far)
	w.mu.Lock()
	delete(w.pairs, conn)
	w.mu.Unlock()
}

// pass copies what comes, as long as the wire is not dead.
func (w *wire) pass(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		w.mu.Lock()
		dead, delay := w.dead, w.delay
		w.mu.Unlock()
		if delay > 0 {
			<-time.After(delay)
		}
		if n > 0 && !dead {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// lead leads new connections to an address; "" hangs up on them.
func (w *wire) lead(to string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.to = to
}

// cut ends all connections.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for near, far := range w.pairs {
		near.Close()
		far.Close()
	}
}

// swallow lets nothing through any more, in either direction, and ends no connection.
func (w *wire) swallow(dead bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = dead
}

// slow delays what passes.
func (w *wire) slow(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delay = d
}

func (w *wire) close() {
	w.l.Close()
	w.cut()
}
