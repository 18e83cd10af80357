package oauth

import (
	"crypto/sha256"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Params are the parameters of a request, each once. A parameter without a value counts as not sent (RFC 6749, section 3.1).
type Params struct{ values url.Values }

const maxParams = 64

// ParseParams reads parameters as they stand in a query or a form. A parameter that comes twice is refused, because two readers could take
// different ones (RFC 6749, section 3.1); `resource` alone may be repeated (RFC 8707, section 2). The error is an [InvalidRequest].
func ParseParams(encoded string) (Params, error) {
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return Params{}, Refuse(InvalidRequest, "the parameters cannot be read").Because(err)
	}
	return FromValues(values)
}

// FromValues is [ParseParams] for what has been split already.
func FromValues(values url.Values) (Params, error) {
	if len(values) > maxParams {
		return Params{}, Refuse(InvalidRequest, "there are more than %d parameters", maxParams)
	}
	p := Params{make(url.Values, len(values))}
	for name, all := range values {
		all = slices.DeleteFunc(slices.Clone(all), func(v string) bool { return v == "" })
		switch {
		case len(all) > 1 && name != "resource", len(all) > 8:
			return Params{}, Refuse(InvalidRequest, "a parameter comes more than once: %s", name)
		case slices.ContainsFunc(all, func(v string) bool { return !utf8.ValidString(v) || strings.ContainsRune(v, 0) }):
			return Params{}, Refuse(InvalidRequest, "a parameter is not UTF-8 text: %s", name)
		case len(all) > 0:
			p.values[name] = all
		}
	}
	return p, nil
}

// Only are parameters with one of them.
func Only(name, value string) Params { return Params{url.Values{name: {value}}} }

// Get is the value of a parameter, or "".
func (p Params) Get(name string) string { return p.values.Get(name) }

// Has reports whether a parameter was sent with a value.
func (p Params) Has(name string) bool { return p.values.Has(name) }

// All are the values of a parameter that may be repeated.
func (p Params) All(name string) []string { return p.values[name] }

// Without returns the parameters but those of these names.
func (p Params) Without(names ...string) Params {
	out := Params{make(url.Values, len(p.values))}
	for name, all := range p.values {
		if !slices.Contains(names, name) {
			out.values[name] = all
		}
	}
	return out
}

// With returns the parameters and one more, in place of the one of that name.
func (p Params) With(name, value string) Params {
	out := p.Without(name)
	out.values[name] = []string{value}
	return out
}

// Encode writes them as a query, in the order of their names.
func (p Params) Encode() string { return p.values.Encode() }

// Digest is a SHA-256 over [Params.Encode].
func (p Params) Digest() [sha256.Size]byte { return sha256.Sum256([]byte(p.Encode())) }
