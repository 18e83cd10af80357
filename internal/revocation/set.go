package revocation

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Set is what has been called back and may still be met, in memory. Probes take no lock; it is safe for concurrent use.
type Set struct {
	store Store
	now   func() time.Time

	view atomic.Pointer[view] // replaced whole, never changed

	mu  sync.Mutex // one reader of the log at a time; guards seq
	seq int64      // everything up to here is in view
}

type view struct {
	sessions map[string]Record
	tokens   map[string]Record
}

// Open reads the whole log, so that no token that was called back before a restart is accepted after it.
func Open(ctx context.Context, store Store, now func() time.Time) (*Set, error) {
	s := &Set{store: store, now: now}
	s.view.Store(&view{})
	if err := s.CatchUp(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Revoked returns the record that calls a token back, by its session or by itself.
func (s *Set) Revoked(sessionID, tokenID string) (Record, bool) {
	v := s.view.Load()
	if r, ok := v.sessions[sessionID]; ok && sessionID != "" {
		return r, true
	}
	r, ok := v.tokens[tokenID]
	return r, ok && tokenID != ""
}

// CatchUp reads what the log has gained since the last call. When it returns without error, everything that was committed before the
// call is refused. Callers that wait for one another share the work.
func (s *Set) CatchUp(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh, err := s.store.Since(ctx, s.seq)
	if err != nil {
		return fmt.Errorf("read revocations: %w", err)
	}
	if len(fresh) == 0 {
		return nil
	}
	s.view.Store(s.view.Load().with(fresh, s.now()))
	s.seq = fresh[len(fresh)-1].Seq
	return nil
}

// Len is the number of records held.
func (s *Set) Len() int {
	v := s.view.Load()
	return len(v.sessions) + len(v.tokens)
}

// with returns a copy that holds fresh as well and leaves out what no living token can meet.
func (v *view) with(fresh []Record, now time.Time) *view {
	next := &view{make(map[string]Record, len(v.sessions)+len(fresh)), make(map[string]Record, len(v.tokens))}
	for _, r := range v.sessions {
		next.add(r, now)
	}
	for _, r := range v.tokens {
		next.add(r, now)
	}
	for _, r := range fresh {
		next.add(r, now)
	}
	return next
}

func (v *view) add(r Record, now time.Time) {
	if !now.Before(r.Until) {
		return
	}
	switch r.Kind {
	case Session:
		v.sessions[r.Key] = r
	case Token:
		v.tokens[r.Key] = r
	}
}
