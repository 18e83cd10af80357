package trace

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	someTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	someSpan   = "00f067aa0ba902b7"
	someParent = "00-" + someTrace + "-" + someSpan + "-01"
)

func TestTraceparentsAreReadStrictly(t *testing.T) {
	for text, sampled := range map[string]bool{
		someParent: true, "00-" + someTrace + "-" + someSpan + "-00": false, "00-" + someTrace + "-" + someSpan + "-ff": true, "00-" + someTrace + "-" + someSpan + "-02": false,
		"01-" + someTrace + "-" + someSpan + "-01": true, "cc-" + someTrace + "-" + someSpan + "-01-what-is-to-come": true,
	} {
		c := FromHeader(http.Header{"Traceparent": {text}})
		if c.TraceID.String() != someTrace || fmt.Sprintf("%x", c.SpanID) != someSpan || c.Sampled != sampled {
			t.Errorf("%s is read as %+v", text, c)
		}
	}
	for _, text := range []string{
		"", "00", someTrace, "ff-" + someTrace + "-" + someSpan + "-01", "00-" + someTrace + "-" + someSpan + "-01-more", someParent + "0", someParent + " ", " " + someParent,
		"cc-" + someTrace + "-" + someSpan + "-01.more", "00-" + strings.Repeat("0", 32) + "-" + someSpan + "-01", "00-" + someTrace + "-" + strings.Repeat("0", 16) + "-01",
		strings.ToUpper(someParent), "0x-" + someTrace + "-" + someSpan + "-01", strings.ReplaceAll(someParent, "-", "_"), "00-" + someTrace + "-" + someSpan + "-0g",
		"00-" + someTrace[1:] + "--" + someSpan + "-01", "00-" + someTrace + "-" + someSpan + "-1", strings.Replace(someParent, "b", "é", 1), strings.Repeat("0", 100_000),
	} {
		if c := FromHeader(http.Header{"Traceparent": {text}}); c != (Context{}) {
			t.Errorf("%.80q is read as %+v", text, c)
		}
	}
	if c := FromHeader(http.Header{"Traceparent": {someParent, someParent}}); c != (Context{}) {
		t.Errorf("two are read as %+v", c)
	}
	if c := parse(someParent); c.String() != someParent {
		t.Errorf("%s is written as %s", someParent, c)
	}
}

// collector takes what is sent, and answers with a status.
type collector struct {
	*httptest.Server
	status atomic.Int32
	bodies chan []byte
	asked  chan http.Header
	hold   chan struct{} // closed: it answers
}

func newCollector(t *testing.T) *collector {
	c := &collector{bodies: make(chan []byte, 100), asked: make(chan http.Header, 100), hold: make(chan struct{})}
	c.status.Store(http.StatusOK)
	close(c.hold)
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		select {
		case <-c.hold:
		case <-r.Context().Done():
			return
		}
		if status := int(c.status.Load()); status != http.StatusOK {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			return
		}
		c.asked <- r.Header
		c.bodies <- body
		_, _ = w.Write([]byte(`{"partialSuccess":{}}`))
	}))
	t.Cleanup(c.Close)
	return c
}

// names lists the spans of the next body.
func (c *collector) names(t *testing.T) (names []string) {
	t.Helper()
	var sent request
	select {
	case body := <-c.bodies:
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&sent); err != nil {
			t.Fatal(err)
		}
	default:
		t.Fatal("nothing was sent")
	}
	for _, s := range sent.ResourceSpans[0].ScopeSpans[0].Spans {
		names = append(names, s.Name)
	}
	return names
}

func (c *collector) tracer(sample float64, log io.Writer) *Tracer {
	return New(Options{
		Endpoint: c.URL + "/v1/traces", Header: http.Header{"Api-Key": {"hunter2"}}, Sample: sample, Node: "here:1", Logger: slog.New(slog.NewTextHandler(log, nil)),
		Now: time.Now,
	})
}

