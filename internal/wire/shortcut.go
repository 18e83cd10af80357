package wire

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Shortcut answers plain requests for a few addresses in the place of an http.Server, on the goroutine with which it waits for them. It stands beneath
// the server, on its connections. Where a request begins, it looks at it; one that is plain and for such an address has no body, and is answered at once;
// every other goes to the server, byte for byte. The fields are set once, before Listen.
//
//	server waits ─▶ Read ─▶ where a request begins? ──no──▶ its bytes
//	                 ▲          │yes
//	                 │          ▼
//	                 │       plain, and ours? ──no──▶ its bytes: the server answers, and waits again
//	                 │          │yes
//	                 └────── Handler ─▶ Write
//
// Where a request begins is known only as long as it is known where the one before it ended. As soon as there is doubt of that, because something is
// not plain or comes before it was waited for, all that follows on the connection is the server's.
type Shortcut struct {
	// Handler is that of the server. It is called on one goroutine a connection, with a request whose context does not end when the client goes away.
	Handler http.Handler
	// Takes reports whether GET requests for a target are answered here.
	Takes func(target string) bool
	// From reports whether requests of this peer are.
	From func(peer netip.Addr) bool
	// Idle is how long a connection may wait for its next request, and Answer how long the writing of an answer may take, as with the server; both are positive.
	Idle, Answer time.Duration
}

// Listen returns a listener for the server. Connections of other peers pass as they are, and so do those that are no TCP.
func (s *Shortcut) Listen(l net.Listener) net.Listener { return &listener{l, s} }

// Changed is for the ConnState of the server: it learns there when a connection waits for a request.
func (s *Shortcut) Changed(c net.Conn, state http.ConnState) {
	if own, ok := c.(*shortConn); ok && state == http.StateIdle {
		own.wait()
	}
}

type listener struct {
	net.Listener
	s *Shortcut
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c, nil
	}
	peer, ok := tcp.RemoteAddr().(*net.TCPAddr)
	if !ok || !canPeek || !l.s.From(peer.AddrPort().Addr().Unmap().WithZone("")) {
		return c, nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return c, nil //nolint:nilerr // it is closed already, as the server will see
	}
	base := &http.Request{Method: http.MethodGet, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, RemoteAddr: peer.String()}
	return &shortConn{
		TCPConn: tcp, s: l.s, raw: raw, base: base.WithContext(context.Background()), begins: true, first: true, born: time.Now(),
		turn: make(chan struct{}, 1),
	}, nil
}

// shortConn is a connection on which a Shortcut answers. Its fields belong to whoever reads, which is one goroutine at a time; the server takes turns with
// itself, and tells what the next one has to know by [Shortcut.Changed].
type shortConn struct {
	*net.TCPConn
	s    *Shortcut
	raw  syscall.RawConn
	base *http.Request // what all requests have in common

	begins bool  // the next byte is the first of a request
	due    int64 // bytes of the request that the server has which were not read yet
	lost   bool  // where requests begin is not known any more
	room   int   // how much the server can take at once when it holds nothing

	first    bool // the server waits for its first request, whose time it counts from when it began to
	born     time.Time
	said     time.Time     // the deadline of the server for reading
	late     time.Duration // by how much it is too early, since we answered in the meantime
	idle     time.Time     // until when it may wait
	writable time.Time     // until when may be written

	turn chan struct{} // holds one while a request is answered, so that nobody closes the connection then
}

// wait is told when the server is done with a request. What it left unread has it close the connection; if not, nobody knows what comes next.
func (c *shortConn) wait() {
	c.begins, c.first, c.late = c.due == 0 && !c.lost, false, 0
	c.lost = !c.begins
}

