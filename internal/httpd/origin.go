package httpd

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/lingpai/lingpai/internal/fault"
)

// checkOrigin refuses what a page of a foreign origin caused, where the route's rule says that it matters. Programs send neither
// Origin nor Sec-Fetch-Site and pass.
func (e *Edge) checkOrigin(r *http.Request, rt Route) error {
	switch rt.CSRF {
	case Safe, Cookieless:
		return nil
	case CookieBound:
		// Only a token has been put there by the page. What a proxy in front asks for (Basic, Negotiate) a browser sends by itself.
		if _, err := readCredentials(r.Header); err == nil || !e.Guard.Cookies.carriesAny(r) {
			return nil
		}
	}
	return e.Provoked(r, rt.Surface)
}

// Provoked refuses a request that a page of a foreign origin caused, whatever its method. [Edge.Handler] comes first.
func (e *Edge) Provoked(r *http.Request, surface Surface) error {
	asked := *r
	asked.Method = http.MethodPost // Check lets every GET pass; who asks means it.
	err := e.crossOrigin.Check(&asked)
	if err == nil {
		return nil
	}
	if o := r.Header.Get("Origin"); surface != Browser && isOrigin(o) {
		return fault.Refuse(fault.OriginRefused, o).Because(err)
	}
	return fault.Refuse(fault.CSRFRefused).Because(err)
}

// allowReading sets the CORS headers of an answer, on every status: a page that cannot read a 401 cannot know that it must sign in.
func (e *Edge) allowReading(h http.Header, r *http.Request, rule CORS) {
	switch rule {
	case AnyOrigin:
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", Exposed)
	case Configured:
		h.Add("Vary", "Origin")
		if o := r.Header.Get("Origin"); e.configured(o) {
			h.Set("Access-Control-Allow-Origin", o)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Access-Control-Expose-Headers", Exposed)
		}
	}
}

// Exposed are the headers that a page of another origin may read.
const Exposed = "WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id, Date"

func (e *Edge) configured(origin string) bool {
	return origin != "" && (origin == e.Issuer || slices.Contains(e.Origins, origin))
}

// IsPreflight reports whether a browser asks for a page of another origin whether it may ask.
func IsPreflight(r *http.Request) bool { return isPreflight(r) && r.Header.Get("Origin") != "" }

// isPreflight also holds without an origin, which no page is behind: the edge refuses that as it refuses a foreign one.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}

// preflight answers without asking for a token: the browser sends none with it.
func (e *Edge) preflight(w http.ResponseWriter, r *http.Request, rt Route, allow string) {
	h := w.Header()
	if rt.CORS == OwnOrigin || rt.CORS == Configured && !e.configured(r.Header.Get("Origin")) {
		e.Refuse(w, r, API, fault.Refuse(fault.OriginRefused, originOf(r)).Because(fmt.Errorf("preflight from %s", originOf(r))))
		return
	}
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", allow)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP, X-Requested-With")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

func originOf(r *http.Request) string {
	if o := r.Header.Get("Origin"); isOrigin(o) {
		return o
	}
	return "an unknown origin"
}

// isOrigin accepts what can stand in a sentence and a header: a short origin in printable ASCII.
func isOrigin(o string) bool {
	if len(o) < 8 || len(o) > 200 {
		return false
	}
	for _, c := range []byte(o) {
		if c <= 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '<' {
			return false
		}
	}
	return true
}
