package revocation

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revoked"
)

const (
	// gather is how long what is called back after a message waits for company in the next: a burst makes few messages.
	gather = 10 * time.Millisecond
	// beatEvery is how often subscribers hear that there is nothing new.
	beatEvery = time.Second
	// buffer is how many messages a subscriber may be behind.
	buffer = 256
	// maxRecent bounds, in bytes, the messages that are kept for subscribers who come back.
	maxRecent = 4 << 20
	// freshFor is how long a signed snapshot is given out, if what came since can be sent behind it.
	freshFor = 10 * time.Second
	// current is how recently the log must have been read for a beat to be true.
	current = time.Second
	// silentFor is how long a subscriber may be here without acknowledging anything before it has to make room for another, and is
	// not waited for any more. The first acknowledgement follows what a stream begins with.
	silentFor = 30 * time.Second
)

// Options is what a [Hub] is made of. All fields are required.
type Options struct {
	Set     *Set
	Feed    string           // names the log
	Issuer  string           // of the tokens
	Signing func() *jose.Key // the key whose turn it is
	Limit   int              // of subscribers
	Share   int              // of them, how many may come from one network
	Board   Board            // where it answers other processes
	Name    string           // what it calls itself there
	Logger  *slog.Logger
	Now     func() time.Time
}

// Hub tells subscribers what its set learns. Each message is signed once for all of them. It is safe for concurrent use.
//
// A subscriber sees all messages in order from where it joined, or is dropped: when it is further behind than the buffer, and when the
// hub closes. It comes back with the number that it has reached.
type Hub struct {
	o Options
	// feed names what this hub sends: only it can tell what somebody missed since a number. Another process, or this one after its
	// database was put back, may have given the number to something else.
	feed string
	wake chan struct{} // holds one signal: there is something pending
	turn chan struct{} // holds one signal: there is another question

	mu          sync.Mutex
	pending     []numbered // learned, not yet sent
	sent        int64      // everything up to here was sent
	recent      []sealed   // the last events that were sent
	recentBytes int
	subscribers map[string]*Subscriber
	from        map[string]int // how many of them come from a network
	acked       chan struct{}  // closed and replaced when somebody acknowledges or leaves
	question    question       // the last one
	closed      bool

	waiting atomic.Int64 // who wait for subscribers

	snapshots sync.Mutex // one snapshot is made at a time; guards last
	last      SignedSnapshot
}

// sealed is a signed message with the numbers that it leads from and to.
type sealed struct {
	prev, seq int64
	text      string
}

