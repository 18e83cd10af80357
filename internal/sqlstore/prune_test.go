package sqlstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/sqlstore"
	"github.com/lingpai/lingpai/internal/user"
)

func TestPruneRemovesWhatIsLongOver(t *testing.T) {
	s := newDatabase(t, file(t)).open(t, sqlstore.Options{SessionKeep: 24 * time.Hour, AuditKeep: 48 * time.Hour})
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(s.AddUser(t.Context(), user.Addition{User: user.User{ID: "u", Username: "u"}, CanonicalUsername: "u", Event: audit.Event{At: now}}))
	add := func(idle, expires, ended time.Duration) session.ID {
		n := session.Session{ID: session.NewID(), UserID: "u", Counter: 1, IdleUntil: now.Add(idle), ExpiresAt: now.Add(expires)}
		ok(s.StartSession(t.Context(), session.Opening{Session: n, Event: audit.Event{At: now}}))
		if ended != 0 {
			_, err := s.EndSessions(t.Context(), session.Ending{Session: n.ID, At: now.Add(ended), RevokeUntil: now.Add(ended), Event: audit.Event{At: now.Add(ended)}})
			ok(err)
		}
		return n.ID
	}
	const day = 24 * time.Hour
	stays := []session.ID{add(day, day, 0), add(-day, day, 0), add(-day, -day, 0), add(day, day, -day)}
	goes := []session.ID{add(-day-1000, day, 0), add(day, -day-1000, 0), add(day, day, -day-1000)}
	for range 700 {
		goes = append(goes, add(-2*day, -2*day, 0))
	}
	ok(s.Append(t.Context(), audit.Event{At: now.Add(-49 * time.Hour), Action: "old"}))
	ok(s.Append(t.Context(), audit.Event{At: now.Add(-47 * time.Hour), Action: "new"}))

	ok(s.Prune(t.Context(), now))
	for _, id := range stays {
		if _, err := s.Session(t.Context(), id); err != nil {
			t.Errorf("a session that is not long over: %v", err)
		}
	}
	for _, id := range goes {
		if _, err := s.Session(t.Context(), id); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("a session that is long over: %v", err)
		}
	}
	for action, want := range map[audit.Action]int{"old": 0, "new": 1} {
		events, err := s.Events(t.Context(), audit.Query{Action: action})
		if err != nil || len(events) != want {
			t.Errorf("%d events %q, want %d, %v", len(events), action, want, err)
		}
	}
	records, err := s.Since(t.Context(), 0)
	if err != nil || len(records) != 0 {
		t.Errorf("%d revocations are left, %v", len(records), err)
	}
}
