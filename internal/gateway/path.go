package gateway

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/lingpai/lingpai/internal/fault"
)

// cleanPath decodes the path of a request, or refuses it where two programs could read it differently: the rules would judge one path, and
// the app answer for another. What it accepts has one reading, whether a reader decodes it once, twice or not at all, resolves dots,
// merges slashes, cuts parameters off or takes a backslash for a slash. The bytes are then passed on as they came.
func cleanPath(raw string) (string, error) {
	if raw == "" || raw[0] != '/' {
		return "", ambiguous("its path does not begin with a slash")
	}
	for i := range len(raw) {
		if c := raw[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\`{}#?;", c) >= 0 {
			return "", ambiguous(fmt.Sprintf("its path has the byte %#02x, which belongs escaped or nowhere", c))
		}
	}
	path := raw
	if strings.IndexByte(raw, '%') >= 0 {
		var err error
		if path, err = unescape(raw); err != nil {
			return "", err
		}
	}
	return path, checkSegments(path)
}

// checkSegments refuses segments that some readers take out.
func checkSegments(path string) error {
	for rest := path[1:]; ; {
		segment, after, more := strings.Cut(rest, "/")
		switch {
		case segment == "" && more:
			return ambiguous("its path has two slashes in a row")
		case segment == "." || segment == "..":
			return ambiguous("its path has a segment of dots")
		case !more:
			return nil
		}
		rest = after
	}
}

// unescape decodes a path and refuses escapes that are not needed, that hide what divides a path, or that hide an escape.
func unescape(raw string) (string, error) {
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '%' {
			b = append(b, raw[i])
			continue
		}
		c, ok := unhex(raw[i+1:])
		if !ok {
			return "", ambiguous("its path has a percent sign without two hex digits")
		}
		i += 2
		if c < ' ' || c == 0x7f || strings.IndexByte(`/\;`, c) >= 0 || unreserved(c) {
			return "", ambiguous(fmt.Sprintf("its path has %s escaped", raw[i-2:i+1]))
		}
		if _, again := unhex(raw[i+1:]); c == '%' && again {
			return "", ambiguous("its path is escaped twice")
		}
		b = append(b, c)
	}
	path := string(b)
	if !utf8.ValidString(path) || strings.ContainsAny(path, lookalikes) {
		return "", ambiguous("its path is not plain text in UTF-8")
	}
	return path, nil
}

// lookalikes become slash, backslash and dots where a reader folds them for compatibility (NFKC).
const lookalikes = "\uff0f\uff3c\uff0e\u2024\u2025\ufe52\ufe68"

// unreserved is what no writer escapes (RFC 3986, section 2.3), but for the tilde, which some do.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_'
}

func unhex(s string) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	high, ok1 := hexDigit(s[0])
	low, ok2 := hexDigit(s[1])
	return high<<4 | low, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// cleanHost splits a host into the one form that routes are chosen by (lower case, without the dot at the end of a full name) and the
// port, with its colon, or "".
func cleanHost(host string) (name, port string, err error) {
	name = host
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		if name, port = host[:i], host[i:]; !isPort(port[1:]) {
			return "", "", ambiguous("its host has a port that is none")
		}
	}
	if inner, ok := strings.CutPrefix(name, "["); ok {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !strings.HasSuffix(inner, "]") || !address.Is6() || address.Zone() != "" {
			return "", "", ambiguous("its host is no address")
		}
		return "[" + address.String() + "]", port, nil
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "" || len(name) > 253 || strings.Contains(name, "..") || name[0] == '.' || strings.ContainsFunc(name, notInHost) {
		return "", "", ambiguous("its host is no name")
	}
	return name, port, nil
}

func isPort(s string) bool {
	return len(s) >= 1 && len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}

func notInHost(c rune) bool {
	return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
}

func ambiguous(why string) error { return fault.Refuse(fault.RequestMalformed, why) }
