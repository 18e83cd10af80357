// Package mock answers requests with what the dev file says: JSON and text with templates and fake data, by rule or in turn, late, slowly or
// with faults.
package mock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/fake"
	"github.com/lingpai/lingpai/internal/devserver/ordered"
	"github.com/lingpai/lingpai/internal/devserver/route"
)

// Options are a `mock:` of the dev file.
type Options struct {
	Answers []Answer
	// InTurn gives the answers one after the other and stays at the last; otherwise the first whose When is met is given.
	InTurn bool
	// Cycle begins again after the last answer in turn.
	Cycle bool
	Faker *fake.Faker
	Now   func() time.Time
	// Origins are those whose pages may open a WebSocket, beside the server's own.
	Origins []string
}

// Answer is one answer.
type Answer struct {
	When    route.Conditions
	Status  int // 0: 200
	Headers map[string]string
	// JSON, Text, File, Events and Socket exclude one another; none is an empty body.
	JSON    any
	HasJSON bool
	Text    string
	File    string
	Events  []Event
	Socket  *Socket
	Delay   Range
	Fault   Fault
}

// Event is one event of a text/event-stream.
type Event struct {
	Name  string
	Data  any
	Delay time.Duration // before it
}

// Range is a length of time, or a random one between two.
type Range struct{ Min, Max time.Duration }

// Mock is a mock that is ready. It is safe for concurrent use.
type Mock struct {
	answers []answer
	inTurn  bool
	cycle   bool
	turn    atomic.Int64
	counted atomic.Int64 // by the template function count
	faker   *fake.Faker
	now     func() time.Time
	origins []string
	closing chan struct{} // closed by Close
	close   sync.Once
}

// answer is an Answer with its templates.
type answer struct {
	Answer
	body    value
	headers map[string]value
	events  []value
	socket  *socket
	asked   atomic.Int64 // how often, to fail every n-th
}

// New makes a Mock, or says which template cannot be read.
func New(o Options) (*Mock, error) {
	m := &Mock{
		inTurn: o.InTurn, cycle: o.Cycle, faker: o.Faker, now: o.Now, origins: o.Origins,
		answers: make([]answer, len(o.Answers)), closing: make(chan struct{}),
	}
	for i, a := range o.Answers {
		if err := m.prepare(&m.answers[i], a); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Mock) prepare(to *answer, a Answer) (err error) {
	to.Answer = a
	if a.HasJSON {
		to.body, err = m.compile(a.JSON)
	} else {
		to.body, err = m.compileText(a.Text)
	}
	if err != nil {
		return err
	}
	to.headers = map[string]value{}
	for name, text := range a.Headers {
		if to.headers[name], err = m.compileText(text); err != nil {
			return err
		}
	}
	for _, e := range a.Events {
		data, err := m.compile(e.Data)
		if err != nil {
			return err
		}
		to.events = append(to.events, data)
	}
	to.socket, err = m.prepareSocket(a.Socket)
	return err
}

// Close ends the WebSockets that are open.
func (m *Mock) Close() { m.close.Do(func() { close(m.closing) }) }

// Answer answers a request, or reports that no answer's conditions are met. The error of a template that fails names it.
func (m *Mock) Answer(w http.ResponseWriter, r *http.Request, params map[string]string) (answered bool, err error) {
	a := m.choose(r)
	if a == nil {
		return false, nil
	}
	data, err := facts(r, params)
	if err != nil {
		return true, err
	}
	if !Wait(r.Context(), a.Delay.pick(m.faker)) {
		return true, r.Context().Err()
	}
	if a.Fault.strikes(a.asked.Add(1)) {
		if done, err := a.Fault.instead(w); done {
			return true, err
		}
		w = a.Fault.slow(w, r)
	}
	if err := a.head(w, data); err != nil {
		return true, err
	}
	if a.socket != nil {
		return true, m.converse(w, r, a.socket, data)
	}
	return true, a.write(w, r, data)
}

func (m *Mock) choose(r *http.Request) *answer {
	if m.inTurn {
		turn := m.turn.Add(1) - 1
		if m.cycle {
			return &m.answers[turn%int64(len(m.answers))]
		}
		return &m.answers[min(turn, int64(len(m.answers))-1)]
	}
	for i := range m.answers {
		if m.answers[i].When.Met(r) {
			return &m.answers[i]
		}
	}
	return nil
}

func (a *answer) head(w http.ResponseWriter, data map[string]any) error {
	for name, v := range a.headers {
		text, err := fill(v, data)
		if err != nil {
			return err
		}
		w.Header().Set(name, ordered.Text(text))
	}
	return nil
}

func (a *answer) write(w http.ResponseWriter, r *http.Request, data map[string]any) error {
	body, kind, err := a.render(data)
	if err != nil {
		return err
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", kind)
	}
	if len(a.events) > 0 {
		return a.stream(w, r, data)
	}
	w.WriteHeader(cmp.Or(a.Status, http.StatusOK))
	_, err = w.Write(body)
	return err
}

func (a *answer) render(data map[string]any) (body []byte, kind string, err error) {
	if a.File != "" {
		body, err = os.ReadFile(a.File)
		return body, http.DetectContentType(body), err
	}
	v, err := fill(a.body, data)
	if err != nil {
		return nil, "", err
	}
	if a.HasJSON {
		body, err = ordered.MarshalIndent(v)
		return body, "application/json; charset=utf-8", err
	}
	text := ordered.Text(v)
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		return []byte(text), "text/html; charset=utf-8", nil
	}
	return []byte(text), "text/plain; charset=utf-8", nil
}

// stream sends events, each after its delay, and ends with the last.
func (a *answer) stream(w http.ResponseWriter, r *http.Request, data map[string]any) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(cmp.Or(a.Status, http.StatusOK))
	control := http.NewResponseController(w)
	for i, e := range a.Events {
		if err := control.Flush(); err != nil {
			return fmt.Errorf("send events: %w", err)
		}
		if !Wait(r.Context(), e.Delay) {
			return r.Context().Err()
		}
		v, err := fill(a.events[i], data)
		if err != nil {
			return err
		}
		if _, err := w.Write(e.text(ordered.Text(v))); err != nil {
			return fmt.Errorf("send events: %w", err)
		}
	}
	return control.Flush()
}

func (e Event) text(data string) []byte {
	var b strings.Builder
	if e.Name != "" {
		b.WriteString("event: " + e.Name + "\n")
	}
	for line := range strings.Lines(data) {
		b.WriteString("data: " + strings.TrimSuffix(line, "\n") + "\n")
	}
	b.WriteString("\n")
	return []byte(b.String())
}

func (d Range) pick(f *fake.Faker) time.Duration {
	if d.Max <= d.Min {
		return d.Min
	}
	return time.Duration(f.Number(int(d.Min), int(d.Max)))
}

// ErrRange says how a delay is written.
var ErrRange = errors.New("is not a delay; write 200ms, or 200-600ms for a random one between")

// ParseRange reads "200ms", or "200-600ms".
func ParseRange(text string) (Range, error) {
	least, most, two := strings.Cut(text, "-")
	if !two {
		most = least
	}
	upper, err := time.ParseDuration(most)
	if err != nil {
		return Range{}, ErrRange
	}
	lower, err := time.ParseDuration(least)
	if err != nil {
		lower, err = time.ParseDuration(least + strings.TrimLeft(most, "0123456789."))
	}
	if err != nil || lower < 0 || upper < lower {
		return Range{}, ErrRange
	}
	return Range{lower, upper}, nil
}

// Wait lets a length of time pass, unless ctx ends before: then it returns false.
func Wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
