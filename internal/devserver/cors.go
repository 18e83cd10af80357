package devserver

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/loopback"
	"github.com/lingpai/lingpai/internal/wire"
)

// allowReading lets pages of the origins under `cors:` read every answer, whatever its status: a page that cannot read a 401 cannot know that
// it must sign in. What a backend says about it is replaced.
func (t *table) allowReading(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	origin := r.Header.Get("Origin")
	if !slices.Contains(t.origins, origin) {
		return w
	}
	return &readable{ResponseWriter: w, origin: origin, headers: r.Header.Get("Access-Control-Request-Headers")}
}

// readable sets the headers when the answer begins, so that none of a backend's stays beside them.
type readable struct {
	http.ResponseWriter
	origin  string
	headers string // that a preflight asks for
	begun   bool
}

// Unwrap serves http.ResponseController.
func (w *readable) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *readable) WriteHeader(status int) {
	if !w.begun && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.begun = true
		h := w.Header()
		for name := range h {
			if strings.HasPrefix(name, "Access-Control-") && !strings.HasPrefix(name, "Access-Control-Allow-M") && !strings.HasPrefix(name, "Access-Control-Max") {
				delete(h, name)
			}
		}
		h.Set("Access-Control-Allow-Origin", w.origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "*, Authorization, WWW-Authenticate, Retry-After, X-Request-Id, X-Total-Count, Link, Date, X-Dev-Served-By")
		if w.headers != "" {
			h.Set("Access-Control-Allow-Headers", w.headers)
		}
		if !slices.Contains(h.Values("Vary"), "Origin") {
			h.Add("Vary", "Origin")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *readable) Write(b []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// checkWriter keeps pages of other sites from writing into the developer's files: a browser posts a form, or plain text, for any page, and asks nobody.
// Pages of this machine and of the origins under `cors:` may.
func (t *table) checkWriter(r *http.Request, kind Kind) error {
	origin := r.Header.Get("Origin")
	if kind != Crud || wire.IsSafe(r.Method) || origin == "" || loopback.IsURL(origin) || slices.Contains(t.origins, origin) {
		return nil
	}
	return fault.Refuse(fault.OriginRefused, origin)
}

// preflight answers for every route, without asking for a token: the browser sends none with it. Pages of other origins than those under
// `cors:` learn that they may not, by an answer without permission.
func (s *Server) preflight(t *table, w http.ResponseWriter, r *http.Request) {
	n := noteOf(r)
	n.by = byCORS
	h := w.Header()
	h.Set(ServedBy, byCORS)
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	if !slices.Contains(t.origins, r.Header.Get("Origin")) {
		n.why = append(n.why, because("preflight"))
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h.Set("Access-Control-Allow-Methods", t.methods(r))
	h.Set("Access-Control-Max-Age", "60")
	w.WriteHeader(http.StatusNoContent)
}

// methods are what the routes at a path take.
func (t *table) methods(r *http.Request) string {
	var all []string
	for _, e := range t.routes {
		if _, ok := e.pattern.Path(r.URL); !ok || e.kind() == Off {
			continue
		}
		if len(e.pattern.Methods()) == 0 {
			return "GET, HEAD, POST, PUT, PATCH, DELETE"
		}
		all = append(all, e.pattern.Methods()...)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
