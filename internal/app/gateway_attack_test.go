package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/oauth"
)

// The numbers are those of the attack catalogue.

func TestAttack86To88NothingThatAClientSaysNamesTheAsker(t *testing.T) {
	s, app := gated(t, usual)
	f := &front{server: s, app: app, origin: s.origin}
	f.isNotFooled(t)
	h := s.signed("bob").raw(t, "/api/x", "Connection: Authorization, X-Forwarded-User, X-Forwarded-For").heard(t)
	if h.Header.Get("Authorization") == "" || h.Header.Get("X-Forwarded-User") != "bob" || h.Header.Get("X-Forwarded-For") == "" {
		t.Errorf("a hop-by-hop trick took our headers away: %v", h.Header)
	}
}

// checked asks /auth/check about a request, as a proxy on this machine does.
func (c *client) checked(path, method, host, uri string, headers ...string) reply {
	c.s.Helper()
	for name, value := range map[string]string{"X-Forwarded-Method": method, "X-Forwarded-Host": host, "X-Forwarded-Uri": uri} {
		if value != "" {
			headers = append(headers, name+": "+value)
		}
	}
	return c.get(path, headers...)
}

const rules = `
    - {match: /public/**, public: true}
    - {match: /admin/**, require: {roles: [admin]}}
    - {match: /**}
`

