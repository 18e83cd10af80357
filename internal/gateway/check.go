package gateway

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
)

const (
	// checkPath answers a proxy that hands a refusal on to the client as it is: Caddy, Traefik.
	checkPath = "/auth/check"
	// statusPath answers a proxy that takes a status and nothing else: nginx, HAProxy.
	statusPath = "/auth/check/status"
	// refusalPath is where such a proxy then has the client answered.
	refusalPath = "/auth/check/refusal"
	// envoyPrefix stands before the path of the request: Envoy.
	envoyPrefix = "/auth/check/envoy"
)

// IsCheck reports whether a request target is one that proxies ask before they pass each request on.
func IsCheck(target string) bool { return target == checkPath || target == statusPath }

// Routes are the addresses that proxies ask. None needs a login of its own: what they answer about is the login that the request carries.
func (g *Gateway) Routes() []httpd.Route {
	route := func(path string, handle httpd.Handler) httpd.Route {
		return httpd.Route{
			Pattern: "GET " + path, Surface: httpd.API, Auth: httpd.SelfJudged, CSRF: httpd.Safe, CORS: httpd.OwnOrigin,
			Cache: httpd.NoStore, Body: httpd.NoBody, Handle: handle,
		}
	}
	return []httpd.Route{route(checkPath, g.check), route(statusPath, g.checkStatus), route(refusalPath, g.checkRefusal)}
}

// check answers with the identity, or as the client is to be answered.
func (g *Gateway) check(w http.ResponseWriter, r *http.Request) error {
	original, a, err := forwarded(g.Edge, r)
	if err != nil {
		return err
	}
	g.answer(w, original, a)
	return nil
}

func (g *Gateway) answer(w http.ResponseWriter, original *http.Request, a *asked) {
	v, err := g.decide(original, a)
	if err == nil {
		err = g.pass(w, v)
	}
	if err != nil {
		g.Edge.RefuseElsewhere(w, original, err)
	}
}

// pass answers with the identity. A proxy reads that and no browser, so it has nothing in it that only a browser heeds.
func (g *Gateway) pass(w http.ResponseWriter, v *verdict) error {
	h := w.Header()
	delete(h, "X-Content-Type-Options") // before others come: the ninth header would make the map grow, for half a kilobyte
	delete(h, "Referrer-Policy")
	if err := g.tell(h, v); err != nil {
		return err
	}
	h["Vary"] = vary
	w.WriteHeader(http.StatusOK)
	return nil
}

var vary = []string{"Authorization, Cookie, X-Forwarded-Host, X-Forwarded-Method, X-Forwarded-Uri"}

