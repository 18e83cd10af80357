package gateway

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/lingpai/lingpai/internal/held"
)

// The messages of envoy.service.auth.v3, as far as a verdict needs them. Fields have the numbers of attribute_context.proto,
// external_auth.proto and base.proto.

// message is the fields of a message that are messages, strings or bytes. Others are passed over, as are those that later versions add.
type message map[protowire.Number][][]byte

// decoder reads messages. After its first error it reads nothing.
type decoder struct{ err error }

func (d *decoder) fail(why string) {
	d.err = cmp.Or(d.err, error(&grpcError{grpcInvalidArgument, why}))
}

func (d *decoder) message(b []byte) message {
	m := message{}
	for len(b) > 0 && d.err == nil {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			d.fail("the message is malformed")
			break
		}
		b = b[size:]
		if size = protowire.ConsumeFieldValue(n, kind, b); size < 0 {
			d.fail("the message is malformed")
			break
		}
		if kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(b)
			m[n] = append(m[n], value)
		}
		b = b[size:]
	}
	return m
}

// one is the value of a field, or nil. Readers differ on which one of two counts, so there may not be two.
func (d *decoder) one(m message, n protowire.Number) []byte {
	switch values := m[n]; len(values) {
	case 0:
		return nil
	case 1:
		return values[0]
	}
	d.fail("a field stands there twice")
	return nil
}

func (d *decoder) inner(m message, n protowire.Number) message { return d.message(d.one(m, n)) }

// requestOf reads a CheckRequest that came with r: the request of the client, by the address that it came from.
func requestOf(b []byte, r *http.Request) (*http.Request, error) {
	d := &decoder{}
	attributes := d.inner(d.message(b), 1)
	asked := d.inner(d.inner(attributes, 4), 2)
	o := &http.Request{
		Method: string(d.one(asked, 2)), Host: string(d.one(asked, 5)), RequestURI: string(d.one(asked, 4)), Header: d.headers(asked),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, URL: &url.URL{Path: "/"}, Body: http.NoBody, RemoteAddr: r.RemoteAddr,
	}
	if o.Header["X-Forwarded-Proto"] == nil {
		o.Header["X-Forwarded-Proto"] = []string{string(d.one(asked, 6))}
	}
	// Whom Envoy has the request from stands at the end, whether or not Envoy has added it by itself.
	if from := string(d.one(d.inner(d.inner(d.inner(attributes, 1), 1), 1), 2)); from != "" {
		o.Header.Add("X-Forwarded-For", from)
	}
	if o.Method == "" || o.Host == "" || o.RequestURI == "" {
		d.fail("method, host or path of the request is missing")
	}
	if path, _, _ := strings.Cut(o.RequestURI, "?"); d.err == nil && strings.HasPrefix(path, "/") {
		o.URL.Path = path // for the log
	}
	return o.WithContext(r.Context()), d.err
}

// headers reads the map of headers, or the list that Envoy sends in its place with encode_raw_headers.
func (d *decoder) headers(asked message) http.Header {
	h := http.Header{}
	list := d.inner(asked, 13)[1]
	if len(asked[3]) > 0 && len(list) > 0 {
		d.fail("the headers stand there twice")
	}
	for _, entry := range asked[3] {
		m := d.message(entry)
		name := http.CanonicalHeaderKey(string(d.one(m, 1)))
		if h[name] != nil {
			d.fail("a header stands there twice")
		}
		d.header(h, asked, name, string(d.one(m, 2)))
	}
	for _, entry := range list {
		m := d.message(entry)
		value := d.one(m, 3)
		if value == nil {
			value = d.one(m, 2)
		}
		d.header(h, asked, http.CanonicalHeaderKey(string(d.one(m, 1))), string(value))
	}
	return h
}

// header adds a header. What HTTP/2 says in a header of its own form has to be what the request is said to be.
func (d *decoder) header(h http.Header, asked message, name, value string) {
	if field, ok := pseudo[name]; ok {
		if value != string(d.one(asked, field)) {
			d.fail("the request is described in two ways")
		}
		return
	}
	if strings.HasPrefix(name, ":") {
		return
	}
	if name == "" || strings.ContainsFunc(name, notInName) || strings.ContainsAny(value, "\x00\r\n") {
		d.fail("a header is none")
	}
	h[name] = append(h[name], value)
}

var pseudo = map[string]protowire.Number{":method": 2, ":path": 4, ":authority": 5}

func notInName(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
}

// verdictMessage writes a CheckResponse. asked are the headers that the client sent.
func verdictMessage(a *held.Answer, asked http.Header) []byte {
	if a.Status == http.StatusOK {
		return response(grpcOK, 3, passing(a, asked))
	}
	code := uint64(grpcForbidden)
	if a.Status == http.StatusUnauthorized {
		code = grpcUnauthenticated
	}
	denied := nested(nil, 1, number(nil, 1, uint64(a.Status)))
	for _, name := range sorted(a.Header()) {
		for i, value := range a.Header()[name] {
			denied = nested(denied, 2, headerOption(name, value, i > 0))
		}
	}
	return response(code, 2, nested(denied, 3, a.Body.Bytes()))
}

// passing is an OkHttpResponse: who is asking, and which of the client's headers must not reach the app.
func passing(a *held.Answer, asked http.Header) (ok []byte) {
	var gone []string
	for _, name := range telling {
		if value := a.Header().Get(name); value != "" {
			ok = nested(ok, 2, headerOption(name, value, false))
		} else {
			gone = append(gone, name)
		}
	}
	for _, name := range append(gone, stray(asked)...) {
		ok = nested(ok, 5, []byte(strings.ToLower(name)))
	}
	return ok
}

// stray are the headers of a client that must not reach the app, but for those that a verdict overwrites.
func stray(asked http.Header) (names []string) {
	for _, name := range sorted(asked) {
		if (isReserved(name) || misspelt(name)) && !ofEnvoy(name) && !slices.Contains(telling, name) {
			names = append(names, name)
		}
	}
	return names
}

// ofEnvoy reports whether Envoy writes a header by itself, in this spelling.
func ofEnvoy(name string) bool {
	return strings.HasPrefix(name, "X-Envoy-") || slices.Contains([]string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Client-Cert"}, name)
}

func response(code uint64, field protowire.Number, answer []byte) []byte {
	return nested(nested(nil, 1, number(nil, 1, code)), field, answer)
}

// headerOption is a HeaderValueOption. That it is not appended is said outright, for later versions of Envoy append what says nothing.
func headerOption(name, value string, also bool) []byte {
	b := nested(nil, 1, nested(nested(nil, 1, []byte(strings.ToLower(name))), 2, []byte(value)))
	return nested(b, 2, number(nil, 1, protowire.EncodeBool(also)))
}

func nested(b []byte, n protowire.Number, inner []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), inner)
}

func number(b []byte, n protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func sorted(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