// Read implements net.Conn for the server.
func (c *shortConn) Read(p []byte) (int, error) {
	if !c.begins && c.due == 0 && !c.lost && len(p) == 1 { // The handler is at work, and the server wants to know when nobody waits for it any more.
		return 0, watch(c.raw)
	}
	for {
		if c.due > 0 && int64(len(p)) > c.due { // what comes after a request is to be seen by itself
			p = p[:c.due]
		}
		n, err := c.TCPConn.Read(p)
		switch {
		case n == 0 || c.lost:
			return n, err
		case c.begins:
			if n, err = c.begin(p, n); n > 0 || err != nil {
				return n, err
			}
		case c.due == 0: // It comes before anybody waits for it.
			c.lost = true
			return n, err
		default:
			c.due -= int64(n)
			return n, err
		}
	}
}

// begin answers the requests that p[:n] begins with, and returns how much of p the server has to read then.
func (c *shortConn) begin(p []byte, n int) (int, error) {
	c.room = max(c.room, len(p))
	rest := p[:n]
	// A server that takes less than it could still holds something, so a request began before.
	for c.lost = len(p) < c.room; len(rest) > 0; {
		h, ok := readHead(rest)
		if c.lost = c.lost || !ok; c.lost {
			break
		}
		if h.method != http.MethodGet || h.header["Content-Length"] != nil || !c.s.Takes(h.target) {
			c.due = int64(h.size) + h.body - int64(len(rest))
			c.lost = c.due < 0 // the next one has begun
			break
		}
		if err := c.answer(&h); err != nil {
			return 0, err
		}
		rest = rest[h.size:]
	}
	if len(rest) == 0 {
		return 0, nil
	}
	c.begins = false
	return copy(p, rest), c.yield()
}

// yield gives the server its time back for the first request that it sees, if others were answered before.
func (c *shortConn) yield() error {
	if !c.first || c.idle.IsZero() {
		return nil
	}
	c.late = time.Since(c.born)
	return c.SetReadDeadline(c.said)
}

// answer has a request answered. io.EOF has the server close the connection: the handler wants that or has given up, or the answer could not be sent.
func (c *shortConn) answer(h *head) (err error) {
	c.turn <- struct{}{}
	defer func() {
		<-c.turn
		if p := recover(); p == http.ErrAbortHandler { //nolint:errorlint // that value is what it is by
			err = io.EOF
		} else if p != nil {
			panic(p)
		}
	}()
	r := *c.base
	r.Host, r.RequestURI, r.URL, r.Header = h.host, h.target, &url.URL{Path: h.target}, h.header
	w := newReply()
	c.s.Handler.ServeHTTP(w, &r)
	now := time.Now()
	c.extend(now)
	_, failed := c.Write(w.whole(now))
	if failed != nil || w.ends() {
		err = io.EOF
	}
	w.free()
	return err
}

// extend gives time for the writing of an answer and the waiting for the next request. Half of it is as good as all, and setting it costs.
func (c *shortConn) extend(now time.Time) {
	if c.writable.Sub(now) < c.s.Answer/2 {
		c.writable = now.Add(c.s.Answer)
		_ = c.SetWriteDeadline(c.writable) // fails only when it is closed, as writing does
	}
	if c.idle.Sub(now) < c.s.Idle/2 {
		c.idle = now.Add(c.s.Idle)
		_ = c.TCPConn.SetReadDeadline(c.idle)
	}
}

// SetReadDeadline implements net.Conn.
func (c *shortConn) SetReadDeadline(t time.Time) error {
	if c.said = t; !t.IsZero() {
		t = t.Add(c.late)
	}
	return c.TCPConn.SetReadDeadline(t)
}

// patience is how long a connection stays open for an answer when the server closes it. A handler that hangs must not keep the server from stopping.
const patience = 2 * time.Second

// Close implements net.Conn. An answer that is under way is sent first: the server knows nothing of it, and takes the connection for an idle one.
func (c *shortConn) Close() error {
	_ = c.SetWriteDeadline(time.Now().Add(patience))
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-time.After(patience):
	}
	return c.TCPConn.Close()
}
