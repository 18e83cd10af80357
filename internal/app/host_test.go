package app

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Cases 76 and 89 of the catalogue: what a request says about our name ends up in no link, redirect, token or document.
func TestAttack76LinksNeverTakeTheNameFromTheRequest(t *testing.T) {
	s := start(t, "issuer="+publicOrigin, "cors.origins="+appOrigin)
	s.addUser("alice", battery)
	c := s.browser()
	c.login("alice", battery, "cookie")
	forged := []string{
		"Host: evil.example", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http", "X-Forwarded-Prefix: //evil.example", "Forwarded: host=evil.example",
		"X-Original-Url: //evil.example", "X-Rewrite-Url: //evil.example", "X-Forwarded-Server: evil.example", "Accept: text/html",
	}
	for _, route := range append(s.routes(), "GET /nothing", "GET //evil.example/x", "GET /auth/../auth/login", "GET /auth/login?lang=en&return_to=//evil.example") {
		method, path, _ := strings.Cut(route, " ")
		for who, asker := range map[string]*client{"stranger": s.program(), "alice": c} {
			if who == "alice" && method != http.MethodGet {
				continue
			}
			if path == "/auth/api/events" {
				method = http.MethodHead // The stream has no end.
			}
			r := asker.do(method, path, "", forged...)
			if where := r.header.Get("Location"); strings.HasPrefix(where, "//") || strings.Contains(where, "://") {
				t.Errorf("%s for %s leads to %q", route, who, where)
			}
			body := strings.ReplaceAll(r.body, "return_to=%2F%2Fevil.example", "") // as the address that was asked for
			if strings.Contains(body, "evil.example") && !strings.HasPrefix(path, "//") || strings.Contains(fmt.Sprint(r.header["Set-Cookie"]), "evil") {
				t.Errorf("%s for %s repeats the forged name:\n%v\n%s", route, who, r.header, r.body)
			}
		}
	}
}

func TestTokensNameTheIssuerWhateverTheRequestSays(t *testing.T) {
	s := start(t, "issuer="+publicOrigin)
	s.addUser("alice", battery)
	r := s.program().tryLogin("alice", battery, "storage", "Host: evil.example", "X-Forwarded-Host: evil.example")
	claims := unverified(t, r.granted(t).Access)
	if claims["iss"] != publicOrigin || claims["aud"] != publicOrigin {
		t.Errorf("iss %v, aud %v", claims["iss"], claims["aud"])
	}
}

// A server on this machine answers to names of this machine only, so that no page whose name was made to point here passes for ours.
func TestLocalServersAnswerToLocalNames(t *testing.T) {
	s := start(t)
	port := portOf(s.app.listeners[0])
	for host, status := range map[string]int{
		fmt.Sprintf("localhost:%d", port): 401, fmt.Sprintf("127.0.0.1:%d", port): 401, fmt.Sprintf("[::1]:%d", port): 401, "localhost": 401, "LOCALHOST.": 401,
		"app.localhost:5173": 401, "127.0.0.2": 401, "[::1]": 401,
		"evil.example": 421, fmt.Sprintf("evil.example:%d", port): 421, "localhost.evil.example": 421, "127.0.0.1.nip.io": 421, "192.0.2.1": 421, "evillocalhost": 421,
	} {
		if r := s.program().get("/auth/api/me", "Host: "+host); r.status != status {
			t.Errorf("%s: %d, want %d", host, r.status, status)
		}
	}
	r := s.program().tryLogin("alice", battery, "storage", "Host: evil.example", "Origin: http://evil.example", "Sec-Fetch-Site: same-origin")
	r.wants(t, 421, "host_refused")
}

// What net/http would not send by itself.
func TestStrangeRequestLines(t *testing.T) {
	s := start(t)
	host := strings.TrimPrefix(s.origin, "http://")
	for request, status := range map[string]int{
		"GET http://evil.example/auth/api/me HTTP/1.1\r\nHost: " + host + "\r\n\r\n":                                                        421,
		"GET http://" + host + "/auth/api/me HTTP/1.1\r\nHost: evil.example\r\n\r\n":                                                        401,
		"GET /auth/api/me HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.example\r\n\r\n":                                                     400,
		"GET /auth/api/me HTTP/1.1\r\n\r\n":                                                                                                 400,
		"GET /auth/api/me HTTP/1.0\r\n\r\n":                                                                                                 401,
		"GET /auth/api/me HTTP/1.1\r\nHost: " + host + "\r\nAuthorization : Bearer x\r\n\r\n":                                               400,
		"GET /auth/api/me HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer x\x00\r\n\r\n":                                            400,
		"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n":                                                               405,
		"POST /auth/api/login HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}":                           400,
		"POST /auth/api/login HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: -1\r\n\r\n{}":                                               400,
		"POST /auth/api/login HTTP/1.1\r\nHost: " + host + "\r\nTransfer-Encoding: gzip\r\n\r\n{}":                                          501,
		"POST /auth/api/login HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n": 400,
	} {
		conn, err := net.Dial("tcp", s.app.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%q: %v", request, err)
		}
		if res.StatusCode != status {
			t.Errorf("%q: %d, want %d", request, res.StatusCode, status)
		}
		_ = res.Body.Close()
		_ = conn.Close()
	}
}

// The figures and profiles have no login, so that a page must not reach them by a name that was made to point here.
func TestMetricsAnswerToLocalNamesOnly(t *testing.T) {
	s := start(t, "metrics.listen=127.0.0.1:0")
	at := s.app.metricsAt.Addr().String()
	for host, want := range map[string]int{"": 200, "localhost": 200, "[::1]:9": 200, "evil.example": 421, "127.0.0.1.evil.example:9": 421} {
		for _, path := range []string{"/metrics", "/debug/pprof/cmdline"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+at+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s as %q: %d, want %d", path, host, res.StatusCode, want)
			}
		}
	}
}
