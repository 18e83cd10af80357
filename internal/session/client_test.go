package session_test

import (
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
)

// client refreshes as an OAuth client.
func (h *house) client(token, clientID string, rotate bool) (session.Started, error) {
	return h.RefreshClient(h.Context(), token, clientID, "", rotate, src)
}

func TestClientsRefreshByTokensOfTheirOwn(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepClient, false)
		first := st.Refresh.Reveal()
		_, err := h.Refresh(h.Context(), first, "", src)
		h.wants(err, fault.RefreshInvalid) // who is no client does not get past the authentication of clients
		_, err = h.client(h.Sealed.Refresh(st.ID, 1).Reveal(), "web", true)
		h.wants(err, fault.RefreshInvalid)
		_, err = h.client(first, "other", true)
		h.wants(err, fault.RefreshInvalid)
		h.lives(st.ID)

		next, err := h.client(first, "web", true)
		h.must(err)
		id, n, ok := h.Sealed.OpenClientRefresh(next.Refresh.Reveal())
		if !ok || id != st.ID || n != 2 {
			t.Fatalf("the successor is number %d of %v", n, id)
		}
		again, err := h.client(first, "web", true)
		h.must(err)
		if again.Refresh.Reveal() != next.Refresh.Reveal() {
			t.Error("an answer that was lost has two successors")
		}
		_, err = h.SignOut(h.Context(), st.Session, session.This, src)
		h.must(err)
		_, err = h.client(next.Refresh.Reveal(), "web", true)
		h.wants(err, fault.SessionEnded)
	})
}

func TestClientWithASecretMayKeepItsRefreshToken(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepClient, false)
		for range 3 {
			time.Sleep(time.Hour)
			same, err := h.client(st.Refresh.Reveal(), "web", false)
			h.must(err)
			if same.Refresh.Reveal() != st.Refresh.Reveal() || same.Counter != 1 {
				t.Fatal("the token was changed")
			}
		}
		if row := h.row(st.ID); !row.IdleUntil.After(st.IdleUntil) {
			t.Error("the use of the session is not noted")
		}
		bound := h.startFor("alice", session.Beginning{Keep: session.KeepClient, KeyThumb: "key"})
		_, err := h.client(bound.Refresh.Reveal(), "web", false)
		if err == nil {
			t.Error("a bound session is refreshed without its key")
		}
		h.lives(bound.ID)
	})
}

func TestSessionBeginsAsItIsTold(t *testing.T) {
	inHouse(t, func(h *house) {
		earlier, end := time.Now().Add(-time.Hour).Truncate(tick), time.Now().Add(time.Hour).Truncate(tick)
		id := session.NewID()
		st := h.startFor("alice", session.Beginning{ID: id, Keep: session.KeepClient, AuthTime: earlier, NotAfter: end, NoRefresh: true})
		if st.ID != id || !st.AuthTime.Equal(earlier) || !st.ExpiresAt.Equal(end) || !st.IdleUntil.Equal(end) || !st.Refresh.Empty() {
			t.Errorf("the session is %+v", st.Session)
		}
		late := h.startFor("alice", session.Beginning{Keep: session.KeepClient, NotAfter: time.Now().Add(10 * lifetime)})
		if !late.ExpiresAt.Equal(time.Now().Add(lifetime)) {
			t.Errorf("it lives until %v", late.ExpiresAt)
		}
	})
}

func TestSessionEndsForTheReasonOfItsGrant(t *testing.T) {
	inHouse(t, func(h *house) {
		st, other := h.start(session.KeepClient, false), h.start(session.KeepClient, false)
		h.must(h.EndFor(h.Context(), st.ID, session.ReasonCodeReuse, audit.SessionEnded, src))
		h.ended(st.ID, session.ReasonCodeReuse, audit.SessionEnded)
		h.lives(other.ID)
	})
}

func TestSessionThatGivesWayEndsAndItsHeirLives(t *testing.T) {
	inHouse(t, func(h *house) {
		before, heir := h.start(session.KeepMemory, false), h.start(session.KeepMemory, false)
		h.must(h.GiveWay(h.Context(), before.Session, heir.ID, src))
		h.ended(before.ID, session.ReasonSignOut, audit.SignOut)
		h.lives(heir.ID)
	})
}

func TestWhatAUserTakesBackFromAClientEndsAndNothingElse(t *testing.T) {
	inHouse(t, func(h *house) {
		mine, theirs := h.start(session.KeepClient, false), h.startFor("bob", session.Beginning{Keep: session.KeepClient})
		_, err := h.store.EndSessions(h.Context(), h.TakingBack("alice", "web", src))
		h.must(err)
		h.must(h.Ended(h.Context()))
		h.ended(mine.ID, session.ReasonTakenBack, audit.SessionEnded)
		h.lives(theirs.ID)
	})
}

func TestEverybodyIsListedAndCanBeSignedOut(t *testing.T) {
	inHouse(t, func(h *house) {
		ids := []session.ID{h.start(session.KeepStorage, true).ID, h.startFor("bob", session.Beginning{Keep: session.KeepCookie}).ID}
		all, err := h.All(h.Context())
		h.must(err)
		if len(all) != 2 {
			t.Fatalf("%d sessions are listed, want 2", len(all))
		}
		n, err := h.EndEverybody(h.Context(), src)
		h.must(err)
		if n != 2 {
			t.Errorf("%d sessions are said to have ended, want 2", n)
		}
		for _, id := range ids {
			h.ended(id, session.ReasonEndedByOperator, audit.SessionEnded)
		}
		if all, err = h.All(h.Context()); err != nil || len(all) != 0 {
			t.Errorf("%d sessions are left: %v", len(all), err)
		}
	})
}
