package session_test

import (
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// Attack 55: a token stolen before its rotation is used after it. Two uses within the window get one successor; a later one ends all.
//
// ASVS 10.4.5
func TestAttack55ReuseAfterRotation(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		h.gives(st.ID, 1, 2)
		h.confirm(st.ID, 2)
		time.Sleep(overlap + 21*time.Second)
		h.refuses(st.ID, 1, fault.RefreshReused) // the thief
		h.ended(st.ID, session.ReasonReuse, audit.RefreshReused)
		h.refuses(st.ID, 2, fault.RefreshReused) // and the victim, who learns of it
	})
}

// Attack 56: a refresh token is used after what should have ended it.
//
// ASVS 7.4.1, 7.4.2
func TestAttack56RefreshAfterTheEnd(t *testing.T) {
	ending := func(reason string) user.Ending {
		return user.Ending{Reason: reason, RevokeUntil: time.Now().Add(revokeFor)}
	}
	for name, c := range map[string]struct {
		end  func(h *house, st session.Started)
		code fault.Code
	}{
		"signed out": {func(h *house, st session.Started) {
			_, err := h.SignOut(h.Context(), st.Session, session.This, src)
			h.must(err)
		}, fault.SessionEnded},
		"password changed": {func(h *house, _ session.Started) {
			h.change(user.Change{ID: "alice", Password: new(secret.New("$hash$")), Ending: new(ending(user.EndedByPassword))})
		}, fault.SessionEnded},
		"disabled": {func(h *house, _ session.Started) { h.disable("alice") }, fault.SessionEnded},
		"disabled and enabled again": {func(h *house, _ session.Started) {
			h.disable("alice")
			h.change(user.Change{ID: "alice", Disabled: new(false)})
		}, fault.SessionEnded},
		"removed": {func(h *house, _ session.Started) {
			h.must(h.store.RemoveUser(h.Context(), user.Removal{ID: "alice", Ending: ending(user.EndedByRemoval), At: time.Now()}))
			h.must(h.revoked.CatchUp(h.Context()))
		}, fault.RefreshInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				st := h.start(session.KeepStorage, true)
				h.gives(st.ID, 1, 2)
				c.end(h, st)
				h.refuses(st.ID, 2, c.code)
				h.refuses(st.ID, 1, c.code)
				if _, ok := h.revoked.Revoked(revoked.Claims{Session: st.ID.String()}); !ok {
					h.Error("its access tokens are not called back")
				}
			})
		})
	}
}

// Attack 56, the other way round: a thief who knows the password signs in again and again, so that one try is under way when it is changed.
func TestAttack56SignInThatBeganBeforeThePasswordChanged(t *testing.T) {
	inHouse(t, func(h *house) {
		before := h.user("alice").PasswordChangedAt
		h.change(user.Change{ID: "alice", Password: new(secret.New("$hash$"))})
		b := session.Beginning{UserID: "alice", PasswordAt: before, Keep: session.KeepStorage, Source: src}
		_, err := h.Start(h.Context(), b)
		h.wants(err, fault.CredentialsInvalid)
		b.PasswordAt = h.user("alice").PasswordChangedAt
		_, err = h.Start(h.Context(), b)
		h.must(err)
	})
}

func (h *house) user(id string) user.User {
	h.Helper()
	u, err := h.store.UserByID(h.Context(), id)
	h.must(err)
	return u
}

// Attack 57: refreshing for ever. Rotation moves the idle limit and never the end.
//
// ASVS 7.3.2, 10.4.8
func TestAttack57RefreshPastTheEnd(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		end := st.CreatedAt.Add(lifetime)
		n := uint32(1)
		for ; time.Now().Add(10 * 24 * time.Hour).Before(end); n++ {
			time.Sleep(10 * 24 * time.Hour)
			h.gives(st.ID, n, n+1)
			if row := h.row(st.ID); !row.ExpiresAt.Equal(end) || row.IdleUntil.After(end) {
				h.Fatalf("rotation moved the end to %v, the idle limit to %v", row.ExpiresAt, row.IdleUntil)
			}
		}
		time.Sleep(time.Until(end) - tick)
		h.gives(st.ID, n, n+1)
		time.Sleep(tick)
		h.refuses(st.ID, n+1, fault.SessionExpired)
		h.refuses(st.ID, n, fault.SessionExpired)
	})
}

// Attack 70: session fixation. No session takes its id from outside, and every sign-in makes a new one.
//
// ASVS 7.2.2, 7.2.4
func TestAttack70SessionFixation(t *testing.T) {
	inHouse(t, func(h *house) {
		planted := session.NewID()
		_, err := h.Use(h.Context(), h.Sealed.Cookie(planted).Reveal(), src)
		h.wants(err, fault.SessionExpired)
		seen := map[session.ID]bool{planted: true}
		for range 20 {
			st := h.start(session.KeepCookie, false)
			if seen[st.ID] {
				h.Fatalf("id %v was there before", st.ID)
			}
			seen[st.ID] = true
		}
		_, err = h.Use(h.Context(), h.Sealed.Cookie(planted).Reveal(), src)
		h.wants(err, fault.SessionExpired)
	})
}
