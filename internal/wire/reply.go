package wire

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// reply is an http.ResponseWriter that keeps an answer until it is whole.
type reply struct {
	header http.Header
	status int
	head   []byte
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
	if cap(w.head) > most || cap(w.body) > most {
		return
	}
	clear(w.header)
	w.status, w.head, w.body = 0, w.head[:0], w.body[:0]
	replies.Put(w)
}

// Header implements http.ResponseWriter.
func (w *reply) Header() http.Header { return w.header }

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
	w.head = append(append(append(strconv.AppendInt(append(w.head, "HTTP/1.1 "...), int64(status), 10), ' '), reason...), "\r\n"...)
	w.writeFields()
}

// writeFields writes the header as net/http does, but in no order, which nobody has to heed (RFC 9110, section 5.3): sorting took a twentieth of a check.
func (w *reply) writeFields() {
	for name, values := range w.header {
		if name == "Content-Length" || name == "Date" || !isToken(name) { // the first two are written when the answer is whole
			continue
		}
		for _, value := range values {
			w.head = append(append(append(w.head, name...), ": "...), line(value)...)
			w.head = append(w.head, "\r\n"...)
		}
	}
}

// line is a value without what would end its line, or the head.
func line(value string) string {
	if strings.IndexByte(value, '\n') >= 0 || strings.IndexByte(value, '\r') >= 0 {
		value = breaks.Replace(value)
	}
	return strings.Trim(value, " \t")
}

var breaks = strings.NewReplacer("\n", " ", "\r", " ")

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
	b := w.head
	if len(w.body) > 0 && w.header["Content-Type"] == nil {
		b = append(append(append(b, "Content-Type: "...), http.DetectContentType(w.body)...), "\r\n"...)
	}
	b = append(now.UTC().AppendFormat(append(b, "Date: "...), http.TimeFormat), "\r\n"...)
	if w.mayHaveBody() {
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), int64(len(w.body)), 10), "\r\n"...)
	}
	w.head = append(append(b, "\r\n"...), w.body...)
	return w.head
}

// ends reports whether the handler wants the connection to end with the answer.
func (w *reply) ends() bool { return w.header.Get("Connection") == "close" }
