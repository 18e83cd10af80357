package devserver

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/mock"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
)

// streams are the WebSockets and streams of events that are open on routes, mocked or proxied. Each ends when its route is switched, and on
// a route with `auth` with its session. The zero value is ready, and safe for concurrent use.
type streams struct {
	mu   sync.Mutex
	open map[*stream]struct{}
}

// stream is one that is open.
type stream struct {
	route   *entry
	session session.ID // of the person, on a route with `auth`
	end     context.CancelCauseFunc
}

// enter adds a request that was let in, if it asks for a stream that something of a route is to give. The one that it returns ends with
// the stream; leave must be called when it is over.
func (s *streams) enter(r *http.Request, e *entry, gives Kind) (_ *http.Request, leave func()) {
	if r.Header.Get("Upgrade") == "" && !strings.HasPrefix(r.Header.Get("Accept"), "text/event-stream") {
		return r, func() {}
	}
	ctx, end := context.WithCancelCause(r.Context())
	one := &stream{route: e, end: end}
	if e.auth != nil {
		one.session = httpd.From(r).Session.ID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[*stream]struct{}{}
	}
	s.open[one] = struct{}{}
	if e.kind() != gives { // switched a moment ago
		end(mock.ErrSwitched)
	}
	return r.WithContext(ctx), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, one)
		end(nil)
	}
}

// switched ends those of a route.
func (s *streams) switched(e *entry) {
	for _, one := range s.all() {
		if one.route == e {
			one.end(mock.ErrSwitched)
		}
	}
}

func (s *streams) all() []*stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*stream, 0, len(s.open))
	for one := range s.open {
		out = append(out, one)
	}
	return out
}

// follow ends those whose session has ended.
func (s *streams) follow(ctx context.Context, sessions Sessions) error {
	asked := s.all()
	if len(asked) == 0 {
		return nil
	}
	all, err := sessions.All(ctx)
	if err != nil {
		return err
	}
	living := make(map[session.ID]bool, len(all))
	for _, row := range all {
		living[row.ID] = true
	}
	for _, one := range asked {
		if one.route.auth != nil && !living[one.session] {
			one.end(fault.Refuse(fault.SessionEnded, time.Duration(0)))
		}
	}
	return nil
}
