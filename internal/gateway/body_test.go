package gateway

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The transport of net/http asks for one byte more than a request announces. Until it has the answer the app may have sent its own, for which our
// server closes the body.
func TestABodyThatHasEndedGoesOnToSaySo(t *testing.T) {
	posted, err := http.ReadRequest(bufio.NewReader(strings.NewReader("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\ntext")))
	if err != nil {
		t.Fatal(err)
	}
	b := &keptBody{ReadCloser: posted.Body}
	if text, err := io.ReadAll(b); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
	if err := posted.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := b.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("after the end come %d bytes, %v", n, err)
	}
}
