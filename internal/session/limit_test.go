package session_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
)

func TestSessionBeginsWithItsLimits(t *testing.T) {
	inHouse(t, func(h *house) {
		now := time.Now()
		for _, c := range []struct {
			b               session.Beginning
			counter         uint32
			idle, lifetime  time.Duration
			hasRefreshToken bool
		}{
			{session.Beginning{Keep: session.KeepStorage}, 1, idle, lifetime, true},
			{session.Beginning{Keep: session.KeepMemory, Confirms: true}, 1, idle, lifetime, true},
			{session.Beginning{Keep: session.KeepCookie}, 0, idle, lifetime, false},
			{session.Beginning{Keep: session.KeepCookie, Short: true}, 0, shortIdle, shortLifetime, false},
		} {
			st := h.startFor("alice", c.b)
			row := h.row(st.ID)
			if row.Counter != c.counter || !row.IdleUntil.Equal(now.Add(c.idle)) || !row.ExpiresAt.Equal(now.Add(c.lifetime)) {
				h.Errorf("%+v: counter %d, idle until %v, expires %v", c.b, row.Counter, row.IdleUntil, row.ExpiresAt)
			}
			if st.Refresh.Empty() == c.hasRefreshToken {
				h.Errorf("%+v: has a refresh token: %v", c.b, !st.Refresh.Empty())
			}
			if row.Keep != c.b.Keep || row.Confirms != c.b.Confirms || row.Address != src.Address || row.Agent != src.Agent {
				h.Errorf("%+v: stored as %+v", c.b, row)
			}
		}
	})
}

func TestIdleLimitIsNeverBeyondTheEnd(t *testing.T) {
	inHouse(t, func(h *house) {
		h.Long.Idle = 2 * lifetime
		if row := h.row(h.start(session.KeepStorage, true).ID); !row.IdleUntil.Equal(row.ExpiresAt) {
			h.Fatalf("idle until %v, expires %v", row.IdleUntil, row.ExpiresAt)
		}
	})
}

// ASVS 7.3.1
func TestSessionNotUsedForTooLongIsOver(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		time.Sleep(idle - tick)
		h.gives(st.ID, 1, 2)
		time.Sleep(idle)
		h.refuses(st.ID, 2, fault.SessionExpired)
		h.refuses(st.ID, 1, fault.SessionExpired)
		_, err := h.Living(h.Context(), st.ID)
		h.wants(err, fault.SessionExpired)
	})
}

func TestRefreshOfAnExpiredSessionIsNoReuse(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepStorage, true)
		h.gives(st.ID, 1, 2)
		h.gives(st.ID, 2, 3)
		time.Sleep(idle)
		h.refuses(st.ID, 1, fault.SessionExpired)
		h.lives(st.ID)
	})
}

func TestCookieSessionIsSeenOnceAMinute(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.startFor("alice", session.Beginning{Keep: session.KeepCookie, Short: true})
		cookie := h.Sealed.Cookie(st.ID).Reveal()
		use := func() session.Session {
			row, err := h.Use(h.Context(), cookie, src)
			h.must(err)
			return row
		}
		time.Sleep(time.Minute - tick)
		use()
		if row := h.row(st.ID); !row.SeenAt.Equal(st.SeenAt) {
			h.Fatal("a use within the minute was written")
		}
		time.Sleep(tick)
		if row, stored := use(), h.row(st.ID); !stored.SeenAt.Equal(time.Now()) || !row.SeenAt.Equal(stored.SeenAt) {
			h.Fatalf("a use after a minute is seen at %v, stored %v", row.SeenAt, stored.SeenAt)
		}
		if row := h.row(st.ID); !row.IdleUntil.Equal(time.Now().Add(shortIdle)) {
			h.Fatalf("idle until %v, want the short limit from now", row.IdleUntil)
		}
		time.Sleep(shortIdle)
		_, err := h.Use(h.Context(), cookie, src)
		h.wants(err, fault.SessionExpired)
	})
}

// ASVS 7.3.2
func TestCookieSessionEndsAtItsEndHoweverOftenUsed(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.startFor("alice", session.Beginning{Keep: session.KeepCookie, Short: true})
		cookie := h.Sealed.Cookie(st.ID).Reveal()
		for end := st.CreatedAt.Add(shortLifetime); time.Now().Before(end); time.Sleep(30 * time.Minute) {
			_, err := h.Use(h.Context(), cookie, src)
			h.must(err)
		}
		_, err := h.Use(h.Context(), cookie, src)
		h.wants(err, fault.SessionExpired)
	})
}

func TestUseSaysWhatIsWrong(t *testing.T) {
	inHouse(t, func(h *house) {
		st := h.start(session.KeepCookie, false)
		_, err := h.Use(h.Context(), "lps_nonsense", src)
		h.wants(err, fault.TokenMissing)
		_, err = h.Use(h.Context(), h.Sealed.Cookie(session.NewID()).Reveal(), src)
		h.wants(err, fault.SessionExpired)
		time.Sleep(2 * time.Minute)
		h.failing = "touch session"
		if _, err = h.Use(h.Context(), h.Sealed.Cookie(st.ID).Reveal(), src); !errors.Is(err, fault.ErrUnavailable) {
			h.Fatalf("error is %v, want unavailable", err)
		}
	})
}

func TestAliveTellsWhyItIsOver(t *testing.T) {
	now := time.Now()
	living := session.Session{IdleUntil: now.Add(1), ExpiresAt: now.Add(1)}
	if err := session.Alive(living, now); err != nil {
		t.Fatalf("a living session is refused: %v", err)
	}
	for _, c := range []struct {
		code   fault.Code
		change func(s *session.Session)
	}{
		{fault.RefreshReused, func(s *session.Session) { s.EndedAt, s.EndReason = now, session.ReasonReuse }},
		{fault.SessionEnded, func(s *session.Session) { s.EndedAt, s.EndReason = now, session.ReasonSignOut }},
		{fault.SessionEnded, func(s *session.Session) { s.EndedAt = now.Add(time.Minute) }}, // by a node whose clock is ahead
		{fault.SessionExpired, func(s *session.Session) { s.ExpiresAt = now }},
		{fault.SessionExpired, func(s *session.Session) { s.IdleUntil = now }},
		{fault.AccountDisabled, func(s *session.Session) { s.Holder.Disabled = true }},
	} {
		s := living
		c.change(&s)
		err := session.Alive(s, now)
		if !fault.Is(err, c.code) {
			t.Errorf("%+v is refused by %v, want %s", s, err, c.code)
		}
		if detail := fault.From(err).Detail(); detail == "" || detail[len(detail)-1] != '.' {
			t.Errorf("%s says %q, which is no sentence", c.code, detail)
		}
	}
}