func TestAttack89ForwardedHeadersAreBelievedOfProxiesOnly(t *testing.T) {
	s, _ := gated(t, rules)
	c := s.signed("alice")
	for _, path := range []string{"/auth/check", "/auth/check/status", "/auth/check/refusal", "/auth/check/envoy/public/x"} {
		r := c.checked(path, "GET", "localhost", "/public/x")
		if r.status != http.StatusBadRequest && r.status != http.StatusForbidden || len(r.header["X-Lingpai-Identity"]) > 0 {
			t.Errorf("%s from somebody: %d %v", path, r.status, r.header)
		}
	}
	s, _ = gated(t, rules, "trusted_proxies=127.0.0.1,::1")
	c = s.signed("alice")
	if r := c.checked("/auth/check", "GET", "localhost", "/x"); r.status != http.StatusOK || r.header.Get("X-Forwarded-User") != "alice" {
		t.Errorf("from a proxy: %d %s", r.status, r.body)
	}
	for what, r := range map[string]reply{
		"no method": c.checked("/auth/check", "", "localhost", "/x"), "no host": c.checked("/auth/check", "GET", "", "/x"), "no address": c.checked("/auth/check", "GET", "localhost", ""),
		"two addresses": c.checked("/auth/check", "GET", "localhost", "/public/x", "X-Forwarded-Uri: /admin"), "two hosts": c.checked("/auth/check", "GET", "a", "/x", "X-Forwarded-Host: b"),
		"a list of hosts": c.checked("/auth/check", "GET", "a, b", "/x"), "a whole address": c.checked("/auth/check", "GET", "localhost", "http://localhost/x"),
		"a bad method": c.checked("/auth/check", "GET /", "localhost", "/x"), "a bad scheme": c.checked("/auth/check", "GET", "localhost", "/x", "X-Forwarded-Proto: gopher"),
	} {
		if r.status != http.StatusBadRequest || len(r.header["X-Lingpai-Identity"]) > 0 {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
	}
}

func TestProxiesAreAnsweredInTheirShape(t *testing.T) {
	s, _ := gated(t, rules, "trusted_proxies=127.0.0.1,::1")
	alice, bob, guest := s.signed("alice"), s.signed("bob"), s.program()
	// Traefik: the headers of the client, and its own.
	traefik := []string{"X-Forwarded-Proto: wss", "X-Forwarded-Server: traefik", "X-Forwarded-For: 192.0.2.7", "X-Real-Ip: 192.0.2.7"}
	if r := alice.checked("/auth/check", "GET", "localhost", "/admin/x?y", traefik...); r.status != http.StatusOK || r.body != "" {
		t.Errorf("Traefik: %d %q", r.status, r.body)
	}
	if r := guest.checked("/auth/check", "GET", "localhost", "/a?b", append(traefik, page)...); r.status != http.StatusSeeOther ||
		r.header.Get("Location") != "/auth/login?return_to=%2Fa%3Fb" {
		t.Errorf("Traefik, a page: %d %v", r.status, r.header)
	}
	if r := bob.checked("/auth/check", "GET", "localhost", "/admin/x", append(traefik, page)...); r.status != http.StatusForbidden ||
		!strings.Contains(r.header.Get("Content-Security-Policy"), "style-src 'self'") {
		t.Errorf("Traefik, without the role: %d %v", r.status, r.header)
	}
	// Envoy: method, host and path of the request, behind the prefix, and content-length: 0.
	if r := alice.do(http.MethodPost, "/auth/check/envoy/admin/x?y", "", "Origin: "+s.origin); r.status != http.StatusOK || r.header.Get("X-Forwarded-User") != "alice" {
		t.Errorf("Envoy: %d %s", r.status, r.body)
	}
	if r := guest.raw(t, "/auth/check/envoy/public/../admin/x"); r.status != http.StatusBadRequest {
		t.Errorf("Envoy, two readings: %d", r.status)
	}
	if r := guest.raw(t, "/auth/check/envoy//admin/x"); r.status != http.StatusBadRequest {
		t.Errorf("Envoy, two slashes: %d", r.status)
	}
	if r := bob.get("/auth/check/envoy/admin/x"); r.status != http.StatusForbidden {
		t.Errorf("Envoy, without the role: %d", r.status)
	}
	// HAProxy and nginx: a status.
	for uri, want := range map[string]int{"/x": 200, "/admin/x": 403, "/a/../b": 403, "/public/x": 200} {
		if r := bob.checked("/auth/check/status", "GET", "localhost", uri); r.status != want || r.body != "" {
			t.Errorf("a status for %s: %d %q, want %d", uri, r.status, r.body, want)
		}
	}
	if r := guest.checked("/auth/check/status", "POST", "localhost", "/x", page); r.status != http.StatusUnauthorized {
		t.Errorf("a status for a guest: %d", r.status)
	}
	if r := alice.checked("/auth/check/refusal", "GET", "localhost", "/x?y"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/x?y" {
		t.Errorf("who has signed in since: %d %v", r.status, r.header)
	}
	if r := alice.checked("/auth/check/refusal", "POST", "localhost", "/x", "Origin: http://localhost"); r.status != http.StatusServiceUnavailable {
		t.Errorf("who has signed in since, with a form: %d", r.status)
	}
}

func TestWithoutRoutesWhoeverIsSignedInPasses(t *testing.T) {
	s := start(t, "trusted_proxies=127.0.0.1,::1")
	s.addUser("bob", battery)
	if r := s.signed("bob").checked("/auth/check", "GET", "localhost", "/x"); r.status != http.StatusOK {
		t.Errorf("signed in: %d", r.status)
	}
	if r := s.program().checked("/auth/check", "GET", "localhost", "/x"); r.status != http.StatusUnauthorized {
		t.Errorf("a guest: %d", r.status)
	}
}

func TestAttack90TheAppGetsTheBytesThatWereJudged(t *testing.T) {
	s, app := gated(t, usual)
	alice, bob := s.signed("alice"), s.signed("bob")
	for _, path := range []string{
		"/public/../admin", "/public/..%2fadmin", "/public/%252e%252e/admin", "//admin", "/admin;/x", "/ADMIN", "/admin%00", "/./admin", `/\admin`, "/%61dmin", "/admin/%2e",
	} {
		if r := alice.raw(t, path); r.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	app.nothingHeard(t, "paths with two readings")
	for _, path := range []string{"/notes/%E4%BB%A4?a=%2e%2e&b;c", "/notes/[x]|^?", "/notes/a%20b/", "/notes/100%25?x?y"} {
		if h := alice.raw(t, path).heard(t); h.URI != path {
			t.Errorf("%s became %s", path, h.URI)
		}
	}
	for _, path := range []string{"/admin", "/admin/"} {
		if r := bob.raw(t, path); r.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}

func TestAttack91EveryMethodIsJudgedAlike(t *testing.T) {
	s, app := gated(t, usual)
	bob := s.signed("bob")
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"} {
		if r := bob.do(method, "/admin/x", "", "Origin: "+s.origin); r.status != http.StatusForbidden {
			t.Errorf("%s without the role: %d", method, r.status)
		}
		if r := s.program().do(method, "/notes/x", ""); r.status != http.StatusUnauthorized {
			t.Errorf("%s without login: %d", method, r.status)
		}
	}
	if r := bob.do("TRACE", "/notes/x", "", "Origin: "+s.origin); r.status != http.StatusMethodNotAllowed {
		t.Errorf("TRACE: %d", r.status)
	}
	_, _, res := s.program().open("/notes/socket", upgrade...)
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a WebSocket without login: %d", res.StatusCode)
	}
	app.nothingHeard(t, "nobody was let in")
	preflight := []string{"Access-Control-Request-Method: DELETE", "Access-Control-Request-Headers: x-a", "Origin: https://spa.example"}
	r := s.program().do("OPTIONS", "/shared/x", "", preflight...)
	if r.status != http.StatusNoContent || r.header.Get("Access-Control-Allow-Origin") != "https://spa.example" || r.header.Get("Access-Control-Allow-Headers") != "x-a" {
		t.Errorf("preflight: %d %v", r.status, r.header)
	}
	if r = s.program().do("OPTIONS", "/notes/x", "", preflight...); r.status != http.StatusForbidden || r.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("preflight where nothing is shared: %d %v", r.status, r.header)
	}
	app.nothingHeard(t, "preflights")
	h := bob.raw(t, "/notes/x", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__").heard(t)
	if h.Header.Get("Upgrade") != "" || h.Header.Get("Http2-Settings") != "" {
		t.Errorf("an upgrade to h2c reached the app: %v", h.Header)
	}
	if h := bob.do("POST", "/notes/x", "", "Origin: "+s.origin, "X-HTTP-Method-Override: DELETE").heard(t); h.Header.Get("X-Http-Method-Override") != "DELETE" {
		t.Errorf("an override within one rule: %v", h.Header)
	}
	if r := bob.do("POST", "/limited/x", "", "Origin: "+s.origin, "X-HTTP-Method-Override: DELETE"); r.status != http.StatusBadRequest {
		t.Errorf("an override to another rule: %d", r.status)
	}
}

// speak writes bytes to the server and returns the statuses of all answers until it closes, which it must be made to do, or a minute has passed.
func (s *server) speak(t *testing.T, text string) (statuses []int, closed bool) {
	t.Helper()
	conn, err := net.Dial("tcp", s.app.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, text)
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	br := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(br, nil)
		if err != nil {
			ne, timeout := err.(net.Error)
			return statuses, !timeout || !ne.Timeout()
		}
		_, _ = io.Copy(io.Discard, res.Body)
		statuses = append(statuses, res.StatusCode)
	}
}

