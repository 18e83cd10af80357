package httpd

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress is the address of whoever asked. X-Forwarded-For is read only when the connection comes from a trusted proxy, from the
// right, over trusted proxies, to the first address that is none: what stands further left was written by the client itself.
func (e *Edge) clientAddress(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	address := peer.Addr().Unmap().WithZone("")
	said := r.Header["X-Forwarded-For"]
	if len(said) == 0 || !e.trusted(address) {
		return address.String()
	}
	hops := strings.Split(strings.Join(said, ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, ok := hopAddress(strings.TrimSpace(hop))
		if !ok {
			break
		}
		address = a
		if !e.trusted(address) {
			break
		}
	}
	return address.String()
}

// hopAddress reads one entry of X-Forwarded-For. Some proxies write the port too, and IPv6 in brackets.
func hopAddress(hop string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(hop); err == nil {
		return a.Unmap().WithZone(""), true
	}
	if at, err := netip.ParseAddrPort(hop); err == nil {
		return at.Addr().Unmap().WithZone(""), true
	}
	if inner, ok := strings.CutPrefix(hop, "["); ok {
		hop, _ = strings.CutSuffix(inner, "]")
	}
	a, err := netip.ParseAddr(hop)
	return a.Unmap().WithZone(""), err == nil
}

// Network is what one party has of addresses, in the place of that of whoever asked: an IPv4 address, or the 64 bits of an IPv6
// address that a network gives out.
func Network(r *http.Request) string {
	a, err := netip.ParseAddr(eventOf(r).address)
	if err != nil {
		return ""
	}
	if a.Is6() {
		return netip.PrefixFrom(a, 64).Masked().String()
	}
	return a.String()
}

func (e *Edge) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(e.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}
