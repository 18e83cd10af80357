package recording

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
)

// bodyLimit is how much of a body is kept. What is longer passes by and is not recorded.
const bodyLimit = 8 << 20

// Recorder writes exchanges into a folder. It is safe for concurrent use.
type Recorder struct {
	folder string
	mu     sync.Mutex // guards last
	last   int
}

// NewRecorder goes on after the files that are in the folder, which is made if it is not there.
func NewRecorder(folder string) (*Recorder, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of recordings: %w", err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	rec := &Recorder{folder: folder}
	for _, name := range names {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(name), "%d-", &n); err == nil {
			rec.last = max(rec.last, n)
		}
	}
	return rec, nil
}

// Take notes an answer on its way. Call done when it is over: it writes the exchange, unless it was a stream, was too long, or took over the
// connection.
func (rec *Recorder) Take(w http.ResponseWriter, r *http.Request) (_ http.ResponseWriter, done func() error) {
	t := &tape{ResponseWriter: w}
	asked := &bytes.Buffer{}
	if r.Body != nil {
		r.Body = &tee{r.Body, asked}
	}
	return t, func() error {
		if t.status < 200 || t.skip || asked.Len() > bodyLimit {
			return nil
		}
		x := Exchange{Request: Request{Method: r.Method, URL: r.URL.RequestURI(), Body: asked.String()}}
		x.Response = Response{Status: t.status, Headers: Keep(t.header)}
		body, err := plain(t.header, t.body.Bytes())
		if err != nil {
			return nil //nolint:nilerr // a body in an encoding that cannot be read back is not worth keeping
		}
		x.Response.setBody(body)
		return rec.write(&x)
	}
}

// plain undoes the encoding of a body, as recordings are to be read by people.
func plain(h http.Header, body []byte) ([]byte, error) {
	switch h.Get("Content-Encoding") {
	case "", "identity":
		return body, nil
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(io.LimitReader(z, bodyLimit))
	}
	return nil, fmt.Errorf("encoding %q", h.Get("Content-Encoding"))
}

func (rec *Recorder) write(x *Exchange) error {
	data, err := ordered.MarshalIndent(x)
	if err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	rec.mu.Lock()
	rec.last++
	name := filepath.Join(rec.folder, fileName(rec.last, x))
	rec.mu.Unlock()
	if err := os.WriteFile(name+".part", data, 0o600); err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	return nil
}

// tape copies an answer.
type tape struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
	skip   bool
}

// Unwrap serves http.ResponseController.
func (t *tape) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (t *tape) WriteHeader(status int) {
	if t.status < 200 {
		t.status, t.header = status, t.Header().Clone()
		t.skip = strings.HasPrefix(t.header.Get("Content-Type"), "text/event-stream")
	}
	t.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (t *tape) Write(p []byte) (int, error) {
	if t.status == 0 {
		t.WriteHeader(http.StatusOK)
	}
	if t.skip = t.skip || t.body.Len()+len(p) > bodyLimit; !t.skip {
		t.body.Write(p)
	}
	return t.ResponseWriter.Write(p)
}

// tee copies a request's body, up to one byte more than is kept.
type tee struct {
	io.ReadCloser
	copy *bytes.Buffer
}

// Read implements io.Reader.
func (t *tee) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.copy.Write(p[:min(n, max(0, bodyLimit+1-t.copy.Len()))])
	return n, err
}
