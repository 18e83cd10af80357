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
	address := peer.Addr().Unmap()
	if !e.trusted(address) {
		return address.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		address = a.Unmap()
		if !e.trusted(address) {
			break
		}
	}
	return address.String()
}

func (e *Edge) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(e.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}
