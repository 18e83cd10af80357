package exchange

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// shownBytes is how much of a body is kept to be shown, keptBytes how long an answer may be that is kept whole.
const (
	shownBytes = 4 << 10
	keptBytes  = 1 << 20
)

// StoryHeader marks the requests of the story page, so that they are told from those of the developer's own app.
const StoryHeader = "X-Dev-Story"

// Witness sees one request and its answer go by, and is the writer of the answer. It holds nothing up: of bodies it keeps the beginning,
// and only of what people can read.
type Witness struct {
	http.ResponseWriter
	log     *Log
	now     func() time.Time
	request *http.Request // as it came
	start   time.Time
	finding func() Finding

	asked, said message
	refusal     *fault.Refusal // of ours, if there was one
	status      int
	told        bool
	done        bool
}

// Finding is who answered, and what else became known on the way.
type Finding struct {
	By     string
	Route  int
	Match  string
	Why    []Reason
	Hidden bool // a page of the dev server itself, of which nobody wants to hear
	Ours   bool // Lingpai itself answered, or the dev server in its place: no route could
}

// Watch begins an exchange. The request that it returns is the one to answer. now is the clock of this machine; found says, when it is
// over, who answered.
func (l *Log) Watch(w http.ResponseWriter, r *http.Request, now func() time.Time, found func() Finding) (*Witness, *http.Request) {
	x := &Witness{ResponseWriter: w, log: l, now: now, request: r, start: now(), finding: found}
	x.asked = message{line: r.Method + " " + r.URL.Path + " " + r.Proto, header: r.Header.Clone(), host: r.Host, room: shownBytes}
	if r.Body != nil && r.Body != http.NoBody && readable(r.Header) {
		copied := *r
		copied.Body = &overheard{r.Body, &x.asked}
		r = &copied
	}
	return x, r
}

// Done says that the answer was given to its end.
func (x *Witness) Done() { x.done = true }

// Close tells the log. It is called when the handler has returned, however it did.
func (x *Witness) Close() {
	if !x.told {
		x.tell(false)
	}
}

func (x *Witness) tell(goes bool) {
	x.told = true
	r, f := x.request, x.finding()
	if f.Hidden {
		return
	}
	e := Exchange{
		At: x.start, Method: r.Method, Host: r.Host, Path: r.URL.Path, Origin: r.Header.Get("Origin"), Story: r.Header.Get(StoryHeader) != "",
		By: f.By, Route: f.Route, Match: f.Match, Status: x.status, Goes: goes, Took: x.now().Sub(x.start),
		RequestID: x.Header().Get("X-Request-Id"),
	}
	var problem struct{ Code, Detail string }
	if x.said.problem() && json.Unmarshal(x.said.text(), &problem) == nil && problem.Code != "" {
		e.Code, f.Why = problem.Code, []Reason{x.refused(problem.Code, problem.Detail)}
	}
	if x.refusal != nil {
		e.Add = x.refusal.Add
		if e.Code == "" { // it was said on a page, or by the way to the sign-in page
			e.Code, f.Why = string(x.refusal.Code), []Reason{Refused{x.refusal}}
		}
	}
	e.Reason = inEnglish(f.Why)
	e.Token = tokenOf(r, e.Code)
	e.Mockable = !f.Ours && x.done && x.said.whole() && x.status != http.StatusNotModified
	x.log.add(record{Exchange: e, address: *r.URL, why: f.Why, request: x.asked, answer: x.said})
}

// Refused is told of a refusal of ours before it is written.
func (x *Witness) Refused(r *fault.Refusal) { x.refusal = r }

// refused is the reason of an answer that says to be a refusal.
func (x *Witness) refused(code, sentence string) Reason {
	if x.refusal != nil && string(x.refusal.Code) == code {
		return Refused{x.refusal}
	}
	return Told(sentence)
}

func inEnglish(why []Reason) string {
	said := make([]string, len(why))
	for i, reason := range why {
		said[i] = reason.String()
	}
	return strings.Join(said, "; ")
}

// Status is that of the answer so far; 0 before it begins.
func (x *Witness) Status() int { return x.status }

