package dpop

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Replays remembers used proofs, so that none passes twice.
type Replays interface {
	// Use records a proof and reports whether it is the first time. Of any number of calls at a time, exactly one is told so. The proof
	// may be forgotten after until.
	Use(ctx context.Context, proof [32]byte, until time.Time) (first bool, err error)
}

// maxReplays is how many proofs are remembered of one turn. At 40 bytes each, two turns take 80 MB at most.
const maxReplays = 1 << 20

var errReplaysFull = errors.New("too many proofs in a short time")

// Memory is the Replays of one process. It forgets by turns: what was used in this turn and the last one is known, so a proof is known
// for a turn at least. When a turn is full, further proofs are refused rather than old ones forgotten. It is safe for concurrent use.
type Memory struct {
	now    func() time.Time
	length time.Duration // of a turn
	max    int           // proofs of one turn

	mu         sync.Mutex
	began      time.Time // of this turn
	this, last map[[32]byte]struct{}
}

// NewMemory makes a memory for proofs that are accepted for as long as those of a judge with these nonces (nil for none) are.
func NewMemory(nonces *Nonces, now func() time.Time) *Memory {
	length := proofAge + proofSkew
	if nonces != nil {
		length = max(length, 2*nonceTurn)
	}
	return &Memory{now: now, length: length, max: maxReplays, began: now(), this: map[[32]byte]struct{}{}}
}

// Use implements Replays. All proofs are kept for a turn, whatever until says; it never lies later.
func (m *Memory) Use(_ context.Context, proof [32]byte, _ time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn()
	if _, known := m.this[proof]; known {
		return false, nil
	}
	if _, known := m.last[proof]; known {
		return false, nil
	}
	if len(m.this) >= m.max {
		return false, errReplaysFull
	}
	m.this[proof] = struct{}{}
	return true, nil
}

// turn goes on to the next turn when it is time. It measures by the monotonic clock, so that setting the clock
// forward forgets nothing early.
func (m *Memory) turn() {
	now := m.now()
	if age := now.Sub(m.began); age >= m.length {
		m.last = m.this
		if age >= 2*m.length {
			m.last = nil
		}
		m.this, m.began = map[[32]byte]struct{}{}, now
	}
}
