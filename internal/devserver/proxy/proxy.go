// Package proxy sends requests on to a backend as if the browser had asked it directly: paths rewritten, cookies and redirects made good for
// the origin of the dev server, bodies, events and WebSockets streamed without a copy.
package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/trace"
	"github.com/lingpai/lingpai/internal/wire"
)

// Options are a `proxy:` of the dev file.
type Options struct {
	Target *url.URL // scheme, host, and a path that is put before every other
	// Strip is taken off the front of the path.
	Strip string
	// Rewrites change the path, one after the other, after Strip.
	Rewrites []Rewrite
	// TargetOrigin sends the target's origin in Origin and Referer instead of the page's.
	TargetOrigin bool
	// KeepHost sends the Host that the browser asked for instead of the target's.
	KeepHost bool
	// KeepCookies leaves Set-Cookie as it comes.
	KeepCookies bool
	// KeepBasic leaves a challenge for Basic as it comes, so that the browser asks for a password.
	KeepBasic bool
	// Headers are set on every request; an empty value removes one.
	Headers map[string]string
	// Timeout is how long the backend may take to begin its answer. 0: 2 minutes.
	Timeout time.Duration
	// InsecureSkipVerify takes any certificate of the backend.
	InsecureSkipVerify bool
	// Judge may refuse an answer before anything of it is passed on; the error is that of Forward. nil takes all.
	Judge  func(*http.Response) error
	Logger *slog.Logger
}

// Rewrite replaces what matches in a path.
type Rewrite struct {
	From *regexp.Regexp
	To   string // $1 stands for the first group
}

// Proxy is a way to one backend. It is safe for concurrent use.
type Proxy struct {
	options Options
	reverse *httputil.ReverseProxy
	wire    *wire.Transport
}

// New makes a Proxy.
func New(o Options) *Proxy {
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Minute
	}
	p := &Proxy{options: o, wire: wire.To(o.Target.Host, transport(o))}
	p.reverse = &httputil.ReverseProxy{
		Rewrite: p.rewrite, Transport: p.wire, ModifyResponse: p.modify, ErrorHandler: failed, BufferPool: wire.Buffers{},
		ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	return p
}

// Close ends idle connections to the backend.
func (p *Proxy) Close() { p.wire.CloseIdleConnections() }

type outcomeKey struct{}

// outcome takes the error of one request out of the reverse proxy.
type outcome struct{ err error }

// Forward answers a request with what the backend says. The error is a refusal in one sentence, if nothing was answered.
func (p *Proxy) Forward(w http.ResponseWriter, r *http.Request) error {
	var o outcome
	p.reverse.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), outcomeKey{}, &o)))
	if o.err == nil {
		return nil
	}
	if r.Context().Err() != nil {
		return r.Context().Err()
	}
	return fault.Refuse(fault.UpstreamFailed, explain(p.options.Target, o.err)).Because(o.err)
}

func failed(_ http.ResponseWriter, r *http.Request, err error) {
	if o, ok := r.Context().Value(outcomeKey{}).(*outcome); ok {
		o.err = err
	}
}

func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	o := p.options
	escaped := p.path(r.In.URL.EscapedPath())
	r.Out.URL.Scheme, r.Out.URL.Host = o.Target.Scheme, o.Target.Host
	if path, err := url.PathUnescape(escaped); err == nil {
		r.Out.URL.Path, r.Out.URL.RawPath = path, escaped
	}
	r.Out.URL.RawQuery = r.In.URL.RawQuery // as it came; what cannot be parsed is for the backend to judge
	r.SetXForwarded()
	if o.KeepHost {
		r.Out.Host = r.In.Host
	} else {
		r.Out.Host = o.Target.Host
	}
	if o.TargetOrigin {
		p.pretend(r)
	}
	trace.Of(r.In.Context()).Lead(r.Out.Header)
	plainlyEncoded(r.Out.Header)
	restoreCookies(r.Out.Header)
	for name, v := range o.Headers {
		if v == "" {
			r.Out.Header.Del(name)
		} else {
			r.Out.Header.Set(name, v)
		}
	}
}

