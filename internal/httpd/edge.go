package httpd

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/loopback"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/trace"
)

// Realm is the realm of every challenge.
const Realm = "lingpai"

// PageWriter renders a refusal for a person. It writes status and body.
type PageWriter func(w http.ResponseWriter, r *http.Request, refusal *fault.Refusal)

// Observer is told of every request when it is over, for metrics.
type Observer func(route string, status int, took time.Duration)

// Edge is what all requests pass. Its fields are set once, before Handler.
type Edge struct {
	// Issuer is our own origin, without a trailing slash.
	Issuer string
	// Origins are other origins whose pages may call the API and act on its cookies.
	Origins []string
	// Proxies whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	Guard   *Guard
	Page    PageWriter
	// Help is where a developer sees why a request was refused, or "". nil: nobody looks on, as on every server that people use.
	Help    func(r *http.Request) string
	Observe Observer
	Traces  *trace.Tracer // nil: nothing is traced
	Logger  *slog.Logger
	Now     func() time.Time

	crossOrigin *http.CrossOriginProtection
	local       bool                 // Issuer is a loopback origin
	shared      map[kind]http.Header // what fixed returned, while the table is built
}

// Handler builds the whole chain for a table of routes. It refuses a table with a gap in it.
func (e *Edge) Handler(routes []Route) (http.Handler, error) {
	e.local = loopback.IsURL(e.Issuer)
	e.crossOrigin = http.NewCrossOriginProtection()
	for _, o := range append([]string{e.Issuer}, e.Origins...) {
		if err := e.crossOrigin.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("trust origin %q: %w", o, err)
		}
	}
	e.shared = map[kind]http.Header{}
	mux := http.NewServeMux()
	byPath := map[string][]Route{}
	for _, rt := range routes {
		if err := rt.Check(); err != nil {
			return nil, err
		}
		mux.Handle(rt.Pattern, e.serve(rt))
		byPath[rt.path()] = append(byPath[rt.path()], rt)
	}
	for path, at := range byPath {
		mux.Handle(path, e.otherMethods(path, at))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		eventOf(r).route = nowhere
		e.RefuseElsewhere(w, r, fault.Refuse(fault.NotFound))
	})
	mux.Handle(apiPath, e.nothing(Route{Surface: API, CORS: Configured, Cache: NoStore}))
	return e.eventful(mux), nil
}

// apiPath is where a wrong address is a program's mistake.
const apiPath = "/auth/api/"

// nowhere is what log and metrics call an address without a route.
const nowhere = "nothing"

// nothing answers where the API has no route. A preflight passes all the same, so that a page learns of its wrong address by a 404 that
// it can read.
func (e *Edge) nothing(rt Route) http.Handler {
	fixed := e.share(rt)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		eventOf(r).route = nowhere
		e.headers(w.Header(), r, rt, fixed)
		if isPreflight(r) {
			e.preflight(w, r, rt, "GET, HEAD, POST, PUT, PATCH, DELETE")
			return
		}
		e.Refuse(w, r, rt.Surface, fault.Refuse(fault.NotFound))
	})
}

// serve is the chain of one route, from the outside in: headers, host, cross-origin rules, body limit, guard, handler, error.
func (e *Edge) serve(rt Route) http.Handler {
	fixed := e.share(rt)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ev := eventOf(r)
		ev.route = rt.Pattern
		e.headers(w.Header(), r, rt, fixed)
		r, err := e.admit(w, r, rt)
		if err == nil {
			err = rt.Handle(w, r)
		}
		if err != nil {
			e.Refuse(w, r, rt.Surface, err)
		}
	})
}

func (e *Edge) admit(w http.ResponseWriter, r *http.Request, rt Route) (*http.Request, error) {
	if err := e.checkHost(r, rt); err != nil {
		return r, err
	}
	if err := e.checkOrigin(r, rt); err != nil {
		return r, err
	}
	if err := limitBody(w, r, rt.Body); err != nil {
		return r, err
	}
	return e.Guard.admit(r, rt.Auth)
}