// NewHub makes the hub of a set. Nothing is sent before [Hub.Run].
func NewHub(o Options) *Hub {
	h := &Hub{
		o: o, feed: o.Feed + "." + rand.Text()[:10], wake: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		subscribers: map[string]*Subscriber{}, from: map[string]int{}, acked: make(chan struct{}),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = o.Set.follow(h.learn, h.asked)
	return h
}

func (h *Hub) learn(fresh []numbered) {
	h.mu.Lock()
	h.pending = append(h.pending, fresh...)
	h.mu.Unlock()
	signal(h.wake)
}

// signal leaves one in a channel that holds one.
func signal(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends. What comes alone is sent at once; what comes in a burst is gathered.
func (h *Hub) Run(ctx context.Context) error {
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-beats.C:
			err = h.beat()
		case <-h.wake:
			err = h.flush()
			pause(ctx, gather)
		}
		if err != nil {
			h.o.Logger.ErrorContext(ctx, "revocations not sent", slog.Any("error", err))
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// flush sends everything that is pending.
func (h *Hub) flush() error {
	h.mu.Lock()
	pending, prev := h.pending, h.sent
	h.pending = nil
	h.mu.Unlock()
	for len(pending) > 0 {
		n := min(len(pending), revoked.MaxPart)
		m := revoked.Message{Kind: revoked.Events, Prev: prev, Seq: pending[n-1].seq}
		for _, p := range pending[:n] {
			m.Entries = append(m.Entries, p.entry)
		}
		text, err := h.sign(m)
		if err != nil {
			h.putBack(pending)
			return err
		}
		h.send(sealed{prev, m.Seq, text})
		prev, pending = m.Seq, pending[n:]
		if slices.ContainsFunc(m.Entries, func(e revoked.Entry) bool { return e.Kind == revoked.Signer }) {
			h.forget()
		}
	}
	return nil
}

// forget drops what was signed before, because a key was withdrawn: nobody believes it any more. Who comes back gets a new snapshot.
func (h *Hub) forget() {
	h.mu.Lock()
	h.recent, h.recentBytes = nil, 0
	h.mu.Unlock()
	h.outdate()
}

// putBack keeps what could not be signed for the next beat.
func (h *Hub) putBack(pending []numbered) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pending = append(pending, h.pending...)
}

// beat tells everybody that there is nothing new. It says nothing when that is not known: a node that cannot read the log does not
// know what others have called back, and its subscribers shall notice.
func (h *Hub) beat() error {
	if err := h.flush(); err != nil {
		return err
	}
	if !h.o.Set.current(current) {
		return nil
	}
	h.mu.Lock()
	seq, nobody := h.sent, len(h.subscribers) == 0
	h.mu.Unlock()
	if nobody {
		return nil
	}
	text, err := h.sign(revoked.Message{Kind: revoked.Beat, Seq: seq})
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fanOut(text)
	return nil
}

func (h *Hub) sign(m revoked.Message) (string, error) {
	m.Issuer, m.Feed, m.IssuedAt = h.o.Issuer, h.feed, h.o.Now().Unix()
	payload, err := m.Marshal()
	if err != nil {
		return "", fmt.Errorf("write message: %w", err)
	}
	text, err := jose.Sign(h.o.Signing(), revoked.Type, payload)
	if err != nil {
		return "", fmt.Errorf("sign message: %w", err)
	}
	return text, nil
}

// send hands events to everybody and keeps them for those who come back.
func (h *Hub) send(s sealed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = s.seq
	h.recent = append(h.recent, s)
	h.recentBytes += len(s.text)
	for h.recentBytes > maxRecent && len(h.recent) > 1 {
		h.recentBytes -= len(h.recent[0].text)
		h.recent = h.recent[1:]
	}
	h.fanOut(s.text)
}

// fanOut is called with mu held. It waits for nobody.
func (h *Hub) fanOut(text string) {
	for _, s := range h.subscribers {
		select {
		case s.messages <- text:
		default:
			h.drop(s)
		}
	}
}

// Subscriber is one server that listens.
type Subscriber struct {
	// ID is known to the subscriber alone, who acknowledges with it. Name is what it calls itself.
	ID, Name string
	// Backlog is what comes before Messages: a snapshot, or what the subscriber missed since it left.
	Backlog []string
	// Messages is closed when the subscriber is dropped.
	Messages <-chan string

	messages chan string
	cut      func()
	network  string
	came     time.Time
	joined   int64 // the number that the backlog ends with, which may be ahead of what was sent

	// guarded by the hub's mu
	acked int64
	heard bool // it has acknowledged something
}

// silent reports whether a subscriber has not acknowledged anything in the time that it had for that. It is called with mu held.
func (s *Subscriber) silent(now time.Time) bool { return !s.heard && now.Sub(s.came) >= silentFor }

// Joining is who wants to listen.
type Joining struct {
	Network string // where it comes from: what one party has of addresses
	Name    string // what it calls itself
	Feed    string // the numbering that it knows, "" for none
	Since   int64  // the number that it has reached there
	Cut     func() // called when it is dropped; must not wait
}

// Subscribe lets a server listen, from where it was. Refused with too_busy when there are too many, or too many from its network. Who has
// been silent makes room first.
func (h *Hub) Subscribe(j Joining) (*Subscriber, error) {
	messages := make(chan string, buffer)
	s := &Subscriber{
		ID: rand.Text(), Name: j.Name, Messages: messages, messages: messages, cut: j.Cut, network: j.Network, came: h.o.Now(),
	}
	if j.Feed == h.feed && j.Since <= h.o.Set.Seq() {
		s.acked = j.Since
		if ok, err := h.admit(s, nil, j.Since); ok || err != nil {
			return s, err
		}
	}
	for range 3 {
		snapshot, err := h.Snapshot()
		if err != nil {
			return nil, err
		}
		if ok, err := h.admit(s, snapshot.Parts, snapshot.Seq); ok || err != nil {
			return s, err
		}
		h.outdate()
	}
	return nil, fault.Refuse(fault.TooBusy, time.Second)
}

// admit is join, and ends the backlog with a beat, so that who has just come knows at once that nothing is missing.
func (h *Hub) admit(s *Subscriber, parts []string, since int64) (bool, error) {
	ok, err := h.join(s, parts, since)
	if !ok || err != nil || !h.o.Set.current(current) {
		return ok, err
	}
	beat, err := h.sign(revoked.Message{Kind: revoked.Beat, Seq: s.joined})
	if err != nil {
		h.Leave(s)
		return false, err
	}
	s.Backlog = append(s.Backlog, beat)
	return true, nil
}

// join adds a subscriber who knows, or is about to be told by parts, everything up to a number. It reports false when what came since
// is not kept any more.
func (h *Hub) join(s *Subscriber, parts []string, since int64) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || !h.roomFor(s) {
		return false, fault.Refuse(fault.TooBusy, 5*time.Second)
	}
	missed, ok := h.since(since)
	if !ok {
		return false, nil
	}
	s.Backlog, s.joined = slices.Concat(parts, missed), max(since, h.sent)
	h.subscribers[s.ID] = s
	h.from[s.network]++
	return true, nil
}

// roomFor makes room for a subscriber, if it can. It is called with mu held.
func (h *Hub) roomFor(s *Subscriber) bool {
	if h.from[s.network] >= h.o.Share && !h.dropSilent(func(other *Subscriber) bool { return other.network == s.network }) {
		return false
	}
	return len(h.subscribers) < h.o.Limit || h.dropSilent(func(*Subscriber) bool { return true })
}

// dropSilent drops the one who has been silent for longest among some. It is called with mu held.
func (h *Hub) dropSilent(among func(*Subscriber) bool) bool {
	var longest *Subscriber
	now := h.o.Now()
	for _, s := range h.subscribers {
		if s.silent(now) && among(s) && (longest == nil || s.came.Before(longest.came)) {
			longest = s
		}
	}
	if longest != nil {
		h.drop(longest)
	}
	return longest != nil
}

// since lists the messages that lead on from a number.
func (h *Hub) since(seq int64) (missed []string, ok bool) {
	if seq >= h.sent {
		return nil, true
	}
	if len(h.recent) == 0 || h.recent[0].prev > seq {
		return nil, false
	}
	for _, r := range h.recent {
		if r.seq > seq {
			missed = append(missed, r.text)
		}
	}
	return missed, true
}

// Leave ends a subscription. It may have ended before.
func (h *Hub) Leave(s *Subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subscribers[s.ID] == s {
		h.drop(s)
	}
}

// drop is called with mu held.
func (h *Hub) drop(s *Subscriber) {
	delete(h.subscribers, s.ID)
	if h.from[s.network]--; h.from[s.network] == 0 {
		delete(h.from, s.network)
	}
	close(s.messages)
	s.cut()
	h.announce()
}

// Close drops everybody, so that a server that stops does not wait for them. Nobody joins after it.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, s := range h.subscribers {
		h.drop(s)
	}
}
