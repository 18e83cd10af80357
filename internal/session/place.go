package session

import "net/netip"

// Place is what stays the same while somebody stays at a place: the /24 of IPv4, the /64 of IPv6. This machine is one place, by
// whichever family it is reached.
func Place(address string) netip.Prefix {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	if a.IsLoopback() {
		a = netip.IPv6Loopback()
	}
	bits := 24
	if a.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(a, bits).Masked()
}
