package session_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

func TestSignOutEndsWhatItsScopeSays(t *testing.T) {
	for _, c := range []struct {
		scope       session.Scope
		here, there bool // whether this session, and the others, end
	}{
		{session.This, true, false}, {session.Others, false, true}, {session.All, true, true},
	} {
		t.Run(string(c.scope), func(t *testing.T) {
			inHouse(t, func(h *house) {
				here, there := h.start(session.KeepStorage, true), h.start(session.KeepCookie, false)
				theirs := h.startFor("bob", session.Beginning{Keep: session.KeepStorage})
				n, err := h.SignOut(h.Context(), here.Session, c.scope, src)
				h.must(err)
				ended := 0
				for id, gone := range map[session.ID]bool{here.ID: c.here, there.ID: c.there} {
					if !gone {
						h.lives(id)
						continue
					}
					h.ended(id, session.ReasonSignOut, audit.SignOut)
					ended++
				}
				if n != ended {
					h.Errorf("%d sessions are said to have ended, want %d", n, ended)
				}
				h.lives(theirs.ID)
			})
		})
	}
}

func TestRefreshAfterSignOutIsRefused(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		_, err := h.SignOut(h.Context(), st.Session, session.This, src)
		h.must(err)
		time.Sleep(42 * time.Second)
		for n := uint32(1); n <= 2; n++ {
			_, err := h.refresh(st.ID, n)
			h.wants(err, fault.SessionEnded)
			if got, want := fault.From(err).Detail(), "The session was ended 42 seconds ago."; got != want {
				h.Errorf("detail %q, want %q", got, want)
			}
		}
		h.ended(st.ID, session.ReasonSignOut, audit.SignOut)
		if n := len(h.events(st.ID, audit.RefreshReused)); n != 0 {
			h.Errorf("%d events of reuse: whoever signed out is no thief", n)
		}
	})
}

func TestSigningOutTwiceEndsOnce(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		for _, want := range []int{1, 0} {
			n, err := h.SignOut(h.Context(), st.Session, session.This, src)
			h.must(err)
			if n != want {
				h.Fatalf("%d sessions ended, want %d", n, want)
			}
		}
		h.ended(st.ID, session.ReasonSignOut, audit.SignOut)
	})
}

func TestOnlyTheUserEndsOneOfTheirSessions(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		for _, try := range []struct {
			user string
			id   session.ID
		}{{"bob", st.ID}, {"alice", session.NewID()}, {"", st.ID}} {
			if err := h.EndOne(h.Context(), try.user, try.id, src); !errors.Is(err, fault.ErrNotFound) {
				h.Fatalf("%+v: error is %v, want not found", try, err)
			}
		}
		h.lives(st.ID)
		h.must(h.EndOne(h.Context(), "alice", st.ID, src))
		h.ended(st.ID, session.ReasonEndedByUser, audit.SessionEnded)
		if err := h.EndOne(h.Context(), "alice", st.ID, src); !errors.Is(err, fault.ErrNotFound) {
			h.Fatalf("the second time: error is %v, want not found", err)
		}
	})
}

// ASVS 7.4.5
func TestOperatorEndsOneOrAll(t *testing.T) {
	inHouse(t, func(h *house) {
		a, b, c := h.start(session.KeepStorage, true), h.start(session.KeepStorage, true), h.start(session.KeepCookie, false)
		theirs := h.startFor("bob", session.Beginning{Keep: session.KeepStorage})
		n, err := h.EndByOperator(h.Context(), a.ID, src)
		h.must(err)
		if n != 1 {
			h.Fatalf("%d ended, want 1", n)
		}
		h.ended(a.ID, session.ReasonEndedByOperator, audit.SessionEnded)
		h.lives(b.ID)
		n, err = h.EndAllByOperator(h.Context(), "alice", src)
		h.must(err)
		if n != 2 {
			h.Fatalf("%d ended, want the 2 that were left", n)
		}
		h.ended(b.ID, session.ReasonEndedByOperator, audit.SessionEnded)
		h.ended(c.ID, session.ReasonEndedByOperator, audit.SessionEnded)
		h.lives(theirs.ID)
	})
}

