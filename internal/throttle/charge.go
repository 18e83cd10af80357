package throttle

import (
	"context"
	"time"
)

// Charge is one unit taken from one limit. Burst units are there at first; one more comes back each Interval.
type Charge struct {
	// Key names the limit: 22 characters of base64url that reveal nothing.
	Key string
	// Interval is positive and a whole number of microseconds.
	Interval time.Duration
	// Burst is at least 1.
	Burst int
}

// Next is the arithmetic of the limit, for stores. Given the key's theoretical arrival time (the zero time for a key that is not stored),
// it returns the time to store after the charge and a wait of zero, or, when the limit is exhausted, tat as it was and how long until
// the next unit is there.
func (c Charge) Next(tat, now time.Time) (next time.Time, wait time.Duration) {
	start := tat
	if start.Before(now) {
		start = now
	}
	next = start.Add(c.Interval)
	ready := next.Add(-time.Duration(c.Burst) * c.Interval)
	if wait = ready.Sub(now); wait > 0 {
		return tat, wait
	}
	return next, 0
}

// Back is the inverse of [Charge.Next]: the time to store after the charge is refunded.
func (c Charge) Back(tat time.Time) time.Time { return tat.Add(-c.Interval) }

// Store keeps one time a key. Each method is atomic and durable, and may be called concurrently.
type Store interface {
	// Take charges every limit as [Charge.Next] says, or none: if one of them is exhausted, nothing is charged and the longest wait is
	// returned. Two concurrent calls never spend the same unit. The keys of one call differ from each other.
	Take(ctx context.Context, charges []Charge, now time.Time) (wait time.Duration, err error)
	// Refund gives back what Take charged, as [Charge.Back] says. A key that is no longer stored is full and stays so.
	Refund(ctx context.Context, charges []Charge) error
	// Prune forgets the keys whose time is not after now: they are full again.
	Prune(ctx context.Context, now time.Time) error
}