func TestSpansAreSentInTheFormThatCollectorsRead(t *testing.T) {
	c := newCollector(t)
	tracer := c.tracer(1, io.Discard)
	at := time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)
	tracer.Now = func() time.Time { at = at.Add(time.Second); return at }
	whole := tracer.Request(parse(someParent), Context{})
	whole.Name("GET /x")
	ctx, part := Start(With(t.Context(), whole), "part", Client)
	_, inner := Start(ctx, "inner", Internal)
	inner.End(nil)
	part.End(errors.New("hunter2"))
	whole.SetNumber("http.response.status_code", 200)
	whole.Set("http.route", "/x")
	whole.End(nil)
	if err := tracer.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h := <-c.asked; h.Get("Api-Key") != "hunter2" || h.Get("Content-Type") != "application/json" {
		t.Errorf("the headers are %v", h)
	}
	var got any
	if err := json.Unmarshal(<-c.bodies, &got); err != nil {
		t.Fatal(err)
	}
	got = got.(map[string]any)["resourceSpans"].([]any)[0].(map[string]any)["scopeSpans"].([]any)[0].(map[string]any)["spans"]
	id := func(s *Span) string { return fmt.Sprintf("%x", s.at.SpanID) }
	var want any
	text := `[
	  {"traceId":"TRACE","spanId":"` + id(inner) + `","parentSpanId":"` + id(part) + `","name":"inner","kind":1,
	   "startTimeUnixNano":"1772366403000000005","endTimeUnixNano":"1772366404000000005","status":{}},
	  {"traceId":"TRACE","spanId":"` + id(part) + `","parentSpanId":"` + id(whole) + `","name":"part","kind":3,
	   "startTimeUnixNano":"1772366402000000005","endTimeUnixNano":"1772366405000000005","status":{"code":2}},
	  {"traceId":"TRACE","spanId":"` + id(whole) + `","parentSpanId":"` + someSpan + `","name":"GET /x","kind":2,
	   "startTimeUnixNano":"1772366401000000005","endTimeUnixNano":"1772366406000000005","status":{},
	   "attributes":[{"key":"http.response.status_code","value":{"intValue":"200"}},{"key":"http.route","value":{"stringValue":"/x"}}]}]`
	if err := json.Unmarshal([]byte(strings.ReplaceAll(text, "TRACE", someTrace)), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestWhatIsTracedIsForParentsToSayAndForTheShareWhereThereIsNone(t *testing.T) {
	c := newCollector(t)
	unsampled := parse(strings.TrimSuffix(someParent, "1") + "0")
	none, all := c.tracer(0, io.Discard), c.tracer(1, io.Discard)
	if s := none.Request(parse(someParent), Context{}); s.TraceID().String() != someTrace {
		t.Errorf("what a parent has traced is of trace %s", s.TraceID())
	}
	if all.Request(unsampled, Context{}) != nil {
		t.Error("what a parent has not traced is traced")
	}
	if none.Request(Context{}, parse(someParent)) != nil || none.Root("x", Internal) != nil {
		t.Error("the word of a stranger counts")
	}
	s := all.Request(Context{}, unsampled)
	if s.TraceID() == (TraceID{}) || s.TraceID().String() == someTrace || s.parent != (SpanID{}) || s.otlp().Links[0].TraceID != someTrace {
		t.Errorf("a stranger's request is traced as %+v", s)
	}
	some := 0
	half := c.tracer(0.5, io.Discard)
	for range 1000 {
		if half.Root("x", Internal) != nil {
			some++
		}
	}
	if some < 350 || some > 650 { // nine standard deviations
		t.Errorf("half of 1000 are %d", some)
	}
}

func TestWhoIsAskedNextIsToldOfTheSpan(t *testing.T) {
	c := newCollector(t)
	tracer := c.tracer(1, io.Discard)
	headers := func() http.Header { return http.Header{"Traceparent": {someParent}, "Tracestate": {"a=1"}} }
	for name, s := range map[string]*Span{"going on": tracer.Request(parse(someParent), Context{}), "beginning": tracer.Request(Context{}, parse(someParent))} {
		h := headers()
		_, part := Start(With(t.Context(), s), "part", Client)
		part.Lead(h)
		if h.Get("Traceparent") != part.at.String() || (h.Get("Tracestate") == "") != (name == "beginning") {
			t.Errorf("%s, it leads by %v", name, h)
		}
	}
	h := headers()
	Of(t.Context()).Lead(h)
	if diff := cmp.Diff(headers(), h); diff != "" {
		t.Errorf("untraced, headers do not stay (-want +got):\n%s", diff)
	}
}

func TestWhatACollectorCannotTakeNowIsSentLater(t *testing.T) {
	c := newCollector(t)
	var log bytes.Buffer
	tracer := c.tracer(1, &log)
	address := tracer.Endpoint
	fail := map[string]func(){
		"it is away":            func() { tracer.Endpoint = "http://127.0.0.1:1/v1/traces" },
		"it has too much to do": func() { c.status.Store(http.StatusTooManyRequests) },
		"it is not ready":       func() { c.status.Store(http.StatusServiceUnavailable) },
	}
	for name, begins := range fail {
		log.Reset()
		tracer.Root(name, Internal).End(nil)
		begins()
		for range 2 {
			if err := tracer.Send(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(log.String(), "cannot be sent"); n != 1 || len(c.bodies) > 0 {
			t.Errorf("%s: told %d times:\n%s", name, n, log.String())
		}
		tracer.Root("after", Internal).End(nil)
		tracer.Endpoint = address
		c.status.Store(http.StatusOK)
		if err := tracer.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{name, "after"}, c.names(t)); diff != "" || !strings.Contains(log.String(), "sent again") {
			t.Errorf("%s: afterwards (-want +got):\n%s\n%s", name, diff, log.String())
		}
	}
	if tracer.Dropped() != 0 || strings.Contains(log.String(), "hunter2") {
		t.Errorf("%d were dropped; log:\n%s", tracer.Dropped(), log.String())
	}
}

func TestWhatACollectorDoesNotWantIsDropped(t *testing.T) {
	c := newCollector(t)
	tracer := c.tracer(1, io.Discard)
	for i, status := range []int32{http.StatusBadRequest, http.StatusUnauthorized, http.StatusTemporaryRedirect, http.StatusInternalServerError} {
		c.status.Store(status)
		tracer.Root("unwanted", Internal).End(nil)
		if err := tracer.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := tracer.Dropped(); got != uint64(i+1) {
			t.Errorf("after %d, %d are dropped", status, got)
		}
	}
	c.status.Store(http.StatusOK)
	tracer.Root("wanted", Internal).End(nil)
	if err := tracer.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"wanted"}, c.names(t)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestNobodyWaitsForACollectorAndWhatHasNoRoomIsCounted(t *testing.T) {
	c := newCollector(t)
	tracer := c.tracer(1, io.Discard)
	const more = 100
	for range mostWaiting + more { // nothing takes them, so this returns only if End does not wait
		tracer.Root("x", Internal).End(nil)
	}
	if tracer.Dropped() != more {
		t.Errorf("%d are dropped, want %d", tracer.Dropped(), more)
	}
	if err := tracer.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := 0
	for len(c.bodies) > 0 {
		n := len(c.names(t))
		if n > atOnce {
			t.Errorf("%d are sent together", n)
		}
		sent += n
	}
	if sent != mostWaiting {
		t.Errorf("%d are sent, want %d", sent, mostWaiting)
	}
}

func TestTheLastCallIsShort(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	c.hold = make(chan struct{}) // it takes what it is sent, and does not answer
	tracer := c.tracer(1, io.Discard)
	tracer.Root("x", Internal).End(nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tracer.Send(ctx); err != nil || tracer.Dropped() != 0 {
		t.Errorf("a sender that was stopped: %v, %d dropped", err, tracer.Dropped())
	}
	began := time.Now()
	if err := tracer.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > lastCall+10*time.Second || tracer.Dropped() != 1 { // on a busy machine
		t.Errorf("it took %v, and %d are dropped", took, tracer.Dropped())
	}
}

func TestWhereNobodyTracesNothingIsAllocated(t *testing.T) {
	var none *Tracer
	ctx, h := t.Context(), http.Header{"Traceparent": {someParent}}
	if n := testing.AllocsPerRun(100, func() {
		inner, s := Start(ctx, "x", Client)
		s.Set("a", "b")
		s.SetNumber("a", 1)
		s.Lead(h)
		With(inner, none.Request(Context{}, Context{})).Done()
		s.End(nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzTraceparent(f *testing.F) {
	f.Add(someParent)
	f.Fuzz(func(t *testing.T, text string) {
		c := parse(text)
		if c.valid() && !strings.HasPrefix(text[2:], c.String()[2:53]) {
			t.Errorf("%q is read as %s", text, c)
		}
	})
}
