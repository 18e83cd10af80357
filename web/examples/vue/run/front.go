package main

import (
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// policy lets the page run and call what comes from here, and nothing else. It is the first wall against smuggled-in scripts; where the
// token is kept decides what is left to take when somebody gets over it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// front is the one origin: login server, API and app. So nothing is cross-origin, and no CORS is needed. Behind the gateway, it is the app alone.
func (p *parts) front(s settings) http.Handler {
	app := p.app(s)
	if s.gateway {
		return app
	}
	mux := http.NewServeMux()
	login := to(p.login)
	mux.Handle("/auth/", login)
	mux.Handle("/.well-known/", login)
	mux.Handle("/api/", to(p.api))
	mux.Handle("/", app)
	return mux
}

func (p *parts) app(s settings) http.Handler {
	if p.vite != "" {
		return to(p.vite)
	}
	return built(filepath.Join(s.app, "dist"))
}

// to hands requests on unchanged but for the client's address. The host stays, because the login server's cookies and checks go by it.
func to(address string) http.Handler {
	target := &url.URL{Scheme: "http", Host: address}
	rewrite := func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}
	quiet := slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // Tabs that close in the midst of a request are no news.
	return &httputil.ReverseProxy{Rewrite: rewrite, ErrorLog: quiet}
}

// built serves the built app. An address that is no file is a page of the app's router.
func built(folder string) http.Handler {
	files := http.FileServerFS(os.DirFS(folder))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		if strings.HasPrefix(r.URL.Path, "/assets/") { // Their names hold a hash of what is in them.
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
			files.ServeHTTP(w, r)
			return
		}
		h.Set("Cache-Control", "no-cache")
		if filepath.Ext(r.URL.Path) != "" {
			files.ServeHTTP(w, r)
			return
		}
		http.ServeFileFS(w, r, os.DirFS(folder), "index.html")
	})
}
