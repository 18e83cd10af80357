package lingpai

import (
	"context"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/revoked"
)

// live is the requests that are being answered, so that those of a revoked token can be ended: a stream or a WebSocket may last for
// hours. What is called back by session, as nearly all is, finds its requests at once; for the wider kinds each request is asked.
type live struct {
	mu  sync.Mutex
	set *revoked.Set // gives the fingerprints below; nil before the first snapshot
	// sessions are lists of requests, by the fingerprint of their session; 0 for those that have none, or none yet. Guarded by mu.
	sessions map[uint64]*request
}

// request is one that is being answered.
type request struct {
	claims     *Claims
	cancel     context.CancelCauseFunc
	print      uint64
	prev, next *request // of the same fingerprint
}

// enter begins a request: its context is cancelled when its token is called back.
func (l *live) enter(r *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(r)
}

// put is called with mu held.
func (l *live) put(r *request) {
	r.print, r.prev, r.next = 0, nil, nil
	if l.set != nil && r.claims.SessionID != "" {
		r.print = l.set.Print(revoked.Session, r.claims.SessionID)
	}
	if l.sessions == nil {
		l.sessions = map[uint64]*request{}
	}
	if first := l.sessions[r.print]; first != nil {
		r.next, first.prev = first, r
	}
	l.sessions[r.print] = r
}

// leave ends a request that was answered.
func (l *live) leave(r *request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.next != nil {
		r.next.prev = r.prev
	}
	switch {
	case r.prev != nil:
		r.prev.next = r.next
	case r.next != nil:
		l.sessions[r.print] = r.next
	default:
		delete(l.sessions, r.print)
	}
}

// end cancels the requests that were called back by what was added to a set.
func (l *live) end(k *known, set *revoked.Set, added link, now time.Time) {
	for _, r := range l.concerned(set, added) {
		if err := k.refuse(r.claims, nil, now); err != nil {
			r.cancel(refuse(err))
		}
	}
}

// endExpired cancels the requests whose token has expired. It is called after a silence so long that the issuer may have forgotten what
// it called back meanwhile, because no token that it concerned can be accepted any more.
func (l *live) endExpired(now time.Time) {
	for _, r := range l.all() {
		if ago := now.Sub(r.claims.ExpiresAt); ago >= 0 {
			r.cancel(refuse(fault.Refuse(fault.TokenExpired, ago)))
		}
	}
}

// concerned lists the requests that may be called back by what was added: those of the sessions that were, if there are only
// sessions, and otherwise all.
func (l *live) concerned(set *revoked.Set, added link) (found []*request) {
	if l.index(set) || added.key != nil {
		return l.all()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range added.entries {
		if e.Kind != revoked.Session {
			return l.list()
		}
		for r := l.sessions[e.Print]; r != nil; r = r.next {
			found = append(found, r)
		}
	}
	return found
}

// index gives all requests the fingerprints of another set, and reports whether it had to.
func (l *live) index(set *revoked.Set) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.set == set {
		return false
	}
	requests := l.list()
	l.set, l.sessions = set, nil
	for _, r := range requests {
		l.put(r)
	}
	return true
}

func (l *live) all() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list()
}

// list is called with mu held.
func (l *live) list() (all []*request) {
	for _, first := range l.sessions {
		for r := first; r != nil; r = r.next {
			all = append(all, r)
		}
	}
	return all
}
