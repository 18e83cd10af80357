package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/loopback"
)

// ResolveIssuer is the origin that this server goes by, given the port that it listens on in fact: the configured issuer, or a
// localhost origin while nobody else can connect. Cookies and passkeys want a name, so the address 127.0.0.1 becomes localhost as well.
func (c *Config) ResolveIssuer(boundPort int) (string, error) {
	if c.Issuer != "" {
		return c.Issuer, checkIssuer(c.Issuer)
	}
	if !loopback.Is(c.Listen) {
		return "", errors.New("listen " + exposed(c.Listen))
	}
	scheme, usual := "http", 80
	if c.TLS.Certificate != "" {
		scheme, usual = "https", 443
	}
	if boundPort == usual {
		return scheme + "://localhost", nil
	}
	return scheme + "://localhost:" + strconv.Itoa(boundPort), nil
}

// AudienceOf is who the tokens of an issuer are meant for: the configured audience, or the issuer itself.
func (c *Config) AudienceOf(issuer string) []string {
	if len(c.Token.Audience) > 0 {
		return c.Token.Audience
	}
	return []string{issuer}
}

// exposed says what to add when other machines can connect and no issuer is set.
func exposed(listen string) string {
	return fmt.Sprintf(`%s takes connections from other machines, so the server must be told its public address; `+
		`add this line to the configuration file, or set LINGPAI_ISSUER:
    issuer: https://login.example.com
or, to stay on this machine:
    listen: localhost:4401`, quoted(listen))
}

// checkIssuer holds that text is an origin as it must stand in tokens, byte for byte.
func checkIssuer(text string) error {
	if err := checkOrigin(text); err != nil {
		return err
	}
	if strings.HasPrefix(text, "http://") && !loopback.IsURL(text) {
		return fmt.Errorf("%s sends passwords and tokens in the clear; use https, by a proxy or with tls.certificate and tls.key", quoted(text))
	}
	return nil
}

// checkOrigin holds that text is an origin in the one form that browsers send and clients compare (RFC 6454, section 6.2).
func checkOrigin(text string) error {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || strings.Contains(u.Hostname(), "*") {
		return fmt.Errorf("%s is not an origin; write it like https://login.example.com", quotedURL(text))
	}
	port := u.Port()
	if (u.Scheme == "https" && port == "443") || (u.Scheme == "http" && port == "80") {
		port = ""
	}
	if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0 || strconv.FormatUint(n, 10) != port) {
		return fmt.Errorf("%s has no port from 1 to 65535", quotedURL(text))
	}
	host := strings.ToLower(u.Hostname())
	if !isHost(host) {
		return fmt.Errorf("%s has a host that is neither a name nor an address; write names in their ASCII form", quotedURL(text))
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" {
		host += ":" + port
	}
	if origin := u.Scheme + "://" + host; text != origin {
		return fmt.Errorf("%s is more than an origin; write %s", quotedURL(text), quoted(origin))
	}
	return nil
}

// quotedURL is quoted, without a password that may stand before the host.
func quotedURL(text string) string {
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		text = "..." + text[i:]
	}
	return quoted(text)
}

// isHost accepts addresses, and names of letters, digits, hyphens, underscores and dots whose last part begins with no digit.
func isHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Zone() == "" && a.String() == host
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
		last = label
	}
	// Browsers read a host that ends in a number as an address (WHATWG URL), so 127.1 is no name.
	return len(host) <= 253 && (last[0] < '0' || last[0] > '9')
}
