package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/wire"
)

const (
	dialFor = 3 * time.Second
	// Out of turn after a connection was refused: at first, and at most, doubled each time.
	firstPause   = 250 * time.Millisecond
	longestPause = 4 * time.Second
	lookEvery    = 5 * time.Second // at apps with a health path
)

// errDown says that no upstream takes connections, as far as is known.
var errDown = errors.New("no upstream takes connections")

// app is where the requests of a route go. It is safe for concurrent use.
type app struct {
	key       string // two apps of one key are one app
	upstreams []*upstream
	turn      atomic.Uint32
	busy      atomic.Int64
	most      int64
	health    string
	looked    atomic.Int64 // unix nanoseconds
}

// upstream is one server of an app.
type upstream struct {
	at   *url.URL
	wire *wire.Transport
	// refused counts connections that were refused in a row; it is left out of turn until a time, in unix nanoseconds.
	refused atomic.Int32
	until   atomic.Int64
	unwell  atomic.Bool // its health path says so
}

// appOf finds the app of a route in the table before, or makes it.
func (g *Gateway) appOf(r *route, before *table) (*app, error) {
	key := fmt.Sprint(r.Upstream, r.Timeout, r.Concurrent, r.Health)
	for _, old := range before.routes {
		if old.app != nil && old.app.key == key {
			return old.app, nil
		}
	}
	a := &app{key: key, most: int64(r.Concurrent), health: r.Health}
	for _, text := range r.Upstream {
		u, err := url.Parse(text)
		if err != nil {
			return nil, err
		}
		a.upstreams = append(a.upstreams, newUpstream(u, r.Timeout))
	}
	return a, nil
}

func newUpstream(at *url.URL, timeout time.Duration) *upstream {
	t := &http.Transport{
		DialContext: (&net.Dialer{Timeout: dialFor, KeepAlive: 30 * time.Second}).DialContext, DisableCompression: true,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 256,
		IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: timeout, ExpectContinueTimeout: time.Second,
		MaxResponseHeaderBytes: 256 << 10, ReadBufferSize: 16 << 10, WriteBufferSize: 16 << 10,
	}
	if at.Scheme == "h2c" {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetUnencryptedHTTP2(true)
		at = &url.URL{Scheme: "http", Host: at.Host}
	}
	return &upstream{at: at, wire: wire.To(at.Host, t)}
}

// enter takes a place among the requests that may be with the app.
func (a *app) enter() bool {
	if a.busy.Add(1) <= a.most {
		return true
	}
	a.busy.Add(-1)
	return false
}

func (a *app) leave() { a.busy.Add(-1) }

// RoundTrip implements http.RoundTripper. A request is given to the next upstream only if the one before has not begun to work on it: it took
// no connection, or it broke off a request that may be asked twice and had no body.
func (a *app) RoundTrip(r *http.Request) (*http.Response, error) {
	body := &keptBody{ReadCloser: r.Body}
	last := errDown
	order := a.order()
	for i, u := range order {
		body.last = i == len(order)-1
		res, err := u.send(r, body)
		if err == nil {
			return res, nil
		}
		last = err
		if body.read.Load() || r.Context().Err() != nil || !wire.Unreached(err) && !repeatable(r, err) {
			break
		}
	}
	if !body.last {
		body.last = true
		_ = body.Close()
	}
	return nil, last
}

// order lists the upstreams that may be asked now, the one whose turn it is first.
func (a *app) order() []*upstream {
	now, n := time.Now().UnixNano(), len(a.upstreams)
	first := int(a.turn.Add(1) % uint32(n))
	if n == 1 {
		if a.upstreams[0].up(now) {
			return a.upstreams
		}
		return nil
	}
	out := make([]*upstream, 0, n)
	for i := range n {
		if u := a.upstreams[(first+i)%n]; u.up(now) {
			out = append(out, u)
		}
	}
	return out
}

func (u *upstream) up(now int64) bool { return !u.unwell.Load() && now >= u.until.Load() }

