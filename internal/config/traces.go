package config

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/loopback"
)

// Share is a part of a whole, from 0 to 1.
type Share float64

// String is the share in its shortest form.
func (s Share) String() string { return strconv.FormatFloat(float64(s), 'f', -1, 64) }

// UnmarshalText reads a share in decimal form.
func (s *Share) UnmarshalText(text []byte) error {
	share, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !(share >= 0 && share <= 1) {
		return errors.New("is no share; write a number from 0 to 1, as in 0.1")
	}
	*s = Share(share)
	return nil
}

// Address is where spans are sent to.
func (t Traces) Address() string { return strings.TrimSuffix(t.Endpoint, "/") + tracesPath }

const tracesPath = "/v1/traces"

// Header is what goes along with them. The error repeats nothing of it.
func (t Traces) Header() (http.Header, error) {
	h := http.Header{}
	for pair := range strings.SplitSeq(t.Headers.Reveal(), ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, coded, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(coded))
		name = strings.TrimSpace(name)
		if !found || err != nil || value == "" || !isToken(name) || strings.ContainsFunc(value, isControl) {
			return nil, errors.New("is no list of headers; write name=value, with commas between them, and a comma or a percent sign in a value as %2C or %25")
		}
		h.Add(name, value)
	}
	return h, nil
}

// isToken reports whether text may be the name of a header (RFC 9110, section 5.6.2).
func isToken(text string) bool {
	const signs = "!#$%&'*+-.^_`|~"
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(signs, r)
	})
}

func (v *validator) traces() {
	t := v.config.Traces
	if t.Endpoint == "" {
		if !t.Headers.Empty() {
			v.refuse("traces.headers", "says nothing while traces.endpoint is empty; set both, or neither")
		}
		return
	}
	u, err := url.Parse(t.Endpoint)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.User != nil, u.RawQuery != "", u.Fragment != "":
		v.refuse("traces.endpoint", "%s is no collector; write it like http://localhost:4318", quotedURL(t.Endpoint))
	case strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), tracesPath):
		v.refuse("traces.endpoint", "%s ends in %s, which is added; leave it out", quoted(t.Endpoint), tracesPath)
	case u.Scheme == "http" && !t.Headers.Empty() && !loopback.Is(u.Hostname()):
		v.refuse("traces.endpoint", "%s would be sent traces.headers in the clear; use https", quoted(t.Endpoint))
	}
	if _, err := t.Header(); err != nil {
		v.refuse("traces.headers", "%s", err)
	}
}
