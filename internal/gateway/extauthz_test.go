package gateway

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// about is a CheckRequest, put together field by field.
func about(http ...[]byte) []byte {
	return nested(nil, 1, nested(nil, 4, nested(nil, 2, bytes.Join(http, nil))))
}

func field(n protowire.Number, text string) []byte { return nested(nil, n, []byte(text)) }

func header(name, value string) []byte {
	return nested(nil, 3, append(field(1, name), field(2, value)...))
}

func rawHeader(name, value string) []byte {
	return nested(nil, 1, append(field(1, name), field(3, value)...))
}

var get = append(append(field(2, "GET"), field(4, "/a?b")...), field(5, "app.example.com")...)

func TestEnvoyQuestionIsReadInOneWayOrNot(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, grpcPath, http.NoBody)
	source := nested(nil, 1, nested(nil, 1, nested(nil, 1, field(2, "192.0.2.7"))))
	said := append(get, bytes.Join([][]byte{field(6, "https"), header("cookie", "a=b"), header(":path", "/a?b"), header("x-forwarded-for", "192.0.2.9")}, nil)...)
	o, err := requestOf(nested(nil, 1, append(source, nested(nil, 4, nested(nil, 2, said))...)), r)
	if err != nil || o.Method != "GET" || o.Host != "app.example.com" || o.RequestURI != "/a?b" || o.Header.Get("Cookie") != "a=b" ||
		o.Header.Get("X-Forwarded-Proto") != "https" || o.RemoteAddr != r.RemoteAddr || o.Header[":path"] != nil ||
		strings.Join(o.Header["X-Forwarded-For"], " ") != "192.0.2.9 192.0.2.7" {
		t.Errorf("%+v, %v", o, err)
	}
	list := nested(nil, 13, append(rawHeader("cookie", "a=b"), rawHeader("cookie", "c=d")...))
	if o, err = requestOf(about(get, list), r); err != nil || len(o.Header["Cookie"]) != 2 {
		t.Errorf("raw headers: %v, %v", o.Header, err)
	}
	for what, b := range map[string][]byte{
		"nothing":                        nil,
		"no host":                        about(field(2, "GET"), field(4, "/")),
		"two paths":                      about(get, field(4, "/admin")),
		"two requests":                   nested(nil, 1, append(nested(nil, 4, nested(nil, 2, get)), nested(nil, 4, nested(nil, 2, get))...)),
		"a header twice":                 about(get, header("cookie", "a"), header("Cookie", "b")),
		"headers in both forms":          about(get, header("cookie", "a"), list),
		"a path that differs":            about(get, header(":path", "/admin")),
		"a host that differs":            about(get, header(":authority", "other.example.com")),
		"a method that differs":          about(get, header(":method", "POST")),
		"a header over two lines":        about(get, header("x", "a\r\ncookie: b")),
		"a header whose name is none":    about(get, header("x y", "a")),
		"a length beyond the end":        {0x0a, 0x7f, 0x00},
		"a field of a number of nothing": {0x02, 0x00},
		"two sets of attributes":         append(about(get), about(get)...),
	} {
		if o, err := requestOf(b, r); err == nil {
			t.Errorf("%s: %+v", what, o)
		}
	}
}

func TestEnvoyMessageIsWholeAndBounded(t *testing.T) {
	for what, b := range map[string]string{
		"nothing": "", "half a head": "\x00\x00", "too short": "\x00\x00\x00\x00\x02x", "too long": "\x00\x00\x00\x00\x01xy",
		"compressed": "\x01\x00\x00\x00\x01x", "too large": "\x00\x7f\x00\x00\x00x",
	} {
		if _, err := readMessage(strings.NewReader(b)); err == nil {
			t.Errorf("%s is read", what)
		}
	}
	if b, err := readMessage(strings.NewReader("\x00\x00\x00\x00\x01x")); err != nil || string(b) != "x" {
		t.Errorf("%q, %v", b, err)
	}
}

func FuzzEnvoyQuestion(f *testing.F) {
	f.Add(about(get, header("cookie", "a=b")))
	f.Add([]byte{0x0a, 0x7f})
	r := httptest.NewRequest(http.MethodPost, grpcPath, http.NoBody)
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := requestOf(b, r)
		if err == nil && (o.Method == "" || o.Host == "" || o.RequestURI == "") {
			t.Errorf("a request without a target: %+v", o)
		}
	})
}
