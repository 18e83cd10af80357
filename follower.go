package lingpai

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revoked"
)

const (
	// firstPause and lastPause bound the pause before a stream is opened again. It doubles, and half of it is left to chance, so that
	// the subscribers of an issuer that restarts do not all come at once.
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
	// firstSync is how long NewVerifier waits to learn what has been called back.
	firstSync = 3 * time.Second
	// lag is how far a beat may be behind the issuer's clock, as the beats before it let it be known. So nobody passes old beats for new.
	lag = 10 * time.Second
	// maxSkew is how far this machine's clock may be off where nothing else tells the time of the issuer.
	maxSkew = 5 * time.Minute
	// longSilence is a time that every revocation outlives in the log of the issuer.
	longSilence = 4 * time.Minute
)

// never is later than any revocation.
var never = time.Unix(1<<33, 0)

var (
	errStale  = errors.New("it is not known what has been called back: the feed of revocations is stale")
	errSilent = errors.New("the feed is silent")
)

// follower knows what an issuer has called back. One goroutine reads the feed, another acknowledges what was applied; both end
// with the context of NewVerifier. Its rules:
//
//   - Checks take no lock and see every message that was applied.
//   - A message counts when a published key of the issuer has signed it and it follows what is known. One that does not ends the
//     stream; the next begins with a snapshot. A stream that merely broke goes on where it was.
//   - What was called back stays so: a snapshot is added to what is known, in whichever numbering.
//   - Only a beat that is fresh, with nothing missing before it, is a sign of life.
type follower struct {
	issuer string
	policy StalenessPolicy
	keys   *keySet
	feed   *feed
	copy   *keptCopy
	live   live
	log    *slog.Logger
	ctx    context.Context //nolint:containedctx // of NewVerifier; it is the life of the work
	start  sync.Once
	sync   sync.Once     // closes synced
	synced chan struct{} // closed at the first beat

	uri   atomic.Pointer[string] // where the feed is; nil before one was named
	known atomic.Pointer[known]  // nil before a feed was named
	pulse atomic.Pointer[pulse]  // nil before the first beat
	seq   atomic.Int64
	wrong atomic.Pointer[string] // what is wrong, or nil

	chain chain // of the one who reads
}

func newFollower(ctx context.Context, s *settings, source *source, log *slog.Logger) *follower {
	if s.ignoreRevocations {
		return nil
	}
	return &follower{
		issuer: source.issuer, policy: s.staleness, feed: newFeed(source, s.subscriberName()), copy: newKeptCopy(s.copyAt),
		log: log, ctx: ctx, synced: make(chan struct{}),
	}
}

// verifyBy names the keys that messages are signed with.
func (f *follower) verifyBy(keys *keySet) {
	if f != nil {
		f.keys = keys
	}
}

// found begins to follow as soon as the metadata of the issuer names a feed, once. It is called again with each renewal of the keys, so
// that a feed may move.
func (f *follower) found(uri string) {
	if f == nil || uri == "" {
		return
	}
	f.uri.Store(&uri)
	f.start.Do(func() {
		f.known.Store(new(known))
		go f.run(f.ctx)
	})
}

// await waits for the first beat, so that a program that has just started does not refuse what it could have known a moment later.
func (f *follower) await(ctx context.Context) {
	if f == nil || f.known.Load() == nil {
		return
	}
	select {
	case <-f.synced:
	case <-ctx.Done():
	case <-time.After(firstSync):
	}
}

// check refuses a token that was called back, or of which that cannot be known.
func (f *follower) check(c *Claims, marks *revoked.Marks, now time.Time) error {
	if f == nil {
		return nil
	}
	known := f.known.Load()
	if known == nil {
		return nil
	}
	if err := known.refuse(c, marks, now); err != nil {
		return err
	}
	p := f.pulse.Load()
	if p != nil && p.age(now) <= grace {
		return nil
	}
	return f.policy.allow(c, now, p)
}

// withdrawn reports whether a key was withdrawn, and when.
func (f *follower) withdrawn(kid string) (at time.Time, ok bool) {
	if f == nil || f.known.Load() == nil {
		return time.Time{}, false
	}
	e, ok := f.known.Load().find(&revoked.Claims{Signer: kid, IssuedAt: never})
	return e.Time(), ok
}

// watch returns the context of a request that was let in, which is cancelled when its token is called back, with the refusal as its
// cause. The function that comes with it must be called when the request has been answered.
func (f *follower) watch(ctx context.Context, c *Claims) (context.Context, func()) {
	if f == nil || f.known.Load() == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r := &request{claims: c, cancel: cancel}
	f.live.enter(r)
	// What was called back between the check and now did not find the request.
	if err := f.known.Load().refuse(c, nil, time.Now()); err != nil {
		cancel(refuse(err))
	}
	return ctx, func() {
		f.live.leave(r)
		cancel(nil)
	}
}

