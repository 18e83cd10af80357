package devserver

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/devserver/exchange"
)

type noteKey struct{}

// note is what becomes known of a request on its way.
type note struct {
	by     string
	route  *entry
	why    []exchange.Reason
	hidden bool // a dev page
}

func noteOf(r *http.Request) *note {
	if n, ok := r.Context().Value(noteKey{}).(*note); ok {
		return n
	}
	return new(note)
}

func (n *note) served(k Kind, e *entry) { n.by, n.route = string(k), e }

// ServedBy is the header that says which kind of source gave an answer, and which route. What nobody answers has none.
const ServedBy = "X-Dev-Served-By"

// Who answers, beside the sources of routes.
const (
	byLingpai = "lingpai"
	byCORS    = "cors" // a preflight
)

func servedBy(w http.ResponseWriter, r *http.Request, k Kind, e *entry) {
	noteOf(r).served(k, e)
	by := string(k)
	if e != nil {
		by += "; route=" + e.label()
	}
	w.Header().Set(ServedBy, by)
}

func notServed(w http.ResponseWriter, r *http.Request) {
	n := noteOf(r)
	n.by, n.route = "", nil
	w.Header().Del(ServedBy)
}

// Watch tells the log of everything that next answers: Lingpai itself, with this server behind it. While the network is switched off,
// next is not asked.
func (s *Server) Watch(next http.Handler) http.Handler {
	connected := s.faults.Connected(next, struck(because("cut")))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if unwatched(r) {
			next.ServeHTTP(w, r)
			return
		}
		n := &note{by: byLingpai}
		r = r.WithContext(context.WithValue(r.Context(), noteKey{}, n))
		witness, r := s.log.Watch(w, r, s.options.Now, n.finding)
		defer witness.Close()
		if isDev(r.URL.Path) {
			n.by = string(byMachine)
			next.ServeHTTP(witness, r)
			return
		}
		defer s.lookAcross(n, r, witness.Header())
		connected.ServeHTTP(witness, r)
		witness.Done()
	})
}

// lookAcross notes what a page of another origin cannot read. The first of each kind goes to the log.
func (s *Server) lookAcross(n *note, r *http.Request, answer http.Header) {
	hidden, isNew := s.crossOrigin(r, answer)
	if hidden == nil {
		return
	}
	n.why = append([]exchange.Reason{acrossOrigins{hidden}}, n.why...)
	if isNew {
		s.bell.Ring()
		s.options.Logger.Warn("the browser keeps an answer from a page", slog.String("cors", hidden.Summary()),
			slog.String("dev_file", "cors: ["+r.Header.Get("Origin")+"]"))
	}
}

// unwatched reports whether a request only serves to look at the others: the dev pages and what they are made of.
func unwatched(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/auth/assets/") || r.Method == http.MethodGet && isDev(r.URL.Path)
}

// isDev reports whether an address is one of the dev server's own, which answer whatever else does not.
func isDev(path string) bool { return path == "/auth/dev" || strings.HasPrefix(path, "/auth/dev/") }

func (n *note) finding() exchange.Finding {
	f := exchange.Finding{By: n.by, Why: n.why, Hidden: n.hidden, Ours: n.by == byLingpai || n.by == byCORS || n.by == string(byMachine)}
	if n.route != nil {
		f.Route, f.Match = n.route.number, n.route.pattern.String()
	}
	return f
}

// statusOf is the status that an answer has begun with, as far as it is watched.
func statusOf(w http.ResponseWriter) int {
	for {
		switch x := w.(type) {
		case *exchange.Witness:
			return x.Status()
		case interface{ Unwrap() http.ResponseWriter }:
			w = x.Unwrap()
		default:
			return 0
		}
	}
}
