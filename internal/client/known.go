package client

import (
	"context"
	"sync"
	"time"
)

// KnownFor is how long a client of the store is remembered, because every request of a client begins with finding it. What another process changes
// of a client is felt within that time. The revocation that [Writer.RemoveClient] appends reaches as far ahead, so that no token that a client got in
// the meantime outlives it.
const KnownFor = time.Second

const maxKnown = 10_000

// known remembers clients of the store. The zero value is empty. It is safe for concurrent use.
type known struct {
	mu      sync.RWMutex // guards the rest
	clients map[string]remembered
	changes uint64 // how often something was forgotten
}

type remembered struct {
	client Client
	until  time.Time
}

// find returns a client that is remembered, or else has it read. One that is not there is never remembered, so a new one is known at once.
func (k *known) find(ctx context.Context, id string, now time.Time, read func(context.Context, string) (Client, error)) (Client, error) {
	k.mu.RLock()
	found, ok := k.clients[id]
	changes := k.changes
	k.mu.RUnlock()
	if left := found.until.Sub(now); ok && left > 0 && left <= KnownFor { // not after a clock was set back
		return found.client, nil
	}
	c, err := read(ctx, id)
	if err == nil {
		k.remember(c, now.Add(KnownFor), changes)
	}
	return c, err
}

// remember keeps a client, unless something was forgotten since it was read: that may be this one.
func (k *known) remember(c Client, until time.Time, changes uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changes != changes {
		return
	}
	if k.clients == nil || len(k.clients) >= maxKnown {
		k.clients = make(map[string]remembered)
	}
	k.clients[c.ID] = remembered{c, until}
}

// forget is called when a client is changed, before and after.
func (k *known) forget(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	delete(k.clients, id)
}
