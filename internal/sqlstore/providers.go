package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// LinkedUser implements provider.Links.
func (s *Store) LinkedUser(ctx context.Context, issuer, subject string) (user.User, error) {
	if !storable(subject) {
		return user.User{}, fmt.Errorf("find linked user: %w", fault.ErrNotFound)
	}
	u, err := one(ctx, s.reads, scanUser, selectUsers+`WHERE id = (SELECT user_id FROM provider_links WHERE issuer = $1 AND subject = $2)`, issuer, subject)
	return u, s.mean("find linked user", err)
}

// AddLinkedUser implements provider.Links.
func (s *Store) AddLinkedUser(ctx context.Context, a user.Addition, l provider.Link) error {
	err := s.act(ctx, "add linked user", func(ctx context.Context, q querier) error {
		if err := s.addUser(ctx, q, a); err != nil {
			return err
		}
		return insertLink(ctx, q, l)
	})
	return s.whichTaken(ctx, err, a.User.ID, &a.CanonicalUsername, &a.CanonicalEmail)
}

func insertLink(ctx context.Context, q querier, l provider.Link) error {
	added, err := q.exec(ctx, `INSERT INTO provider_links (issuer, subject, user_id, linked_at) VALUES ($1, $2, $3, $4) ON CONFLICT (issuer, subject) DO NOTHING`,
		text(l.Issuer), text(l.Subject), text(l.UserID), micros(l.At))
	if err == nil && added == 0 {
		return fmt.Errorf("the person has an account: %w", fault.ErrConflict)
	}
	return err
}

// LinkUser implements provider.Links.
func (s *Store) LinkUser(ctx context.Context, l provider.Link, e audit.Event) error {
	return s.act(ctx, "link user", func(ctx context.Context, q querier) error {
		owner, err := one(ctx, q, scanValue[string], `SELECT user_id FROM provider_links WHERE issuer = $1 AND subject = $2`, text(l.Issuer), text(l.Subject))
		switch {
		case err == nil && owner == l.UserID:
			return nil
		case err == nil:
			return fmt.Errorf("the person has another account: %w", fault.ErrConflict)
		case !errors.Is(err, fault.ErrNotFound):
			return err
		}
		if err := insertLink(ctx, q, l); err != nil {
			return err
		}
		return appendEvent(ctx, q, e)
	})
}

// LinksOf implements provider.Links.
func (s *Store) LinksOf(ctx context.Context, userID string) ([]provider.Link, error) {
	scan := func(row scanner) (l provider.Link, err error) {
		var at int64
		err = row.Scan(&l.Issuer, &l.Subject, &l.UserID, &at)
		l.At = instant(at)
		return l, err
	}
	links, err := all(ctx, s.reads, scan, `SELECT issuer, subject, user_id, linked_at FROM provider_links
		WHERE user_id = $1 ORDER BY issuer, subject`, text(userID))
	return links, s.mean("list links", err)
}

// UnlinkUser implements provider.Links. The account is locked, so that of two links, removed at a time, one stays.
func (s *Store) UnlinkUser(ctx context.Context, u provider.Unlinking) error {
	return s.act(ctx, "unlink user", func(ctx context.Context, q querier) error {
		account, err := one(ctx, q, scanUser, selectUsers+`WHERE id = $1`+s.dialect.update, text(u.UserID))
		if err != nil {
			return err
		}
		removed, err := q.exec(ctx, `DELETE FROM provider_links WHERE user_id = $1 AND issuer = $2`, text(u.UserID), text(u.Issuer))
		if err != nil || removed == 0 {
			return err
		}
		left, err := all(ctx, q, scanValue[string], `SELECT issuer FROM provider_links WHERE user_id = $1`, text(u.UserID))
		if err != nil {
			return err
		}
		passkeys, err := one(ctx, q, scanValue[int64], `SELECT count(*) FROM passkeys WHERE user_id = $1`, text(u.UserID))
		if err != nil {
			return err
		}
		mayCome := func(issuer string) bool { return slices.Contains(u.Others, issuer) }
		if account.Password.Empty() && passkeys == 0 && !slices.ContainsFunc(left, mayCome) {
			return fmt.Errorf("the account could not be opened any more: %w", fault.ErrConflict)
		}
		if err := takeRoles(ctx, q, account, u); err != nil {
			return err
		}
		return appendEvent(ctx, q, u.Event)
	})
}

func takeRoles(ctx context.Context, q querier, account user.User, u provider.Unlinking) error {
	roles := slices.DeleteFunc(slices.Clone(account.Roles), func(r string) bool { return slices.Contains(u.Roles, r) })
	if len(roles) == len(account.Roles) {
		return nil
	}
	return updateUser(ctx, q, user.Change{ID: account.ID, At: u.Event.At, Roles: &roles})
}

