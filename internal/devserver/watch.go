package devserver

import (
	"context"
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/devserver/exchange"
)

type noteKey struct{}

// note is what becomes known of a request on its way.
type note struct {
	by     string
	route  *entry
	reason string
	hidden bool // a dev page
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
	connected := s.faults.Connected(next, struck("the time machine has cut the network"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if unwatched(r) {
			next.ServeHTTP(w, r)
			return
		}
		n := &note{by: "lingpai"}
		witness, r := s.log.Watch(w, r, s.options.Now, n.finding)
		defer witness.Close()
		r = r.WithContext(context.WithValue(r.Context(), noteKey{}, n))
		if isDev(r.URL.Path) {
			n.by = string(byMachine)
			next.ServeHTTP(witness, r)
			return
		}
		connected.ServeHTTP(witness, r)
	})
}

// unwatched reports whether a request only serves to look at the others: the dev pages and what they are made of.
func unwatched(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/auth/assets/") || r.Method == http.MethodGet && isDev(r.URL.Path)
}

// isDev reports whether an address is one of the dev server's own, which answer whatever else does not.
func isDev(path string) bool { return path == "/auth/dev" || strings.HasPrefix(path, "/auth/dev/") }

func (n *note) finding() exchange.Finding {
	f := exchange.Finding{By: n.by, Reason: n.reason, Hidden: n.hidden}
	if n.route != nil {
		f.Route, f.Match = n.route.number, n.route.pattern.String()
	}
	return f
}
