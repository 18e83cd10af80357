// Package wire is HTTP/1.1 on the goroutine at hand, where net/http takes two: [Transport] asks a server, and [Shortcut] answers in the place of one.
//
// To ask, net/http gives each connection two goroutines of its own and hands every request and every answer over between them; for a request without a
// body there is nothing that could go both ways at once, and the handing over is a sixth of what a proxied request costs.
//
//	request ─▶ plain? ──no──▶ http.Transport: bodies, upgrades, TLS, HTTP/2
//	             │yes
//	             ▼
//	   kept connection, or a new one ─▶ write ─▶ read the head ─▶ Response
//	             ▲                                                  │ body read to its end
//	             └───────────────── kept for the next ◀─────────────┘
package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"unicode/utf8"
)

// Transport is an http.RoundTripper to one server. It is safe for concurrent use.
type Transport struct {
	// rest takes what is not plain. Its settings hold for all.
	rest *http.Transport
	host string
	own  bool // whether any request may be ours
	kept kept
}

// To makes a transport to the server at host, in the form that URLs have it, with the settings of t. Of these it knows DialContext,
// ResponseHeaderTimeout, MaxResponseHeaderBytes, MaxIdleConnsPerHost, IdleConnTimeout and the sizes of buffers; t has to have
// DisableCompression set. What is no plain request over HTTP/1.1 without TLS goes by way of t.
func To(host string, t *http.Transport) *Transport {
	ascii := !strings.ContainsFunc(host, func(c rune) bool { return c >= utf8.RuneSelf }) // What is not is for net/http to encode.
	return &Transport{
		rest: t, host: host, own: canPeek && ascii && t.Protocols == nil,
		kept: kept{most: t.MaxIdleConnsPerHost, rest: t.IdleConnTimeout},
	}
}

// CloseIdleConnections closes those that no request uses.
func (t *Transport) CloseIdleConnections() {
	t.kept.closeAll()
	t.rest.CloseIdleConnections()
}

// RoundTrip implements http.RoundTripper. The body of the answer is read and closed by one goroutine. The errors are those of the network,
// with the words of net/http; a server that takes longer than it may gives one whose Timeout is true, and a request that ends gives the
// cause of its context.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.plain(r) {
		return t.rest.RoundTrip(r)
	}
	if c := t.kept.take(); c != nil {
		res, err := t.exchange(c, r)
		// The server may have closed it in the very moment: nobody has heard the request, or it is one that may be asked twice.
		if err == nil || c.answered || r.Context().Err() != nil || TimedOut(err) {
			return res, err
		}
	}
	c, err := t.dial(r.Context())
	if err != nil {
		return nil, err
	}
	return t.exchange(c, r)
}

// IsSafe reports whether a method only reads, so that a request by it may be sent again (RFC 9110, section 9.2.1). TRACE is left out: nobody sends it on.
func IsSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// plain reports whether a request has nothing to send beside its head, is safe to repeat (RFC 9110, section 9.2.1), and stays HTTP/1.1.
func (t *Transport) plain(r *http.Request) bool {
	return t.own && IsSafe(r.Method) && r.URL.Scheme == "http" && r.URL.Host == t.host && (r.Body == nil || r.Body == http.NoBody) &&
		r.ContentLength == 0 && len(r.TransferEncoding) == 0 && len(r.Trailer) == 0 && !r.Close &&
		r.Header["Upgrade"] == nil && r.Header["Connection"] == nil && r.Header["Expect"] == nil
}

// exchange sends a request over a connection, and takes the head of its answer. The connection is the answer's then, or closed.
func (t *Transport) exchange(c *conn, r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	c.stop = context.AfterFunc(ctx, c.shut)
	res, err := c.ask(r, t.rest.ResponseHeaderTimeout)
	if err != nil {
		c.stop()
		c.shut()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	b := &body{from: res.Body, c: c, t: t, ctx: ctx, last: res.Close}
	if res.Body == http.NoBody {
		b.end()
	} else {
		res.Body = b
	}
	return res, nil
}

func (t *Transport) dial(ctx context.Context) (*conn, error) {
	n, err := t.rest.DialContext(ctx, "tcp", withPort(t.host))
	if err != nil {
		return nil, err
	}
	return newConn(n, t.rest)
}

func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return host + ":80"
}

// answer reads heads until one is not merely informational (RFC 9110, section 15.2). The limit of a head is that of all of them.
func answer(c *conn, r *http.Request) (*http.Response, error) {
	for {
		res, err := http.ReadResponse(c.in, r)
		if err != nil {
			return nil, err
		}
		if res.StatusCode == http.StatusSwitchingProtocols {
			return nil, errors.New("the server switches protocols, which nobody asked for")
		}
		if res.StatusCode >= 200 {
			return res, nil
		}
		trace := httptrace.ContextClientTrace(r.Context())
		if trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
				return nil, err
			}
		}
	}
}

// body is that of an answer. Its end gives the connection back.
type body struct {
	from io.ReadCloser
	c    *conn // nil once it was given back
	t    *Transport
	ctx  context.Context //nolint:containedctx // that of the request, for whose end a reader is told the cause
	last bool            // nothing comes after it on this connection
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.c == nil {
		return b.from.Read(p) // It knows whether it has ended or was closed.
	}
	n, err := b.from.Read(p)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		b.end()
	case b.ctx.Err() != nil:
		return n, context.Cause(b.ctx)
	}
	return n, err
}

// Close implements io.Closer. What was not read is not waited for: the connection is closed.
func (b *body) Close() error {
	if b.c != nil {
		b.last = true
		b.end()
	}
	return b.from.Close()
}

// end keeps the connection, unless its request was given up, or more has come than was asked for.
func (b *body) end() {
	c := b.c
	b.c = nil
	if c.stop() && !b.last && c.in.Buffered() == 0 {
		b.t.kept.put(c)
	} else {
		c.shut()
	}
}
