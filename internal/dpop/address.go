package dpop

import (
	"errors"
	"net/url"
	"strings"
)

var errAddress = errors.New("not an address such as https://api.example.com/notes")

// normalAddress writes an http address in the one form in which two can be compared: by syntax and by scheme (RFC 3986, section 6.2.2 and
// 6.2.3), without query and fragment, which RFC 9449, section 4.3 ignores.
func normalAddress(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", errAddress
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	path, err := normalPath(u.EscapedPath())
	return u.Scheme + "://" + strings.TrimSuffix(host, ":") + path, err
}

// Base writes what comes before the path of an address, such as "https://api.example.com", in the form that [Judge] compares with. It returns
// an error for what is no such address.
func Base(address string) (string, error) {
	if strings.ContainsAny(address, "?#") {
		return "", errAddress
	}
	base, err := normalAddress(address)
	return strings.TrimSuffix(base, "/"), err
}

// normalPath escapes a path in one way and resolves its dot segments. An escaped slash stays what it is.
func normalPath(escaped string) (string, error) {
	if escaped == "" {
		return "/", nil
	}
	if escaped[0] != '/' {
		return "", errAddress
	}
	var b strings.Builder
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		if c == '%' {
			if i+2 >= len(escaped) {
				return "", errAddress
			}
			raw, err := url.PathUnescape(escaped[i : i+3])
			if err != nil {
				return "", errAddress
			}
			c, i = raw[0], i+2
			if !isUnreserved(c) {
				b.WriteString(strings.ToUpper(escaped[i-2 : i+1]))
				continue
			}
		}
		b.WriteByte(c)
	}
	return withoutDots(b.String()), nil
}

// isUnreserved is RFC 3986, section 2.3: escaped or not, such a letter means the same.
func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// withoutDots resolves "." and ".." (RFC 3986, section 5.2.4). Empty segments stay.
func withoutDots(path string) string {
	var out []string
	segments := strings.Split(path[1:], "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		case ".":
		default:
			out = append(out, s)
			continue
		}
		if last {
			out = append(out, "")
		}
	}
	return "/" + strings.Join(out, "/")
}
