package session_test

import (
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
)

const key, otherKey = "thumbprint of the key", "thumbprint of another key"

// startBound signs alice in with a proof by the key.
func (h *house) startBound(confirms bool) session.Started {
	h.Helper()
	return h.startFor("alice", session.Beginning{Keep: session.KeepStorage, Confirms: confirms, KeyThumb: key})
}

// givesByKey holds that number n with a proof by the key is answered with number want.
func (h *house) givesByKey(id session.ID, n, want uint32) {
	h.Helper()
	got, err := h.refreshBy(key, id, n)
	h.must(err)
	if got != want {
		h.Fatalf("number %d gave number %d, want %d", n, got, want)
	}
}

func TestStolenTokenOfABoundSessionNeitherRefreshesNorEndsIt(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.startBound(true)
		h.givesByKey(st.ID, 1, 2)
		h.givesByKey(st.ID, 2, 3)
		h.givesByKey(st.ID, 3, 4)
		for n := range uint32(7) {
			for _, thief := range []string{"", otherKey} {
				_, err := h.refreshBy(thief, st.ID, n)
				h.wants(err, fault.DPoPProofInvalid)
			}
		}
		if row := h.row(st.ID); row.Counter != 4 {
			h.Fatalf("a thief moved the counter to %d", row.Counter)
		}
		h.lives(st.ID)
		h.givesByKey(st.ID, 4, 5)
	})
}

func TestPredecessorInABoundSessionIsGoodWithoutLimit(t *testing.T) {
	for _, confirms := range []bool{true, false} {
		inHouse(t, func(h *house) {
			st := h.startBound(confirms)
			h.givesByKey(st.ID, 1, 2)
			h.confirm(st.ID, 2)
			for _, later := range []time.Duration{0, overlap, grace, 30 * time.Minute, 20 * 24 * time.Hour} {
				time.Sleep(later)
				h.givesByKey(st.ID, 1, 2)
			}
			h.lives(st.ID)
			h.givesByKey(st.ID, 2, 3)
		})
	}
}

func TestTokenTwoBackIsReuseByTheHolderOfTheKeyToo(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.startBound(true)
		h.givesByKey(st.ID, 1, 2)
		h.givesByKey(st.ID, 2, 3)
		_, err := h.refreshBy(key, st.ID, 1)
		h.wants(err, fault.RefreshReused)
		h.ended(st.ID, session.ReasonReuse, audit.RefreshReused)
	})
}

// A thief of a token that is bound to nothing must not be able to shut its owner out.
func TestProofDoesNotBindASessionThatIsUnderWay(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.givesByKey(st.ID, 1, 2)
		h.gives(st.ID, 2, 3)
		if row := h.row(st.ID); row.KeyThumb != "" {
			h.Fatalf("bound to %q", row.KeyThumb)
		}
	})
}

func TestBoundSessionThatIsOverSaysSo(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.startBound(true)
		_, err := h.SignOut(h.Context(), st.Session, session.This, src)
		h.must(err)
		h.refuses(st.ID, 1, fault.SessionEnded)
	})
}
