package revocation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/revoked"
)

// openHub makes the hub of the process and lets it send and answer until the test ends.
func (p *process) openHub(limit int) *revocation.Hub {
	p.Helper()
	return p.openSharedHub(limit, limit)
}

// openSharedHub is openHub where a network may have a share of the places.
func (p *process) openSharedHub(limit, share int) *revocation.Hub {
	p.Helper()
	key := p.newKey()
	return p.openSigningHub(limit, share, func() *jose.Key { return key })
}

func (p *process) newKey() *jose.Key {
	p.Helper()
	key, err := jose.GenerateKey(jose.EdDSA)
	p.must(err)
	return key
}

// openSigningHub is openSharedHub with keys of the test's choice.
func (p *process) openSigningHub(limit, share int, signing func() *jose.Key) *revocation.Hub {
	p.Helper()
	h := revocation.NewHub(revocation.Options{
		Set: p.set, Feed: "feed", Issuer: "http://localhost", Signing: signing, Limit: limit, Share: share,
		Board: p.store, Name: "web1:4401", Logger: slog.New(slog.NewTextHandler(p.Output(), nil)), Now: time.Now,
	})
	ctx, cancel := context.WithCancel(p.Context())
	done := make(chan error, 2)
	go func() { done <- h.Run(ctx) }()
	go func() { done <- h.Answer(ctx) }()
	p.Cleanup(func() {
		cancel()
		for range 2 {
			p.must(<-done)
		}
	})
	return h
}

// subscriber is another server with its copy of the set.
type subscriber struct {
	*process
	*revocation.Subscriber
	hub       *revocation.Hub
	set       *revoked.Set
	feed      string
	seq       int64
	snapshots int
	cut       bool
}

// subscribe joins and reads what is there to begin with. A server that was here before goes on from where it was.
func (p *process) subscribe(h *revocation.Hub, name string, before *subscriber) *subscriber {
	p.Helper()
	s := &subscriber{process: p, hub: h}
	if before != nil {
		s.set, s.feed, s.seq = before.set, before.feed, before.seq
	}
	var err error
	s.Subscriber, err = h.Subscribe(revocation.Joining{Name: name, Feed: s.feed, Since: s.seq, Cut: func() { s.cut = true }})
	p.must(err)
	for _, text := range s.Backlog {
		s.apply(text)
	}
	return s
}

// apply takes a message as the rules of the feed want it: nothing is missing before it.
func (s *subscriber) apply(text string) {
	s.Helper()
	signed, err := jose.Parse(text)
	s.must(err)
	m, err := revoked.ParseMessage(signed.UnverifiedPayload())
	s.must(err)
	switch {
	case m.Kind == revoked.Snapshot:
		s.snapshots++
		if m.Part == 1 {
			s.set = revoked.NewSet(*m.Key)
		}
		s.feed = m.Feed
	case m.Kind == revoked.Events && m.Prev > s.seq, m.Kind == revoked.Beat && m.Seq > s.seq:
		s.Errorf("after %d comes %+v", s.seq, m)
	}
	s.set.Add(time.Now(), m.Entries...)
	s.seq = max(s.seq, m.Seq)
}

// catchUp reads what has been sent, and returns false when the hub has dropped the subscriber.
func (s *subscriber) catchUp() bool {
	s.Helper()
	for {
		select {
		case text, ok := <-s.Messages:
			if !ok {
				return false
			}
			s.apply(text)
		default:
			return true
		}
	}
}

func (s *subscriber) holds(id string) {
	s.Helper()
	if _, ok := s.set.Find(&revoked.Claims{Session: id}); !ok {
		s.Fatalf("%s does not refuse session %s", s.Name, id)
	}
}

// call ends a session, and lets the hub tell of it.
func (p *process) call() string {
	p.Helper()
	id := p.end()
	p.must(p.set.CatchUp(p.Context()))
	time.Sleep(20 * time.Millisecond)
	synctest.Wait()
	return id
}

