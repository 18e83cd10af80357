package throttle

import (
	"sync"
	"time"
)

// held counts the units that stand for attempts under way, by key.
type held struct {
	mu    sync.Mutex // guards the rest
	units map[string]int
	left  uint64 // how many attempts have ended
}

// ended is how many attempts have ended so far.
func (h *held) ended() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.left
}

// enter holds a unit of each limit, or returns the longest wait and holds none. It is not current if an attempt has ended since arrivals were
// read, which was when so many had: that one may have been charged after the reading, and is held no more.
func (h *held) enter(charges []Charge, arrivals []time.Time, now time.Time, ended uint64) (wait time.Duration, current bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.left != ended {
		return 0, false
	}
	for i, c := range charges {
		wait = max(wait, c.Wait(arrivals[i], now, h.units[c.Key]))
	}
	if wait > 0 {
		return wait, true
	}
	if h.units == nil {
		h.units = map[string]int{}
	}
	for _, c := range charges {
		h.units[c.Key]++
	}
	return 0, true
}

// leave gives up what enter held.
func (h *held) leave(charges []Charge) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.left++
	for _, c := range charges {
		if h.units[c.Key]--; h.units[c.Key] <= 0 {
			delete(h.units, c.Key)
		}
	}
}
