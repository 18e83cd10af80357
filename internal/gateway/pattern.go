package gateway

import (
	"fmt"
	"strings"
)

// pattern is one `match:` of a route. All letters are compared as they are; that a path in other letters meets no other route is seen to by
// [Table.find].
type pattern struct {
	host     string // "" for any
	below    bool   // host is a suffix, ".example.com", which one more label comes before
	segments []string
	rest     bool // ends in /**
	slash    bool // ends in a slash
}

// parsePattern reads a pattern whose form config has checked.
func parsePattern(text string) (pattern, error) {
	host, path, ok := strings.Cut(text, "/")
	if !ok {
		return pattern{}, fmt.Errorf("%q has no path", text)
	}
	p := pattern{host: strings.ToLower(host)}
	if suffix, ok := strings.CutPrefix(p.host, "*"); ok {
		p.host, p.below = suffix, true
	}
	p.slash = strings.HasSuffix(path, "/")
	path = strings.TrimSuffix(path, "/")
	if path == "**" || strings.HasSuffix(path, "/**") {
		p.rest, path = true, strings.TrimSuffix(strings.TrimSuffix(path, "**"), "/")
	}
	if path != "" {
		p.segments = strings.Split(path, "/")
	}
	return p, nil
}

func (p *pattern) takesHost(host string) bool {
	switch {
	case p.host == "":
		return true
	case p.below:
		label, ok := strings.CutSuffix(host, p.host)
		return ok && label != "" && !strings.Contains(label, ".")
	}
	return host == p.host
}

// takesPath compares a clean path. A slash at its end makes no difference here; [table.find] refuses it where it would make one to an app.
func (p *pattern) takesPath(path string) bool {
	rest := strings.TrimSuffix(path[1:], "/")
	for _, want := range p.segments {
		segment, after, _ := strings.Cut(rest, "/")
		if segment == "" || want != "*" && want != segment {
			return false
		}
		rest = after
	}
	return p.rest || rest == ""
}

// takesSlash compares a path with a slash at its end as an app does to which the slash matters.
func (p *pattern) takesSlash(path string) bool { return (p.rest || p.slash) && p.takesPath(path) }

// folded is the pattern in lower case.
func (p *pattern) folded() pattern {
	f := *p
	f.segments = make([]string, len(p.segments))
	for i, s := range p.segments {
		f.segments[i] = strings.ToLower(s)
	}
	return f
}