func TestASlowSubscriberIsDroppedAndComesBackWithoutHurtingOthers(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openHub(10)
		quick, slow, stale := p.subscribe(h, "quick", nil), p.subscribe(h, "slow", nil), p.subscribe(h, "stale", nil)
		var ids []string
		for range 300 {
			ids = append(ids, p.call())
			if !quick.catchUp() {
				p.Fatal("who reads is dropped")
			}
		}
		if st := h.Wait(p.Context(), 0, 0); st.Subscribers != 1 {
			p.Errorf("%d subscribers are left, want 1", st.Subscribers)
		}
		for _, s := range []*subscriber{slow, stale} {
			if s.catchUp() || !s.cut {
				p.Fatalf("who does not read stays: %s", s.Name)
			}
		}
		slow = p.subscribe(h, "slow", slow)
		if slow.snapshots != 0 {
			p.Error("who says where it was gets a snapshot, though what it missed is kept")
		}
		stale = p.subscribe(h, "stale", nil)
		if stale.snapshots == 0 {
			p.Error("who begins anew gets no snapshot")
		}
		ids = append(ids, p.call())
		for _, s := range []*subscriber{quick, slow, stale} {
			if !s.catchUp() {
				p.Fatalf("%s is dropped", s.Name)
			}
			for _, id := range ids {
				s.holds(id)
			}
			if s.seq != h.Latest() {
				p.Errorf("%s is at %d, want %d", s.Name, s.seq, h.Latest())
			}
		}
	})
}

func TestWhoJoinsKnowsAtOnceThatNothingIsMissing(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openHub(10)
		first := p.subscribe(h, "first", nil)
		p.call()
		again := p.subscribe(h, "again", first)
		for _, s := range []*subscriber{first, again} {
			signed, err := jose.Parse(s.Backlog[len(s.Backlog)-1])
			p.must(err)
			m, err := revoked.ParseMessage(signed.UnverifiedPayload())
			p.must(err)
			if m.Kind != revoked.Beat {
				p.Errorf("the backlog ends with %+v, want a beat", m)
			}
		}
	})
}

// Attack 100: anybody may ask who has applied what; who sends must not wait for all that they look at.
func TestAttack100WhenManyWaitTheNextIsToldAtOnce(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openHub(10)
		p.subscribe(h, "silent", nil)
		p.call()
		var waiting sync.WaitGroup
		for range 64 {
			waiting.Go(func() { h.Wait(p.Context(), h.Latest(), revocation.MaxWait) })
		}
		synctest.Wait()
		began := time.Now()
		if st := h.Wait(p.Context(), h.Latest(), revocation.MaxWait); st.Subscribers != 1 || st.Applied != 0 || time.Since(began) > time.Second {
			p.Errorf("told %+v after %v", st, time.Since(began))
		}
		waiting.Wait()
		began = time.Now()
		if h.Wait(p.Context(), h.Latest(), time.Second); time.Since(began) < time.Second {
			p.Errorf("nobody waits any more, and the next was told after %v", time.Since(began))
		}
	})
}

// Attack 101: a node that cannot read the log must not go on saying that nothing is missing because its clock was set back.
func TestAttack101ClockThatIsSetBackMakesNoLogCurrent(t *testing.T) {
	inBubble(t, func(p *process) {
		var err error
		var back atomic.Int64
		p.set, err = revocation.Open(p.Context(), p.store, revoked.Key{}, func() time.Time { return time.Now().Add(-time.Duration(back.Load())) })
		p.must(err)
		h := p.openHub(10)
		ends := func() revoked.MessageKind {
			s := p.subscribe(h, "api", nil)
			signed, err := jose.Parse(s.Backlog[len(s.Backlog)-1])
			p.must(err)
			m, err := revoked.ParseMessage(signed.UnverifiedPayload())
			p.must(err)
			return m.Kind
		}
		back.Store(int64(time.Hour))
		time.Sleep(5 * time.Second) // in which the log is not read
		if kind := ends(); kind != revoked.Snapshot {
			p.Errorf("the log was not read for 5 seconds, and the backlog ends with a %s", kind)
		}
		p.must(p.set.CatchUp(p.Context()))
		if kind := ends(); kind != revoked.Beat {
			p.Errorf("the log was just read, and the backlog ends with a %s", kind)
		}
	})
}

