package httpd

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/trace"
)

// event is what is known of one request: one log line when it is over.
type event struct {
	id      string
	address string
	route   string
	refusal *fault.Refusal
	oauth   *oauth.Error // the refusal of an OAuth endpoint, in its own words
	left    bool         // the client went away before it was answered
	who     *Principal
	bound   bool // its access token is bound to a DPoP key
	span    *trace.Span
}

type eventKey struct{}

func eventOf(r *http.Request) *event {
	if ev, ok := r.Context().Value(eventKey{}).(*event); ok {
		return ev
	}
	return &event{}
}

// RequestID is the id of the request, as logged and as told to the client: two groups of four letters that can be read out aloud.
func RequestID(r *http.Request) string { return eventOf(r).id }

// Source says where the request comes from, for the audit log.
func Source(r *http.Request) audit.Source {
	ev := eventOf(r)
	s := audit.Source{Address: ev.address, Agent: cut(r.UserAgent(), 256), RequestID: ev.id, Languages: r.Header.Get("Accept-Language")}
	if ev.who != nil {
		s.Actor = ev.who.Session.UserID
	}
	return s
}

// Asker is the address of whoever sent the request that a context belongs to, or "" where it belongs to none.
func Asker(ctx context.Context) string {
	if ev, ok := ctx.Value(eventKey{}).(*event); ok {
		return ev.address
	}
	return ""
}

// Denied notes what an OAuth client was refused at its own address, for the log.
func Denied(r *http.Request, err *oauth.Error) { eventOf(r).oauth = err }

// Record notes what went wrong after an answer had begun, for the log: no client can be told any more.
func Record(r *http.Request, err error) { eventOf(r).refusal = fault.From(err) }

// eventful gives every request its event, writes it to the log when the request is over, and turns a panic into a 500.
func (e *Edge) eventful(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := e.Now()
		ev := &event{id: newRequestID(), address: e.clientAddress(r), span: e.traced(r)}
		rec := &recorder{ResponseWriter: w}
		r = r.WithContext(trace.With(context.WithValue(r.Context(), eventKey{}, ev), ev.span))
		w.Header().Set("X-Request-Id", ev.id)
		defer func() {
			defer e.endSpan(r, ev, rec) // also of an answer that is broken off
			if p := recover(); p != nil {
				e.panicked(rec, r, p)
			}
			e.report(r, ev, rec, e.Now().Sub(start))
		}()
		next.ServeHTTP(rec, r)
	})
}

func (e *Edge) panicked(rec *recorder, r *http.Request, p any) {
	if p == http.ErrAbortHandler {
		panic(p)
	}
	err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	if rec.status == 0 {
		e.Refuse(rec, r, API, err)
		return
	}
	eventOf(r).refusal = fault.From(err)
}

func (e *Edge) report(r *http.Request, ev *event, rec *recorder, took time.Duration) {
	if e.Observe != nil {
		e.Observe(ev.route, rec.code(), took)
	}
	if ev.refusal == nil && ev.oauth == nil && !e.Logger.Enabled(r.Context(), slog.LevelDebug) {
		return
	}
	level, attrs := slog.LevelDebug, []slog.Attr{
		slog.String("id", ev.id), slog.String("method", method(r.Method)), slog.String("path", cut(r.URL.Path, 200)),
		slog.Int("status", rec.code()), slog.Duration("took", took), slog.String("address", ev.address),
	}
	if id := e.traceID(r, ev); id != (trace.TraceID{}) {
		attrs = append(attrs, slog.String("trace_id", id.String()))
	}
	if ev.who != nil {
		attrs = append(attrs, slog.String("user", ev.who.Session.UserID))
	}
	if ev.refusal != nil {
		level = slog.LevelInfo
		attrs = append(attrs, slog.String("code", string(ev.refusal.Code)))
		if ev.refusal.Code.BearerError() == "invalid_token" {
			attrs = append(attrs, slog.String("detail", ev.refusal.Detail())) // which rule it broke, and never the token
		}
		if ev.refusal.Cause != nil {
			attrs = append(attrs, slog.String("cause", ev.refusal.Cause.Error()))
		}
		if rec.code() >= 500 && !ev.left && !meant(ev.refusal.Code) {
			level = slog.LevelError
		}
	}
	if ev.oauth != nil {
		level = max(level, slog.LevelInfo)
		attrs = append(attrs, slog.String("error", ev.oauth.Error()))
	}
	e.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

// meant reports whether a refusal is what the server is to do, and nothing that anybody has to look at.
func meant(code fault.Code) bool { return code == fault.TooBusy || code == fault.Maintenance }

// newRequestID makes 40 random bits: enough to find one line in a log. Nothing is guarded by it.
func newRequestID() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	var id [9]byte
	bits := rand.Uint64() //nolint:gosec // it names a line, and every request makes one
	for i := range id {
		id[i] = letters[bits%32]
		bits /= 32
	}
	id[4] = '-'
	return string(id[:])
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// recorder notes the status that was written.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
