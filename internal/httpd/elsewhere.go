package httpd

import (
	"net/http"
	"strings"
)

// ours are the addresses that Lingpai keeps for itself where it shares an origin with an app.
var ours = []string{"/auth/", "/.well-known/"}

// Besides puts an app beside the routes of ours, which are the handler that [Edge.Handler] made: what is not ours goes to the app as it
// came, past the mux, which would clean its path. Requests of both get an id and a line in the log.
func (e *Edge) Besides(ours, app http.Handler) http.Handler {
	app = e.eventful(app)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isOurs(r.URL.Path) {
			ours.ServeHTTP(w, r)
			return
		}
		app.ServeHTTP(w, r)
	})
}

func isOurs(path string) bool {
	for _, prefix := range ours {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return path == "/auth" || path == "/healthz" || path == "/readyz"
}

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