func TestOneSubscriberTooManyIsRefusedUntilAnotherLeaves(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openHub(2)
		first := p.subscribe(h, "first", nil)
		p.subscribe(h, "second", nil)
		_, err := h.Subscribe(revocation.Joining{Name: "third", Cut: func() {}})
		r, ok := errors.AsType[*fault.Refusal](err)
		if !ok || r.Code != fault.TooBusy || r.RetryAfter <= 0 {
			p.Fatalf("one too many is answered %v", err)
		}
		h.Leave(first.Subscriber)
		p.subscribe(h, "third", nil)
	})
}

// comer is a subscriber from a network of its own or of others.
type comer struct {
	*revocation.Subscriber
	cut bool
}

func (p *process) come(h *revocation.Hub, network string) (c *comer, refused bool) {
	p.Helper()
	c = new(comer)
	var err error
	c.Subscriber, err = h.Subscribe(revocation.Joining{Network: network, Cut: func() { c.cut = true }})
	if err != nil && fault.From(err).Code != fault.TooBusy {
		p.Fatal(err)
	}
	return c, err != nil
}

func TestOneNetworkHasItsShareOfSubscribersAndNoMore(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openSharedHub(4, 2)
		first, _ := p.come(h, "a")
		p.come(h, "a")
		if _, refused := p.come(h, "a"); !refused {
			p.Error("a third one of one network is let in")
		}
		if _, refused := p.come(h, "b"); refused {
			p.Error("who comes from elsewhere is refused")
		}
		h.Leave(first.Subscriber)
		if _, refused := p.come(h, "a"); refused {
			p.Error("one has left, and its place is not given to another")
		}
	})
}

func TestWhoNeverAcknowledgesMakesRoomForAnother(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openSharedHub(3, 2)
		mute, _ := p.come(h, "a")
		time.Sleep(time.Second)
		muteToo, _ := p.come(h, "b")
		honest, _ := p.come(h, "a")
		p.must(h.Ack(honest.ID, 0)) // There is nothing yet, and it says so.
		if _, refused := p.come(h, "c"); !refused {
			p.Error("somebody is let in before those who are here had their time")
		}
		time.Sleep(31 * time.Second)
		if st := h.Wait(p.Context(), 0, 0); st.Subscribers != 1 {
			p.Errorf("%d are waited for, want the one who acknowledges", st.Subscribers)
		}
		if _, refused := p.come(h, "c"); refused || !mute.cut || muteToo.cut {
			p.Errorf("with the places full of the silent, another is refused: %v; dropped were %v %v, want the first alone", refused, mute.cut, muteToo.cut)
		}
		if _, refused := p.come(h, "d"); refused || !muteToo.cut {
			p.Error("the second silent one does not make room")
		}
		if _, refused := p.come(h, "e"); !refused || honest.cut {
			p.Error("who acknowledges is dropped for a stranger")
		}
	})
}

