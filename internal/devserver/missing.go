package devserver

import (
	"net/http"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/lingpai/lingpai/internal/devserver/route"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/webui"
)

// missing refuses what no route answers: it says why none did, and which route to write.
func (s *Server) missing(t *table, r *http.Request) error {
	refusal := fault.Refuse(fault.RouteMissing, r.Method+" "+r.URL.EscapedPath(), s.whyMissing(t, r))
	refusal.Add = t.routeFor(r, filepath.Base(s.options.File))
	return refusal
}

func (s *Server) whyMissing(t *table, r *http.Request) (why webui.DevReasons) {
	s.mu.Lock()
	if len(s.bad) > 0 {
		why = append(why, because("missing.broken", s.bad[0].String()))
	}
	s.mu.Unlock()
	near := t.near(r)
	switch {
	case !t.found:
		why = append(append(why, near...), because("missing.no_file", filepath.Base(s.options.File)))
	case len(near) > 0:
		why = append(why, near...)
	case len(t.routes) > 0:
		why = append(why, t.nearest(r)...)
	}
	switch folder, ok := t.app.(*appFolder); {
	case ok:
		why = append(why, because("missing.no_such_file", folder.view().Folder))
	case t.app == nil && isPageRequest(r):
		why = append(why, because("missing.no_app"))
	}
	return why
}

// named is how many routes a refusal speaks of.
const named = 3

// near says of the routes that are for the path why they did not answer.
func (t *table) near(r *http.Request) (why webui.DevReasons) {
	for _, e := range t.routes {
		if _, ok := e.pattern.Path(r.URL); ok && len(why) < named {
			why = append(why, e.passedOver(r))
		}
	}
	return why
}

// passedOver says why a route did not answer a request although its path is the one that was asked for.
func (e *entry) passedOver(r *http.Request) webui.DevReason {
	if !e.pattern.TakesMethod(r.Method) {
		return because("missing.method", e.number, e.pattern, r.Method)
	}
	if lack := e.when.Lacks(r); lack != (route.Lack{}) {
		return because("missing."+lack.Part, e.number, e.pattern, lack.Name, lack.Want)
	}
	if e.kind() == Off {
		return because("missing.off", e.number, e.pattern)
	}
	return because("missing.silent", e.number, e.pattern, e.kind())
}

// nearest names the routes whose fixed part has most in common with a path.
func (t *table) nearest(r *http.Request) (why webui.DevReasons) {
	best := 1
	for _, e := range t.routes {
		n := common(e.pattern.Prefix(), r.URL.Path)
		if n > best {
			best, why = n, nil
		}
		if n == best && n > 1 && len(why) < named {
			why = append(why, because("missing.nearest", e.number, e.pattern))
		}
	}
	if len(why) == 0 {
		why = append(why, because("missing.none", len(t.routes)))
	}
	return why
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// listing is how the routes stand in the dev file, so that one more can be written like them.
type listing struct {
	there  bool // there is a list
	flow   bool // it stands in brackets
	indent int  // of its dashes, or of those that are to be written
}

func listed(routes ast.Node) (l listing) {
	if list, ok := routes.(*ast.SequenceNode); ok {
		_, column := position(list.Start)
		l = listing{there: true, flow: list.IsFlowStyle, indent: column - 1}
	}
	return l
}

// routeFor is a route that answers a request, as it has to be written at the end of those of the dev file.
func (t *table) routeFor(r *http.Request, file string) *fault.Addition {
	match, gives := asJSON(matching(r)), answerFor(r)
	if t.listing.flow {
		return &fault.Addition{File: file, To: "routes", Lines: []string{"{ match: " + match + ", mock: { " + gives + " } }"}}
	}
	indent := strings.Repeat(" ", t.listing.indent)
	lines := []string{indent + "- match: " + match, indent + "  mock:", indent + "    " + gives}
	if !t.listing.there {
		return &fault.Addition{File: file, Lines: append([]string{"routes:"}, lines...)}
	}
	return &fault.Addition{File: file, To: "routes", Lines: lines}
}

// matching is the pattern for a request. One of a method that patterns do not know is for all.
func matching(r *http.Request) string {
	method, path := r.Method, r.URL.EscapedPath()
	if method == http.MethodHead {
		method = http.MethodGet
	}
	text := route.Exactly(method, path)
	if _, err := route.Parse(text); err != nil {
		_, text, _ = strings.Cut(text, " ")
	}
	return text
}

// answerFor is what a mock says to begin with, in the form that was asked for.
func answerFor(r *http.Request) string {
	switch {
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return "websocket: { echo: true }"
	case strings.HasPrefix(r.Header.Get("Accept"), "text/event-stream"):
		return "events: [{ data: hello }]"
	}
	return "json: { ok: true }"
}
