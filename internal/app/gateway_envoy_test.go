package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// envoy asks over HTTP as Envoy's ext_authz does with the configuration of docs/gateway.md: the method, the host and the prefixed path of the
// request, its headers that are allowed, in small letters, the length of the body that is passed on or none, and what Envoy adds to each call of
// its own. That it is no client of ours shows in the address of its node, at the end of X-Forwarded-For.
func (c *client) envoy(method, path, body string, headers ...string) reply {
	c.s.Helper()
	conn, err := (&net.Dialer{}).DialContext(c.s.Context(), "tcp", c.s.app.Addr().String())
	if err != nil {
		c.s.Fatal(err)
	}
	defer conn.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "%s /auth/check/envoy%s HTTP/1.1\r\nhost: %s\r\ncontent-length: %d\r\n", method, path, strings.TrimPrefix(c.s.origin, "http://"), len(body))
	fmt.Fprint(&b, "x-forwarded-for: 192.0.2.7,10.1.2.3\r\nx-forwarded-proto: http\r\nx-envoy-internal: true\r\nx-envoy-expected-rq-timeout-ms: 2000\r\n")
	for _, h := range headers {
		fmt.Fprintf(&b, "%s\r\n", h)
	}
	for name, value := range c.cookies {
		fmt.Fprintf(&b, "cookie: %s=%s\r\n", name, value)
	}
	if _, err := io.WriteString(conn, b.String()+"\r\n"+body); err != nil {
		c.s.Fatal(err)
	}
	return readReply(c.s, conn)
}

const envoyRules = `
    - {match: /near/**, require: {addresses: [192.0.2.0/24]}}
    - {match: /node/**, require: {addresses: [10.0.0.0/8]}}
    - {match: /admin/**, require: {roles: [admin]}}
    - {match: /**}
`

func TestEnvoyAsksAsItReallyDoes(t *testing.T) {
	s, _ := gated(t, envoyRules, "trusted_proxies=127.0.0.1,::1,10.1.2.3")
	alice, guest := s.signed("alice"), s.program()
	socket := []string{"connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="}
	token := s.program().login("bob", battery, "storage").Access
	for _, c := range []struct {
		what string
		r    reply
		want int
	}{
		{"a GET", alice.envoy("GET", "/admin/x?y=%2F", ""), 200},
		{"the client's address", alice.envoy("GET", "/near/x", ""), 200},
		{"the address of the node", alice.envoy("GET", "/node/x", ""), 403},
		{"a form with its body", alice.envoy("POST", "/x", "a=b", "origin: "+s.origin, "content-type: application/x-www-form-urlencoded", "x-envoy-auth-partial-body: false"), 200},
		{"a form from elsewhere", alice.envoy("POST", "/x", "a=b", "origin: https://evil.example", "sec-fetch-site: cross-site"), 403},
		{"a long body, cut off", alice.envoy("PUT", "/x", strings.Repeat("a", 8192), "origin: "+s.origin, "x-envoy-auth-partial-body: true"), 200},
		{"a WebSocket", alice.envoy("GET", "/socket", "", append(socket, "origin: "+s.origin)...), 200},
		{"a WebSocket from elsewhere", alice.envoy("GET", "/socket", "", append(socket, "origin: https://evil.example")...), 403},
		{"a WebSocket with a token", guest.envoy("GET", "/socket", "", append(socket, "sec-websocket-protocol: lingpai, lingpai.token."+token)...), 200},
		{"a WebSocket of a guest", guest.envoy("GET", "/socket", "", socket...), 401},
		{"an overridden method", alice.envoy("POST", "/x", "", "origin: "+s.origin, "x-http-method-override: DELETE"), 200},
		{"the path of a client that knows the prefix", guest.envoy("GET", "/auth/check/envoy/x", ""), 401},
	} {
		if c.r.status != c.want {
			t.Errorf("%s: %d %s, want %d", c.what, c.r.status, c.r.body, c.want)
		}
	}
	if r := guest.envoy("GET", "/a?b", "", page); r.status != http.StatusSeeOther || r.header.Get("Location") != "/auth/login?return_to=%2Fa%3Fb" {
		t.Errorf("a page: %d %v", r.status, r.header)
	}
}

// Envoy takes away what it is told to over HTTP, as over gRPC.
func TestEnvoyIsToldWhatAClientMustNotSay(t *testing.T) {
	s, _ := gated(t, envoyRules, "trusted_proxies=127.0.0.1,::1,10.1.2.3")
	lies := []string{
		"x-forwarded-user: root", "x-lingpai-identity: e30", "x_forwarded_user: root", "x.forwarded.roles: admin", "x-forwarded-host: evil.example", "x-real-ip: 10.0.0.1",
		"remote-user: root", "forwarded: for=10.0.0.1", "x-auth-request-user: root", "x-custom: stays",
	}
	r := s.signed("bob").envoy("GET", "/x", "", lies...)
	const want = "forwarded,remote-user,x-auth-request-user,x-forwarded-host,x-real-ip,x.forwarded.roles,x_forwarded_user"
	if got := r.header.Get("X-Envoy-Auth-Headers-To-Remove"); r.status != http.StatusOK || got != want {
		t.Errorf("%d, it takes away %q, want %q", r.status, got, want)
	}
	if r.header.Get("X-Forwarded-User") != "bob" || r.header.Get("X-Lingpai-Identity") == "e30" || len(r.header["X-Forwarded-Roles"]) != 1 {
		t.Errorf("the app hears %v", r.header)
	}
	if r := s.program().envoy("GET", "/x", "", lies...); r.status != http.StatusUnauthorized || r.header.Get("X-Envoy-Auth-Headers-To-Remove") != "" {
		t.Errorf("a refusal: %d %v", r.status, r.header)
	}
}