func TestOnlyWhatWasSentCanBeAcknowledged(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openHub(10)
		p.call()
		honest, liar := p.subscribe(h, "honest", nil), p.subscribe(h, "liar", nil)
		for _, lie := range []int64{h.Latest() + 1, 1 << 62} {
			if err := h.Ack(liar.ID, lie); fault.From(err).Code != fault.RequestMalformed {
				p.Errorf("acknowledging %d is answered %v", lie, err)
			}
		}
		p.must(h.Ack(liar.ID, -1))
		if err := h.Ack("somebody else", 1); !errors.Is(err, fault.ErrNotFound) {
			p.Errorf("a stranger is answered %v", err)
		}
		p.call()
		p.must(h.Ack(honest.ID, h.Latest()))
		st := h.Wait(p.Context(), h.Latest(), time.Second)
		if st.Applied != 1 || st.Subscribers != 2 || len(st.Laggards) != 1 || st.Laggards[0].Name != "liar" {
			p.Errorf("it stands %+v", st)
		}
		p.must(h.Ack(honest.ID, 1)) // late, and takes nothing back
		if again := h.Wait(p.Context(), h.Latest(), 0); again.Applied != 1 {
			p.Errorf("it stands %+v", again)
		}
	})
}

// Nor can who joins pretend to have heard of what is still to come.
func TestWhoKnowsMoreThanThereIsBeginsAnew(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openHub(10)
		p.call()
		liar := p.subscribe(h, "liar", nil)
		liar.seq = 1 << 40
		liar = p.subscribe(h, "liar", liar)
		if liar.snapshots == 0 {
			p.Error("who says to be ahead is believed")
		}
		p.must(h.Ack(liar.ID, 0))
		p.call()
		if st := h.Wait(p.Context(), h.Latest(), time.Second); st.Applied != 0 {
			p.Errorf("it stands %+v", st)
		}
	})
}

func TestNobodyJoinsAHubThatIsClosed(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openHub(10)
		s := p.subscribe(h, "api", nil)
		h.Close()
		if s.catchUp() || !s.cut {
			p.Error("who was there is still there")
		}
		if _, err := h.Subscribe(revocation.Joining{Name: "late", Cut: func() {}}); fault.From(err).Code != fault.TooBusy {
			p.Errorf("who comes late is answered %v", err)
		}
	})
}

func TestWhatCannotBeSignedIsSentLater(t *testing.T) {
	inBubble(t, func(p *process) {
		var broken atomic.Bool
		key := p.newKey()
		h := p.openSigningHub(10, 10, func() *jose.Key {
			if broken.Load() {
				return nil
			}
			return key
		})
		s := p.subscribe(h, "api", nil)
		broken.Store(true)
		first, second := p.call(), p.call()
		broken.Store(false)
		time.Sleep(2 * time.Second) // The next beat sends it.
		p.must(p.set.CatchUp(p.Context()))
		synctest.Wait()
		if !s.catchUp() || s.seq != h.Latest() {
			p.Fatalf("%d was sent of %d", s.seq, h.Latest())
		}
		s.holds(first)
		s.holds(second)
	})
}

func TestWhoAsksFromAnotherProcessLearnsOfAllServers(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openHub(10)
		follow := func() {
			for range 100 {
				p.must(p.set.CatchUp(p.Context()))
				time.Sleep(100 * time.Millisecond)
			}
		}
		done := make(chan struct{})
		go func() { defer close(done); follow() }()
		defer func() { <-done }()
		a, b := p.subscribe(h, "a", nil), p.subscribe(h, "b", nil)
		synctest.Wait() // The node has told that it is there.
		cli := p.another()
		reach := func(d time.Duration) revocation.Reach {
			r, err := revocation.Await(p.Context(), cli.store, d, time.Now)
			p.must(err)
			return r
		}
		if r := reach(time.Second); r.Applied != 3 || r.Servers != 3 {
			p.Errorf("before anything ended: %+v", r)
		}
		cli.end()
		answer := make(chan revocation.Reach)
		go func() { answer <- reach(time.Second) }()
		time.Sleep(300 * time.Millisecond)
		p.must(h.Ack(a.ID, h.Latest()))
		if r := <-answer; r.Applied != 2 || r.Servers != 3 || fmt.Sprint(r.Laggards) != "[{b 0}]" {
			p.Errorf("while b is silent: %+v", r)
		}
		p.must(h.Ack(b.ID, h.Latest()))
		if r := reach(time.Second); !r.Complete() || len(r.Laggards) != 0 {
			p.Errorf("after b has answered: %+v", r)
		}
	})
}

