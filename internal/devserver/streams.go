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

// streams are the WebSockets and streams of events that are open on routes, mocked or proxied, and those of the app. Each ends when something
// else answers its address from then on, and on a route with `auth` with its session. The zero value is ready, and safe for concurrent use.
type streams struct {
	mu   sync.Mutex
	open map[*stream]struct{}
}

// stream is one that is open.
type stream struct {
	request *http.Request // as it was let in
	gives   Kind
	route   *entry     // guarded by streams.mu: the same route of a later version takes its place; nil: the app answers
	asks    bool       // the route has `auth`
	session session.ID // of the person, then
	end     context.CancelCauseFunc
}

// enter adds a request that was let in, if it asks for a stream that something of a route, or with nil the app, is to give. The one that it returns ends with
// the stream; leave must be called when it is over.
func (s *streams) enter(r *http.Request, e *entry, gives Kind) (_ *http.Request, leave func()) {
	if r.Header.Get("Upgrade") == "" && !strings.HasPrefix(r.Header.Get("Accept"), "text/event-stream") {
		return r, func() {}
	}
	ctx, end := context.WithCancelCause(r.Context())
	one := &stream{request: r, gives: gives, route: e, end: end}
	if e != nil && e.auth != nil {
		one.asks, one.session = true, httpd.From(r).Session.ID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[*stream]struct{}{}
	}
	s.open[one] = struct{}{}
	if e != nil && e.kind() != gives { // switched a moment ago
		end(mock.ErrSwitched)
	}
	return r.WithContext(ctx), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, one)
		end(nil)
	}
}

// switched ends those of a route, and those of what comes after it that it takes now.
func (s *streams) switched(e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := range s.open {
		later := one.route == nil || one.route.number > e.number
		if one.route == e || later && e.kind() != Off && e.mayTake(one.request) {
			one.end(mock.ErrSwitched)
		}
	}
}

// replaced ends those that a new version of the dev file answers differently. The others go on, as those of its routes. Mocked WebSockets
// have ended with the mocks of the old version.
func (s *streams) replaced(old, by *table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := map[*entry]*entry{} // from routes of the new version to those that say the same in the old
	for _, was := range old.routes {
		if e := by.successor(old, was); e != nil && e.said == was.said && e.kind() == was.kind() {
			same[e] = was
		}
	}
	for one := range s.open {
		e, goesOn := by.answering(one, same)
		if one.route == nil && old.appSaid != by.appSaid {
			goesOn = false
		}
		switch {
		case goesOn:
			one.route = e
		case one.gives != Mock || one.request.Header.Get("Upgrade") == "":
			one.end(mock.ErrSwitched)
		}
	}
}

// answering is the route that still answers a stream, nil for the app. It does not go on when another comes before, or the route is not as it
// was.
func (t *table) answering(one *stream, same map[*entry]*entry) (_ *entry, goesOn bool) {
	for _, e := range t.routes {
		was := same[e]
		if was != nil && was == one.route {
			return e, true
		}
		if was == nil && e.kind() != Off && e.mayTake(one.request) {
			return nil, false
		}
	}
	return nil, one.route == nil
}

// mayTake reports whether a route is for a request, as far as that is known without its body, which somebody else reads.
func (e *entry) mayTake(r *http.Request) bool {
	if _, ok := e.pattern.Path(r.URL); !ok || !e.pattern.TakesMethod(r.Method) {
		return false
	}
	head := e.when
	head.Body = nil
	return head.Met(r)
}

// asking lists those of routes with `auth`.
func (s *streams) asking() (all []*stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := range s.open {
		if one.asks {
			all = append(all, one)
		}
	}
	return all
}

// follow ends those whose session has ended.
func (s *streams) follow(ctx context.Context, sessions Sessions) error {
	asking := s.asking()
	if len(asking) == 0 {
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
	for _, one := range asking {
		if !living[one.session] {
			one.end(fault.Refuse(fault.SessionEnded, time.Duration(0)))
		}
	}
	return nil
}
