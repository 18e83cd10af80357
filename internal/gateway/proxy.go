package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/trace"
	"github.com/lingpai/lingpai/internal/wire"
)

const (
	// stall is how long a client may take for the next bytes of a request or an answer, however long the whole takes.
	stall = time.Minute
	// retrySoon is told to who comes when there is no room.
	retrySoon = time.Second
)

// serve answers what is not ours.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) {
	if err := g.proxy(w, r); err != nil {
		g.Edge.RefuseElsewhere(w, r, err)
	}
}

func (g *Gateway) proxy(w http.ResponseWriter, r *http.Request) error {
	httpd.Name(r, "gateway")
	if envoyPath(r) {
		g.checkEnvoy(w, r)
		return nil
	}
	if err := g.Edge.CheckHost(r); err != nil {
		return err
	}
	scheme, err := schemeOf(g.Edge, r)
	if err != nil {
		return err
	}
	a, _, err := askedBy(r.Method, r.Host, r.RequestURI, scheme)
	if err != nil {
		return err
	}
	if r.TLS != nil && r.TLS.ServerName != "" && !strings.EqualFold(r.TLS.ServerName, a.host) {
		return fault.Refuse(fault.HostRefused, a.host) // a connection for one name is not used for another (RFC 9110, section 15.5.20)
	}
	by := g.signs()
	rt, err := by.table.proxied(a, r.Header)
	if err != nil {
		return err
	}
	httpd.Name(r, rt.name)
	rt.allowReading(w.Header(), r)
	if httpd.IsPreflight(r) && (len(rt.Origins) > 0 || !rt.Public) {
		return rt.preflight(w, r)
	}
	v, err := g.judge(r, a, rt)
	if err != nil {
		return err
	}
	return g.forward(w, r, v, by)
}

// proxied returns the route to the app that a request is for.
func (t *table) proxied(a *asked, h http.Header) (*route, error) {
	rt, err := t.find(a, h)
	if fault.Is(err, fault.RuleMissing) || err == nil && rt.app == nil {
		return nil, fault.Refuse(fault.NotFound)
	}
	return rt, err
}

