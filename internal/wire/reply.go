package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// reply is an http.ResponseWriter that keeps an answer until it is whole.
type reply struct {
	header http.Header
	status int
	head   bytes.Buffer
	body   []byte
}

var replies = sync.Pool{New: func() any { return &reply{header: http.Header{}} }}

// most is how much of a reply is kept for the next one.
const most = 16 << 10

func newReply() *reply {
	w, _ := replies.Get().(*reply)
	return w
}

// free lets the next answer be written into the same memory. Nobody holds on to a header that was sent.
func (w *reply) free() {
	if w.head.Cap() > most || cap(w.body) > most {
		return
	}
	clear(w.header)
	w.status, w.body = 0, w.body[:0]
	w.head.Reset()
	replies.Put(w)
}

// Header implements http.ResponseWriter.
func (w *reply) Header() http.Header { return w.header }

// sums are the fields that say what becomes clear when the answer is whole.
var sums = map[string]bool{"Content-Length": true, "Date": true}

// WriteHeader implements http.ResponseWriter. What is set in the header later comes too late, as ever. That an answer is under way is not said: it is not
// long.
func (w *reply) WriteHeader(status int) {
	if w.status != 0 || status < http.StatusOK {
		return
	}
	w.status = status
	reason := http.StatusText(status)
	if reason == "" {
		reason = "status code " + strconv.Itoa(status)
	}
	w.head.Write(append(append(append(strconv.AppendInt(append(w.head.AvailableBuffer(), "HTTP/1.1 "...), int64(status), 10), ' '), reason...), "\r\n"...))
	_ = w.header.WriteSubset(&w.head, sums) // a buffer takes everything
}

// Write implements http.ResponseWriter.
func (w *reply) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.mayHaveBody() {
		return 0, http.ErrBodyNotAllowed
	}
	w.body = append(w.body, p...)
	return len(p), nil
}

func (w *reply) mayHaveBody() bool {
	return w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

// whole is the answer as it is sent, good until the reply is freed.
func (w *reply) whole(now time.Time) []byte {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	b := w.head.AvailableBuffer()
	if len(w.body) > 0 && w.header["Content-Type"] == nil {
		b = append(append(append(b, "Content-Type: "...), http.DetectContentType(w.body)...), "\r\n"...)
	}
	b = append(now.UTC().AppendFormat(append(b, "Date: "...), http.TimeFormat), "\r\n"...)
	if w.mayHaveBody() {
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), int64(len(w.body)), 10), "\r\n"...)
	}
	w.head.Write(append(append(b, "\r\n"...), w.body...))
	return w.head.Bytes()
}

// ends reports whether the handler wants the connection to end with the answer.
func (w *reply) ends() bool { return w.header.Get("Connection") == "close" }
