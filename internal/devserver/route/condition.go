package route

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
)

// Test is what one header, parameter or member must be like.
type Test struct {
	text    string
	present *bool
	re      *regexp.Regexp
}

// Present holds when there is a value at all, or when there is none.
func Present(there bool) Test { return Test{text: fmt.Sprint(there), present: &there} }

// Equals holds for one value. A text that begins with ~ is a regular expression that must be found in the value.
func Equals(text string) (Test, error) {
	expression, ok := strings.CutPrefix(text, "~")
	if !ok {
		return Test{text: text}, nil
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return Test{}, fmt.Errorf("%q cannot be read: %w", text, err)
	}
	return Test{text: text, re: re}, nil
}

// Exact is a text that [Equals] takes for one value, whatever that begins with.
func Exact(value string) string {
	if strings.HasPrefix(value, "~") {
		return "~^" + regexp.QuoteMeta(value) + "$"
	}
	return value
}

func (t Test) holds(values []string) bool {
	switch {
	case t.present != nil:
		return *t.present == (len(values) > 0)
	case t.re != nil:
		return slices.ContainsFunc(values, t.re.MatchString)
	}
	return slices.Contains(values, t.text)
}

// Conditions are what a request must meet beside method and path. The zero value is met by all.
type Conditions struct {
	Headers, Query map[string]Test
	// Body has members of a JSON body by their place, as "user.name", or fields of a form.
	Body map[string]Test
}

// Empty reports whether there is nothing to meet.
func (c Conditions) Empty() bool { return len(c.Headers)+len(c.Query)+len(c.Body) == 0 }

// Lack is what a request lacks to meet a condition.
type Lack struct {
	Part string // "header", "query" or "body"; "unread" where the body cannot be looked at
	Name string // of the header, parameter or member; of a body that cannot be looked at, why
	Want string // as the condition was written
}

// Met reports whether a request meets all of them.
func (c Conditions) Met(r *http.Request) bool { return c.Empty() || c.Lacks(r) == Lack{} }

// Lacks says which condition a request does not meet first. The zero Lack is none.
func (c Conditions) Lacks(r *http.Request) Lack {
	if name := first(c.Headers, func(name string) []string { return r.Header.Values(name) }); name != "" {
		return Lack{"header", name, c.Headers[name].text}
	}
	query := r.URL.Query()
	if name := first(c.Query, func(name string) []string { return query[name] }); name != "" {
		return Lack{"query", name, c.Query[name].text}
	}
	if len(c.Body) == 0 {
		return Lack{}
	}
	data, err := Peek(r)
	if err != nil {
		return Lack{"unread", err.Error(), ""}
	}
	fields := Fields(r.Header.Get("Content-Type"), data)
	if name := first(c.Body, fields); name != "" {
		return Lack{"body", name, c.Body[name].text}
	}
	return Lack{}
}

// first is the first name, in alphabetical order, whose test does not hold.
func first(tests map[string]Test, values func(name string) []string) string {
	names := make([]string, 0, len(tests))
	for name := range tests {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if !tests[name].holds(values(name)) {
			return name
		}
	}
	return ""
}

// Fields gives the values in a body by their place: members of JSON, or fields of a form.
func Fields(contentType string, data []byte) func(place string) []string {
	if media, _, err := mime.ParseMediaType(contentType); err == nil && media == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(data))
		if err != nil {
			form = nil
		}
		return func(place string) []string { return form[place] }
	}
	doc, err := ordered.Parse(data)
	return func(place string) []string {
		if err != nil {
			return nil
		}
		v, found := ordered.Lookup(doc, place)
		if !found {
			return nil
		}
		return []string{ordered.Text(v)}
	}
}
