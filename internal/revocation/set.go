package revocation

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/revoked"
)

// Set is what has been called back and may still be met, in memory. Probes take no lock; it is safe for concurrent use.
type Set struct {
	store   Store
	now     func() time.Time
	revoked *revoked.Set
	// readAt is when the log was last read to its end, in unix nanoseconds.
	readAt atomic.Int64
	// learnings counts how often entries were put in.
	learnings atomic.Uint64

	mu      sync.Mutex // one reader of the log at a time; guards what follows
	seq     int64      // everything up to here was read
	last    int64      // the number of the last entry that was put in
	learned func(fresh []numbered)
	asked   func(q question)
	rekeyed func(ctx context.Context) error
	keysDue bool     // the keys are others, and rekeyed has not succeeded since
	open    question // not passed on yet, since the keys come first
}

// numbered is an entry with its place in the log.
type numbered struct {
	seq   int64
	entry revoked.Entry
}

// question is one that another process asks by the log.
type question struct {
	seq    int64 // its number
	target int64 // the last entry before it
	until  time.Time
}

// Open reads the whole log, so that no token that was called back before a restart is accepted after it. The key is that of the
// fingerprints.
func Open(ctx context.Context, store Store, key revoked.Key, now func() time.Time) (*Set, error) {
	s := &Set{store: store, now: now, revoked: revoked.NewSet(key), learned: func([]numbered) {}, asked: func(question) {}}
	s.rekeyed = func(context.Context) error { return nil }
	if err := s.CatchUp(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Revoked returns the entry that calls a token back.
func (s *Set) Revoked(c revoked.Claims) (revoked.Entry, bool) { return s.revoked.Find(&c) }

// Withdrawn reports whether a signing key was withdrawn, and when.
func (s *Set) Withdrawn(kid string) (at time.Time, ok bool) {
	e, ok := s.revoked.Find(&revoked.Claims{Signer: kid, IssuedAt: never})
	return e.Time(), ok
}

// never is later than any revocation.
var never = time.Unix(1<<33, 0)

// CatchUp reads what the log has gained since the last call. When it returns without error, everything that was committed before the
// call is refused. Callers that wait for one another share the work.
func (s *Set) CatchUp(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	began := s.now()
	records, err := s.store.Since(ctx, s.seq)
	if err != nil {
		return fmt.Errorf("read revocations: %w", err)
	}
	s.readAt.Store(began.UnixNano())
	if len(records) > 0 {
		s.apply(began, records)
	}
	if s.keysDue {
		if err := s.rekeyed(ctx); err != nil {
			return fmt.Errorf("take up keys: %w", err)
		}
		s.keysDue = false
	}
	if s.open.seq > 0 {
		s.asked(s.open)
		s.open = question{}
	}
	return nil
}

// apply is called with mu held.
func (s *Set) apply(now time.Time, records []Record) {
	fresh := make([]numbered, 0, len(records))
	entries := make([]revoked.Entry, 0, len(records))
	for _, r := range records {
		if e, ok := r.entry(s.revoked); ok {
			fresh, entries = append(fresh, numbered{r.Seq, e}), append(entries, e)
			s.last = r.Seq
		}
		if r.Kind == Asked {
			s.open = question{r.Seq, s.last, r.Until}
		}
		s.keysDue = s.keysDue || r.Kind == Rekeyed || r.Kind == Signer
	}
	s.revoked.Add(now, entries...)
	s.seq = records[len(records)-1].Seq
	if len(fresh) > 0 {
		s.learnings.Add(1)
		s.learned(fresh)
	}
}

// Learned counts how often the set has learned something: while it stays, no probe finds what it did not find before. It takes no lock.
func (s *Set) Learned() uint64 { return s.learnings.Load() }

// OnKeys lets the set call rekeyed when another process has changed the signing keys, or withdrawn one: within 100 ms rather than when
// they are read the next time. rekeyed must not call the set; when it fails, it is called again. OnKeys is called before the set is shared.
func (s *Set) OnKeys(rekeyed func(ctx context.Context) error) { s.rekeyed = rekeyed }

// Seq is the number of the last revocation that the set knows of.
func (s *Set) Seq() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Len is the number of records that a token can still meet.
func (s *Set) Len() int { return s.revoked.Len(s.now()) }

// follow calls learned with all that the set learns from now on, in order, and returns the number before the first of it; asked with the
// last question of those that came together, after it. Both must return soon, and must not call the set.
func (s *Set) follow(learned func(fresh []numbered), asked func(question)) (seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.learned, s.asked = learned, asked
	return s.last
}

// snapshot is everything up to a number of the log.
func (s *Set) snapshot() (seq int64, entries []revoked.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, s.revoked.Living(s.now())
}

// current reports whether the log was read to its end within the last d. A clock that was set back does not make it so: until the log is
// read the next time, which is soon unless it cannot be, it is not known.
func (s *Set) current(d time.Duration) bool {
	return s.now().Sub(time.Unix(0, s.readAt.Load())).Abs() <= d
}
