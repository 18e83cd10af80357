package httpd

import (
	"errors"
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/trace"
)

// traced begins the span of a request; nil where it is not traced. Whose trace it goes on with, and whether it is traced, is for trusted proxies to
// say: anybody else could have every request of theirs traced, or theirs told among those of others.
func (e *Edge) traced(r *http.Request) *trace.Span {
	if e.Traces == nil {
		return nil
	}
	said := trace.FromHeader(r.Header)
	if e.FromProxy(r) {
		return e.Traces.Request(said, trace.Context{})
	}
	return e.Traces.Request(trace.Context{}, said)
}

// traceID is for the log: of the request's span, or else what a trusted proxy says, whoever traces.
func (e *Edge) traceID(r *http.Request, ev *event) trace.TraceID {
	if ev.span == nil && e.FromProxy(r) {
		return trace.FromHeader(r.Header).TraceID
	}
	return ev.span.TraceID()
}

var errServer = errors.New("an answer of the server's fault")

// endSpan says of a request what may leave the house, in the words of OpenTelemetry's conventions for HTTP: neither path nor query, which may hold
// anything, and nobody's name.
func (e *Edge) endSpan(r *http.Request, ev *event, rec *recorder) {
	if ev.span == nil {
		return
	}
	ev.span.Name(ev.route)
	if _, path, ok := strings.Cut(ev.route, " "); ok {
		ev.span.Set("http.route", path)
	}
	ev.span.Set("http.request.method", spanMethod(r.Method))
	ev.span.SetNumber("http.response.status_code", rec.code())
	ev.span.Set("lingpai.request_id", ev.id)
	switch {
	case ev.refusal != nil:
		ev.span.Set("lingpai.code", string(ev.refusal.Code))
	case ev.oauth != nil:
		ev.span.Set("lingpai.code", string(ev.oauth.Code))
	}
	if rec.code() >= http.StatusInternalServerError {
		ev.span.End(errServer)
		return
	}
	ev.span.End(nil)
}

func spanMethod(m string) string {
	if method(m) != m {
		return "_OTHER"
	}
	return m
}
