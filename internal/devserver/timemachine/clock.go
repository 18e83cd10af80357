package timemachine

import (
	"sync/atomic"
	"time"
)

// MostShift is how far a clock may be shifted, either way.
const MostShift = 10 * 365 * 24 * time.Hour

// Clock is the clock of the whole server. It can be shifted while everything runs. It is safe for concurrent use.
type Clock struct {
	real  func() time.Time
	ahead atomic.Int64 // nanoseconds
}

// NewClock makes one that goes as another does.
func NewClock(clock func() time.Time) *Clock { return &Clock{real: clock} }

// Now is the time, shifted.
func (c *Clock) Now() time.Time { return c.real().Add(c.Ahead()) }

// Ahead is how far the clock is shifted; negative when it is behind.
func (c *Clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// Set shifts the clock to so far ahead of this machine's. It reports whether that is within [MostShift]; if not, nothing is changed.
func (c *Clock) Set(ahead time.Duration) bool {
	if ahead.Abs() > MostShift {
		return false
	}
	c.ahead.Store(int64(ahead))
	return true
}

// Forward shifts the clock by so much more than it is, or back if by is negative, as Set does.
func (c *Clock) Forward(by time.Duration) bool {
	for {
		was := c.ahead.Load()
		next := time.Duration(was) + by
		if by.Abs() > 2*MostShift || next.Abs() > MostShift {
			return false
		}
		if c.ahead.CompareAndSwap(was, int64(next)) {
			return true
		}
	}
}