func TestAttack92SmugglingIsRefusedOrSentOnAsOneRequest(t *testing.T) {
	s, app := gated(t, usual)
	host := "Host: " + strings.TrimPrefix(s.origin, "http://") + "\r\n"
	const smuggled = "GET /public/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	chunk := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(smuggled), smuggled)
	for name, head := range map[string]string{
		"space before the colon":     "POST /public/a HTTP/1.1\r\n" + host + "Content-Length : 46\r\n\r\n" + smuggled,
		"two lengths":                "POST /public/a HTTP/1.1\r\n" + host + "Content-Length: 0\r\nContent-Length: 46\r\n\r\n" + smuggled,
		"a list of lengths":          "POST /public/a HTTP/1.1\r\n" + host + "Content-Length: 0, 46\r\n\r\n" + smuggled,
		"a signed length":            "POST /public/a HTTP/1.1\r\n" + host + "Content-Length: +46\r\n\r\n" + smuggled,
		"another coding":             "POST /public/a HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n" + chunk,
		"a coding and chunked":       "POST /public/a HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk,
		"chunked twice":              "POST /public/a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
		"chunked in a folded line":   "POST /public/a HTTP/1.1\r\n" + host + "Transfer-Encoding:\r\n chunked, x\r\n\r\n" + chunk,
		"a bare CR":                  "POST /public/a HTTP/1.1\r\n" + host + "X: a\rContent-Length: 46\r\n\r\n" + smuggled,
		"a NUL in a header":          "POST /public/a HTTP/1.1\r\n" + host + "X: a\x00b\r\n\r\n" + smuggled,
		"an oversized chunk":         "POST /public/a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + smuggled,
		"a chunk with a bare LF":     "POST /public/a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5;\nabcde\r\n" + chunk,
		"a header without a name":    "POST /public/a HTTP/1.1\r\n" + host + ": x\r\n\r\n" + smuggled,
		"two hosts":                  "GET /public/a HTTP/1.1\r\n" + host + "Host: other\r\n\r\n" + smuggled,
		"no host":                    "GET /public/a HTTP/1.1\r\n\r\n" + smuggled,
		"a line break in the target": "GET /public/a\r\n" + smuggled,
	} {
		statuses, closed := s.speak(t, head)
		if len(statuses) > 1 || len(statuses) == 1 && statuses[0] != http.StatusBadRequest && statuses[0] != http.StatusNotImplemented || !closed {
			t.Errorf("%s: %v, closed %v", name, statuses, closed)
		}
		for len(app.asked) > 0 {
			if h := <-app.asked; strings.Contains(h.URI, "smuggled") {
				t.Errorf("%s: the app was asked %s", name, h.URI)
			}
		}
	}
	// What may be accepted reaches the app as one request, with one length, before whatever follows it on the connection.
	last := "GET /public/last HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n"
	for name, head := range map[string]string{
		"a length and chunked": "POST /public/a HTTP/1.1\r\n" + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
		"a chunk extension":    "POST /public/a HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + strings.Replace(chunk, "\r\n", ";a=b\r\n", 1),
		"an expectation":       "POST /public/a HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk,
	} {
		statuses, closed := s.speak(t, head+last)
		if !closed {
			t.Errorf("%s: after %v the server waits for more", name, statuses)
		}
		for n := 0; len(app.asked) > 0; n++ {
			h := <-app.asked
			first := n == 0 && h.URI == "/public/a" && h.Body == smuggled && h.Header.Get("Content-Length") == ""
			if !first && (h.URI != "/public/last" || len(app.asked) > 0) {
				t.Errorf("%s: the app heard %+v", name, h)
			}
		}
	}
}

