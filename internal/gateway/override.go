package gateway

import (
	"iter"
	"net/http"
	"strings"
)

// overrides are headers by which some apps take another method than that of the request, and overriding is a field of forms by which they do: some read
// that from the query as well. What stands in a body is not judged, for it is on its way to the app.
var overrides = []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}

const overriding = "_method"

// methodsMeant are the methods that an app could take in place of that of a request, by what asks for them.
func methodsMeant(query string, h http.Header) iter.Seq2[string, []string] {
	return func(yield func(what string, methods []string) bool) {
		for _, name := range overrides {
			if methods := h[name]; len(methods) > 0 && !yield("header "+name, methods) {
				return
			}
		}
		if !strings.Contains(query, "method") && !strings.Contains(query, "%") {
			return
		}
		for name, value := range parameters(query) {
			if asPHP(name) == overriding && !yield("parameter "+overriding, []string{value}) {
				return
			}
		}
	}
}

// asPHP is the name of a parameter as PHP reads it, which is more generous than others.
func asPHP(name string) string {
	return strings.NewReplacer(".", "_", " ", "_").Replace(strings.TrimLeft(name, " "))
}
