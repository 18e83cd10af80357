package httpd

import (
	"net/http"
	"net/netip"
	"strings"
)

// ours are the addresses that Lingpai keeps for itself where it shares an origin with an app.
var ours = []string{"/auth/", "/.well-known/"}

// Besides puts an app beside the routes of ours, which are the handler that [Edge.Handler] made: what is not ours goes to the app as it
// came, past the mux, which would clean its path. Requests of both get an id and a line in the log.
func (e *Edge) Besides(ours, app http.Handler) http.Handler {
	app = e.Elsewhere(app)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if IsOurs(r.URL.Path) {
			ours.ServeHTTP(w, r)
			return
		}
		app.ServeHTTP(w, r)
	})
}

// Elsewhere gives requests that are not for routes of ours an id and a line in the log.
func (e *Edge) Elsewhere(app http.Handler) http.Handler { return e.eventful(app) }

// IsOurs reports whether a path belongs to Lingpai, whatever else shares its origin.
func IsOurs(path string) bool {
	for _, prefix := range ours {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return path == "/auth" || path == "/healthz" || path == "/readyz"
}

// RefuseElsewhere writes an error at an address that is not ours: a page to a person who opened it, problem JSON to a program.
func (e *Edge) RefuseElsewhere(w http.ResponseWriter, r *http.Request, err error) {
	rule := Route{Surface: API, CORS: OwnOrigin, Cache: NoStore}
	if isNavigation(r) {
		rule.Surface = Browser
	}
	e.headers(w.Header(), r, rule, e.fixed(rule))
	w.Header().Add("Vary", "Accept, Authorization, Cookie, Sec-Fetch-Mode")
	e.Refuse(w, r, rule.Surface, err)
}

// FromProxy reports whether the connection comes from a trusted proxy, whose word on what it was asked may be taken.
func (e *Edge) FromProxy(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && e.trusted(peer.Addr().Unmap().WithZone(""))
}

// Name says what answers a request at an address that is not ours, for log and metrics. There must be few names.
func Name(r *http.Request, name string) { eventOf(r).route = name }

// Identify notes for whom a request was let in that no route of ours judged. The principal is not changed.
func Identify(r *http.Request, who *Principal) { eventOf(r).who = who }

// Admit lets a request through that is not for a route of ours, by the rules of one that needs a signed-in person: a living access token,
// or the session cookie on a request that no foreign page caused. [From] then gives the principal.
func (e *Edge) Admit(r *http.Request) (*http.Request, error) {
	rule := Route{Surface: API, Auth: Signed, CSRF: CookieBound, CORS: OwnOrigin}
	if err := e.checkHost(r, rule); err != nil {
		return r, err
	}
	if err := e.checkOrigin(r, rule); err != nil {
		return r, err
	}
	return e.Guard.admit(r, Signed)
}
