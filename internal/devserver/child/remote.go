package child

import (
	"context"
	"net/url"
	"sync"
)

// Remote is a dev server that somebody else runs. It is safe for concurrent use.
type Remote struct {
	at *url.URL

	mu   sync.Mutex // guards the rest
	away bool
	back chan struct{} // closed when it is there again
}

// NewRemote makes a Remote that listens at an address.
func NewRemote(at *url.URL) *Remote { return &Remote{at: at, back: make(chan struct{})} }

// Address is where it listens, or nil while it does not.
func (r *Remote) Address() *url.URL {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away {
		return nil
	}
	return r.at
}

// Await waits until it takes connections, and reports whether it does before the context ends.
func (r *Remote) Await(ctx context.Context) bool {
	r.mu.Lock()
	away, back := r.away, r.back
	r.mu.Unlock()
	if !away {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-back:
		return true
	}
}

// Lost is told that it takes no connections.
func (r *Remote) Lost() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away = true
}

// Suspect reports whether its answers should not be trusted; nothing is known of what happens beneath it.
func (r *Remote) Suspect() bool { return false }

// Look sees whether it is back. The caller calls it from time to time.
func (r *Remote) Look(ctx context.Context) error {
	r.mu.Lock()
	away := r.away
	r.mu.Unlock()
	if !away || !open(ctx, r.at) {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away {
		r.away = false
		close(r.back)
		r.back = make(chan struct{})
	}
	return nil
}

// Status is what is known of it.
func (r *Remote) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Status{State: Ready, Address: r.at.String(), Output: []string{}}
	if r.away {
		s.State = Waiting
	}
	return s
}