func (u *upstream) send(r *http.Request, body *keptBody) (*http.Response, error) {
	out := r.WithContext(r.Context())
	at := *r.URL
	at.Scheme, at.Host = u.at.Scheme, u.at.Host
	out.URL = &at
	if r.Body != nil && r.Body != http.NoBody {
		out.Body = body
	}
	res, err := u.wire.RoundTrip(out)
	u.note(err)
	return res, err
}

// note learns from an answer whether the upstream takes connections.
func (u *upstream) note(err error) {
	if err == nil {
		if u.refused.Load() > 0 {
			u.refused.Store(0)
			u.until.Store(0)
		}
		return
	}
	if !wire.Unreached(err) || errors.Is(err, context.Canceled) {
		return
	}
	pause := min(firstPause<<min(u.refused.Add(1)-1, 8), longestPause)
	u.until.Store(time.Now().Add(pause).UnixNano())
}

// repeatable reports whether a request may be asked again although it may have been heard.
func repeatable(r *http.Request, err error) bool {
	return !wire.TimedOut(err) && wire.IsSafe(r.Method) && (r.Body == nil || r.Body == http.NoBody) && upgradeOf(r.Header) == ""
}

// keptBody is a body that survives an upstream which did not want it.
type keptBody struct {
	io.ReadCloser
	read  atomic.Bool
	ended bool // all was read
	last  bool // no other upstream will want it
}

// Read implements io.Reader. What has ended goes on to say so: the transport asks once more after the last byte, when the app may have answered
// already and our server may have closed the body for that. The error that this would give breaks off the answer.
func (b *keptBody) Read(p []byte) (int, error) {
	b.read.Store(true)
	if b.ended {
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	b.ended = errors.Is(err, io.EOF)
	return n, err
}

// Close implements io.Closer.
func (b *keptBody) Close() error {
	if b.last && b.ReadCloser != nil {
		return b.ReadCloser.Close()
	}
	return nil
}

// closeUnless ends idle connections of apps that a table does not have any more.
func (t *table) closeUnless(next *table) {
	for _, r := range t.routes {
		if r.app == nil || slices.ContainsFunc(next.routes, func(n *route) bool { return n.app == r.app }) {
			continue
		}
		for _, u := range r.app.upstreams {
			u.wire.CloseIdleConnections()
		}
	}
}

// look asks apps that have a health path, and those that took no connection.
func (t *table) look(ctx context.Context, logger *slog.Logger) {
	var seen []*app
	for _, r := range t.routes {
		if r.app == nil || slices.Contains(seen, r.app) {
			continue
		}
		seen = append(seen, r.app)
		r.app.look(ctx, logger)
	}
}

func (a *app) look(ctx context.Context, logger *slog.Logger) {
	due := a.health != "" && time.Since(time.Unix(0, a.looked.Load())) >= lookEvery
	if due {
		a.looked.Store(time.Now().UnixNano())
	}
	for _, u := range a.upstreams {
		switch {
		case due:
			u.ask(ctx, a.health, logger)
		case u.refused.Load() > 0:
			u.knock(ctx)
		}
	}
}

// knock opens a connection and closes it.
func (u *upstream) knock(ctx context.Context) {
	port := u.at.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.at.Scheme]
	}
	d := net.Dialer{Timeout: time.Second}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.at.Hostname(), port))
	if err == nil {
		_ = conn.Close()
		u.note(nil)
	}
}

// ask reads the health path.
func (u *upstream) ask(ctx context.Context, path string, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.at.Scheme+"://"+u.at.Host+path, http.NoBody)
	if err != nil {
		return
	}
	res, err := u.wire.RoundTrip(r)
	well := false
	if err == nil {
		_ = res.Body.Close()
		well = res.StatusCode >= 200 && res.StatusCode < 400
	}
	if u.unwell.Swap(!well) == well {
		logger.LogAttrs(ctx, slog.LevelInfo, "an app changed its health", slog.String("upstream", strings.TrimSpace(u.at.String())), slog.Bool("well", well))
	}
	if well {
		u.note(nil)
	}
}
