package throttle

import (
	"context"
	"time"
)

// Charge is one unit of one limit. Burst units are there at first; one more comes back each Interval.
type Charge struct {
	// Key names the limit: 22 characters of base64url that reveal nothing.
	Key string
	// Interval is positive and a whole number of microseconds.
	Interval time.Duration
	// Burst is at least 1.
	Burst int
}

// Wait is how long until a unit is there, given the limit's theoretical arrival time (the zero time if it is not stored) and how many units
// are held for attempts that nobody has judged yet; 0 if it is there now.
func (c Charge) Wait(tat, now time.Time, held int) time.Duration {
	if tat.Before(now) {
		tat = now
	}
	ready := tat.Add(time.Duration(held+1-c.Burst) * c.Interval)
	return max(0, ready.Sub(now))
}

// Paid is the theoretical arrival time after a unit was taken, whether or not it was there. Who takes more than is there waits longer.
func (c Charge) Paid(tat, now time.Time) time.Time {
	if tat.Before(now) {
		tat = now
	}
	return tat.Add(c.Interval)
}

// Store keeps one time a key. Its methods may be called concurrently.
type Store interface {
	// Arrivals returns the time of each key in turn, the zero time for one that is not stored.
	Arrivals(ctx context.Context, keys []string) ([]time.Time, error)
	// Charge takes a unit of every limit, as [Charge.Paid] says, in one durable act. The keys of one call differ from each other.
	Charge(ctx context.Context, charges []Charge, now time.Time) error
}