func TestAttack93OneHostIsJudgedAndSentOn(t *testing.T) {
	s, app := gated(t, "    - {match: admin.example.com/**, upstream: APP, require: {roles: [admin]}}\n    - {match: /**, upstream: APP, public: true}\n",
		"issuer=https://login.example.com", "listen=127.0.0.1:0")
	asHost := func(host string) reply {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.app.Addr().String()+"/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		return s.program().send(r)
	}
	for _, host := range []string{"admin.example.com", "ADMIN.example.com", "admin.example.com.", "admin.example.com:443", "admin.example.com:8443"} {
		if r := asHost(host); r.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", host, r.status)
		}
	}
	if h := asHost("Other.example.com.:443").heard(t); h.Host != "other.example.com" || h.Header.Get("X-Forwarded-Host") != "other.example.com" {
		t.Errorf("what the app is told: %+v", h)
	}
	<-app.asked
	for _, text := range []string{
		"GET http://other.example.com/x HTTP/1.1\r\nHost: admin.example.com\r\n", "GET http://admin.example.com/x HTTP/1.1\r\nHost: other.example.com\r\n",
		"GET /x HTTP/1.1\r\nHost: a@b\r\n", "GET /x HTTP/1.1\r\nHost: a b\r\n", "OPTIONS * HTTP/1.1\r\nHost: other.example.com\r\n",
		"CONNECT other.example.com:443 HTTP/1.1\r\nHost: other.example.com:443\r\n",
	} {
		if statuses, _ := s.speak(t, text+"Connection: close\r\n\r\n"); len(statuses) != 1 || statuses[0] < 400 {
			if !strings.HasPrefix(text, "OPTIONS *") { // net/http answers it itself, with nothing
				t.Errorf("%q: %v", text, statuses)
			}
		}
	}
	app.nothingHeard(t, "hosts with two readings")
}

func TestAttack94NothingPassesWhileNobodyCanJudge(t *testing.T) {
	s, app := gated(t, usual)
	c := s.signed("alice")
	if r := c.get("/notes"); r.status != http.StatusOK {
		t.Fatal(r.status)
	}
	<-app.asked
	s.breakTable("sessions")
	s.clock.advance(5 * time.Second)
	r := c.get("/notes")
	if r.status < 500 || strings.Contains(r.body, "no such table") {
		t.Errorf("%d %s", r.status, r.body)
	}
	app.nothingHeard(t, "the store is away")
	if r := s.program().get("/public/x"); r.status != http.StatusOK {
		t.Errorf("what is public: %d", r.status)
	}
}

