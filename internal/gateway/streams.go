package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// streams are the requests that are with apps. Most are over before anybody looks; a WebSocket, an event stream or an upload may be open for
// days, and ends when its person may have it no more. It is safe for concurrent use.
type streams struct {
	mu   sync.Mutex
	open map[*stream]struct{}
	seen signs     // what everybody was judged by
	due  time.Time // when a session runs out, the first of all; zero for never
	late bool      // somebody has entered who was judged by older signs, or could not be judged
}

// stream is one request that is with an app.
type stream struct {
	v     *verdict
	by    *table        // that found the verdict
	r     *http.Request // as it came
	began time.Time
	end   context.CancelCauseFunc
	// doubt says that the person may be another by now, or gone. It stays until somebody could tell.
	doubt bool
	over  bool
}

// signs tell when a verdict may be another: while all of them stay, so do the verdicts, and nobody is looked at.
type signs struct {
	table    *table
	recalled uint64 // how often something was called back
	changed  uint64 // how often accounts were found to be changed
}

// signs are read before a request is judged, so that what changes meanwhile is not missed.
func (g *Gateway) signs() signs {
	return signs{g.table.Load(), g.Revoked.Learned(), g.people.noticed.Load()}
}

func newStreams() *streams { return &streams{open: map[*stream]struct{}{}} }

func (s *streams) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// enter adds a request that was judged by signs. The context that it returns ends when it may go on no more; leave must be called when the
// request is over.
func (s *streams) enter(ctx context.Context, st *stream, by signs) (_ context.Context, leave func()) {
	ctx, end := context.WithCancelCause(ctx)
	st.by, st.end = by.table, end
	s.mu.Lock()
	s.open[st] = struct{}{}
	s.late = s.late || by != s.seen
	s.expect(st.v)
	s.mu.Unlock()
	return ctx, func() {
		s.mu.Lock()
		delete(s.open, st)
		s.mu.Unlock()
		end(nil)
	}
}

// expect notes when the session of a verdict runs out unless it is used. It is called with mu held.
func (s *streams) expect(v *verdict) {
	if due := v.due(); !due.IsZero() && (s.due.IsZero() || due.Before(s.due)) {
		s.due = due
	}
}

// due is when the session is over unless it is used; zero for who has none.
func (v *verdict) due() time.Time {
	if v.who == nil {
		return time.Time{}
	}
	return v.who.OverAt()
}

// doubtful lists the requests that may not go on by the signs there are now.
func (s *streams) doubtful(now time.Time, by signs, outdated func(v *verdict) bool) (found []*stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	passed := func(due time.Time) bool { return !due.IsZero() && !now.Before(due) }
	if by == s.seen && !s.late && !passed(s.due) {
		return nil
	}
	s.seen, s.late, s.due = by, false, time.Time{}
	for st := range s.open {
		if st.over {
			continue
		}
		st.doubt = st.doubt || passed(st.v.due()) || outdated(st.v)
		if st.doubt || st.by != by.table {
			found = append(found, st)
			continue
		}
		s.expect(st.v)
	}
	return found
}

// settle ends a request that was refused, and lets one go on that was found good. When nobody could tell, it is asked again. It returns the
// refusal.
func (s *streams) settle(st *stream, v *verdict, by *table, err error) *fault.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refusal, ok := errors.AsType[*fault.Refusal](err); ok {
		st.over = true
		st.end(refusal)
		return refusal
	}
	if err != nil {
		s.late = true
		return nil
	}
	st.v, st.by, st.doubt = v, by, false
	s.expect(v)
	return nil
}
