// Package held holds an HTTP answer back, for whoever has to look at it before it is sent, or sends it in another form.
package held

import (
	"bytes"
	"net/http"
)

// Answer takes what a handler answers. It is for one request, and not for concurrent use.
type Answer struct {
	// Status is the first that was written, 0 while none was.
	Status int
	Body   bytes.Buffer

	header http.Header
}

// New makes an answer that begins with these headers, which it takes over; nil begins without any.
func New(header http.Header) *Answer {
	if header == nil {
		header = http.Header{}
	}
	return &Answer{header: header}
}

// Header implements http.ResponseWriter.
func (a *Answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *Answer) WriteHeader(status int) {
	if a.Status == 0 {
		a.Status = status
	}
}

// Write implements http.ResponseWriter.
func (a *Answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.Body.Write(b)
}