// plainlyEncoded asks for gzip alone where the browser takes it: recordings and mocks of what was answered can be read back from that.
func plainlyEncoded(h http.Header) {
	if strings.Contains(h.Get("Accept-Encoding"), "gzip") {
		h.Set("Accept-Encoding", "gzip")
	}
}

// pretend makes the request one of a page of the backend's own origin, where it came from a page of ours.
func (p *Proxy) pretend(r *httputil.ProxyRequest) {
	origin := p.options.Target.Scheme + "://" + p.options.Target.Host
	if u, err := url.Parse(r.In.Header.Get("Origin")); err == nil && u.Host == r.In.Host {
		r.Out.Header.Set("Origin", origin)
	}
	if u, err := url.Parse(r.In.Header.Get("Referer")); err == nil && u.Host == r.In.Host {
		r.Out.Header.Set("Referer", origin+u.EscapedPath())
	}
}

func (p *Proxy) path(escaped string) string {
	if rest, ok := strings.CutPrefix(escaped, p.options.Strip); ok && p.options.Strip != "" {
		escaped = "/" + strings.TrimPrefix(rest, "/")
	}
	for _, rw := range p.options.Rewrites {
		escaped = rw.From.ReplaceAllString(escaped, rw.To)
	}
	return strings.TrimSuffix(p.options.Target.EscapedPath(), "/") + escaped
}

func (p *Proxy) modify(res *http.Response) error {
	if p.options.Judge != nil {
		if err := p.options.Judge(res); err != nil {
			return err
		}
	}
	p.localizeLocation(res)
	if !p.options.KeepCookies {
		localizeCookies(res.Header)
	}
	if !p.options.KeepBasic {
		dropBasic(res.Header)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		res.Header.Set("X-Accel-Buffering", "no")
	}
	return nil
}

func transport(o Options) *http.Transport {
	return &http.Transport{
		DialContext: dial, ForceAttemptHTTP2: true, DisableCompression: true, // the browser and the backend agree on it between them
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.InsecureSkipVerify, //nolint:gosec // named so in the dev file
		},
		MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: o.Timeout,
		ExpectContinueTimeout: time.Second,
	}
}

// dial tries both loopback families for "localhost": dev servers listen on one of them, and which one varies.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	host, port, err := net.SplitHostPort(address)
	if err != nil || host != "localhost" {
		return d.DialContext(ctx, network, address)
	}
	conn, errFour := d.DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
	if errFour == nil {
		return conn, nil
	}
	conn, errSix := d.DialContext(ctx, "tcp6", net.JoinHostPort("::1", port))
	if errSix != nil {
		return nil, errors.Join(errFour, errSix)
	}
	return conn, nil
}

// explain says in one clause why a backend did not answer.
func explain(target *url.URL, err error) string {
	at := target.Scheme + "://" + target.Host
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Sprintf("%s shows a certificate that is not trusted (%s); trust its authority, or set insecure_skip_verify for this route",
			at, reason(e.Err))
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return at + " does not speak TLS; write http:// in the dev file"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Sprintf("the name %s is not known; check the address, or the network", e.Name)
	}
	if wire.Unreached(err) {
		return at + " takes no connections, so it does not seem to run"
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), wire.TimedOut(err):
		return at + " did not begin to answer in time; raise timeout for this route"
	case target.Scheme == "https":
		return fmt.Sprintf("the TLS handshake or the exchange with %s failed (%s)", at, reason(err))
	}
	return fmt.Sprintf("%s broke the connection off (%s)", at, reason(err))
}

// reason is the innermost text of an error.
func reason(err error) string {
	text := err.Error()
	if len(text) > 160 {
		text = text[:160] + "…"
	}
	return strings.ReplaceAll(text, "\n", " ")
}
