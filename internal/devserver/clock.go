package devserver

import (
	"sync/atomic"
	"time"
)

// Clock is the clock of the whole server. It can be shifted while everything runs. It is safe for concurrent use.
type Clock struct {
	real  func() time.Time
	ahead atomic.Int64 // nanoseconds
}

// NewClock makes one that goes as another does.
func NewClock(clock func() time.Time) *Clock { return &Clock{real: clock} }

// Now is the time, shifted.
func (c *Clock) Now() time.Time { return c.real().Add(c.Ahead()) }

// Ahead is how far it is shifted; negative when it is behind.
func (c *Clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }
