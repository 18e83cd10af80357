// Package trace tells an OpenTelemetry collector what became of requests, and how long each part of them took: spans, sent by OTLP over HTTP in JSON.
//
//	context.go  where a request stands in a trace (W3C Trace Context)
//	span.go     spans: of a request, and of what is done for it
//	sender.go   what waits to be sent, and its sending
//	otlp.go     the form that collectors read
//
// A span that is nil belongs to nothing that is traced, and all its methods do nothing. So whoever does a part of the work says
//
//	ctx, span := trace.Start(ctx, "hash password", trace.Internal)
//	...
//	span.End(err)
//
// whether or not anybody traces: where nobody does, that is one look into ctx, and allocates nothing.
//
// Spans say which route, how it ended and how long it took. They say nothing of who asked, and hold no text of an error, no path, no query and no body: what
// is sent leaves the house.
package trace

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"
)

// Options are what a Tracer needs. All fields but Header are required.
type Options struct {
	// Endpoint is the address that takes spans, such as http://localhost:4318/v1/traces.
	Endpoint string
	// Header goes along with everything that is sent. It may hold credentials.
	Header http.Header
	// Sample is the share of traces, from 0 to 1, that are kept of those that begin here.
	Sample float64
	// Node tells this process from others of the same service.
	Node   string
	Logger *slog.Logger
	Now    func() time.Time
}

// Tracer makes spans and sends them. It is safe for concurrent use, [Tracer.Send] and [Tracer.Flush] apart, which are called one after the other.
// A Tracer that is nil traces nothing.
type Tracer struct {
	Options

	client   *http.Client
	resource resource
	ended    chan *Span // wait to be sent
	dropped  atomic.Uint64

	unsent  []*Span // taken, and not yet sent
	failing bool
}

// New makes a Tracer.
func New(o Options) *Tracer {
	return &Tracer{
		Options: o, resource: resourceOf(o.Node), ended: make(chan *Span, mostWaiting),
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConns: 1, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // its header is for one address
			Timeout:       patience,
		},
	}
}

// Request begins the span of a request, or returns nil where it is not traced. It goes on with the trace of parent, and is traced if that is. Where
// parent is the zero value, a trace begins; it then names the one of stranger, whose word counts for nothing, so that both can be found together.
func (t *Tracer) Request(parent, stranger Context) *Span {
	switch {
	case t == nil, parent.valid() && !parent.Sampled:
		return nil
	case parent.valid():
		return t.begin(parent, parent.SpanID, "", Server)
	case !t.chosen():
		return nil
	}
	s := t.root("", Server)
	s.link = stranger
	return s
}

// Root begins a trace of something that nobody asked for, or returns nil where it is not traced.
func (t *Tracer) Root(name string, kind Kind) *Span {
	if t == nil || !t.chosen() {
		return nil
	}
	return t.root(name, kind)
}

// Dropped is the number of spans that were not sent, because there was no room or the collector did not want them.
func (t *Tracer) Dropped() uint64 { return t.dropped.Load() }

func (t *Tracer) chosen() bool { return rand.Float64() < t.Sample } //nolint:gosec // nobody gains by being traced

func (t *Tracer) root(name string, kind Kind) *Span {
	var c Context
	fill(c.TraceID[:])
	s := t.begin(c, SpanID{}, name, kind)
	s.own = true
	return s
}

func (t *Tracer) begin(in Context, parent SpanID, name string, kind Kind) *Span {
	s := &Span{tracer: t, at: Context{TraceID: in.TraceID, Sampled: true}, parent: parent, name: name, kind: kind, began: t.Now()}
	fill(s.at.SpanID[:])
	return s
}