func TestNobodyIsToldThatItEndedBeforeItIsRefused(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.failing = "end sessions"
		if _, err := h.SignOut(h.Context(), st.Session, session.This, src); !errors.Is(err, fault.ErrUnavailable) {
			h.Fatalf("error is %v, want unavailable", err)
		}
		h.lives(st.ID)
		h.failing, h.Revocations = "", deaf{}
		if _, err := h.SignOut(h.Context(), st.Session, session.This, src); !errors.Is(err, fault.ErrUnavailable) {
			h.Fatalf("error is %v, want unavailable: this process does not know of it yet", err)
		}
	})
}

// deaf is a set of revocations that cannot read the log.
type deaf struct{}

func (deaf) CatchUp(context.Context) error { return fault.ErrUnavailable }

func TestDisabledAccountStartsNoSession(t *testing.T) {
	inHouse(t, func(h *house) {
		h.disable("alice")
		_, err := h.Start(h.Context(), session.Beginning{UserID: "alice", Keep: session.KeepStorage, Source: src})
		h.wants(err, fault.AccountDisabled)
		h.failing = "start session"
		if _, err := h.Start(h.Context(), session.Beginning{UserID: "bob", Source: src}); !errors.Is(err, fault.ErrUnavailable) {
			h.Fatalf("error is %v, want unavailable", err)
		}
	})
}

// disable closes an account as the directory does.
func (h *house) disable(userID string) {
	h.Helper()
	h.change(user.Change{ID: userID, Disabled: new(true), Ending: &user.Ending{Reason: user.EndedByDisabling, RevokeUntil: time.Now().Add(revokeFor)}})
}

func (h *house) change(c user.Change) {
	h.Helper()
	c.At = time.Now()
	c.Event = &audit.Event{At: c.At, Action: audit.UserChanged, UserID: c.ID}
	h.must(h.store.ChangeUser(h.Context(), c))
	h.must(h.revoked.CatchUp(h.Context()))
}

func TestListHoldsTheLivingSessionsOfOneUser(t *testing.T) {
	inHouse(t, func(h *house) {
		first := h.start(session.KeepStorage, true)
		time.Sleep(time.Minute)
		second, over := h.start(session.KeepCookie, false), h.start(session.KeepStorage, true)
		h.startFor("bob", session.Beginning{Keep: session.KeepStorage})
		_, err := h.SignOut(h.Context(), over.Session, session.This, src)
		h.must(err)
		var ids []session.ID
		rows, err := h.Of(h.Context(), "alice")
		h.must(err)
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		if want := []session.ID{second.ID, first.ID}; !slices.Equal(ids, want) {
			h.Fatalf("listed are %v, want %v", ids, want)
		}
	})
}

func TestRefreshTokenIsGoodForSigningOutWithoutBeingUsedUp(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		h.gives(st.ID, 2, 3)
		for n, wantFresh := range map[uint32]bool{1: false, 2: true, 3: true} {
			row, fresh, err := h.OfRefresh(h.Context(), h.Sealed.Refresh(st.ID, n).Reveal())
			h.must(err)
			if row.ID != st.ID || fresh != wantFresh {
				h.Errorf("number %d: session %v, fresh %v", n, row.ID, fresh)
			}
		}
		if c := h.row(st.ID).Counter; c != 3 {
			h.Fatalf("the counter moved to %d", c)
		}
		_, _, err := h.OfRefresh(h.Context(), "lpr_nonsense")
		h.wants(err, fault.RefreshInvalid)
		_, err = h.SignOut(h.Context(), st.Session, session.This, src)
		h.must(err)
		_, _, err = h.OfRefresh(h.Context(), h.Sealed.Refresh(st.ID, 3).Reveal())
		h.wants(err, fault.SessionEnded)
	})
}

func TestClosedStoreIsNoRefusal(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		ctx, cancel := context.WithCancel(h.Context())
		cancel()
		_, err := h.Living(ctx, st.ID)
		if _, refused := errors.AsType[*fault.Refusal](err); err == nil || refused {
			h.Fatalf("error is %v, want one that blames nobody", err)
		}
		if err := h.EndOne(ctx, "alice", st.ID, src); !errors.Is(err, fault.ErrUnavailable) {
			h.Fatalf("error is %v, want unavailable", err)
		}
	})
}

func TestScopesAreReadAsWritten(t *testing.T) {
	for text, want := range map[string]session.Scope{"": session.This, "this": session.This, "others": session.Others, "all": session.All} {
		if got, ok := session.ParseScope(text); !ok || got != want {
			t.Errorf("%q is read as %q, %v", text, got, ok)
		}
	}
	for _, text := range []string{"All", "this ", "everything", "\x00"} {
		if got, ok := session.ParseScope(text); ok {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}
