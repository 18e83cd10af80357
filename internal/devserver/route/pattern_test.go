package route

import (
	"net/url"
	"strings"
	"testing"
)

func TestPatternsHoldTheWholePath(t *testing.T) {
	for pattern, paths := range map[string]map[string]bool{
		"/a":           {"/a": true, "/a/": false, "/ab": false, "/b/a": false},
		"/a.b":         {"/a.b": true, "/aXb": false},
		"/a/*":         {"/a/b": true, "/a/": true, "/a/b/c": false},
		"/a/**":        {"/a": true, "/a/": true, "/a/b/c": true, "/ab": false},
		"/**/x":        {"/a/b/x": true, "/x": false},
		"/{a}/{b}":     {"/1/2": true, "/1/": false, "/1/2/3": false},
		"/{a}-{b}":     {"/x-y": true, "/xy": false},
		"~/v[0-9]+/":   {"/api/v1/x": true, "/api/v/x": false},
		"GET|PUT /a":   {"/a": true},
		"/a/{rest...}": {"/a/b/c": true, "/a": false},
	} {
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range paths {
			if _, got := p.Path(&url.URL{Path: path}); got != want {
				t.Errorf("%s for %s: %v", pattern, path, got)
			}
		}
	}
}

// No pattern and no path makes a panic, and a path that matches begins with the prefix.
func FuzzPatternsAndPaths(f *testing.F) {
	f.Add("GET /a/{id}/**", "/a/5/x")
	f.Add("~^/(?P<x>.)", "/%")
	f.Add("/:a:b*{c...}", "/a")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		p, err := Parse(pattern)
		if err != nil {
			return
		}
		u := &url.URL{Path: path}
		_, ok := p.Path(u)
		if prefix := strings.TrimSuffix(p.Prefix(), "/"); ok && !strings.HasPrefix(u.EscapedPath(), prefix) {
			t.Errorf("%q matches %q without its prefix %q", pattern, path, prefix)
		}
	})
}