// otherMethods answers what no route at a path takes: preflights, and 405 with the list of what is taken.
func (e *Edge) otherMethods(path string, at []Route) http.Handler {
	var methods []string
	for _, rt := range at {
		methods = append(methods, rt.method())
		if rt.method() == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	allow := strings.Join(methods, ", ")
	rt := at[0]
	fixed := e.share(rt)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		eventOf(r).route = path
		e.headers(w.Header(), r, rt, fixed)
		if isPreflight(r) && rt.Surface != Browser {
			e.preflight(w, r, rt, allow)
			return
		}
		w.Header().Set("Allow", allow)
		e.Refuse(w, r, rt.Surface, fault.Refuse(fault.MethodNotAllowed, method(r.Method)))
	})
}

// method names a request's method in a sentence; an invented one is not repeated.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "that method"
}

// kind is what routes have in common whose answers carry the same.
type kind struct {
	surface Surface
	cache   Cache
}

// share is fixed, once for all routes of a kind. Only Handler may call it.
func (e *Edge) share(rt Route) http.Header {
	k := kind{rt.Surface, rt.Cache}
	if e.shared[k] == nil {
		e.shared[k] = e.fixed(rt)
	}
	return e.shared[k]
}

// fixed is what every answer of a route carries, whatever becomes of it. Answers share the values, which nobody changes in place.
func (e *Edge) fixed(rt Route) http.Header {
	h := http.Header{}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", referrerPolicy(rt.Surface))
	h.Set("Cache-Control", rt.Cache.header())
	if strings.HasPrefix(e.Issuer, "https://") && !e.local { // localhost has other servers, on other ports, which it would bind too
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if rt.Surface == Browser {
		protectPage(h)
	}
	return h
}

// headers sets that, and what an answer carries because of its request.
func (e *Edge) headers(h http.Header, r *http.Request, rt Route, fixed http.Header) {
	maps.Copy(h, fixed)
	if rt.Surface == API && bringsProof(r) {
		e.Guard.giveNonce(h)
	}
	e.allowReading(h, r, rt.CORS)
}

func protectPage(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// PageHeaders sets what a page of ours carries that stands in for one of an app, outside of our own addresses.
func PageHeaders(h http.Header) {
	protectPage(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", referrerPolicy(Browser))
	h.Set("Cache-Control", NoStore.header())
}

// KeepOpener lets the page that opened this one, in a window of its own, hold on to the window: apps sign people in like that, and the window tells
// the page when it has come back. A browser judges by every answer on the way, redirects included. What the opener gains is to see when the
// window closes and to lead it elsewhere; it reads nothing.
func KeepOpener(h http.Header) {
	h.Set("Cross-Origin-Opener-Policy", "unsafe-none")
}

// AllowForms lets the forms of one page lead to another origin, or to those of a scheme: a browser holds a page to its policy over all redirects that
// follow.
func AllowForms(h http.Header, source string) {
	if source != "" {
		h.Set("Content-Security-Policy", strings.Replace(contentSecurityPolicy, "form-action 'self'", "form-action 'self' "+source, 1))
	}
}

// AllowFrames lets one page load frames of the origins of these addresses, and of no others.
func AllowFrames(h http.Header, addresses []string) {
	var origins []string
	for _, a := range addresses {
		if o := oauth.OriginOf(a); o != "" && !slices.Contains(origins, o) {
			origins = append(origins, o)
		}
	}
	if len(origins) > 0 {
		h.Set("Content-Security-Policy", contentSecurityPolicy+"; frame-src "+strings.Join(origins, " "))
	}
}

// AllowConfined lets a page have frames of ours; only pages that are confined show in one.
func AllowConfined(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy+"; frame-src 'self'")
}

// Confine lets a page of ours show what others wrote in a frame: it runs nothing, loads nothing, sends nothing, and is of no origin. Its own
// styles hold, and its links open windows.
func Confine(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "+
		"frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox")
	h.Set("X-Frame-Options", "SAMEORIGIN")
}

// referrerPolicy keeps addresses from other sites. Pages tell our own origin, because a browser told to say nothing also sends
// "Origin: null" with our own forms.
func referrerPolicy(s Surface) string {
	if s == Browser {
		return "same-origin"
	}
	return "no-referrer"
}

// contentSecurityPolicy lets a page load our own style sheet, modules and images, post forms to us, and nothing else.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