// forward sends a request on that was judged by signs, and answers with what the app says. The error is set when nothing was answered yet.
func (g *Gateway) forward(w http.ResponseWriter, r *http.Request, v *verdict, by signs) error {
	app := v.route.app
	if !app.enter() {
		return fault.Refuse(fault.TooBusy, retrySoon)
	}
	defer app.leave()
	if limit := v.route.Body; limit > 0 {
		if r.ContentLength > limit {
			return fault.Refuse(fault.BodyTooLarge, limit)
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
	}
	ctx, leave := g.streams.enter(r.Context(), &stream{v: v, r: r, began: g.Now()}, by)
	defer leave()
	x := &exchange{g: g, v: v, asked: r.Header}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // a recorder of a test has none
	body := &flowingBody{ReadCloser: r.Body, control: control}
	r = r.WithContext(context.WithValue(ctx, exchangeKey{}, x))
	if r.ContentLength != 0 {
		r.Body = body
		body.wait()
	} else {
		_ = control.SetReadDeadline(time.Time{})
	}
	g.reverse.ServeHTTP(&flowingWriter{w, control}, r)
	return x.refusal(ctx, body)
}

// exchange is one request on its way, and what became of it.
type exchange struct {
	g   *Gateway
	v   *verdict
	err error
	// asked are the headers of the client.
	asked http.Header
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// refusal words what went wrong for the client.
func (x *exchange) refusal(ctx context.Context, body *flowingBody) error {
	err := x.err
	if err == nil {
		return nil
	}
	if refusal, ok := errors.AsType[*fault.Refusal](context.Cause(ctx)); ok {
		return refusal
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Refuse(fault.BodyTooLarge, e.Limit)
	}
	if refusal, ok := errors.AsType[*fault.Refusal](err); ok {
		return refusal
	}
	if body.failed.Load() {
		return fault.Refuse(fault.BodyMalformed, "it ends early").Because(err)
	}
	if wire.TimedOut(err) && !wire.Unreached(err) {
		return fault.Refuse(fault.UpstreamTimeout, x.v.route.Timeout).Because(err)
	}
	why := "it broke the connection off"
	if wire.Unreached(err) || errors.Is(err, errDown) {
		why = "it takes no connections"
	}
	return fault.Refuse(fault.UpstreamFailed, why).Because(err)
}

// failed takes an error out of the reverse proxy, which would answer with a bare 502.
func failed(_ http.ResponseWriter, r *http.Request, err error) { exchangeOf(r.Context()).err = err }

// onward hands a request to the app of its route.
type onward struct{}

// RoundTrip implements http.RoundTripper.
func (onward) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchangeOf(r.Context())
	if x.err != nil {
		return nil, x.err
	}
	_, span := trace.Start(r.Context(), "upstream", trace.Client)
	span.Lead(r.Header)
	res, err := x.v.route.app.RoundTrip(r)
	if res != nil {
		span.SetNumber("http.response.status_code", res.StatusCode)
	}
	span.End(err)
	return res, err
}

// rewrite makes the request that the app gets. What hop-by-hop rules take away is gone by now, so nobody can have a header of ours taken
// away (RFC 9110, section 7.6.1).
func rewrite(p *httputil.ProxyRequest) {
	x := exchangeOf(p.In.Context())
	a, rt, h := x.v.asked, x.v.route, p.Out.Header
	p.Out.URL = &url.URL{Opaque: a.raw, RawQuery: p.In.URL.RawQuery, ForceQuery: p.In.URL.ForceQuery}
	p.Out.Host = a.at
	if rt.Host != "" {
		p.Out.Host = rt.Host
	}
	strip(h)
	dropCookies(h, x.g.Guard.Cookies.Names())
	unveil(h, p.In, x.v.claims != nil)
	if upgrade := upgradeOf(h); upgrade != "" && upgrade != "websocket" { // h2c would take what follows out of our sight
		delete(h, "Upgrade")
		delete(h, "Connection")
	}
	h["X-Forwarded-For"] = []string{httpd.Source(p.In).Address}
	h["X-Forwarded-Host"], h["X-Forwarded-Proto"] = []string{a.at}, []string{a.scheme}
	h["X-Request-Id"] = []string{httpd.RequestID(p.In)}
	x.err = x.credentials(h)
}

// credentials tell the app who is asking. A token goes to an app that its route gives tokens to, and to no other.
func (x *exchange) credentials(h http.Header) error {
	v := x.v
	if err := x.g.tell(h, v); err != nil {
		return err
	}
	for _, name := range telling {
		if h[name][0] == "" {
			delete(h, name)
		}
	}
	switch {
	case v.who == nil && v.machine == nil: // A guest of a public route may have a login of the app's own.
	case !v.route.Token:
		delete(h, "Authorization")
		delete(h, "Dpop")
	case v.claims == nil:
		access, err := x.g.access(v.who)
		if err != nil {
			return err
		}
		h["Authorization"] = access
	}
	return nil
}

// modify keeps to ourselves what an app has no business to say.
func modify(res *http.Response) error {
	x := exchangeOf(res.Request.Context())
	dropSetCookies(res.Header, x.g.Guard.Cookies.Names())
	agree(res, x.asked)
	for name := range res.Header {
		if strings.HasPrefix(name, "X-Lingpai-") || len(x.v.route.Origins) > 0 && strings.HasPrefix(name, "Access-Control-") {
			delete(res.Header, name)
		}
	}
	delete(res.Header, "X-Request-Id") // ours stands there already
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		res.Header.Set("X-Accel-Buffering", "no")
	}
	return nil
}

// flowingBody is a request body that may take as long as it flows.
type flowingBody struct {
	io.ReadCloser
	control *http.ResponseController
	failed  atomic.Bool // the client is to blame
}

// Read implements io.Reader.
func (b *flowingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil:
		b.wait()
	case errors.Is(err, io.EOF):
		_ = b.control.SetReadDeadline(time.Time{}) // from here on, reading only notices that the client has gone
	default:
		b.failed.Store(true)
	}
	return n, err
}

func (b *flowingBody) wait() { _ = b.control.SetReadDeadline(time.Now().Add(stall)) }

// flowingWriter is an answer that may take as long as it flows.
type flowingWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write implements io.Writer.
func (w *flowingWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(stall))
	return w.ResponseWriter.Write(p)
}

// Unwrap serves http.ResponseController.
func (w *flowingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
