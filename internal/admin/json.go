package admin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
)

// calls answers programs: what is below [APIPath].
type calls struct{ *Handler }

// routes is the table of the JSON.
func (h calls) routes() []httpd.Route {
	return slices.Concat(h.userCalls(), h.sessionCalls(), h.clientCalls(), h.eventCalls(), h.keyCalls())
}

// The number of rows that a list has, if nobody says, and at most.
const (
	usualRows = 100
	mostRows  = 500
)

// listing is what a request for a list says.
type listing struct {
	url.Values
	limit int
}

// readListing reads the parameters of a list: limit, after and those that are known there. Any other, and one that comes twice, is refused: a filter that
// is misspelt would have a program act on more than it asked for.
func readListing(r *http.Request, known ...string) (listing, error) {
	known = append(known, "after", "limit")
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return listing{}, fault.Refuse(fault.RequestMalformed, "its query is none").Because(err)
	}
	for name, values := range q {
		switch {
		case !slices.Contains(known, name):
			return listing{}, fault.Refuse(fault.RequestMalformed, "it has a parameter that is not known here; known are "+strings.Join(known, ", "))
		case len(values) > 1:
			return listing{}, fault.Refuse(fault.RequestMalformed, "the parameter "+name+" comes twice")
		}
	}
	limit := usualRows
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > mostRows {
			return listing{}, badParameter("limit", "a number from 1 to "+strconv.Itoa(mostRows))
		}
	}
	return listing{q, limit}, nil
}

func badParameter(name, want string) error {
	return fault.Refuse(fault.RequestMalformed, "the parameter "+name+" is not "+want)
}

// badCursor refuses what is no cursor that a list has given.
func badCursor() error { return badParameter("after", "what `next` said") }

// given is a member of a body that may be left out. null stands for what there is without it (RFC 7396): nothing, false, an empty list.
type given[T any] struct {
	named bool
	value T
}

// UnmarshalJSON implements json.Unmarshaler. It is called only for what is there.
func (g *given[T]) UnmarshalJSON(text []byte) error {
	g.named = true
	if string(text) == "null" {
		return nil
	}
	return json.Unmarshal(text, &g.value)
}

// pointer is nil for what was left out.
func (g *given[T]) pointer() *T {
	if !g.named {
		return nil
	}
	return &g.value
}

// put sets a field to what a body says, or leaves it.
func put[T any](field *T, g given[T]) {
	if g.named {
		*field = g.value
	}
}

// created answers with what was made, and where it is.
func created(w http.ResponseWriter, path string, record any) error {
	w.Header().Set("Location", path)
	return httpd.WriteJSON(w, http.StatusCreated, record)
}

func noContent(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// invalid refuses a field whose value does not fit.
func invalid(field, text string) error {
	r := fault.Refuse(fault.FieldInvalid, text)
	r.Fields = map[string]string{field: text}
	return r
}
