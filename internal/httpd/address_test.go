package httpd

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestClientAddress(t *testing.T) {
	e := &Edge{Proxies: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("2001:db8:ffff::/48"),
	}}
	for _, tt := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "203.0.113.1:5", nil, "203.0.113.1"},
		{"header of a stranger", "203.0.113.1:5", []string{"198.51.100.1"}, "203.0.113.1"},
		{"stranger who claims to come from a proxy", "203.0.113.1:5", []string{"198.51.100.1, 10.0.0.1"}, "203.0.113.1"},
		{"proxy that says nothing", "10.0.0.1:5", nil, "10.0.0.1"},
		{"proxy that says nothing at length", "10.0.0.1:5", []string{"", " , ,"}, "10.0.0.1"},
		{"one proxy", "10.0.0.1:5", []string{"203.0.113.1"}, "203.0.113.1"},
		{"two proxies", "10.0.0.1:5", []string{"203.0.113.1, 10.0.0.2"}, "203.0.113.1"},
		{"two headers", "10.0.0.1:5", []string{"203.0.113.1", "10.0.0.2"}, "203.0.113.1"},
		{"client that wrote a header itself", "10.0.0.1:5", []string{"198.51.100.1, 203.0.113.1"}, "203.0.113.1"},
		{"client that wrote a proxy itself", "10.0.0.1:5", []string{"198.51.100.1, 10.0.0.9, 203.0.113.1"}, "203.0.113.1"},
		{"client that wrote two headers", "10.0.0.1:5", []string{"198.51.100.1", "203.0.113.1"}, "203.0.113.1"},
		{"nothing but proxies", "10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"IPv6", "[2001:db8:ffff::1]:5", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6 in capitals", "10.0.0.1:5", []string{"2001:DB8::7"}, "2001:db8::7"},
		{"IPv6 in brackets", "10.0.0.1:5", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"IPv6 with port", "10.0.0.1:5", []string{"[2001:db8::7]:443"}, "2001:db8::7"},
		{"IPv4 with port", "10.0.0.1:5", []string{"203.0.113.1:49152"}, "203.0.113.1"},
		{"proxy with port", "10.0.0.1:5", []string{"203.0.113.1, 10.0.0.2:80"}, "203.0.113.1"},
		{"IPv4 as IPv6", "[::ffff:10.0.0.1]:5", []string{"::ffff:203.0.113.1"}, "203.0.113.1"},
		{"proxy as IPv6", "10.0.0.1:5", []string{"203.0.113.1, ::ffff:10.0.0.2"}, "203.0.113.1"},
		{"garbage at the right", "10.0.0.1:5", []string{"203.0.113.1, unknown"}, "10.0.0.1"},
		{"garbage behind the client", "10.0.0.1:5", []string{"unknown, 203.0.113.1"}, "203.0.113.1"},
		{"garbage before a proxy", "10.0.0.1:5", []string{"unknown, 10.0.0.2"}, "10.0.0.2"},
		{"obfuscated", "10.0.0.1:5", []string{"_hidden"}, "10.0.0.1"},
		{"leading zeros", "10.0.0.1:5", []string{"203.0.113.010"}, "10.0.0.1"},
		{"short form", "10.0.0.1:5", []string{"127.1"}, "10.0.0.1"},
		{"a name", "10.0.0.1:5", []string{"evil.example"}, "10.0.0.1"},
		{"lines", "10.0.0.1:5", []string{"203.0.113.1\r\nx"}, "10.0.0.1"},
		{"zone", "[fe80::1%eth0]:5", []string{"203.0.113.1"}, "fe80::1"},
		{"no peer", "", []string{"203.0.113.1"}, ""},
		{"socket", "@", []string{"203.0.113.1"}, ""},
		{"very many", "10.0.0.1:5", []string{"203.0.113.1" + strings.Repeat(", 10.0.0.2", 5000)}, "203.0.113.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{"X-Forwarded-For": tt.forwarded, "Forwarded": {"for=192.0.2.60"}, "X-Real-Ip": {"192.0.2.61"}}}
			if got := e.clientAddress(r); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
