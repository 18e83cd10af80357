package gateway

import (
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// Route says who may reach a part of an app, and where that app is. The configuration page says what each field means.
type Route struct {
	Match       []string
	Methods     []string
	Upstream    []string
	Public      bool
	Require     Requirements
	Token       bool
	Audience    string
	Host        string
	Timeout     time.Duration
	Body        int64 // bytes; 0 for any
	Concurrent  int
	Health      string
	Origins     []string
	Maintenance bool
}

// Requirements are what a person needs besides being signed in.
type Requirements struct {
	Roles, Scopes, ACR []string
	MaxAge             time.Duration
	Addresses          []netip.Prefix
}

// table is a compiled list of routes. It is not changed any more.
type table struct {
	routes  []*route
	proxies bool // a route has an upstream
	mixed   bool // a pattern has upper case
}

// route is a compiled Route.
type route struct {
	Route
	name     string // for log and metrics
	patterns []pattern
	folded   []pattern
	app      *app // nil where another proxy does the work
}

// compile makes a table. Apps that the table before had, at the same addresses and with the same limits, are taken over with what is known
// of their health and with their connections.
func (g *Gateway) compile(routes []Route, before *table) (*table, error) {
	t := &table{}
	for i, r := range routes {
		c := &route{Route: r, name: "gateway " + strings.Join(r.Match, " ")}
		for _, text := range r.Match {
			p, err := parsePattern(text)
			if err != nil {
				return nil, fmt.Errorf("route %d: %w", i+1, err)
			}
			c.patterns = append(c.patterns, p)
			c.folded = append(c.folded, p.folded())
			t.mixed = t.mixed || strings.ToLower(text) != text
		}
		if len(r.Upstream) > 0 {
			var err error
			if c.app, err = g.appOf(c, before); err != nil {
				return nil, fmt.Errorf("route %d: %w", i+1, err)
			}
			t.proxies = true
		}
		t.routes = append(t.routes, c)
	}
	return t, nil
}

// asked is what a request asks for, in the one reading that rules and app share.
type asked struct {
	method string
	host   string // canonical, without port
	scheme string // as the browser has it
	at     string // host and, where it is not the usual one, port
	origin string // scheme and at
	path   string // decoded
	raw    string // as it came
	query  string // as it came
}

// find returns the first route for a request. Whatever an app could take for another request must meet the same route: the path in lower
// case, the path whose last slash matters, and the method that a header asks to put in place of the real one.
func (t *table) find(a *asked, h http.Header) (*route, error) {
	r, err := t.first(a.method, a.host, a.path, exact)
	if err != nil {
		return nil, err
	}
	if lower := strings.ToLower(a.path); t.mixed || lower != a.path {
		if other, _ := t.first(a.method, a.host, lower, folded); other != r {
			return nil, ambiguous("its path differs from that of a route by upper and lower case only")
		}
	}
	if len(a.path) > 1 && strings.HasSuffix(a.path, "/") {
		if other, _ := t.first(a.method, a.host, a.path, slashed); other != r {
			return nil, ambiguous("its path differs from that of a route by a slash at the end only")
		}
	}
	for what, methods := range methodsMeant(a.query, h) {
		for _, method := range methods {
			if other, _ := t.first(strings.ToUpper(method), a.host, a.path, exact); other != r {
				return nil, ambiguous("its " + what + " asks for a method that another route is for")
			}
		}
	}
	return r, nil
}

// The ways in which an app may compare a path.
func exact(r *route, host, path string) bool {
	return takes(r.patterns, host, path, (*pattern).takesPath)
}
func folded(r *route, host, path string) bool {
	return takes(r.folded, host, path, (*pattern).takesPath)
}
func slashed(r *route, host, path string) bool {
	return takes(r.patterns, host, path, (*pattern).takesSlash)
}

func takes(patterns []pattern, host, path string, by func(*pattern, string) bool) bool {
	for i := range patterns {
		if p := &patterns[i]; p.takesHost(host) && by(p, path) {
			return true
		}
	}
	return false
}

func (t *table) first(method, host, path string, compare func(r *route, host, path string) bool) (*route, error) {
	fits := false
	for _, r := range t.routes {
		if !compare(r, host, path) {
			continue
		}
		if r.takesMethod(method) {
			return r, nil
		}
		fits = true
	}
	if fits {
		return nil, fault.Refuse(fault.MethodNotAllowed, "that method")
	}
	return nil, fault.Refuse(fault.RuleMissing)
}

// takesMethod reports whether a route is for a method. HEAD goes with GET. No route is for CONNECT and TRACE.
func (rt *route) takesMethod(method string) bool {
	if method == http.MethodConnect || method == http.MethodTrace {
		return false
	}
	return len(rt.Methods) == 0 || slices.Contains(rt.Methods, method) || method == http.MethodHead && slices.Contains(rt.Methods, http.MethodGet)
}

// askedBy reads what a request asks for. uri is the request target as it came.
func askedBy(method, host, uri, scheme string) (*asked, *url.URL, error) {
	raw, query, hasQuery := strings.Cut(uri, "?")
	path, err := cleanPath(raw)
	if err != nil {
		return nil, nil, err
	}
	name, port, err := cleanHost(host)
	if err != nil {
		return nil, nil, err
	}
	if port == ":443" && scheme == "https" || port == ":80" && scheme == "http" {
		port = ""
	}
	if err := checkQuery(query); err != nil {
		return nil, nil, err
	}
	u := &url.URL{Path: path, RawQuery: query, ForceQuery: hasQuery && query == ""}
	if path != raw {
		u.RawPath = raw
	}
	return &asked{method, name, scheme, name + port, scheme + "://" + name + port, path, raw, query}, u, nil
}

// checkQuery refuses a token in an address (RFC 6750, section 2.3, which RFC 9700 takes back): it ends in logs and in the app's links.
func checkQuery(query string) error {
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c == 0x7f || c == '#' {
			return ambiguous(fmt.Sprintf("its query has the byte %#02x, which belongs escaped", c))
		}
	}
	if !strings.Contains(query, "token") && !strings.Contains(query, "%") {
		return nil
	}
	for name := range parameters(query) {
		if name == "access_token" {
			return fault.Refuse(fault.RequestMalformed, "a token stands in its address, where it would be logged; send it in the Authorization header")
		}
	}
	return nil
}

// parameters are the names and values in a query. A name that cannot be read is left out, and a value stands as it came then.
func parameters(query string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for part := range strings.FieldsFuncSeq(query, func(c rune) bool { return c == '&' || c == ';' }) {
			name, value, _ := strings.Cut(part, "=")
			if plain, err := url.QueryUnescape(value); err == nil {
				value = plain
			}
			if plain, err := url.QueryUnescape(name); err == nil && !yield(plain, value) {
				return
			}
		}
	}
}
