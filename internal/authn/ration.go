package authn

import (
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/throttle"
)

// rationed is how many events are stored at once, and how often one more.
var rationed = throttle.Charge{Burst: 60, Interval: time.Second}

// ration bounds how fast events are stored that anybody can cause at no cost.
type ration struct {
	mu      sync.Mutex // guards the rest
	arrival time.Time
	omitted int
}

// take reports whether an event may be stored now, and how many were passed over since the last that was.
func (r *ration) take(now time.Time) (omitted int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rationed.Wait(r.arrival, now, 0) > 0 {
		r.omitted++
		return 0, false
	}
	omitted, r.arrival, r.omitted = r.omitted, rationed.Paid(r.arrival, now), 0
	return omitted, true
}
