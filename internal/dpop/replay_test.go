package dpop

import (
	"testing"
	"time"
)

// A full memory of proofs refuses new ones: forgetting old ones would let them pass again.
func TestFullMemoryOfProofsRefuses(t *testing.T) {
	now := time.Unix(1_000_000_000, 0)
	m := NewMemory(nil, func() time.Time { return now })
	m.max = 2
	var proof [32]byte
	for n := range m.max {
		proof[0] = byte(n)
		if first, err := m.Use(t.Context(), proof, now); err != nil || !first {
			t.Fatal(first, err)
		}
	}
	proof[3] = 1
	if first, err := m.Use(t.Context(), proof, now); err == nil || first {
		t.Errorf("got %v, %v", first, err)
	}
	now = now.Add(m.length)
	if first, err := m.Use(t.Context(), proof, now); err != nil || !first {
		t.Errorf("a turn later: %v, %v", first, err)
	}
	proof[3] = 0
	if first, err := m.Use(t.Context(), proof, now); err != nil || first {
		t.Errorf("of the turn before: %v, %v", first, err)
	}
}
