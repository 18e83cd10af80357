package gateway

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// closed gives its last bytes together with the end, and an error from then on, as the body of a request does whose answer has begun.
type closed struct {
	io.Reader
	over bool
}

func (c *closed) Read(p []byte) (int, error) {
	if c.over {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := c.Reader.Read(p)
	c.over = errors.Is(err, io.EOF)
	return n, err
}

// The transport of net/http asks for one byte more than a request announces. Until it has the answer the app may have sent its own.
func TestABodyThatHasEndedGoesOnToSaySo(t *testing.T) {
	b := &keptBody{ReadCloser: io.NopCloser(&closed{Reader: iotest.DataErrReader(strings.NewReader("text"))})}
	if text, err := io.ReadAll(b); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
	if n, err := b.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("after the end come %d bytes, %v", n, err)
	}
}
