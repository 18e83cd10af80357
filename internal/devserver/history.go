package devserver

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// kept is how many exchanges a History remembers.
const kept = 500

// Exchange is one request and what became of it.
type Exchange struct {
	Number    uint64        `json:"number"` // from 1, without gaps
	At        time.Time     `json:"at"`
	Method    string        `json:"method"`
	Host      string        `json:"host"`
	Path      string        `json:"path"`             // without the query, which may hold what is nobody's business
	Origin    string        `json:"origin,omitempty"` // of the page that asked, if the browser said so
	By        string        `json:"by"`               // a Kind, "lingpai", "cors", or "" when nothing answered
	Route     int           `json:"route,omitempty"`  // from 1
	Match     string        `json:"match,omitempty"`  // its pattern
	Status    int           `json:"status"`           // 0: the connection was taken over or cut before an answer
	Took      time.Duration `json:"took_ns"`
	Code      string        `json:"code,omitempty"`   // of a refusal
	Reason    string        `json:"reason,omitempty"` // of a refusal: its sentence
	RequestID string        `json:"request_id,omitempty"`
}

// Observer is told of every exchange when it is over. It must not block, and may be called by several goroutines at once.
type Observer interface{ Observed(x Exchange) }

// History keeps the last 500 exchanges and tells them on.
type History struct {
	now       func() time.Time
	mu        sync.Mutex // guards the rest
	ring      []Exchange
	last      uint64
	observers []Observer
}

// NewHistory makes an empty History.
func NewHistory(now func() time.Time) *History { return &History{now: now} }

// Tell adds an observer.
func (h *History) Tell(o Observer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.observers = append(h.observers, o)
}

// Since lists the exchanges that are still known after the one with that number, oldest first.
func (h *History) Since(number uint64) []Exchange {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []Exchange{}
	for i := range h.ring {
		x := h.ring[(int(h.last)+i)%len(h.ring)]
		if x.Number > number {
			out = append(out, x)
		}
	}
	return out
}

func (h *History) add(x Exchange) {
	h.mu.Lock()
	h.last++
	x.Number = h.last
	if len(h.ring) < kept {
		h.ring = append(h.ring, x)
	} else {
		h.ring[(h.last-1)%kept] = x
	}
	observers := h.observers
	h.mu.Unlock()
	for _, o := range observers {
		o.Observed(x)
	}
}

type noteKey struct{}

// note is what becomes known of a request on its way.
type note struct {
	by     string
	route  *entry
	reason string
}

func noteOf(r *http.Request) *note {
	if n, ok := r.Context().Value(noteKey{}).(*note); ok {
		return n
	}
	return new(note)
}

func (n *note) served(k Kind, e *entry) { n.by, n.route = string(k), e }

// ServedBy is the header that says which kind of source gave an answer, and which route.
const ServedBy = "X-Dev-Served-By"

func servedBy(w http.ResponseWriter, r *http.Request, k Kind, e *entry) {
	noteOf(r).served(k, e)
	w.Header().Set(ServedBy, string(k)+"; route="+e.label())
}

func notServed(w http.ResponseWriter, r *http.Request) {
	n := noteOf(r)
	n.by, n.route = "", nil
	w.Header().Del(ServedBy)
}

// Watch tells the history of everything that next answers: Lingpai itself, with this server behind it.
func (s *Server) Watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.options.Now()
		n := &note{by: "lingpai"}
		rec := &witness{ResponseWriter: w}
		defer func() { s.history.add(exchange(r, n, rec, start, s.options.Now())) }()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), noteKey{}, n)))
	})
}

func exchange(r *http.Request, n *note, rec *witness, start, end time.Time) Exchange {
	x := Exchange{
		At: start, Method: r.Method, Host: r.Host, Path: r.URL.Path, Origin: r.Header.Get("Origin"), By: n.by, Status: rec.status,
		Took: end.Sub(start), Reason: n.reason, RequestID: rec.Header().Get("X-Request-Id"),
	}
	if n.route != nil {
		x.Route, x.Match = n.route.number, n.route.pattern.String()
	}
	var problem struct{ Code, Detail string }
	if json.Unmarshal(rec.problem.Bytes(), &problem) == nil && problem.Code != "" {
		x.Code, x.Reason = problem.Code, problem.Detail
	}
	return x
}

// witness notes the status of an answer, and what a refusal says.
type witness struct {
	http.ResponseWriter
	status  int
	refusal bool
	problem bytes.Buffer
}

// Unwrap serves http.ResponseController.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *witness) WriteHeader(status int) {
	if w.status < 200 && w.status != http.StatusSwitchingProtocols {
		w.status = status
		w.refusal = status >= 400 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *witness) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if w.refusal && w.problem.Len() < 4096 {
		w.problem.Write(b)
	}
	return w.ResponseWriter.Write(b)
}
