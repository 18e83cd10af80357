package app

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// sink is an answer that nobody reads.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

// BenchmarkCheck is what /auth/check costs beside the connection: everything between net/http's reading of the request and its writing of
// the answer.
func BenchmarkCheck(b *testing.B) {
	s, _ := gated(b, rules, "trusted_proxies=127.0.0.1,::1", "log.level=warn")
	for name, who := range map[string]*client{"session cookie": s.signed("alice"), "guest": s.program()} {
		r := httptest.NewRequest(http.MethodGet, "/auth/check", http.NoBody)
		r.RemoteAddr, r.Host = "127.0.0.1:1", strings.TrimPrefix(s.origin, "http://")
		for header, value := range map[string]string{"X-Forwarded-Method": "GET", "X-Forwarded-Host": "localhost", "X-Forwarded-Uri": "/public/x", "X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.7"} {
			r.Header.Set(header, value)
		}
		for name, value := range who.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.app.server.Handler.ServeHTTP(&sink{http.Header{}}, r)
			}
		})
	}
}

// BenchmarkProxied is a request through the gateway beside one through a bare httputil.ReverseProxy, to the same app over loopback.
func BenchmarkProxied(b *testing.B) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
	defer app.Close()
	s, _ := gated(b, "    - {match: /**, upstream: \""+app.URL+"\"}\n", "log.level=warn")
	at, err := url.Parse(app.URL)
	if err != nil {
		b.Fatal(err)
	}
	bare := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(at); p.SetXForwarded() }, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	r := httptest.NewRequest(http.MethodGet, "/notes", http.NoBody)
	r.RemoteAddr, r.Host = "127.0.0.1:1", strings.TrimPrefix(s.origin, "http://")
	for name, value := range s.signed("alice").cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for name, h := range map[string]http.Handler{"gateway": s.app.server.Handler, "bare ReverseProxy": bare} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(&sink{http.Header{}}, r)
			}
		})
	}
}
