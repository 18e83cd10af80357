package lingpai

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ReplayStore remembers used proofs, so that none passes twice. Several servers that share one address share one store.
type ReplayStore interface {
	// Use records a proof and reports whether it is the first time. Of any number of calls at a time, exactly one is told so. The proof
	// may be forgotten after until. On an error, the request is answered with 503.
	Use(ctx context.Context, proof [32]byte, until time.Time) (first bool, err error)
}

const (
	// replayTurn is the longest that a proof is good, from its use on.
	replayTurn = proofAge + proofSkew
	// maxReplays is how many proofs are remembered of one turn. At 40 bytes each, two turns take 80 MB at most.
	maxReplays = 1 << 20
)

var errReplaysFull = errors.New("too many proofs in a short time")

// replays is the ReplayStore of one process. It forgets by turns: what was used in this turn and the last one is known, so a proof is known
// for a turn at least. When a turn is full, further proofs are refused rather than old ones forgotten.
type replays struct {
	now func() time.Time
	max int // proofs of one turn

	mu         sync.Mutex
	began      time.Time // of this turn
	this, last map[[32]byte]struct{}
}

func newReplays(now func() time.Time) *replays {
	return &replays{now: now, max: maxReplays, began: now(), this: map[[32]byte]struct{}{}}
}

// Use is that of ReplayStore. All proofs are kept for a turn, whatever until says; it never lies later.
func (r *replays) Use(_ context.Context, proof [32]byte, _ time.Time) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	if _, known := r.this[proof]; known {
		return false, nil
	}
	if _, known := r.last[proof]; known {
		return false, nil
	}
	if len(r.this) >= r.max {
		return false, errReplaysFull
	}
	r.this[proof] = struct{}{}
	return true, nil
}

// turn goes on to the next turn when it is time. It measures by the monotonic clock, so that setting the clock
// forward forgets nothing early.
func (r *replays) turn() {
	now := r.now()
	if age := now.Sub(r.began); age >= replayTurn {
		r.last = r.this
		if age >= 2*replayTurn {
			r.last = nil
		}
		r.this, r.began = map[[32]byte]struct{}{}, now
	}
}
