package session_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/sqlstore"
)

func TestRefreshRotates(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		if st.Counter != 1 || st.Refresh.Reveal() != h.Sealed.Refresh(st.ID, 1).Reveal() {
			h.Fatalf("a new session has counter %d", st.Counter)
		}
		for n := uint32(1); n <= 5; n++ {
			time.Sleep(5 * time.Minute)
			h.gives(st.ID, n, n+1)
			row := h.row(st.ID)
			if !row.RotatedAt.Equal(time.Now()) || !row.SeenAt.Equal(time.Now()) || !row.ConfirmedAt.IsZero() {
				h.Fatalf("after rotation %d: rotated %v, seen %v, confirmed %v", n, row.RotatedAt, row.SeenAt, row.ConfirmedAt)
			}
			h.confirm(st.ID, n+1)
		}
		h.lives(st.ID)
	})
}

func TestLostAnswerGivesTheSameSuccessorUntilItIsConfirmed(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		for _, later := range []time.Duration{0, time.Second, 45 * time.Second, 30 * time.Minute, 20 * 24 * time.Hour} {
			time.Sleep(later)
			h.gives(st.ID, 1, 2)
		}
		if c := h.row(st.ID).Counter; c != 2 {
			h.Fatalf("the counter went on to %d: a second branch", c)
		}
		h.gives(st.ID, 2, 3)
		h.lives(st.ID)
	})
}

func TestPredecessorOfAConfirmedTokenIsGoodForTheOverlap(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		time.Sleep(time.Hour)
		h.confirm(st.ID, 2)
		time.Sleep(overlap - tick)
		h.gives(st.ID, 1, 2)
		h.lives(st.ID)
		time.Sleep(tick)
		h.refuses(st.ID, 1, fault.RefreshReused)
		h.ended(st.ID, session.ReasonReuse, audit.RefreshReused)
	})
}

func TestPredecessorIsGoodForTheGraceWhereNobodyConfirms(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, false)
		time.Sleep(time.Hour)
		h.gives(st.ID, 1, 2)
		time.Sleep(grace - tick)
		h.gives(st.ID, 1, 2)
		h.confirm(st.ID, 2) // Shortens nothing for a client that did not promise to.
		h.gives(st.ID, 1, 2)
		time.Sleep(tick)
		h.refuses(st.ID, 1, fault.RefreshReused)
		h.ended(st.ID, session.ReasonReuse, audit.RefreshReused)
	})
}

func TestSecondConfirmationDoesNotProlongTheOverlap(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		h.confirm(st.ID, 2)
		time.Sleep(overlap / 2)
		h.confirm(st.ID, 2)
		time.Sleep(overlap / 2)
		h.refuses(st.ID, 1, fault.RefreshReused)
	})
}

func TestTokenTwoBackIsReuseAtOnce(t *testing.T) {
	for _, confirms := range []bool{true, false} {
		inHouse(t, func(h *house) {
			st := h.start(session.KeepStorage, confirms)
			h.gives(st.ID, 1, 2)
			h.gives(st.ID, 2, 3)
			h.refuses(st.ID, 1, fault.RefreshReused)
			h.ended(st.ID, session.ReasonReuse, audit.RefreshReused)
		})
	}
}

func TestTokenThatWasNeverIssuedIsReuse(t *testing.T) {
	inHouse(t, func(h *house) { // As after a restore of an older backup: nobody can say what happened since.
		st := h.start(session.KeepStorage, true)
		h.refuses(st.ID, 2, fault.RefreshReused)
		h.ended(st.ID, session.ReasonReuse, audit.RefreshReused)
	})
}

func TestReuseEndsTheSessionForEverybody(t *testing.T) {
	inHouse(t, func(h *house) {
		st, other := h.start(session.KeepStorage, true), h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		h.gives(st.ID, 2, 3)
		h.refuses(st.ID, 1, fault.RefreshReused)
		for n := uint32(1); n <= 4; n++ {
			h.refuses(st.ID, n, fault.RefreshReused)
		}
		h.ended(st.ID, session.ReasonReuse, audit.RefreshReused) // One event and one revocation, however often it is tried.
		event := h.events(st.ID, audit.RefreshReused)[0]
		if event.UserID != "alice" || event.Address != src.Address || event.Detail != session.ReasonReuse {
			h.Fatalf("event %+v", event)
		}
		_, err := h.Living(h.Context(), st.ID)
		h.wants(err, fault.RefreshReused)
		h.lives(other.ID)
		h.gives(other.ID, 1, 2)
	})
}

func TestConfirmingAStaleTokenDoesNothing(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		for _, n := range []uint32{1, 3} {
			h.confirm(st.ID, n)
			if at := h.row(st.ID).ConfirmedAt; !at.IsZero() {
				h.Fatalf("number %d confirmed number 2 at %v", n, at)
			}
		}
		time.Sleep(time.Hour)
		h.gives(st.ID, 1, 2)
		h.confirm(session.NewID(), 1) // A session that is gone: nothing to confirm, nothing to say.
		h.wants(h.Confirm(h.Context(), "lpr_nonsense"), fault.RefreshInvalid)
	})
}

func TestRotationClearsTheConfirmation(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		h.confirm(st.ID, 2)
		h.gives(st.ID, 2, 3)
		time.Sleep(time.Hour)
		h.gives(st.ID, 2, 3) // Number 3 is not confirmed; that number 2 was is over.
	})
}