func TestAttack95AVerdictIsNotCached(t *testing.T) {
	s, _ := gated(t, rules, "trusted_proxies=127.0.0.1,::1")
	r := s.signed("alice").checked("/auth/check", "GET", "localhost", "/x")
	if r.header.Get("Cache-Control") != "no-store" || !strings.Contains(r.header.Get("Vary"), "Cookie") || !strings.Contains(r.header.Get("Vary"), "X-Forwarded-Uri") {
		t.Errorf("a pass: %v", r.header)
	}
	for _, accept := range []string{page, "Accept: */*"} {
		if r := s.program().checked("/auth/check", "GET", "localhost", "/x", accept); r.header.Get("Cache-Control") != "no-store" || r.header.Get("Vary") == "" {
			t.Errorf("a refusal: %v", r.header)
		}
	}
}

func TestAttack96TwoCredentialsThatDisagreeAreRefused(t *testing.T) {
	s, app := gated(t, usual)
	alice := s.signed("alice")
	bob := s.program().login("bob", battery, "storage")
	own := s.program().login("alice", battery, "storage")
	if r := alice.get("/notes", "Authorization: Bearer "+bob.Access); r.status != http.StatusBadRequest {
		t.Errorf("a token of Bob beside a cookie of Alice: %d", r.status)
	}
	if r := alice.get("/notes", "Authorization: Bearer "+own.Access, "Authorization: Bearer "+own.Access); r.status != http.StatusBadRequest {
		t.Errorf("two Authorization headers: %d", r.status)
	}
	if r := alice.get("/notes", "Authorization: Bearer nonsense"); r.status != http.StatusUnauthorized {
		t.Errorf("a bad token beside a good cookie: %d", r.status)
	}
	if r := alice.get("/notes", "Cookie: lingpai_session=lps_x"); r.status != http.StatusUnauthorized {
		t.Errorf("two session cookies: %d", r.status)
	}
	app.nothingHeard(t, "credentials in doubt")
	if h := alice.get("/notes", "Authorization: Bearer "+own.Access).heard(t); h.Header.Get("X-Forwarded-User") != "alice" {
		t.Errorf("both of Alice: %v", h.Header)
	}
}

