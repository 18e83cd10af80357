package wire

import (
	"bytes"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// head is the head of a request that everybody reads in the same way.
type head struct {
	method, target, host string
	header               http.Header // as handlers are given it
	size                 int         // bytes of the head, the empty line included
	body                 int64       // bytes that follow it
}

// readHead reads the head that b begins with. It knows less than net/http on purpose: HTTP/1.1, lines that end in CRLF, a body that is announced by one
// Content-Length or not there, a connection that stays as it is. What is written in any other way is left to net/http, with ok false.
func readHead(b []byte) (h head, ok bool) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return head{}, false
	}
	h.size = end + 4
	line, text, _ := strings.Cut(string(b[:end+2]), "\r\n")
	if !h.readRequestLine(line) {
		return head{}, false
	}
	fields := strings.Count(text, "\r\n")
	h.header = make(http.Header, fields)
	for values := make([]string, 0, fields); text != ""; {
		line, text, _ = strings.Cut(text, "\r\n")
		name, value, colon := strings.Cut(line, ":")
		if !colon || !isToken(name) || !isFieldValue(value) {
			return head{}, false
		}
		values = append(values, strings.Trim(value, " \t"))
		h.add(textproto.CanonicalMIMEHeaderKey(name), values[len(values)-1:len(values):len(values)])
	}
	return h, h.settle()
}

func (h *head) readRequestLine(line string) bool {
	var version string
	h.method, line, _ = strings.Cut(line, " ")
	h.target, version, _ = strings.Cut(line, " ")
	return version == "HTTP/1.1" && strings.HasPrefix(h.target, "/") && isToken(h.method) && isPrintable(h.target)
}

// add takes a value that lies in memory of all of them, so that one field in most cases costs nothing.
func (h *head) add(name string, value []string) {
	if before := h.header[name]; before != nil {
		value = append(before, value...)
	}
	h.header[name] = value
}

// settle finds out what the fields say of the request itself, as net/http does, and whether that is all plain.
func (h *head) settle() bool {
	for _, name := range notPlain {
		if h.header[name] != nil {
			return false
		}
	}
	if said := h.header["Connection"]; said != nil && (len(said) > 1 || !strings.EqualFold(said[0], "keep-alive")) {
		return false
	}
	if said := h.header["Content-Length"]; said != nil {
		n, err := strconv.ParseUint(said[0], 10, 62) // digits, and no sign
		if len(said) > 1 || err != nil {
			return false
		}
		h.body = int64(n)
	}
	if pragma := h.header["Pragma"]; len(pragma) > 0 && pragma[0] == "no-cache" && h.header["Cache-Control"] == nil {
		h.header["Cache-Control"] = []string{"no-cache"} // RFC 9111, section 5.4
	}
	host := h.header["Host"]
	delete(h.header, "Host")
	if len(host) != 1 || !isHost(host[0]) {
		return false
	}
	h.host = host[0]
	return true
}

// notPlain are fields by which a request ends elsewhere, or becomes something else.
var notPlain = []string{"Transfer-Encoding", "Upgrade", "Expect", "Trailer"}

// isToken reports whether s is one (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if !tokens[s[i]] {
			return false
		}
	}
	return s != ""
}

// tokens are the bytes of tokens.
var tokens = func() (is [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		is[c] = true
	}
	return is
}()

// isFieldValue leaves controls out, a CR or LF that ends no line among them (RFC 9110, section 5.5).
func isFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func isPrintable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// isHost takes names and addresses with or without a port.
func isHost(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_', c == ':', c == '[', c == ']':
		default:
			return false
		}
	}
	return s != ""
}
