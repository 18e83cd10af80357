package trace

import (
	"context"
	"net/http"
	"time"
)

// Kind says which side of a call a span is. The numbers are those of OTLP.
type Kind int

// The kinds of span.
const (
	Internal Kind = 1
	Server   Kind = 2
	Client   Kind = 3
)

// Span is something that was done, from when to when, as a part of what. One goroutine uses it at a time, until End; what is nil is not traced.
type Span struct {
	tracer     *Tracer
	at         Context
	parent     SpanID  // zero: the trace begins with it
	link       Context // another trace that belongs to it, if any
	own        bool    // the trace began here
	name       string
	kind       Kind
	began      time.Time
	took       time.Duration
	failed     bool
	attributes []attribute
}

type spanKey struct{}

// With is ctx as part of a span.
func With(ctx context.Context, s *Span) context.Context {
	if s == nil {
		return ctx
	}
	return context.WithValue(ctx, spanKey{}, s)
}

// Of is the span that ctx is part of, or nil.
func Of(ctx context.Context) *Span {
	s, _ := ctx.Value(spanKey{}).(*Span)
	return s
}

// Start begins a part of the span that ctx is part of. Where there is none, nothing begins.
func Start(ctx context.Context, name string, kind Kind) (context.Context, *Span) {
	whole := Of(ctx)
	if whole == nil {
		return ctx, nil
	}
	s := whole.tracer.begin(whole.at, whole.at.SpanID, name, kind)
	s.own = whole.own
	return With(ctx, s), s
}

// TraceID names the trace of the span; zero where nothing is traced.
func (s *Span) TraceID() TraceID {
	if s == nil {
		return TraceID{}
	}
	return s.at.TraceID
}

// Name names the span. The name comes from the code or the configuration, never from a request: collectors keep figures by name.
func (s *Span) Name(name string) {
	if s != nil {
		s.name = name
	}
}

// Set says more of the span, in words that come from neither a person nor a credential.
func (s *Span) Set(key, value string) {
	if s != nil {
		kept := value // which only now is of the heap
		s.attributes = append(s.attributes, attribute{key, attributeValue{Text: &kept}})
	}
}

// SetNumber says more of the span.
func (s *Span) SetNumber(key string, value int) {
	if s != nil {
		kept := value
		s.attributes = append(s.attributes, attribute{key, attributeValue{Number: &kept}})
	}
}

// End ends the span; err says that what it stands for failed, and its text goes nowhere. It never waits.
func (s *Span) End(err error) {
	if s == nil {
		return
	}
	s.took, s.failed = s.tracer.Now().Sub(s.began), err != nil
	select {
	case s.tracer.ended <- s:
	default:
		s.tracer.dropped.Add(1)
	}
}

// Lead tells whoever is asked next that they are asked as part of the span. What others noted of a trace of their own goes no further than that trace does
// (section 3.3.1.1). Where nothing is traced, the headers stay as they came.
func (s *Span) Lead(h http.Header) {
	if s == nil {
		return
	}
	h[parentHeader] = []string{s.at.String()}
	if s.own {
		delete(h, stateHeader)
	}
}
