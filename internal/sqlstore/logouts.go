package sqlstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/backchannel"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/session"
)

// toTell is a session of a client that wants to be told of its end.
type toTell struct{ session, client, subject string }

func scanToTell(row scanner) (t toTell, err error) {
	err = row.Scan(&t.session, &t.client, &t.subject)
	return t, err
}

const (
	// A session of a client tells of itself, once.
	tellOfItself = `UPDATE grants SET notify = 0 WHERE session_id = $1 AND notify = 1
		RETURNING session_id, client_id, CASE WHEN subject <> '' THEN subject ELSE (SELECT user_id FROM sessions WHERE id = session_id) END`
	// A session of the browser tells those that go on without it: the person is signed out of the app, whatever the app may still do.
	tellOfflineOnes = `SELECT session_id, grants.client_id, CASE WHEN subject <> '' THEN subject ELSE user_id END
		FROM grants JOIN sessions ON sessions.id = session_id WHERE parent = $1 AND offline = 1 AND notify = 1 AND ended_at = 0`
)

// noteLogouts adds what clients are to be told of sessions that end, as a part of that act.
func noteLogouts(ctx context.Context, q querier, e session.Ending, ended []endedSession) error {
	anybody, err := one(ctx, q, scanValue[int64], `SELECT count(*) FROM (SELECT 1 AS found FROM grants WHERE notify = 1 LIMIT 1) AS g`)
	if err != nil || anybody == 0 {
		return err // so that ending very many sessions costs nothing where nobody listens
	}
	for _, row := range ended {
		which := tellOfflineOnes
		if row.keep == session.KeepClient {
			which = tellOfItself
		} else if !e.Heir.IsZero() {
			continue // the same person goes on
		}
		told, err := all(ctx, q, scanToTell, which, row.id.String())
		if err != nil {
			return err
		}
		if e.Reason == session.ReasonRevoked {
			continue // by the client itself, which knows
		}
		if err := addLogouts(ctx, q, told, e.At); err != nil {
			return err
		}
	}
	return nil
}

func addLogouts(ctx context.Context, q querier, told []toTell, at time.Time) error {
	for _, t := range told {
		_, err := q.exec(ctx, `INSERT INTO logouts (id, client_id, session_id, subject, at, tries, due_at) VALUES ($1, $2, $3, $4, $5, 0, $5)`,
			rand.Text(), t.client, t.session, t.subject, micros(at))
		if err != nil {
			return err
		}
	}
	return nil
}

// TakeLogouts implements backchannel.Store. Nothing is written while nothing is due.
func (s *Store) TakeLogouts(ctx context.Context, now, again time.Time, most int) (taken []backchannel.Notice, err error) {
	n, err := one(ctx, s.reads, scanValue[int64], `SELECT count(*) FROM (SELECT 1 AS found FROM logouts WHERE due_at <= $1 LIMIT 1) AS l`, micros(now))
	if err != nil || n == 0 {
		return nil, s.mean("look for logouts", err)
	}
	err = s.act(ctx, "take logouts", func(ctx context.Context, q querier) error {
		taken, err = all(ctx, q, scanNotice, `UPDATE logouts SET due_at = $2 WHERE due_at <= $1 AND id IN (
				SELECT id FROM logouts WHERE due_at <= $1 ORDER BY due_at, id LIMIT $3)
			RETURNING id, client_id, session_id, subject, at, tries`, micros(now), micros(again), int64(most))
		return err
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

func scanNotice(row scanner) (n backchannel.Notice, err error) {
	var id string
	var at, tries int64
	if err := row.Scan(&n.ID, &n.ClientID, &id, &n.Subject, &at, &tries); err != nil {
		return backchannel.Notice{}, err
	}
	n.At, n.Tries = instant(at), int(tries)
	var ok bool
	if n.SessionID, ok = session.ParseID(id); !ok {
		return backchannel.Notice{}, fmt.Errorf("read logout: %q is no id", id)
	}
	return n, nil
}

// ForgetLogout implements backchannel.Store.
func (s *Store) ForgetLogout(ctx context.Context, id string) error {
	return s.act(ctx, "forget logout", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `DELETE FROM logouts WHERE id = $1`, text(id))
		return err
	})
}

// RetryLogout implements backchannel.Store.
func (s *Store) RetryLogout(ctx context.Context, id string, due time.Time) error {
	return s.act(ctx, "retry logout", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE logouts SET tries = tries + 1, due_at = $2 WHERE id = $1`, text(id), micros(due))
		return err
	})
}

// AddExpiredLogouts implements backchannel.Store.
func (s *Store) AddExpiredLogouts(ctx context.Context, now time.Time) error {
	expired, err := all(ctx, s.reads, scanValue[string], `SELECT session_id FROM grants JOIN sessions ON sessions.id = session_id
		WHERE notify = 1 AND ended_at = 0 AND (idle_until <= $1 OR expires_at <= $1) LIMIT 500`, micros(now))
	if err != nil || len(expired) == 0 {
		return s.mean("find expired sessions", err)
	}
	return s.act(ctx, "tell of expired sessions", func(ctx context.Context, q querier) error {
		for _, id := range expired {
			told, err := all(ctx, q, scanToTell, tellOfItself, id)
			if err != nil {
				return err
			}
			if err := addLogouts(ctx, q, told, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// GrantedFrom implements grant.Store.
func (s *Store) GrantedFrom(ctx context.Context, browser session.ID) ([]grant.Child, error) {
	list, err := all(ctx, s.reads, scanChild, `SELECT session_id, grants.client_id FROM grants JOIN sessions ON sessions.id = session_id
		WHERE parent = $1 AND offline = 0 AND ended_at = 0 ORDER BY sessions.created_at DESC, session_id LIMIT 100`, browser.String())
	return list, s.mean("list what was granted", err)
}

func scanChild(row scanner) (c grant.Child, err error) {
	var id string
	if err := row.Scan(&id, &c.ClientID); err != nil {
		return grant.Child{}, err
	}
	var ok bool
	if c.ID, ok = session.ParseID(id); !ok {
		return grant.Child{}, fmt.Errorf("read grant: %q is no id", id)
	}
	return c, nil
}
