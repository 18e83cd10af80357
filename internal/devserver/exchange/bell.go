package exchange

import "sync"

// Bell wakes all who wait for a change. The zero value is ready, and safe for concurrent use.
type Bell struct {
	mu   sync.Mutex
	next chan struct{} // closed by the next Ring; nil while nobody waits
}

// Rings returns a channel that the next Ring closes. Ask for it before you look at what may have changed: then no change is missed.
func (b *Bell) Rings() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

// Ring wakes all who wait.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}
