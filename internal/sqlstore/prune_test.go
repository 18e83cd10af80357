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

// One part that cannot be removed, such as what is on a damaged page of the file, must not keep all others for ever.
func TestPruneGoesOnWhereOnePartFails(t *testing.T) {
	parts := map[string]string{ // what fails, and the table that keeps its row then
		"prune sessions": "sessions", "prune events": "events", "forget revocations": "revocations",
		"prune codes": "spent_ids", "prune nodes": "nodes", "prune limits": "throttle",
	}
	for act, keeps := range parts {
		t.Run(act, func(t *testing.T) {
			path, broken := file(t), errors.New("the disk has a fault")
			s := newDatabase(t, path).open(t, sqlstore.Options{AuditKeep: time.Hour, Fault: func(what string, _ sqlstore.Stage) error {
				if what == act {
					return broken
				}
				return nil
			}})
			old := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
			row := session.Session{ID: session.NewID(), UserID: "u", Counter: 1, IdleUntil: old, ExpiresAt: old}
			if err := errors.Join(
				s.AddUser(t.Context(), user.Addition{User: user.User{ID: "u", Username: "u"}, CanonicalUsername: "u", Event: audit.Event{At: old}}),
				s.StartSession(t.Context(), session.Opening{Session: row, Event: audit.Event{At: old}}),
				s.SpendID(t.Context(), "x", old),
			); err != nil {
				t.Fatal(err)
			}
			rows := raw(t, path, `INSERT INTO throttle (key, tat) VALUES ('x', 1)`,
				`INSERT INTO revocations (kind, subject, revoked_at, until) VALUES ('x', 'x', 1, 1)`,
				`INSERT INTO nodes (id, name, told_at, answers, applied, subscribers, laggards) VALUES ('x', 'x', 1, 1, 1, 1, '')`)

			if err := s.Prune(t.Context(), old.AddDate(1, 0, 0)); !errors.Is(err, broken) {
				t.Errorf("it says %v, want what broke", err)
			}
			for _, table := range parts {
				var found bool
				if err := rows.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM `+table+`)`).Scan(&found); err != nil || found != (table == keeps) {
					t.Errorf("rows in %s: %v, %v", table, found, err)
				}
			}
		})
	}
}
