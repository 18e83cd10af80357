package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/loopback"
)

const maxAddress = 2000

// Check says what is wrong with an address, before anything is called: for who is about to store it. What it means is judged again at each
// call.
func (f *Fetcher) Check(address string) error {
	if address == "" || len(address) > maxAddress || strings.ContainsFunc(address, func(c rune) bool { return c <= 0x20 || c >= 0x7f || c == '\\' }) {
		return fmt.Errorf("it is not an address in printable ASCII of at most %d characters", maxAddress)
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "":
		return errors.New("it is not an absolute address")
	case u.User != nil:
		return errors.New("it names a user")
	case strings.Contains(address, "#"):
		return errors.New("it has a fragment")
	case u.Scheme != "https" && !(u.Scheme == "http" && f.loopback && loopback.Is(u.Hostname())):
		return errors.New("it does not begin with https://")
	case strings.Trim(u.Hostname(), "abcdefghijklmnopqrstuvwxyz0123456789.-:") != "":
		return errors.New("its host is written in small letters, digits, dots and dashes")
	case loopback.Is(u.Hostname()) && !f.loopback:
		return errors.New("it is an address of this machine")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && !f.allows(a) {
		return errors.New("it is not a public address")
	}
	return nil
}

// allows reports whether a connection may go to an address.
func (f *Fetcher) allows(a netip.Addr) bool {
	a = a.Unmap()
	return Public(a) || f.loopback && a.IsLoopback() || f.private && isPrivate(a)
}

// isPrivate reports whether an address is one of a network of one's own. The metadata of a cloud within them stays closed.
func isPrivate(a netip.Addr) bool {
	return a.Zone() == "" && (a.IsPrivate() || shared.Contains(a)) && a != alibabaMetadata && a != awsMetadata6
}

var (
	shared          = netip.MustParsePrefix("100.64.0.0/10")
	alibabaMetadata = netip.MustParseAddr("100.100.100.200")
	awsMetadata6    = netip.MustParseAddr("fd00:ec2::254")
)

// Public reports whether an address is one of the public internet: none of those that IANA has set apart (RFC 6890 and its registries), none
// that leads to one of these by translation, and none behind which a cloud keeps its metadata.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	if a.Is6() && !global6.Contains(a) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// global6 is all that is given out of IPv6. What lies outside, such as fc00::/7, fe80::/10 and 64:ff9b::/96, is closed as a whole.
var global6 = netip.MustParsePrefix("2000::/3")

var reserved = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
	"192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32",           // Azure's, public by number alone
	"2001::/23",                  // Teredo and other protocols
	"2001:db8::/32", "3fff::/20", // for documentation
	"2002::/16", // 6to4: an IPv4 address inside
)

func prefixes(all ...string) (out []netip.Prefix) {
	for _, p := range all {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// hostPort reads what a dialer is about to connect to.
func hostPort(address string) (netip.Addr, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return netip.Addr{}, err
	}
	return netip.ParseAddr(host)
}
