package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
)

// streams are the requests that are with apps. Most are over before anybody looks; a WebSocket, an event stream or an upload may be open for
// days, and ends with its session. It is safe for concurrent use.
type streams struct {
	mu   sync.Mutex
	open map[*stream]struct{}
}

// stream is one request of a person.
type stream struct {
	v     *verdict
	end   context.CancelCauseFunc
	since time.Time // when the person was last known to be allowed it
	due   time.Time // when the session is over unless it is used
}

func newStreams() *streams { return &streams{open: map[*stream]struct{}{}} }

func (s *streams) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// enter adds a request. The context that it returns ends with the session; leave must be called when the request is over.
func (s *streams) enter(ctx context.Context, v *verdict) (_ context.Context, leave func()) {
	if v.who == nil || v.route.Public {
		return ctx, func() {}
	}
	ctx, end := context.WithCancelCause(ctx)
	st := &stream{v: v, end: end, since: v.who.readAt, due: dueOf(&v.who.Session)}
	s.mu.Lock()
	s.open[st] = struct{}{}
	s.mu.Unlock()
	return ctx, func() {
		s.mu.Lock()
		delete(s.open, st)
		s.mu.Unlock()
		end(nil)
	}
}

func dueOf(row *session.Session) time.Time {
	if row.IdleUntil.Before(row.ExpiresAt) {
		return row.IdleUntil
	}
	return row.ExpiresAt
}

// doubtful lists the requests that may not go on.
func (s *streams) doubtful(now time.Time, calledBack func(who *person, since time.Time) bool) (found []*stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for st := range s.open {
		if !now.Before(st.due) || calledBack(st.v.who, st.since) {
			found = append(found, st)
		}
	}
	return found
}

// settle ends a request that was refused, and lets one go on that was found good. When nobody could tell, it is asked again.
func (s *streams) settle(st *stream, who *person, err error) {
	if refusal, ok := errors.AsType[*fault.Refusal](err); ok {
		st.end(refusal)
		return
	}
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.since, st.due = who.readAt, dueOf(&who.Session)
}
