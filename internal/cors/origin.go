package cors

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Origin is what browsers compare: two pages are of one origin only when all three parts are the same (RFC 6454).
type Origin struct {
	Protocol string `json:"protocol"`
	Domain   string `json:"domain"`
	Port     string `json:"port"` // spelt out, also where it is the one of the protocol
}

// ParseOrigin reads an origin, or the origin of an address.
func ParseOrigin(text string) (Origin, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return Origin{}, fmt.Errorf("%q is no origin; write it like http://localhost:5173", text)
	}
	o := Origin{strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()}
	if o.Port == "" {
		o.Port = map[string]string{"http": "80", "https": "443"}[o.Protocol]
	}
	return o, nil
}

// String is the origin as browsers send it: the port of the protocol is left out.
func (o Origin) String() string {
	host := o.Domain
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if o.Port == "80" && o.Protocol == "http" || o.Port == "443" && o.Protocol == "https" {
		return o.Protocol + "://" + host
	}
	return o.Protocol + "://" + host + ":" + o.Port
}

// Differs names the parts in which two origins differ: protocol, domain, port.
func (o Origin) Differs(from Origin) (parts []string) {
	if o.Protocol != from.Protocol {
		parts = append(parts, "protocol")
	}
	if o.Domain != from.Domain {
		parts = append(parts, "domain")
	}
	if o.Port != from.Port {
		parts = append(parts, "port")
	}
	return parts
}

// trustworthy reports whether a browser takes plain http of this host for as good as https.
func (o Origin) trustworthy() bool {
	ip := net.ParseIP(o.Domain)
	return o.Protocol == "https" || o.Domain == "localhost" || strings.HasSuffix(o.Domain, ".localhost") || ip != nil && ip.IsLoopback()
}
