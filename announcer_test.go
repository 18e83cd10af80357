package lingpai_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revoked"
)

// announcer is the feed of an issuer, reduced to what a verifier sees of it, in memory. What goes wrong on the way to a verifier is
// done by hand: tests hold messages back, alter them, and send them in any order.
type announcer struct {
	i *issuer

	order   sync.Mutex // what is signed first is told first; taken before mu
	mu      sync.Mutex
	key     revoked.Key
	name    string // of the numbering
	seq     int64
	called  []called
	mute    bool          // neither answers nor beats
	slow    time.Duration // before an answer
	shift   time.Duration // of the issuer's clock
	broken  bool          // answers with a status of 502
	portal  bool          // answers with a page, as the network of a hotel does
	deaf    bool          // takes no acknowledgements
	streams map[*stream]bool
	came    int
	asked   []url.Values // the queries of those who came, since questions was called
	acks    []int64
}

type called struct {
	prev, seq int64
	entry     revoked.Entry
}

type stream struct {
	messages chan string
	cut      chan struct{}
	once     sync.Once
}

func (s *stream) end() { s.once.Do(func() { close(s.cut) }) }

// announce gives an issuer a feed that beats until the test ends.
func (i *issuer) announce(t testing.TB) *announcer {
	t.Helper()
	a := &announcer{i: i, key: revoked.Key{1, 2, 3}, name: "feed-1", streams: map[*stream]bool{}}
	i.change(func() { i.feed = a })
	var beating sync.WaitGroup
	stop := make(chan struct{})
	beating.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				a.beat()
			}
		}
	})
	t.Cleanup(func() { close(stop); beating.Wait(); a.cutAll() })
	return a
}

func (a *announcer) change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

func (a *announcer) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	slow := a.slow
	a.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if strings.HasSuffix(r.URL.Path, "/ack") {
		return a.acknowledged(r)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.came++
	a.asked = append(a.asked, r.URL.Query())
	if a.broken {
		return &http.Response{StatusCode: http.StatusBadGateway, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
	}
	if a.portal {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader("<p>Welcome")), Request: r,
		}, nil
	}
	body, out := io.Pipe()
	s := &stream{messages: make(chan string, 10_000), cut: make(chan struct{})}
	for _, text := range a.backlog(r.URL.Query()) {
		s.messages <- event(text)
	}
	a.streams[s] = true
	go func() {
		defer a.change(func() { delete(a.streams, s) })
		defer out.Close()
		for {
			select {
			case <-r.Context().Done():
				out.CloseWithError(r.Context().Err())
				return
			case <-s.cut:
				return
			case text := <-s.messages:
				if _, err := io.WriteString(out, text); err != nil {
					return
				}
			}
		}
	}()
	header := http.Header{"Content-Type": {"text/event-stream"}, "Lingpai-Subscriber": {"subscriber-" + strconv.Itoa(a.came)}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: body, Request: r}, nil
}

func event(text string) string { return "data: " + text + "\n\n" }

func (a *announcer) acknowledged(r *http.Request) (*http.Response, error) {
	var in struct {
		Subscriber string
		Seq        int64
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if in.Subscriber != "subscriber-"+strconv.Itoa(a.came) {
		return nil, fmt.Errorf("nobody is called %q", in.Subscriber)
	}
	if a.deaf {
		return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody, Request: r}, nil
	}
	a.acks = append(a.acks, in.Seq)
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}, nil
}

// backlog is called with mu held.
func (a *announcer) backlog(q url.Values) (texts []string) {
	if a.mute {
		return nil
	}
	since, _ := strconv.ParseInt(q.Get("since"), 10, 64)
	if q.Get("feed") != a.name {
		return a.snapshot()
	}
	for _, c := range a.called {
		if c.seq > since {
			texts = append(texts, a.sign(revoked.Message{Kind: revoked.Events, Prev: c.prev, Seq: c.seq, Entries: []revoked.Entry{c.entry}}))
		}
	}
	return texts
}

// snapshot is called with mu held.
func (a *announcer) snapshot() (texts []string) {
	parts := max(1, (len(a.called)+revoked.MaxPart-1)/revoked.MaxPart)
	for n := range parts {
		m := revoked.Message{Kind: revoked.Snapshot, Seq: a.seq, Key: &a.key, Part: n + 1, Parts: parts}
		for _, c := range a.called[n*revoked.MaxPart : min(len(a.called), (n+1)*revoked.MaxPart)] {
			m.Entries = append(m.Entries, c.entry)
		}
		texts = append(texts, a.sign(m))
	}
	return texts
}

// sign fills in what is the same in all messages, unless it is there, and is called with mu held.
func (a *announcer) sign(m revoked.Message) string {
	var key *jose.Key
	a.i.change(func() { key = a.i.signing })
	return a.signAs(revoked.Type, key, m)
}

func (a *announcer) signAs(typ string, key *jose.Key, m revoked.Message) string {
	if m.Issuer == "" {
		m.Issuer = a.i.url
	}
	if m.Feed == "" {
		m.Feed = a.name
	}
	if m.IssuedAt == 0 {
		m.IssuedAt = time.Now().Add(a.shift).Unix()
	}
	payload, err := m.Marshal()
	if err != nil {
		panic(err)
	}
	text, err := jose.Sign(key, typ, payload)
	if err != nil {
		panic(err)
	}
	return text
}

// callBack notes a revocation and returns its message, for tests that send it by themselves.
func (a *announcer) callBack(kind revoked.Kind, value string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now().Add(a.shift)
	e := revoked.Entry{Print: a.key.Print(kind, value), At: revoked.Seconds(now), Until: revoked.Seconds(now.Add(time.Hour)), Kind: kind}
	c := called{a.seq, a.seq + 3, e}
	a.seq = c.seq
	a.called = append(a.called, c)
	return a.sign(revoked.Message{Kind: revoked.Events, Prev: c.prev, Seq: c.seq, Entries: []revoked.Entry{e}})
}

// revoke calls something back and tells everybody.
func (a *announcer) revoke(kind revoked.Kind, value string) {
	a.order.Lock()
	defer a.order.Unlock()
	a.tell(event(a.callBack(kind, value)))
}

func (a *announcer) beat() {
	a.order.Lock()
	defer a.order.Unlock()
	a.mu.Lock()
	text := a.sign(revoked.Message{Kind: revoked.Beat, Seq: a.seq})
	mute := a.mute
	a.mu.Unlock()
	if !mute {
		a.tell(event(text))
	}
}

// tell writes to all streams, as it is.
func (a *announcer) tell(raw string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for s := range a.streams {
		select {
		case s.messages <- raw:
		default:
		}
	}
}

func (a *announcer) cutAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for s := range a.streams {
		s.end()
	}
}

// questions are the queries of those who came, since the last call.
func (a *announcer) questions() []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	asked := a.asked
	a.asked = nil
	return asked
}