func TestAttack96PagesOfOthersCannotActWithTheCookie(t *testing.T) {
	s, app := gated(t, usual)
	c := s.signed("alice")
	for what, headers := range map[string][]string{
		"a form of another site":     {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Origin: https://evil.example", "method: POST"},
		"a form of a sister":         {"Sec-Fetch-Site: same-site", "Origin: http://evil.localhost", "method: POST"},
		"a form of an old browser":   {"Origin: https://evil.example", "method: POST"},
		"a form that hides where":    {"Origin: null", "method: POST"},
		"an image of another site":   {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "method: GET"},
		"a script of another site":   {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Origin: https://evil.example", "method: GET"},
		"a WebSocket of another one": append([]string{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "method: GET"}, upgrade...),
		"a WebSocket of a sister":    append([]string{"Origin: http://evil.localhost", "Sec-Fetch-Site: same-site", "method: GET"}, upgrade...),
	} {
		var method string
		var sent []string
		for _, h := range headers {
			if m, ok := strings.CutPrefix(h, "method: "); ok {
				method = m
			} else {
				sent = append(sent, h)
			}
		}
		if r := c.do(method, "/notes/x", "", sent...); r.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
	}
	app.nothingHeard(t, "pages of others")
	for what, r := range map[string]reply{
		"a link from elsewhere": c.get("/notes/x", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"),
		"our own form":          c.do("POST", "/notes/x", "", "Sec-Fetch-Site: same-origin", "Origin: "+s.origin),
		"a page that may":       c.do("POST", "/shared/x", "", "Sec-Fetch-Site: cross-site", "Origin: https://spa.example"),
		"a program":             c.do("POST", "/notes/x", ""),
	} {
		if r.status != http.StatusOK {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
	}
}

// A proxy that asks about a request takes away Connection and Upgrade, which are for itself, and a cookie goes along with the WebSocket of a page on
// a sister domain.
func TestAttack96AWebSocketIsKnownAlsoWhereAProxyAsks(t *testing.T) {
	s, _ := gated(t, rules, "trusted_proxies=127.0.0.1,::1")
	c := s.signed("alice")
	handshake := []string{"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	for what, headers := range map[string][]string{
		"of a sister":       append([]string{"Origin: http://evil.localhost", "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: websocket"}, handshake...),
		"of an old browser": append([]string{"Origin: https://evil.example"}, handshake...),
		"by its mode alone": {"Origin: http://evil.localhost", "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: websocket"},
	} {
		for _, path := range []string{"/auth/check", "/auth/check/status"} {
			if r := c.checked(path, "GET", "localhost", "/notes/socket", headers...); r.status != http.StatusForbidden {
				t.Errorf("a WebSocket %s at %s: %d %s", what, path, r.status, r.body)
			}
		}
	}
	own := append(handshake, "Origin: http://localhost", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: websocket")
	if r := c.checked("/auth/check", "GET", "localhost", "/notes/socket", own...); r.status != http.StatusOK {
		t.Errorf("a WebSocket of the app's own page: %d %s", r.status, r.body)
	}
}

func TestAttack97NoOriginReadsThatIsNotNamed(t *testing.T) {
	s, _ := gated(t, usual)
	for _, origin := range []string{"null", "https://spa.example.evil.example", "https://evilspa.example", "http://spa.example", "https://spa.example:444", "*"} {
		if r := s.program().get("/shared/x", "Origin: "+origin); r.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may read: %v", origin, r.header)
		}
	}
	r := s.program().get("/shared/x", "Origin: https://spa.example")
	if r.status != http.StatusUnauthorized || r.header.Get("Access-Control-Allow-Origin") != "https://spa.example" || !strings.Contains(r.header.Get("Vary"), "Origin") {
		t.Errorf("a refusal that its page must read: %d %v", r.status, r.header)
	}
}

func TestAttack98TokenInAnAddressGoesNowhere(t *testing.T) {
	s, app := gated(t, usual)
	g := s.program().login("alice", battery, "storage")
	s.log.reset()
	if r := s.program().get("/notes?access_token=" + g.Access); r.status != http.StatusBadRequest {
		t.Errorf("%d %s", r.status, r.body)
	}
	app.nothingHeard(t, "a token in the address")
	if strings.Contains(s.log.String(), g.Access) {
		t.Error("the token is in the log")
	}
}

// ASVS 7.4.1
func TestAttack99ALogoutIsFeltByTheNextRequest(t *testing.T) {
	s, _ := gated(t, usual)
	c := s.signed("alice")
	g := s.program().login("alice", battery, "storage")
	bearer := "Authorization: Bearer " + g.Access
	for range 20 {
		if c.get("/notes").status != http.StatusOK || s.program().get("/notes", bearer).status != http.StatusOK {
			t.Fatal("refused too early")
		}
	}
	if r := c.postJSON("/auth/api/logout", `{"scope":"all"}`, "Origin: "+s.origin); r.status != http.StatusNoContent {
		t.Fatalf("logout: %d %s", r.status, r.body)
	}
	if r := c.get("/notes"); r.status != http.StatusUnauthorized {
		t.Errorf("by cookie: %d", r.status)
	}
	if r := s.program().get("/notes", bearer); r.status != http.StatusUnauthorized {
		t.Errorf("by token: %d", r.status)
	}
	d := s.signed("bob")
	if r := d.get("/notes"); r.status != http.StatusOK {
		t.Fatal(r.status)
	}
	bob, err := s.core.Store.UserByLogin(t.Context(), "bob")
	if err == nil {
		err = s.core.Users.SetDisabled(t.Context(), bob.ID, true, audit.Source{Actor: "cli"})
	}
	if err != nil {
		t.Fatal(err)
	}
	if r := d.get("/notes"); r.status != http.StatusUnauthorized {
		t.Errorf("of a closed account: %d", r.status)
	}
}

// A stream that a token opened is over with the token, however that is called back: the client is removed, takes it back, or the key was stolen.
func TestAttack99And102StreamsOfTokensThatAreCalledBackEnd(t *testing.T) {
	t.Parallel()
	for what, callBack := range map[string]func(s *server, a *rp, token string) error{
		"its client is removed": func(s *server, a *rp, _ string) error {
			return s.core.Clients.Remove(t.Context(), a.id, audit.Source{Actor: "cli"})
		},
		"its client takes it back": func(_ *server, a *rp, token string) error {
			if r := a.post("/auth/revoke", map[string]string{"token": token}); r.status != http.StatusOK {
				return errors.New(r.body)
			}
			return nil
		},
		"its key is withdrawn": func(s *server, _ *rp, _ string) error {
			s.takeOverWhenPublished(s.core.Keys)
			_, err := s.core.WithdrawKey(t.Context(), s.core.Keys.Signing().ID(), audit.Source{Actor: "cli"})
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s, _ := gated(t, usual)
			a := s.addClient(registry.Service, func(set *registry.Settings) { set.Scopes = oauth.Scope{"notes"} })
			token := a.post("/auth/token", map[string]string{"grant_type": "client_credentials"}).handed(t).AccessToken
			person := s.signed("alice")
			conn, _, events := s.program().open("/api/events", "Authorization: Bearer "+token)
			_, others, _ := person.open("/notes/events")
			if events.StatusCode != http.StatusOK {
				t.Fatalf("events: %d", events.StatusCode)
			}
			if err := callBack(s, a, token); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
			if _, err := io.Copy(io.Discard, events.Body); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the stream goes on")
			}
			if _, err := others.ReadString('\n'); err != nil {
				t.Errorf("the stream of somebody else: %v", err)
			}
		})
	}
}

func TestAttack102AWithdrawnKeyOpensNothing(t *testing.T) {
	t.Parallel()
	s, _ := gated(t, usual)
	g := s.program().login("alice", battery, "storage")
	bearer := "Authorization: Bearer " + g.Access
	if r := s.program().get("/notes", bearer); r.status != http.StatusOK {
		t.Fatal(r.status)
	}
	s.takeOverWhenPublished(s.core.Keys)
	if _, err := s.core.WithdrawKey(t.Context(), s.core.Keys.Signing().ID(), audit.Source{Actor: "cli"}); err != nil {
		t.Fatal(err)
	}
	if r := s.program().get("/notes", bearer); r.status != http.StatusUnauthorized {
		t.Errorf("%d", r.status)
	}
}

func TestAppThatATokenWasGivenToPassesByScopeOnly(t *testing.T) {
	s, _ := gated(t, usual)
	cases := s.machine(t, "notes")
	if r := s.program().get("/api/x", cases); r.status != http.StatusOK {
		t.Errorf("with the scope: %d %s", r.status, r.body)
	}
	if r := s.program().get("/notes", cases); r.status != http.StatusUnauthorized {
		t.Errorf("where no scope is named: %d %s", r.status, r.body)
	}
	if r := s.program().get("/api/x", s.machine(t, "other")); r.status != http.StatusForbidden || !strings.Contains(r.body, "forbidden_scope") {
		t.Errorf("with another scope: %d %s", r.status, r.body)
	}
}

// machine is the Authorization header of a program that acts for itself.
func (s *server) machine(t *testing.T, scope string) string {
	t.Helper()
	a := s.addClient(registry.Service, func(set *registry.Settings) { set.Scopes = oauth.Scope{scope} })
	return "Authorization: Bearer " + a.post("/auth/token", map[string]string{"grant_type": "client_credentials"}).handed(t).AccessToken
}

// ASVS 10.3.2
func TestTokenOfAnAppThatSomebodySignedInToPassesByScopeOnly(t *testing.T) {
	s, _ := gated(t, usual)
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.FirstParty, set.Scopes = true, oauth.Scope{"openid", "notes"} })
	a.signIn("alice")
	r := a.get(a.request("scope", "openid notes"))
	code, err := url.Parse(r.header.Get("Location"))
	if err != nil || code.Query().Get("code") == "" {
		t.Fatalf("%d %v", r.status, r.header)
	}
	bearer := "Authorization: Bearer " + a.redeem(code.Query().Get("code")).handed(t).AccessToken
	if r := s.program().get("/api/x", bearer); r.status != http.StatusOK || r.heard(t).Header.Get("X-Forwarded-User") != "alice" {
		t.Errorf("with the scope: %d %s", r.status, r.body)
	}
	if r := s.program().get("/admin/x", bearer); r.status != http.StatusUnauthorized {
		t.Errorf("where no scope is named, though Alice has the role: %d %s", r.status, r.body)
	}
}
