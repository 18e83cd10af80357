package route

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestABodyThatHasEndedGoesOnToSaySo(t *testing.T) {
	for _, peeks := range []int{0, 1, 2} {
		posted, err := http.ReadRequest(bufio.NewReader(strings.NewReader("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\ntext")))
		if err != nil {
			t.Fatal(err)
		}
		given := posted.Body
		Rewindable(posted)
		for range peeks {
			if text, err := Peek(posted); err != nil || string(text) != "text" {
				t.Fatalf("%d peeks: %q, %v", peeks, text, err)
			}
		}
		if text, err := io.ReadAll(posted.Body); err != nil || string(text) != "text" {
			t.Errorf("%d peeks: %q, %v", peeks, text, err)
		}
		if err := given.Close(); err != nil { // as our server does when the answer begins
			t.Fatal(err)
		}
		if n, err := posted.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("%d peeks: after the end come %d bytes, %v", peeks, n, err)
		}
	}
}

func TestABodyThatIsTooLongToLookIntoIsStillAllThere(t *testing.T) {
	const length = PeekLimit + 100_000
	r := &http.Request{Body: io.NopCloser(strings.NewReader(strings.Repeat("x", length))), ContentLength: -1}
	Rewindable(r)
	for range 3 {
		if _, err := Peek(r); !errors.Is(err, ErrLongBody) {
			t.Fatal(err)
		}
	}
	if text, err := io.ReadAll(r.Body); err != nil || len(text) != length {
		t.Errorf("%d bytes of %d, %v", len(text), length, err)
	}
}
