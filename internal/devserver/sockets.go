package devserver

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
)

// sockets are the WebSockets that are open on routes with `auth`, mocked or proxied. Each ends with its session. The zero value is ready, and
// safe for concurrent use.
type sockets struct {
	mu   sync.Mutex
	open map[*socket]struct{}
}

// socket is the WebSocket of a person.
type socket struct {
	session session.ID
	end     context.CancelCauseFunc
}

// enter adds a request that was admitted, if it is for a WebSocket. The one that it returns ends with the session; leave must be called when
// it is over.
func (s *sockets) enter(r *http.Request) (_ *http.Request, leave func()) {
	if r.Header.Get("Upgrade") == "" {
		return r, func() {}
	}
	ctx, end := context.WithCancelCause(r.Context())
	one := &socket{httpd.From(r).Session.ID, end}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[*socket]struct{}{}
	}
	s.open[one] = struct{}{}
	return r.WithContext(ctx), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, one)
		end(nil)
	}
}

// follow ends those whose session has ended.
func (s *sockets) follow(ctx context.Context, sessions Sessions) error {
	s.mu.Lock()
	asked := make([]*socket, 0, len(s.open))
	for one := range s.open {
		asked = append(asked, one)
	}
	s.mu.Unlock()
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
		if !living[one.session] {
			one.end(fault.Refuse(fault.SessionEnded, time.Duration(0)))
		}
	}
	return nil
}
