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

	mu      sync.Mutex // one reader of the log at a time; guards what follows
	seq     int64      // everything up to here is in the set
	learned func(fresh []numbered)
}

// numbered is an entry with its place in the log.
type numbered struct {
	seq   int64
	entry revoked.Entry
}

// Open reads the whole log, so that no token that was called back before a restart is accepted after it. The key is that of the
// fingerprints.
func Open(ctx context.Context, store Store, key revoked.Key, now func() time.Time) (*Set, error) {
	s := &Set{store: store, now: now, revoked: revoked.NewSet(key), learned: func([]numbered) {}}
	if err := s.CatchUp(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Revoked returns the entry that calls a token back.
func (s *Set) Revoked(c revoked.Claims) (revoked.Entry, bool) { return s.revoked.Find(&c) }

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
	if len(records) == 0 {
		return nil
	}
	fresh := make([]numbered, 0, len(records))
	entries := make([]revoked.Entry, 0, len(records))
	for _, r := range records {
		if e, ok := r.entry(s.revoked); ok {
			fresh, entries = append(fresh, numbered{r.Seq, e}), append(entries, e)
		}
	}
	s.revoked.Add(began, entries...)
	s.seq = records[len(records)-1].Seq
	if n := len(fresh); n > 0 {
		fresh[n-1].seq = s.seq
		s.learned(fresh)
	}
	return nil
}

// Seq is the number of the last revocation that the set knows of.
func (s *Set) Seq() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq
}

// Len is the number of records that a token can still meet.
func (s *Set) Len() int { return s.revoked.Len(s.now()) }

// follow calls learned with all that the set learns from now on, in order, and returns the number before the first of it. It must
// return soon, and must not call the set.
func (s *Set) follow(learned func(fresh []numbered)) (seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.learned = learned
	return s.seq
}

// snapshot is everything up to a number of the log.
func (s *Set) snapshot() (seq int64, entries []revoked.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq, s.revoked.Living(s.now())
}

// current reports whether the log was read to its end within the last d.
func (s *Set) current(d time.Duration) bool {
	return s.now().Sub(time.Unix(0, s.readAt.Load())) <= d
}