func (f *follower) health() Health {
	if f == nil || f.known.Load() == nil {
		return Health{}
	}
	now := time.Now()
	h := Health{Following: f.ctx.Err() == nil, Sequence: f.seq.Load(), Stale: true}
	for _, set := range f.known.Load().sets {
		h.Entries += set.Len(now)
	}
	if p := f.pulse.Load(); p != nil {
		h.LastBeat, h.Stale = p.received, p.age(now) > staleAfter
	}
	if wrong := f.wrong.Load(); wrong != nil {
		h.Error = *wrong
	}
	return h
}

// run follows the feed until ctx ends.
func (f *follower) run(ctx context.Context) {
	f.restore(ctx, time.Now())
	pause := firstPause
	for ctx.Err() == nil {
		before := f.pulse.Load()
		err := f.follow(ctx)
		if f.pulse.Load() != before {
			pause = firstPause
		}
		f.fail(ctx, err)
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause/2)): //nolint:gosec // nobody gains by guessing it
		}
		pause = min(2*pause, lastPause)
	}
	f.save(ctx, time.Now())
	f.wrong.Store(new("the context of NewVerifier has ended, so the feed is not followed any more"))
	f.log.LogAttrs(ctx, slog.LevelWarn, "revocations not followed any more: the context of NewVerifier has ended")
}

func (f *follower) fail(ctx context.Context, err error) {
	if f.wrong.Swap(new(err.Error())) == nil && ctx.Err() == nil {
		f.log.LogAttrs(ctx, slog.LevelWarn, "feed of revocations broke", slog.Any("error", err))
	}
}

// follow reads one stream until it fails.
func (f *follower) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(connectTimeout, func() { cancel(errSilent) })
	defer silence.Stop()
	err := f.read(ctx, silence)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// read opens a stream and applies what comes. Each message puts off silence.
func (f *follower) read(ctx context.Context, silence *time.Timer) error {
	uri := *f.uri.Load()
	stream, subscriber, err := f.feed.open(ctx, uri, f.chain.feed, f.chain.seq)
	if err != nil {
		return err
	}
	defer stream.Close()
	ctx, cancel := context.WithCancel(ctx)
	acks := make(chan int64, 1)
	var acknowledging sync.WaitGroup
	acknowledging.Go(func() { f.acknowledge(ctx, uri, subscriber, acks) })
	defer acknowledging.Wait()
	defer cancel()
	silence.Reset(staleAfter)
	f.chain.parts = nil
	err = events(stream, func(text string) error {
		if err := f.take(ctx, text); err != nil {
			return fmt.Errorf("message refused: %w", err)
		}
		silence.Reset(staleAfter)
		offer(acks, f.chain.seq)
		if f.copy.outgrown() {
			return errOutgrown
		}
		return nil
	})
	if !errors.Is(err, errBroke) {
		f.chain = chain{} // The next stream begins with a snapshot.
	}
	return err
}

// offer replaces a number that nobody has taken yet.
func offer(acks chan int64, seq int64) {
	select {
	case <-acks:
	default:
	}
	acks <- seq
}

// acknowledge tells the issuer what was applied, once for each number. What fails is tried again with the next message.
func (f *follower) acknowledge(ctx context.Context, uri, subscriber string, acks <-chan int64) {
	told := int64(-1)
	for {
		select {
		case <-ctx.Done():
			return
		case seq := <-acks:
			if seq == told || subscriber == "" {
				continue
			}
			if err := f.feed.acknowledge(ctx, uri, subscriber, seq); err != nil {
				f.log.LogAttrs(ctx, slog.LevelDebug, "revocations not acknowledged", slog.Any("error", err))
				continue
			}
			told = seq
		}
	}
}

// take verifies a message and applies it.
func (f *follower) take(ctx context.Context, text string) error {
	now := time.Now()
	m, err := f.open(ctx, text, now)
	if err != nil {
		return err
	}
	added, err := f.apply(m, text, now)
	if err != nil {
		return err
	}
	if added.upToDate {
		return f.beat(ctx, m, now)
	}
	return nil
}

// open reads a message that the issuer has signed. A key that was called back signs nothing.
func (f *follower) open(ctx context.Context, text string, now time.Time) (*revoked.Message, error) {
	signed, err := jose.Parse(text)
	if err != nil {
		return nil, err
	}
	header := signed.Header()
	if header.Type != revoked.Type {
		return nil, fmt.Errorf("it is of type %.40q", header.Type)
	}
	key, err := f.keyOf(ctx, now, header.KeyID)
	if err != nil {
		return nil, err
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return nil, err
	}
	if _, withdrawn := f.withdrawn(header.KeyID); withdrawn {
		return nil, errors.New("its key was withdrawn")
	}
	m, err := revoked.ParseMessage(payload)
	if err != nil {
		return nil, err
	}
	if m.Issuer != f.issuer {
		return nil, fmt.Errorf("it is of another issuer, %.120q", m.Issuer)
	}
	return m, nil
}

