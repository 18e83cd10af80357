package password

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/lingpai/lingpai/internal/fault"
)

// gate decides how much is hashed at once, who waits, and who is refused. It is measured in KiB of memory: a hash that needs more than
// a worker's share (an imported one may) takes the shares of others with it, and one that needs all of it runs alone. The line is first
// in, first out, whatever the size.
type gate struct {
	workers  int
	share    int64               // KiB for one worker
	capacity int64               // KiB for all of them
	memory   *semaphore.Weighted // of what runs, and of what is sent ahead

	places  int64        // that may be inside at once, running or waiting
	inside  atomic.Int64 // that are
	maxWait time.Duration
	average atomic.Int64 // nanoseconds that one hash takes, moving
}

func newGate(workers, ahead, queue int, share uint32, maxWait time.Duration) *gate {
	g := &gate{
		workers:  workers,
		share:    int64(share),
		capacity: int64(workers) * int64(share),
		places:   int64(workers + ahead + queue),
		maxWait:  maxWait,
	}
	g.memory = semaphore.NewWeighted(g.capacity + int64(ahead)*g.share)
	g.average.Store(int64(50 * time.Millisecond))
	return g
}

// do runs the work on the caller's goroutine when its turn comes. It is refused with `too_busy` at once when the line is full, and
// later when the turn does not come within maxWait. Once begun, work is not interrupted.
func (g *gate) do(ctx context.Context, needKiB uint32, work func() error) error {
	defer g.inside.Add(-1)
	if g.inside.Add(1) > g.places {
		return g.refusal()
	}
	need := g.shares(needKiB)
	if err := g.wait(ctx, need); err != nil {
		return err
	}
	defer g.memory.Release(need)
	defer g.observe(time.Now())
	return work()
}

// shares is what a hash of that size takes.
func (g *gate) shares(needKiB uint32) int64 { return min(max(int64(needKiB), g.share), g.capacity) }

func (g *gate) wait(ctx context.Context, need int64) error {
	if ctx.Err() == nil && g.memory.TryAcquire(need) {
		return nil
	}
	patient, cancel := context.WithTimeout(ctx, g.maxWait)
	defer cancel()
	if err := g.memory.Acquire(patient, need); err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("wait to hash: %w", context.Cause(ctx))
	}
	return g.refusal()
}

// observe moves the average an eighth of the way. Two that write at once may lose one observation, which does no harm to an estimate.
func (g *gate) observe(start time.Time) {
	average := g.average.Load()
	g.average.Store(average + (int64(time.Since(start))-average)/8)
}

// refusal says to come back when those who are inside now will be through.
func (g *gate) refusal() *fault.Refusal {
	through := time.Duration(g.average.Load() * g.inside.Load() / int64(g.workers))
	return fault.Refuse(fault.TooBusy, max(through, time.Second))
}
