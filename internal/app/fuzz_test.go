package app

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/feed"
)

// FuzzRequest sends whatever net/http takes for a request to the whole server, beside a signed-in browser and a token. Nothing may
// panic, and nothing may be our fault (5xx).
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"GET /auth/api/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a.b.c\r\n\r\n",
		"POST /auth/api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 47\r\n\r\n{\"username\":\"alice\",\"password\":\"x\",\"keep\":\"\\u0000\"}",
		"POST /auth/api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n{\"username\":\"\\u0000\\uffff\",\"password\":\"\\u0000\"}",
		"POST /auth/api/refresh HTTP/1.1\r\nHost: localhost\r\nCookie: lingpai_refresh=lpr_\r\n\r\n",
		"POST /auth/api/refresh HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n0\r\n\r\n",
		"POST /auth/api/logout HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"scope\":\"all\"}",
		"DELETE /auth/api/sessions/AAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n",
		"OPTIONS /auth/api/me HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n\r\n",
		"GET /auth/login?return_to=%2f%2fevil&reason=session_ended&lang=zh HTTP/1.1\r\nHost: localhost\r\nAccept-Language: zh;q=0.5,*\r\n\r\n",
		"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 31\r\n\r\nusername=%00&password=%ff&stay=1",
		"POST /auth/account/profile HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 22\r\n\r\nname=%00&email=a%40%ff",
		"GET /auth/account?done=password&n=99999999999999999999 HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n",
		"POST /auth/logout HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\n\r\nscope=others&return_to=%5c%5c",
		"GET //evil.example/..//auth/./login HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	s := start(f, "cors.origins="+appOrigin)
	s.addUser("alice", battery)
	c := s.browser()
	f.Fuzz(func(t *testing.T, raw string, signedIn bool) {
		s.TB = t
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return
		}
		if r.Method == http.MethodGet && (r.URL.Path == "/auth/api/events" || r.URL.Path == feed.Path) {
			return // A stream has no end.
		}
		r.RemoteAddr = "192.0.2.1:1"
		if signedIn {
			if c.s = s; signedInBy(c) == "" { // at first, and after what signed out
				c, _ = s.victim()
			}
			for name, value := range c.cookies {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
		}
		s.log.reset()
		res := httptest.NewRecorder()
		s.app.server.Handler.ServeHTTP(res, r)
		if res.Code >= 500 || strings.Contains(s.log.String(), "panic") {
			t.Errorf("%d\n%s\n%s", res.Code, res.Body, s.log)
		}
		if to := res.Header().Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, "evil.example") && !strings.HasPrefix(to, "/") {
			t.Errorf("leads away: %q", to)
		}
	})
}
