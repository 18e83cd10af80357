package devserver_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// backend runs a real server to proxy to, and gives its address.
func backend(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func answering(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// echoing answers with the body, and what the request was.
func echoing(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Length", strconv.FormatInt(r.ContentLength, 10))
	w.Header().Set("X-Path", r.URL.RequestURI())
	w.Header().Set("X-Host", r.Host)
	w.Header().Set("X-Origin", r.Header.Get("Origin"))
	w.Header().Set("X-Referer", r.Header.Get("Referer"))
	w.Header().Set("X-Cookie", r.Header.Get("Cookie"))
	w.Header().Set("X-Encoding", r.Header.Get("Accept-Encoding"))
	w.Header().Set("X-Added", r.Header.Get("X-Add"))
	body, err := io.ReadAll(r.Body) // all of it before the answer begins, as HTTP/1 wants it
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}
