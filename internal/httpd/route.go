package httpd

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Handler answers a request, or returns why not. An error that is not a *fault.Refusal becomes a bare 500.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Surface says who is on the other side, and so how a refusal is written.
type Surface int

// The surfaces.
const (
	_       Surface = iota
	Browser         // pages and forms: refusals are pages, CSP and framing rules apply
	API             // programs: refusals are problem JSON, CORS applies
	OAuth           // OAuth clients: refusals are those of RFC 6749, CORS applies
)

// Auth says who may call a route.
type Auth int

// The rules of access.
const (
	_            Auth = iota
	Public            // anybody
	Signed            // an access token of the first-party API, or else the session cookie: [From] gives the Principal
	Granted           // any access token of a session: what its client may do stands in its scope
	CookieOnly        // the session cookie only: pages that act for the person in front of the browser
	SelfJudged        // the handler judges a credential in the body or a cookie of its own
	OptionalUser      // anybody, but a living session cookie is recognised
)

// CSRF says how a route is kept from being called by another site's page.
type CSRF int

// The rules against cross-site requests.
const (
	_           CSRF = iota
	Safe             // changes nothing, so it does not matter who caused it
	SameOrigin       // refused when a page of an origin that is not ours or trusted caused it
	CookieBound      // the same, but only for requests that act on a cookie: a token in a header proves the page's intent
	Cookieless       // looks at no cookie, so a foreign page has nothing of the browser's to act with
)

// CORS says which pages may read the answer.
type CORS int

// The rules of reading across origins.
const (
	_          CORS = iota
	OwnOrigin       // pages of this origin
	Configured      // and those of the configured origins
	AnyOrigin       // every page; the answer holds nothing that belongs to anybody, or only to who sent more than a cookie
)

// Cache says what may be stored.
type Cache struct {
	stated bool
	maxAge time.Duration
}

// NoStore forbids any copy: the default for what concerns a person.
var NoStore = Cache{stated: true}

// PublicFor lets everybody keep the answer for a while.
func PublicFor(d time.Duration) Cache { return Cache{true, d} }

func (c Cache) header() string {
	if c.maxAge > 0 {
		return fmt.Sprintf("public, max-age=%d", int(c.maxAge.Seconds()))
	}
	return "no-store"
}

// NoBody is the limit of a route that takes none.
const NoBody int64 = -1

// Route is one address and its rules. Every rule must be stated: the zero value of each is refused by [Edge.Handler].
type Route struct {
	Pattern string // "POST /auth/api/login", as for http.ServeMux; the method is required
	Surface Surface
	Auth    Auth
	CSRF    CSRF
	CORS    CORS
	Cache   Cache
	Body    int64 // bytes, or NoBody
	Handle  Handler
}

// Check returns what the route leaves open.
func (r Route) Check() error {
	method, path, ok := strings.Cut(r.Pattern, " ")
	switch {
	case !ok || method == "" || !strings.HasPrefix(path, "/"):
		return fmt.Errorf("route %q: the pattern is not METHOD /path", r.Pattern)
	case r.Surface == 0, r.Auth == 0, r.CSRF == 0, r.CORS == 0, !r.Cache.stated, r.Body == 0, r.Handle == nil:
		return fmt.Errorf("route %q: surface, auth, csrf, cors, cache, body and handler must all be stated", r.Pattern)
	case r.CSRF == Safe && method != http.MethodGet:
		return fmt.Errorf("route %q: only GET is safe", r.Pattern)
	case r.Auth != Public && r.Cache != NoStore:
		return fmt.Errorf("route %q: what belongs to somebody is not stored", r.Pattern)
	case r.Surface == Browser && r.CORS != OwnOrigin:
		return fmt.Errorf("route %q: pages are not read across origins", r.Pattern)
	case r.CSRF == Cookieless && (r.Auth == Signed || r.Auth == CookieOnly || r.Auth == OptionalUser):
		return fmt.Errorf("route %q: it looks at a cookie, so it must not be called by other sites' pages", r.Pattern)
	}
	return nil
}

func (r Route) method() string { m, _, _ := strings.Cut(r.Pattern, " "); return m }
func (r Route) path() string   { _, p, _ := strings.Cut(r.Pattern, " "); return p }