// A node that hangs counts as behind, with those who follow it, until it has been silent for so long that it must be gone.
func TestANodeThatDoesNotAnswerIsNamed(t *testing.T) {
	inBubble(t, func(p *process) {
		p.must(p.store.Tell(p.Context(), revocation.Report{
			Node: "n", Name: "web2:4401", At: time.Now(), Standing: revocation.Standing{Applied: 4, Subscribers: 4},
		}))
		r, err := revocation.Await(p.Context(), p.store, time.Second, time.Now)
		p.must(err)
		if r.Applied != 0 || r.Servers != 5 || fmt.Sprint(r.Laggards) != "[{web2:4401 0}]" {
			p.Errorf("it reaches %+v", r)
		}
		time.Sleep(3 * time.Minute)
		if r, err = revocation.Await(p.Context(), p.store, time.Second, time.Now); err != nil || r.Servers != 0 {
			p.Errorf("three minutes later it reaches %+v, %v", r, err)
		}
	})
}

func TestAWithdrawnKeyLeavesNothingThatItSigned(t *testing.T) {
	inBubble(t, func(p *process) {
		h := p.openHub(10)
		before := p.subscribe(h, "before", nil)
		p.call()
		before.catchUp()
		at := time.Now()
		old, err := h.Snapshot()
		p.must(err)
		p.must(p.store.Revoke(p.Context(), revocation.Record{Kind: revocation.Signer, Key: "k", At: at, Until: at.Add(lifetime)}))
		p.must(p.set.CatchUp(p.Context()))
		time.Sleep(20 * time.Millisecond)
		synctest.Wait()
		if fresh, err := h.Snapshot(); err != nil || fresh.Seq == old.Seq {
			p.Errorf("a snapshot of before is still given out: %d after %d, %v", fresh.Seq, old.Seq, err)
		}
		if again := p.subscribe(h, "again", before); again.snapshots == 0 {
			p.Error("who comes back gets messages that the withdrawn key may have signed")
		}
		id := p.call() // What follows now cannot lead on from before.
		late := p.subscribe(h, "late", before)
		if late.snapshots == 0 {
			p.Error("who comes back later misses what the withdrawn key signed")
		}
		late.holds(id)
		if at, ok := p.set.Withdrawn("k"); !ok || time.Since(at) > time.Second {
			p.Errorf("withdrawn at %v, %v", at, ok)
		}
	})
}

func TestKeysAreReadBeforeAQuestionIsAnswered(t *testing.T) {
	inBubble(t, func(p *process) {
		p.openHub(10)
		var failures, reads int
		p.set.OnKeys(func(context.Context) error {
			if reads++; reads <= failures {
				return fault.ErrUnavailable
			}
			return nil
		})
		ask := func() int64 {
			p.must(p.store.Revoke(p.Context(), revocation.Record{Kind: revocation.Rekeyed, At: time.Now(), Until: time.Now().Add(time.Minute)}))
			q, err := p.store.Ask(p.Context(), time.Now(), time.Now().Add(time.Minute))
			p.must(err)
			return q
		}
		answered := func() int64 {
			synctest.Wait()
			time.Sleep(time.Second)
			reports, err := p.store.Reports(p.Context(), time.Time{})
			p.must(err)
			return reports[0].Answers
		}
		failures = 1
		q := ask()
		if err := p.set.CatchUp(p.Context()); !errors.Is(err, fault.ErrUnavailable) {
			p.Fatalf("keys that cannot be read are passed over: %v", err)
		}
		if answered() == q {
			p.Error("the question is answered though the keys were not read")
		}
		p.must(p.set.CatchUp(p.Context()))
		if answered() != q || reads != 2 {
			p.Errorf("the question is not answered, after %d attempts to read the keys", reads)
		}
	})
}