// keyOf is the published key of a message, or nil. One that is not known is asked for at once, so that a key that takes the place of a
// stolen one is known when the feed says so; if the keys have only just been fetched, once more a moment later.
func (f *follower) keyOf(ctx context.Context, now time.Time, kid string) (*jose.Key, error) {
	key, err := f.keys.keyAfter(ctx, now, kid, urgent)
	if key != nil || err != nil {
		return key, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(urgent):
	}
	return f.keys.keyAfter(ctx, time.Now(), kid, urgent)
}

// apply adds what a message says to what is known.
func (f *follower) apply(m *revoked.Message, text string, now time.Time) (link, error) {
	added, err := f.chain.add(m, text)
	if err != nil {
		return link{}, err
	}
	f.copy.note(m, text)
	if f.chain.parts != nil {
		return added, nil
	}
	// What one of two clocks takes for living is kept: so nothing is lost when either of them jumps.
	alive := time.Unix(min(now.Unix(), m.IssuedAt), 0)
	set := f.setOf(added.key, now)
	set.Add(alive, added.entries...)
	f.seq.Store(f.chain.seq)
	f.live.end(f.known.Load(), set, added, now)
	if p := f.pulse.Load(); added.key != nil && p != nil && p.age(now) > longSilence {
		f.live.endExpired(now)
	}
	return added, nil
}

// setOf is the set for the fingerprints of a key; nil for the set of the last snapshot. The sets of other keys stay until nothing in
// them lives: a snapshot of another numbering does not take back what was called back.
func (f *follower) setOf(key *revoked.Key, now time.Time) *revoked.Set {
	sets := f.known.Load().sets
	if key == nil || len(sets) > 0 && sets[0].Key() == *key {
		return sets[0]
	}
	next := &known{sets: []*revoked.Set{revoked.NewSet(*key)}}
	for _, set := range sets {
		switch {
		case set.Key() == *key:
			next.sets[0] = set
		case set.Len(now) > 0:
			next.sets = append(next.sets, set)
		}
	}
	f.known.Store(next)
	return next.sets[0]
}

// beat takes a beat for a sign of life, if it is fresh.
func (f *follower) beat(ctx context.Context, m *revoked.Message, now time.Time) error {
	issued := time.Unix(m.IssuedAt, 0)
	before := f.pulse.Load()
	if !fresh(issued, now, before) {
		return fmt.Errorf("a beat of %s, which is not now: one of two clocks is wrong, or somebody sends old messages again", issued.UTC().Format(time.DateTime))
	}
	f.pulse.Store(&pulse{received: now, issued: before.steady(issued, now)})
	f.sync.Do(func() { close(f.synced) })
	if f.wrong.Swap(nil) != nil || before == nil {
		f.log.LogAttrs(ctx, slog.LevelInfo, "revocations are followed", slog.Int64("sequence", f.chain.seq))
	}
	if f.copy.due(now) {
		f.save(ctx, now)
	}
	return nil
}

// fresh reports whether a beat was made just now: by the issuer's clock as the beats before it showed it, or by the clock of this
// machine. Either may jump; whoever sends old messages again can make neither agree.
func fresh(issued, now time.Time, before *pulse) bool {
	skew := now.Sub(issued).Abs()
	if before == nil {
		return skew <= maxSkew
	}
	return !issued.Before(before.issuerTime(now).Add(-lag)) || skew <= lag
}

// steady is what the issuer's clock shows by a beat and those before it, of which each may have been delayed. It may fall behind by a
// thousandth, because clocks drift. p is nil before the first beat.
func (p *pulse) steady(issued, now time.Time) time.Time {
	if p == nil {
		return issued
	}
	at := p.issuerTime(now)
	if issued.After(at) || at.Sub(issued) > lag {
		return issued
	}
	return at.Add(-p.age(now) / 1000)
}

// restore begins with the kept copy. Its last beat counts for what is left of the grace.
func (f *follower) restore(ctx context.Context, now time.Time) {
	var last *revoked.Message
	err := f.copy.read(func(text string) error {
		m, err := f.open(ctx, text, now)
		if err != nil {
			return err
		}
		added, err := f.apply(m, text, now)
		if added.upToDate {
			last = m
		}
		return err
	})
	if err != nil {
		f.chain = chain{}
		f.copy.forget()
		f.log.LogAttrs(ctx, slog.LevelWarn, "copy of revocations not used", slog.Any("error", err))
	}
	if last == nil {
		return
	}
	issued := time.Unix(last.IssuedAt, 0)
	if age := now.Sub(issued); err == nil && age >= -lag && age < grace {
		f.pulse.Store(&pulse{received: now.Add(-max(age, 0)), issued: issued})
	}
}

// save writes the copy.
func (f *follower) save(ctx context.Context, now time.Time) {
	if err := f.copy.write(now); err != nil {
		f.log.LogAttrs(ctx, slog.LevelWarn, "copy of revocations not kept", slog.Any("error", err))
	}
}