// checkStatus answers 200 with the identity, 401 to who has to sign in, and 403 to whoever else does not pass, whatever the reason.
func (g *Gateway) checkStatus(w http.ResponseWriter, r *http.Request) error {
	original, a, err := forwarded(g.Edge, r)
	var v *verdict
	if err == nil {
		v, err = g.decide(original, a)
	}
	if err == nil {
		err = g.pass(w, v)
	}
	if err == nil {
		return nil
	}
	httpd.Record(r, err)
	refusal := fault.From(err)
	w.Header().Set("X-Lingpai-Refusal", string(refusal.Code))
	if refusal.Code.Status() != http.StatusUnauthorized {
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="`+httpd.Realm+`"`)
	w.WriteHeader(http.StatusUnauthorized)
	return nil
}

// checkRefusal answers the client of a request that was refused. Who has signed in since is sent to the address again.
func (g *Gateway) checkRefusal(w http.ResponseWriter, r *http.Request) error {
	original, a, err := forwarded(g.Edge, r)
	if err != nil {
		return err
	}
	if _, err = g.decide(original, a); err == nil {
		if a.method == http.MethodGet {
			http.Redirect(w, r, original.URL.RequestURI(), http.StatusSeeOther) //nolint:gosec // cleanPath lets one slash begin it, so it is of this origin
			return nil
		}
		err = fault.Refuse(fault.TooBusy, retrySoon)
	}
	g.Edge.RefuseElsewhere(w, original, err)
	return nil
}

// decide judges by the routes. Without any, everybody passes who is signed in.
func (g *Gateway) decide(r *http.Request, a *asked) (*verdict, error) {
	t, rt := g.table.Load(), signedIn
	if len(t.routes) > 0 {
		var err error
		if rt, err = t.find(a, r.Header); err != nil {
			return nil, err
		}
	}
	return g.judge(r, a, rt)
}

// signedIn is the route of a gateway that has none.
var signedIn = &route{name: "gateway"}

// forwarded is the request that a proxy asks about, by the headers that it sets. A header that is missing, or there twice, leaves the
// request in doubt.
func forwarded(e *httpd.Edge, r *http.Request) (*http.Request, *asked, error) {
	if !e.FromProxy(r) {
		return nil, nil, fault.Refuse(fault.RequestMalformed, "it comes from no proxy in trusted_proxies, so its word on another request is not taken")
	}
	var values [3]string
	for i, name := range []string{"X-Forwarded-Method", "X-Forwarded-Host", "X-Forwarded-Uri"} {
		all := r.Header[name]
		if len(all) != 1 || all[0] == "" {
			return nil, nil, fault.Refuse(fault.RequestMalformed, name+" is not there once")
		}
		values[i] = all[0]
	}
	return original(e, r, values[0], values[1], values[2])
}

// original is r as the client sent it to the app.
func original(e *httpd.Edge, r *http.Request, method, host, uri string) (*http.Request, *asked, error) {
	scheme, err := schemeOf(e, r)
	if err != nil {
		return nil, nil, err
	}
	if method == "" || strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		return nil, nil, ambiguous("its method is none")
	}
	a, u, err := askedBy(method, host, uri, scheme)
	if err != nil {
		return nil, nil, err
	}
	o := *r
	o.Method, o.Host, o.URL, o.RequestURI = method, host, u, uri
	return &o, a, nil
}

// schemeOf is the scheme that the browser asked by: what a trusted proxy says, or that of the connection, or of the issuer.
func schemeOf(e *httpd.Edge, r *http.Request) (string, error) {
	said := r.Header["X-Forwarded-Proto"]
	if len(said) > 0 && e.FromProxy(r) {
		switch strings.Join(said, ",") {
		case "https", "wss":
			return "https", nil
		case "http", "ws":
			return "http", nil
		}
		return "", ambiguous("X-Forwarded-Proto is neither http nor https")
	}
	if r.TLS != nil {
		return "https", nil
	}
	scheme, _, _ := strings.Cut(e.Issuer, "://")
	return scheme, nil
}

// envoyPath reports whether Envoy asks about a request: it puts a prefix before its path, and keeps its method and host.
func envoyPath(r *http.Request) bool {
	return strings.HasPrefix(r.RequestURI, envoyPrefix+"/")
}

// checkEnvoy answers Envoy. It stands before the mux, which would clean the path.
func (g *Gateway) checkEnvoy(w http.ResponseWriter, r *http.Request) {
	httpd.Name(r, envoyPrefix)
	if !g.Edge.FromProxy(r) {
		g.Edge.RefuseElsewhere(w, r, fault.Refuse(fault.RequestMalformed, "it comes from no proxy in trusted_proxies"))
		return
	}
	o, a, err := original(g.Edge, r, r.Method, r.Host, strings.TrimPrefix(r.RequestURI, envoyPrefix))
	if err != nil {
		o := *r
		o.URL = &url.URL{Path: "/"}
		g.Edge.RefuseElsewhere(w, &o, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	v, err := g.decide(o, a)
	if err != nil {
		g.Edge.RefuseElsewhere(w, o, err)
		return
	}
	if names := stray(r.Header); len(names) > 0 {
		w.Header().Set(strayHeader, strings.ToLower(strings.Join(names, ",")))
	}
	if err := g.pass(w, v); err != nil {
		w.Header().Del(strayHeader)
		g.Edge.RefuseElsewhere(w, o, err)
	}
}

// strayHeader is how Envoy is told over HTTP which headers it has to take away. It goes no further than Envoy.
const strayHeader = "X-Envoy-Auth-Headers-To-Remove"
