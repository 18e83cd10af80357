package revocation

import (
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/revoked"
)

// SignedSnapshot is everything that is called back, up to Seq. Its messages belong together.
type SignedSnapshot struct {
	Seq   int64
	Parts []string
	made  time.Time
}

// Snapshot returns a snapshot that is a few seconds old at most. Its parts are shared and must not be changed.
func (h *Hub) Snapshot() (SignedSnapshot, error) {
	h.snapshots.Lock()
	defer h.snapshots.Unlock()
	now := h.o.Now()
	if age := now.Sub(h.last.made); h.last.Parts != nil && age >= 0 && age < freshFor {
		return h.last, nil
	}
	seq, entries := h.o.Set.snapshot()
	s := SignedSnapshot{Seq: seq, made: now}
	key := h.o.Set.revoked.Key()
	parts := max(1, (len(entries)+revoked.MaxPart-1)/revoked.MaxPart)
	for i := range parts {
		text, err := h.sign(revoked.Message{
			Kind: revoked.Snapshot, Seq: seq, Key: &key, Part: i + 1, Parts: parts,
			Entries: entries[i*revoked.MaxPart : min(len(entries), (i+1)*revoked.MaxPart)],
		})
		if err != nil {
			return SignedSnapshot{}, fmt.Errorf("make snapshot: %w", err)
		}
		s.Parts = append(s.Parts, text)
	}
	h.last = s
	return s, nil
}

// outdate lets the next snapshot be a new one.
func (h *Hub) outdate() {
	h.snapshots.Lock()
	defer h.snapshots.Unlock()
	h.last = SignedSnapshot{}
}
