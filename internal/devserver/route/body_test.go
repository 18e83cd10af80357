package route

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// ended gives its last bytes together with the end, and an error from then on.
type ended struct {
	io.Reader
	over bool
}

func (e *ended) Read(p []byte) (int, error) {
	if e.over {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := e.Reader.Read(p)
	e.over = errors.Is(err, io.EOF)
	return n, err
}

func rewindable(r io.Reader) *http.Request {
	out := &http.Request{Body: io.NopCloser(r), ContentLength: -1}
	Rewindable(out)
	return out
}

func TestABodyThatHasEndedGoesOnToSaySo(t *testing.T) {
	for _, peeks := range []int{0, 1, 2} {
		r := rewindable(&ended{Reader: iotest.DataErrReader(strings.NewReader("text"))})
		for range peeks {
			if text, err := Peek(r); err != nil || string(text) != "text" {
				t.Fatalf("%d peeks: %q, %v", peeks, text, err)
			}
		}
		if text, err := io.ReadAll(r.Body); err != nil || string(text) != "text" {
			t.Errorf("%d peeks: %q, %v", peeks, text, err)
		}
		if n, err := r.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("%d peeks: after the end come %d bytes, %v", peeks, n, err)
		}
	}
}

func TestABodyThatIsTooLongToLookIntoIsStillAllThere(t *testing.T) {
	const length = PeekLimit + 100_000
	r := rewindable(strings.NewReader(strings.Repeat("x", length)))
	for range 3 {
		if _, err := Peek(r); !errors.Is(err, ErrLongBody) {
			t.Fatal(err)
		}
	}
	if text, err := io.ReadAll(r.Body); err != nil || len(text) != length {
		t.Errorf("%d bytes of %d, %v", len(text), length, err)
	}
}
