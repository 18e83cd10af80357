// Package loopback knows which hosts can only mean this machine. Plain http, and doing without a name of one's own, is for these alone, so
// there is one opinion on it.
package loopback

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Is reports whether a host, with or without a port, can only mean this machine: a loopback address, or localhost and the names below it
// (RFC 6761, section 6.3), in any case and with or without the dot at the end.
func Is(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// IsURL is [Is] for the host of an absolute address, such as an origin. What is no address means no machine.
func IsURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && Is(u.Host)
}