// StartConnected implements provider.Connections.
func (s *Store) StartConnected(ctx context.Context, o session.Opening, c provider.Connection) error {
	return s.act(ctx, "start connected session", func(ctx context.Context, q querier) error {
		if err := s.startSession(ctx, q, o); err != nil {
			return err
		}
		_, err := q.exec(ctx, `INSERT INTO provider_sessions (session_id, issuer, subject, sid, id_token, refresh, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			o.Session.ID.String(), text(c.Issuer), text(c.Subject), text(c.Session), text(c.IDToken), c.Refresh, micros(c.DueAt))
		return err
	})
}

// Connection implements provider.Connections.
func (s *Store) Connection(ctx context.Context, id session.ID) (provider.Connection, error) {
	scan := func(row scanner) (c provider.Connection, err error) {
		var due int64
		err = row.Scan(&c.Issuer, &c.Subject, &c.Session, &c.IDToken, &c.Refresh, &due)
		c.DueAt = instant(due)
		return c, err
	}
	c, err := one(ctx, s.reads, scan, `SELECT issuer, subject, sid, id_token, refresh, due_at FROM provider_sessions WHERE session_id = $1`, id.String())
	return c, s.mean("find connection", err)
}

// Connected implements provider.Connections.
func (s *Store) Connected(ctx context.Context, issuer, subject, sid string, now time.Time) ([]session.ID, error) {
	if !storable(subject) || !storable(sid) {
		return nil, nil
	}
	ids, err := all(ctx, s.reads, scanSessionID, `SELECT session_id FROM provider_sessions JOIN sessions ON sessions.id = session_id
		WHERE issuer = $1 AND (subject = $2 OR $2 = '') AND (sid = $3 OR $3 = '')
			AND ended_at = 0 AND idle_until > $4 AND expires_at > $4`, issuer, subject, sid, micros(now))
	return ids, s.mean("find connected sessions", err)
}

func scanSessionID(row scanner) (session.ID, error) {
	text, err := scanValue[string](row)
	if err != nil {
		return session.ID{}, err
	}
	id, ok := session.ParseID(text)
	if !ok {
		return session.ID{}, fmt.Errorf("read session: %q is no id", text)
	}
	return id, nil
}

// TakeDue implements provider.Connections. Nothing is written while nothing is due.
func (s *Store) TakeDue(ctx context.Context, issuer string, now, again time.Time, most int) (taken []provider.Due, err error) {
	n, err := one(ctx, s.reads, scanValue[int64], `SELECT count(*) FROM (SELECT 1 AS found FROM provider_sessions
		WHERE issuer = $1 AND due_at > 0 AND due_at <= $2 LIMIT 1) AS d`, issuer, micros(now))
	if err != nil || n == 0 {
		return nil, s.mean("look for sessions of a provider", err)
	}
	err = s.act(ctx, "take sessions of a provider", func(ctx context.Context, q querier) error {
		taken, err = all(ctx, q, scanDue, `UPDATE provider_sessions SET due_at = $3 WHERE due_at > 0 AND due_at <= $2 AND session_id IN (
				SELECT session_id FROM provider_sessions WHERE issuer = $1 AND due_at > 0 AND due_at <= $2 ORDER BY due_at, session_id LIMIT $4)
			RETURNING session_id, (SELECT user_id FROM sessions WHERE id = session_id), subject, refresh, (SELECT CASE WHEN ended_at > 0 THEN ended_at
				WHEN idle_until <= $2 THEN idle_until WHEN expires_at <= $2 THEN expires_at ELSE 0 END FROM sessions WHERE id = session_id)`,
			issuer, micros(now), micros(again), int64(most))
		return err
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

func scanDue(row scanner) (d provider.Due, err error) {
	var id string
	var over int64
	if err := row.Scan(&id, &d.UserID, &d.Subject, &d.Refresh, &over); err != nil {
		return provider.Due{}, err
	}
	d.Over = instant(over)
	var ok bool
	if d.Session, ok = session.ParseID(id); !ok {
		return provider.Due{}, fmt.Errorf("read session: %q is no id", id)
	}
	return d, nil
}

// Renew implements provider.Connections.
func (s *Store) Renew(ctx context.Context, id session.ID, refresh []byte, dueAt time.Time) error {
	return s.act(ctx, "renew session of a provider", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE provider_sessions SET refresh = $2, due_at = $3 WHERE session_id = $1`, id.String(), refresh, micros(dueAt))
		return err
	})
}

// noteOver makes a session that has ended due, if its provider gave something that can be given back.
func noteOver(ctx context.Context, q querier, e session.Ending, row endedSession) error {
	if row.keep == session.KeepClient {
		return nil
	}
	_, err := q.exec(ctx, `UPDATE provider_sessions SET due_at = $2 WHERE session_id = $1 AND due_at > $2`, row.id.String(), micros(e.At))
	return err
}
