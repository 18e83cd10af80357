package revocation

import (
	"context"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

const (
	// maxLaggards is how many of those who are behind are named.
	maxLaggards = 20
	// MaxWait is the longest wait for subscribers.
	MaxWait = 10 * time.Second
	// maxWaiting is how many wait for subscribers at a time. Whoever waits looks at all subscribers again and again, anybody may ask to,
	// and what there is to send must not wait for that.
	maxWaiting = 64
)

// Standing says how far a revocation has come among the subscribers of this node. Who has been here for 30 seconds without acknowledging
// anything does not count: it only listens.
type Standing struct {
	Applied     int       `json:"applied"`
	Subscribers int       `json:"subscribers"`
	Laggards    []Laggard `json:"laggards,omitzero"` // a few of those who are behind, furthest first; nil for who is not told their names
}

// Counts is the standing without the names of subscribers, which concern nobody but the operator.
func (s Standing) Counts() Standing {
	s.Laggards = nil
	return s
}

// Laggard is a subscriber that is behind.
type Laggard struct {
	Name string `json:"name"`
	Seq  int64  `json:"seq"` // the last number that it acknowledged
}

// Ack notes that a subscriber has applied everything up to a number. fault.ErrNotFound when it does not listen here; refused when the number
// was not sent to anybody yet. That a subscriber has applied what it was sent is its word.
func (h *Hub) Ack(id string, seq int64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.subscribers[id]
	if !ok {
		return fmt.Errorf("subscriber: %w", fault.ErrNotFound)
	}
	if seq > max(h.sent, s.joined) {
		return fault.Refuse(fault.RequestMalformed, "the number acknowledged was never sent")
	}
	if fresh := seq > s.acked; fresh || !s.heard {
		s.acked, s.heard = max(s.acked, seq), true
		h.announce()
	}
	return nil
}

// announce wakes those who wait for a change. It is called with mu held.
func (h *Hub) announce() {
	close(h.acked)
	h.acked = make(chan struct{})
}

// Latest is the number of the last revocation that this node knows of.
func (h *Hub) Latest() int64 { return h.o.Set.Seq() }

// Wait returns how many subscribers have applied a revocation, as soon as all have, and after d or when ctx ends in any case. When too many
// wait already, it returns at once.
func (h *Hub) Wait(ctx context.Context, seq int64, d time.Duration) Standing {
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > maxWaiting {
		d = 0
	}
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		standing, changed := h.standing(seq)
		if standing.Applied == standing.Subscribers {
			return standing
		}
		select {
		case <-changed:
			pause(ctx, lookEvery)
		case <-deadline.C:
			return standing
		case <-ctx.Done():
			return standing
		}
	}
}

func (h *Hub) standing(seq int64) (Standing, <-chan struct{}) {
	st, changed := h.count(seq)
	st.Laggards = furthest(st.Laggards)
	return st, changed
}

// count is standing with all who are behind, in no order: sorting them is not done while others wait for mu.
func (h *Hub) count(seq int64) (Standing, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	st, now := Standing{Laggards: []Laggard{}}, h.o.Now()
	for _, s := range h.subscribers {
		if s.silent(now) {
			continue
		}
		st.Subscribers++
		if s.acked >= seq {
			st.Applied++
			continue
		}
		st.Laggards = append(st.Laggards, Laggard{s.Name, s.acked})
	}
	return st, h.acked
}

// ParseWait reads how long somebody wants to wait for subscribers, such as "1s"; "" is not at all.
func ParseWait(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > MaxWait {
		r := fault.Refuse(fault.FieldInvalid, "The wait is a time from 0s to 10s.")
		r.Fields = map[string]string{"wait": r.Detail()}
		return 0, r
	}
	return d, nil
}
