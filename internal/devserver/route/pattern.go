// Package route decides which requests a route of the dev file is for: by method, path, headers, query and body. It also keeps the body
// of a request readable after somebody has looked at it, so that a route that does not answer leaves the request as it came.
package route

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/pattern"
)

// Pattern is a parsed `match:`.
type Pattern struct {
	text    string
	methods []string // none: all
	path    *regexp.Regexp
	prefix  string // what every path that matches begins with
	literal bool   // the path is its prefix, without parameters
}

// methods that a pattern may name.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// Parse reads a pattern: an optional method (or several, as GET|POST) and a path. In a path, {id} and :id are one segment, {rest...} is the
// rest, * is anything within a segment and ** anything at all. A path that begins with ~ is a regular expression (RE2).
func Parse(text string) (*Pattern, error) {
	p := &Pattern{text: text}
	first, path, two := strings.Cut(strings.TrimSpace(text), " ")
	if !two {
		first, path = "", first
	}
	if first != "" {
		p.methods = strings.Split(strings.ToUpper(first), "|")
	}
	for _, m := range p.methods {
		if !slices.Contains(methods, m) {
			return nil, fmt.Errorf("%q is no method; write it like \"GET /path\", or leave it out for all", m)
		}
	}
	path = strings.TrimSpace(path)
	expression, err := p.expression(path)
	if err != nil {
		return nil, err
	}
	if p.path, err = regexp.Compile(expression); err != nil {
		return nil, fmt.Errorf("the path %q cannot be read: %w", path, err)
	}
	return p, nil
}

// token finds what stands for something else in a path.
var token = pattern.Lazy(`/\*\*$|\*\*|\*|\{(\w+)(\.\.\.)?\}|:([A-Za-z_]\w*)`)

func (p *Pattern) expression(path string) (string, error) {
	if raw, ok := strings.CutPrefix(path, "~"); ok {
		return raw, nil
	}
	if !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("the path %q does not begin with a slash", path)
	}
	var b strings.Builder
	b.WriteString("^")
	end := 0
	for _, at := range token().FindAllStringSubmatchIndex(path, -1) {
		if end == 0 {
			p.prefix = path[:at[0]]
		}
		b.WriteString(regexp.QuoteMeta(path[end:at[0]]))
		b.WriteString(standsFor(path, at))
		end = at[1]
	}
	if p.literal = end == 0; p.literal {
		p.prefix = path
	}
	b.WriteString(regexp.QuoteMeta(path[end:]))
	if strings.ContainsAny(path[end:], "{}") {
		return "", fmt.Errorf("the path %q has a brace that is no parameter; write {name} or {name...}", path)
	}
	b.WriteString("$")
	return b.String(), nil
}

func standsFor(path string, at []int) string {
	switch whole := path[at[0]:at[1]]; {
	case whole == "/**":
		return "(?:/.*)?"
	case whole == "**":
		return ".*"
	case whole == "*":
		return "[^/]*"
	case at[4] >= 0:
		return "(?P<" + path[at[2]:at[3]] + ">.*)"
	case at[2] >= 0:
		return "(?P<" + path[at[2]:at[3]] + ">[^/]+)"
	}
	return "(?P<" + path[at[6]:at[7]] + ">[^/]+)"
}

// String is the pattern as it was written.
func (p *Pattern) String() string { return p.text }

// Prefix is what every path that matches begins with; for a pattern that ends in /** it is the place of a collection.
func (p *Pattern) Prefix() string { return p.prefix }

// TakesMethod reports whether the method is one of the pattern's. HEAD goes with GET.
func (p *Pattern) TakesMethod(method string) bool {
	return len(p.methods) == 0 || slices.Contains(p.methods, method) || method == http.MethodHead && slices.Contains(p.methods, http.MethodGet)
}

// Methods lists the methods of the pattern; none means all.
func (p *Pattern) Methods() []string { return p.methods }

// Path reports whether the pattern is for the path, and gives the parameters in it, decoded.
func (p *Pattern) Path(u *url.URL) (params map[string]string, ok bool) {
	m := p.path.FindStringSubmatch(u.EscapedPath())
	if m == nil {
		return nil, false
	}
	for i, name := range p.path.SubexpNames() {
		if name == "" {
			continue
		}
		if params == nil {
			params = map[string]string{}
		}
		value, err := url.PathUnescape(m[i])
		if err != nil {
			return nil, false
		}
		params[name] = value
	}
	return params, true
}

// Exactly is a pattern for one method and one path, as it stands in an address.
func Exactly(method, path string) string {
	if token().MatchString(path) || strings.ContainsAny(path, "{} ") {
		return method + " ~^" + regexp.QuoteMeta(path) + "$"
	}
	return method + " " + path
}
