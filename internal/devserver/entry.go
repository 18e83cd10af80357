package devserver

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/goccy/go-yaml/ast"

	"github.com/lingpai/lingpai/internal/devserver/mock"
	"github.com/lingpai/lingpai/internal/devserver/proxy"
	"github.com/lingpai/lingpai/internal/devserver/recording"
	"github.com/lingpai/lingpai/internal/devserver/route"
)

// Kind names what can answer a route; it is a key of the dev file.
type Kind string

// The kinds.
const (
	Mock    Kind = "mock"    // what the file says, or a file of mock arrays
	Before  Kind = "before"  // an Express-style function
	Crud    Kind = "crud"    // a REST collection in a JSON file
	Replay  Kind = "replay"  // recorded exchanges
	HAR     Kind = "har"     // exchanges that a browser recorded
	OpenAPI Kind = "openapi" // examples and schemas of a description
	Proxy   Kind = "proxy"   // the real backend
	Static  Kind = "static"  // files
	SPA     Kind = "spa"     // files, and index.html for every page
	Pass    Kind = "pass"    // the next route that leads to something real: proxy, static or spa
)

// Kinds lists all of them.
var Kinds = []Kind{Mock, Before, Crud, Replay, HAR, OpenAPI, Proxy, Static, SPA, Pass}

// Off switches a route off.
const Off Kind = "off"

// App is what answers when no route does: the app itself.
const App Kind = "app"

// real reports whether a kind leads to something that is no mock.
func (k Kind) real() bool { return k == Proxy || k == Static || k == SPA }

// source answers the requests of a route, or reports that it has no answer, and leaves the request as it came. It is safe for concurrent use.
type source interface {
	answer(w http.ResponseWriter, r *http.Request, e *entry, params map[string]string) (answered bool, err error)
}

// closer is a source that holds something.
type closer interface{ close() }

// auth is `auth:`: a living token, and one of the roles if there are any.
type auth struct {
	header string // where the token is, beside Authorization; "" for nowhere
	roles  []string
}

// pending is a source that is still to be read.
type pending struct {
	kind Kind
	node ast.Node
}

// entry is one route.
type entry struct {
	number  int    // from 1
	file    string // that it was made in, as "mock/get-x.mock.yaml"; "" is the dev file
	line    int
	said    string // all that its file says of it: two versions that say the same answer alike
	pattern *route.Pattern
	when    route.Conditions
	auth    *auth
	yields  bool   // switched to real, it is off, and what stands behind it answers
	kinds   []Kind // in the order of the file
	sources map[Kind]source
	pending []pending
	first   Kind                 // in use unless switched
	active  atomic.Pointer[Kind] // in use
}

func (e *entry) add(k Kind, s source) {
	if e.sources == nil {
		e.sources = map[Kind]source{}
		e.first = k
		e.active.Store(&k)
	}
	e.kinds = append(e.kinds, k)
	e.sources[k] = s
}

func (e *entry) source(k Kind) source { return e.sources[k] }

// kind is what is in use.
func (e *entry) kind() Kind {
	if k := e.active.Load(); k != nil {
		return *k
	}
	return Off
}

// use puts another source in use.
func (e *entry) use(k Kind) error {
	if k != Off && !slices.Contains(e.kinds, k) {
		return fmt.Errorf("the route has no %q; it has %s and %s", k, join(e.kinds), Off)
	}
	e.active.Store(&k)
	return nil
}

// switchTo puts another source in use, by its kind, or by what it is: mock or real.
func (e *entry) switchTo(to string) error {
	wantsReal := to == "real"
	if !wantsReal && (to != string(Mock) || e.source(Mock) != nil) {
		return e.use(Kind(to))
	}
	for _, k := range e.kinds {
		if k.real() == wantsReal && k != Pass {
			return e.use(k)
		}
	}
	if wantsReal && e.yields {
		return e.use(Off)
	}
	if wantsReal {
		return fmt.Errorf("route %d (%s) leads to nothing real; give it a `proxy:`, or the dev file a `backend:`", e.number, e.pattern)
	}
	return fmt.Errorf("route %d (%s) has no mock; it has %s", e.number, e.pattern, join(e.kinds))
}

// yield finds the routes that step aside when they are switched to real: mocks that were made of exchanges, and routes of the dev file that
// a proxy stands behind.
func (t *table) yield() {
	for i, e := range t.routes {
		e.yields = e.file != "" || slices.ContainsFunc(t.routes[i+1:], e.isBefore)
	}
}

// isBefore reports whether another route passes on to a backend what this one is for, as far as one address shows that.
func (e *entry) isBefore(other *entry) bool {
	if other.source(Proxy) == nil || !other.when.Empty() {
		return false
	}
	mine := e.pattern.Methods()
	refuses := func(method string) bool { return !other.pattern.TakesMethod(method) }
	if len(mine) == 0 && len(other.pattern.Methods()) > 0 || slices.ContainsFunc(mine, refuses) {
		return false
	}
	address := e.pattern.Prefix()
	if !e.isPlain() {
		address = strings.TrimSuffix(address, "/") + "/x"
	}
	_, covered := other.pattern.Path(&url.URL{Path: address})
	return covered && e.pattern.Prefix() != "" || other.pattern.String() == e.pattern.String()
}

func (t *table) close() {
	for _, e := range t.routes {
		for _, s := range e.sources {
			if c, ok := s.(closer); ok {
				c.close()
			}
		}
	}
	if c, ok := t.app.(closer); ok {
		c.close()
	}
}

type mockSource struct{ mock *mock.Mock }

func (s mockSource) answer(w http.ResponseWriter, r *http.Request, _ *entry, params map[string]string) (bool, error) {
	return s.mock.Answer(w, r, params)
}

func (s mockSource) close() { s.mock.Close() }

type proxySource struct {
	proxy    *proxy.Proxy
	recorder *recording.Recorder // nil unless it keeps what is answered
	pretends bool                // the backend sees its own origin in Origin
}

// hint says why a backend may have refused: many take requests of pages of their own origin only.
func (s *proxySource) hint(w http.ResponseWriter, r *http.Request) {
	if statusOf(w) == http.StatusForbidden {
		n := noteOf(r)
		n.why = append(n.why, because("origin", r.Header.Get("Origin")))
	}
}

func (s *proxySource) answer(w http.ResponseWriter, r *http.Request, _ *entry, _ map[string]string) (bool, error) {
	if r.Header.Get("Origin") != "" && !s.pretends {
		defer s.hint(w, r)
	}
	if s.recorder == nil || r.Header.Get("Upgrade") != "" {
		return true, s.proxy.Forward(w, r)
	}
	r = r.Clone(r.Context()) // its body is heard, too
	w, done := s.recorder.Take(w, r)
	if err := s.proxy.Forward(w, r); err != nil {
		return true, err
	}
	return true, done()
}

func (s *proxySource) close() { s.proxy.Close() }

// passSource never answers; the server then looks for what is real.
type passSource struct{}

func (passSource) answer(http.ResponseWriter, *http.Request, *entry, map[string]string) (bool, error) {
	return false, nil
}
