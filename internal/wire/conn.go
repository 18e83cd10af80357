package wire

import (
	"bufio"
	"cmp"
	"errors"
	"math"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

// conn is one connection, for one request at a time.
type conn struct {
	net.Conn
	in    *bufio.Reader
	out   *bufio.Writer
	quiet func() bool // see peek
	shut  func()      // closes it; the one thing that is safe for concurrent use
	// stop takes the end of the request's context away from the connection; false says that it came first.
	stop func() bool
	head int64 // of how many bytes a head may be
	left int64 // how many of them may come yet
	// answered reports whether anything was read for the request.
	answered bool
	since    time.Time // kept since
}

var errLongHead = errors.New("the head of the answer is longer than it may be")

func newConn(n net.Conn, t *http.Transport) (*conn, error) {
	c := &conn{Conn: n, head: cmp.Or(t.MaxResponseHeaderBytes, 10<<20)} // net/http's own limit
	c.shut = func() { _ = n.Close() }
	c.in = bufio.NewReaderSize(c, cmp.Or(t.ReadBufferSize, 4<<10))
	c.out = bufio.NewWriterSize(n, cmp.Or(t.WriteBufferSize, 4<<10))
	s, ok := n.(syscall.Conn)
	if !ok {
		c.quiet = func() bool { return false } // It cannot be looked at, so it is good for one request.
		return c, nil
	}
	raw, err := s.SyscallConn()
	if err != nil {
		c.shut()
		return nil, err
	}
	c.quiet = peek(raw)
	return c, nil
}

// Read implements io.Reader, below the buffer.
func (c *conn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errLongHead
	}
	n, err := c.Conn.Read(p)
	c.left -= int64(n)
	c.answered = c.answered || n > 0
	return n, err
}

// ask sends a request and takes the head of the answer, within a time. 0: as long as it takes.
func (c *conn) ask(r *http.Request, within time.Duration) (*http.Response, error) {
	c.left, c.answered = c.head, false
	if within > 0 {
		if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
			return nil, err
		}
	}
	if err := r.Write(c.out); err != nil {
		return nil, err
	}
	if err := c.out.Flush(); err != nil {
		return nil, err
	}
	res, err := answer(c, r)
	if err != nil {
		return nil, err
	}
	c.left = math.MaxInt64
	if within > 0 {
		return res, c.SetReadDeadline(time.Time{}) // The body takes as long as it flows.
	}
	return res, nil
}

// kept are the connections that wait for a request, the one used last at the end.
type kept struct {
	most int
	rest time.Duration // after which one is closed; 0: never

	mu    sync.Mutex
	conns []*conn
	sweep *time.Timer // runs while there are any
}

// take gives the connection that was used last, unless the server has closed it or sent something that nobody asked for; that might pass for
// the answer to the next request.
func (k *kept) take() *conn {
	for {
		c := k.pop()
		if c == nil || c.quiet() {
			return c
		}
		c.shut()
	}
}

func (k *kept) pop() *conn {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := len(k.conns)
	if n == 0 {
		return nil
	}
	c := k.conns[n-1]
	k.conns[n-1] = nil
	k.conns = k.conns[:n-1]
	return c
}

func (k *kept) put(c *conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.conns) >= cmp.Or(k.most, http.DefaultMaxIdleConnsPerHost) {
		c.shut()
		return
	}
	c.since, c.stop = time.Now(), nil
	k.conns = append(k.conns, c)
	if k.sweep == nil && k.rest > 0 {
		k.sweep = time.AfterFunc(k.rest, k.closeOld)
	}
}

// closeOld closes those that nobody used for long: they are the first ones.
func (k *kept) closeOld() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, n := time.Now(), 0
	for n < len(k.conns) && now.Sub(k.conns[n].since) >= k.rest {
		k.conns[n].shut()
		n++
	}
	k.conns = slices.Delete(k.conns, 0, n)
	k.sweep = nil
	if len(k.conns) > 0 {
		k.sweep = time.AfterFunc(k.rest-now.Sub(k.conns[0].since), k.closeOld)
	}
}

func (k *kept) closeAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.conns {
		c.shut()
	}
	k.conns = nil
	if k.sweep != nil {
		k.sweep.Stop()
		k.sweep = nil
	}
}