// Unwrap serves http.ResponseController.
func (x *Witness) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (x *Witness) WriteHeader(status int) {
	if x.status < 200 && x.status != http.StatusSwitchingProtocols {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
	if status >= 200 || status == http.StatusSwitchingProtocols {
		x.begin(status)
	}
}

// begin notes the head of the answer. What goes on from here is told at once, because nobody knows when it ends.
func (x *Witness) begin(status int) {
	if x.said.header != nil {
		return
	}
	x.said = message{line: x.request.Proto + " " + statusLine(status), header: x.Header().Clone(), room: shownBytes}
	if n, err := strconv.Atoi(x.said.header.Get("Content-Length")); keepable(x.said.header) && (err != nil || n <= keptBytes) {
		x.said.room, x.said.size = keptBytes, n
	}
	if status == http.StatusSwitchingProtocols || strings.HasPrefix(x.said.header.Get("Content-Type"), "text/event-stream") {
		x.tell(true)
	}
}

// Write implements http.ResponseWriter.
func (x *Witness) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	x.begin(x.status)
	if !x.told {
		x.said.take(b, x.log)
	}
	return x.ResponseWriter.Write(b)
}

// overheard is the body of a request of which the beginning is kept.
type overheard struct {
	io.ReadCloser
	by *message
}

// Read implements io.Reader.
func (o *overheard) Read(b []byte) (int, error) {
	n, err := o.ReadCloser.Read(b)
	o.by.keep(b[:n])
	return n, err
}

// message is one half of an exchange, as it was.
type message struct {
	line   string
	host   string // of a request
	header http.Header
	room   int // how much of the body is kept
	size   int // how long it will be, if that is known and it fits
	body   bytes.Buffer
	cut    bool // there was more
}

// take notes a piece of an answer, if it is one of those that are kept.
func (m *message) take(b []byte, l *Log) {
	if keepable(m.header) {
		if m.body.Len() == 0 && m.size > shownBytes {
			m.body = *bytes.NewBuffer(l.buffer(m.size)) // once, instead of twice and again
		}
		m.keep(b)
	} else if len(b) > 0 {
		m.cut = true
	}
}

func (m *message) keep(b []byte) {
	if room := max(0, m.room-m.body.Len()); len(b) > room {
		b, m.cut = b[:room], true
	}
	m.body.Write(b)
}

// whole reports whether there was an answer of which all is there.
func (m *message) whole() bool { return m.header != nil && !m.cut }

// shed keeps no more of the body than is shown, and gives back what held it.
func (m *message) shed() []byte {
	b := m.body.Bytes()
	m.body, m.cut = *bytes.NewBuffer(bytes.Clone(b[:shownBytes])), true
	return b
}

// text is the body without its encoding, as far as it is there.
func (m *message) text() []byte {
	if m.header.Get("Content-Encoding") != "gzip" {
		return m.body.Bytes()
	}
	z, err := gzip.NewReader(bytes.NewReader(m.body.Bytes()))
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(z, 8*keptBytes)) // what was cut off ends early
	return text
}

func (m *message) problem() bool {
	return strings.HasPrefix(m.header.Get("Content-Type"), "application/problem+json")
}

// keepable reports whether an answer is kept: what people can read, and pages, as they are or compressed.
func keepable(h http.Header) bool {
	if encoding := h.Get("Content-Encoding"); encoding != "" && encoding != "identity" && encoding != "gzip" {
		return false
	}
	kind := mediaType(h)
	return isText(kind) || kind == "text/html" || kind == "text/csv"
}

// readable reports whether people can read a body as it is: JSON, forms and plain text. Pages and scripts they have in their editor.
func readable(h http.Header) bool { return h.Get("Content-Encoding") == "" && isText(mediaType(h)) }

func mediaType(h http.Header) string {
	kind, _, _ := strings.Cut(strings.ToLower(h.Get("Content-Type")), ";")
	return strings.TrimSpace(kind)
}

func isText(kind string) bool {
	switch kind {
	case "application/json", "application/x-www-form-urlencoded", "text/plain", "application/xml", "text/xml":
		return true
	}
	return strings.HasSuffix(kind, "+json")
}
