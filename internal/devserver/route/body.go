package route

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// PeekLimit is how much of a body is read to look at it. What is longer is answered by routes that do not look.
const PeekLimit = 8 << 20

// ErrLongBody says that a body is longer than [PeekLimit].
var ErrLongBody = errors.New("the body is longer than 8 MiB, too long to look into; let a proxy route take it")

// body is a request's body of which the first part may have been read before its turn.
type body struct {
	rest  io.ReadCloser
	ahead bytes.Buffer // read by Peek and still to be read
	whole bool         // nothing is left in rest, and it is not read again
	err   error        // of reading ahead
}

// Rewindable makes the body of a request one that [Peek] can look at. Nothing is read before somebody asks.
func Rewindable(r *http.Request) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &body{rest: r.Body}
	}
}

// Peek returns the whole body and leaves it to be read as if nobody had looked. It returns ErrLongBody, and the body still whole, when
// it is longer than PeekLimit. The bytes are good until the body is read.
func Peek(r *http.Request) ([]byte, error) {
	b, ok := r.Body.(*body)
	if !ok {
		return nil, nil
	}
	if r.ContentLength > PeekLimit {
		return nil, ErrLongBody
	}
	if !b.whole && b.err == nil && b.ahead.Len() <= PeekLimit {
		_, b.err = io.Copy(&b.ahead, io.LimitReader(b.rest, PeekLimit+1-int64(b.ahead.Len())))
		b.whole = b.err == nil && b.ahead.Len() <= PeekLimit
	}
	if b.err != nil {
		return nil, b.err
	}
	if b.ahead.Len() > PeekLimit {
		return nil, ErrLongBody
	}
	return b.ahead.Bytes(), nil
}

// Read implements io.Reader. What has ended goes on to say so: a proxy asks once more after the last byte, when the backend may have answered already
// and our server may have closed the body for that. The error that this would give breaks off the answer.
func (b *body) Read(p []byte) (int, error) {
	switch {
	case b.ahead.Len() > 0:
		return b.ahead.Read(p)
	case b.err != nil:
		return 0, b.err
	case b.whole:
		return 0, io.EOF
	}
	n, err := b.rest.Read(p)
	b.whole = errors.Is(err, io.EOF)
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error { return b.rest.Close() }
