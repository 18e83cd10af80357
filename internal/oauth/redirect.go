package oauth

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/loopback"
)

const maxURI = 2000

// CheckRedirectURI says what is wrong with an address that is to be registered for answers. A browser follows it with a code in it, so it
// must mean one thing to every reader: an absolute address without fragment and user, `https`, or `http` on this machine (RFC 8252,
// section 7.3), or, if native, a private scheme with a dot in it (section 7.1).
func CheckRedirectURI(uri string, native bool) error {
	u, err := plainURI(uri)
	if err != nil {
		return err
	}
	switch {
	case u.Scheme == "https" && u.Host != "":
		return nil
	case u.Scheme == "http" && loopback.Is(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return fmt.Errorf("http is for this machine only; use https")
	case native && u.Scheme != "https" && strings.Contains(u.Scheme, "."):
		return nil
	case native:
		return fmt.Errorf("a scheme of an app is a domain name reversed, such as com.example.app")
	}
	return fmt.Errorf("the address must begin with https://")
}

// plainURI reads an absolute URI that has one spelling.
func plainURI(uri string) (*url.URL, error) {
	if uri == "" || len(uri) > maxURI || strings.ContainsFunc(uri, func(c rune) bool { return c <= 0x20 || c >= 0x7f || strings.ContainsRune(`\"<>`, c) }) {
		return nil, fmt.Errorf("it is not an address in printable ASCII of at most %d characters", maxURI)
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "" || u.String() != uri:
		return nil, fmt.Errorf("it is not an absolute address in its plain form")
	case strings.Contains(uri, "#"):
		return nil, fmt.Errorf("it must not have a fragment")
	case u.User != nil:
		return nil, fmt.Errorf("it must not name a user")
	case strings.Trim(u.Host, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") != "":
		return nil, fmt.Errorf("its host is written in small letters, digits, dots and dashes")
	case slices.Contains(strings.Split(u.Path, "/"), "..") || slices.Contains(strings.Split(u.Path, "/"), "."):
		return nil, fmt.Errorf("its path must not have dots to step over")
	}
	return u, nil
}

// MatchRedirectURI reports whether given is one of the registered addresses, byte for byte (RFC 9700, section 2.1). An http address of this
// machine by number may have any port, if loopback says so: a native app takes what is free (RFC 8252, section 7.3).
func MatchRedirectURI(registered []string, given string, loopback bool) bool {
	if slices.Contains(registered, given) {
		return true
	}
	if !loopback {
		return false
	}
	bare, ok := withoutPort(given)
	return ok && slices.ContainsFunc(registered, func(r string) bool {
		b, ok := withoutPort(r)
		return ok && b == bare
	})
}

// withoutPort drops the port of an http address of this machine, by number.
func withoutPort(uri string) (string, bool) {
	u, err := plainURI(uri)
	if err != nil || u.Scheme != "http" {
		return "", false
	}
	a, err := netip.ParseAddr(u.Hostname())
	if err != nil || !a.IsLoopback() {
		return "", false
	}
	return u.Hostname() + " " + u.RequestURI(), true
}

// OriginOf is the origin of an address, or its scheme alone where it has none, as a Content Security Policy names it.
func OriginOf(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "":
		return ""
	case u.Host == "":
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

// CheckResource says what is wrong with the name of an API (RFC 8707, section 2): an absolute URI without fragment.
func CheckResource(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || strings.Contains(uri, "#") || len(uri) > maxURI ||
		strings.ContainsFunc(uri, func(c rune) bool { return c <= 0x20 || c >= 0x7f }) {
		return fmt.Errorf("it is not an absolute URI without fragment")
	}
	return nil
}