func TestUseOfTheAccessTokenConfirms(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		for _, n := range []uint32{0, 1, 3} { // A token that came with none, an older one, one that cannot be.
			h.must(h.Seen(h.Context(), h.row(st.ID), n))
			if !h.row(st.ID).ConfirmedAt.IsZero() {
				h.Fatalf("an access token that came with number %d confirmed number 2", n)
			}
		}
		h.must(h.Seen(h.Context(), h.row(st.ID), 2))
		at := h.row(st.ID).ConfirmedAt
		if !at.Equal(time.Now()) {
			h.Fatalf("confirmed at %v, want now", at)
		}
		time.Sleep(time.Second)
		h.must(h.Seen(h.Context(), h.row(st.ID), 2))
		if again := h.row(st.ID).ConfirmedAt; !again.Equal(at) {
			h.Fatalf("the next use moved the confirmation to %v", again)
		}
		time.Sleep(overlap)
		h.refuses(st.ID, 1, fault.RefreshReused)
	})
}

func TestUseOfTheAccessTokenSaysNothingWhereNobodyConfirms(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, false)
		h.gives(st.ID, 1, 2)
		h.must(h.Seen(h.Context(), h.row(st.ID), 2))
		time.Sleep(overlap + time.Second)
		h.gives(st.ID, 1, 2)
	})
}

func TestUseOfTheAccessTokenWritesOnlyToConfirm(t *testing.T) {
	inHouse(t, func(h *house) {
		confirms, silent := h.start(session.KeepStorage, true), h.start(session.KeepStorage, false)
		h.gives(confirms.ID, 1, 2)
		h.failing = "confirm session" // Whoever writes now fails.
		h.must(h.Seen(h.Context(), h.row(confirms.ID), 1))
		h.must(h.Seen(h.Context(), h.row(silent.ID), 1))
	})
}

func TestConcurrentRefreshesOnNodesWithSkewedClocksMakeOneChain(t *testing.T) {
	inHouse(t, func(h *house) {
		nodes := []*session.Service{h.Service}
		for _, skew := range []time.Duration{-40 * time.Second, 25 * time.Second} {
			s, _ := h.node(h.open(sqlstore.Options{}), func() time.Time { return time.Now().Add(skew) })
			nodes = append(nodes, s)
		}
		st := h.start(session.KeepStorage, true)
		for n := uint32(1); n <= 8; n++ {
			token := h.Sealed.Refresh(st.ID, n).Reveal()
			var all sync.WaitGroup
			for i := range 60 {
				all.Go(func() {
					got, err := nodes[i%3].Refresh(h.Context(), token, "", src)
					if err != nil || got.Refresh.Reveal() != h.Sealed.Refresh(st.ID, n+1).Reveal() {
						h.Errorf("node %d answered number %d with number %d, %v", i%3, n, got.Counter, err)
					}
				})
			}
			all.Wait()
			h.must(nodes[n%3].Confirm(h.Context(), h.Sealed.Refresh(st.ID, n+1).Reveal()))
			time.Sleep(5 * time.Minute)
		}
		h.lives(st.ID)
	})
}

func TestForeignTokensAreRefusedWithoutAskingTheStore(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.failing = "rotate session" // Whoever asks the store now gets another answer.
		strangers := session.NewSealed([]byte("another key, 32 bytes long, yes."))
		for _, token := range []secret.String{
			secret.New(""), secret.New("lpr_"), strangers.Refresh(st.ID, 1), h.Sealed.Cookie(st.ID), secret.New(st.ID.String()),
		} {
			_, err := h.Refresh(h.Context(), token.Reveal(), "", src)
			h.wants(err, fault.RefreshInvalid)
		}
		h.lives(st.ID)
	})
}

func TestRefreshOfAForgottenSessionIsRefused(t *testing.T) {
	inHouse(t, func(h *house) {
		h.refuses(session.NewID(), 1, fault.RefreshInvalid)
	})
}

// A client gave up on a request, asked again and went on, while the request still waited for the store.
func TestRefreshThatOthersOvertookIsNoReuse(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.waiting = func() {
			time.Sleep(time.Second)
			h.gives(st.ID, 1, 2)
			h.gives(st.ID, 2, 3)
		}
		h.refuses(st.ID, 1, fault.Unavailable)
		h.lives(st.ID)
		h.gives(st.ID, 3, 4)
		h.refuses(st.ID, 1, fault.RefreshReused) // asked again: now it is what a thief would send
	})
}

func TestRefreshSurvivesAFailureOfTheStore(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		for _, stage := range []sqlstore.Stage{sqlstore.BeforeEffect, sqlstore.AfterCommit} {
			h.failing, h.stage = "rotate session", stage
			if _, err := h.refresh(st.ID, 1); !errors.Is(err, fault.ErrUnavailable) {
				h.Fatalf("stage %d: error is %v, want unavailable", stage, err)
			}
		}
		h.failing = ""
		h.gives(st.ID, 1, 2) // Whether it had taken effect or not, the client may try again.
		h.lives(st.ID)
	})
}

func TestReuseIsNotReportedBeforeItIsStored(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		h.gives(st.ID, 2, 3)
		h.failing = "end sessions"
		if _, err := h.refresh(st.ID, 1); !errors.Is(err, fault.ErrUnavailable) {
			h.Fatalf("error is %v, want unavailable", err)
		}
		h.lives(st.ID)
		h.failing = ""
		h.refuses(st.ID, 1, fault.RefreshReused)
	})
}

func TestFailedConfirmationIsTold(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.failing = "confirm session"
		if err := h.Seen(h.Context(), h.row(st.ID), 1); !errors.Is(err, fault.ErrUnavailable) {
			h.Fatalf("seen: error is %v, want unavailable", err)
		}
		if err := h.Confirm(h.Context(), st.Refresh.Reveal()); !errors.Is(err, fault.ErrUnavailable) {
			h.Fatalf("confirm: error is %v, want unavailable", err)
		}
	})
}
