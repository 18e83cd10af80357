package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/statuslist"
)

const (
	sessionColumns = `sessions.id, user_id, client_id, keep, confirms, counter, rotated_at, confirmed_at, auth_time, amr,
		sessions.created_at, seen_at, idle_until, expires_at, address, agent, ended_at, end_reason, jkt, status_place`
	// holderColumns are subqueries because RETURNING has no join in SQLite.
	holderColumns = `(SELECT username FROM users WHERE users.id = user_id), (SELECT email FROM users WHERE users.id = user_id),
		(SELECT name FROM users WHERE users.id = user_id), (SELECT roles FROM users WHERE users.id = user_id),
		(SELECT disabled FROM users WHERE users.id = user_id), (SELECT claims FROM users WHERE users.id = user_id),
		(SELECT email_verified FROM users WHERE users.id = user_id), (SELECT changed_at FROM users WHERE users.id = user_id)`

	selectSessions = `SELECT ` + sessionColumns + `, username, email, name, roles, disabled, claims, email_verified, changed_at
		FROM sessions JOIN users ON users.id = sessions.user_id `
	selectSession = selectSessions + `WHERE sessions.id = $1`
)

// scanSession reads sessionColumns and the holder.
func scanSession(row scanner) (session.Session, error) {
	var (
		s                                  session.Session
		id, amr, roles, claims             string
		rotated, confirmed, auth, created  int64
		seen, idle, expires, ended, counts int64
		confirms, disabled, verified       int64
		changed                            int64
	)
	err := row.Scan(&id, &s.UserID, &s.ClientID, &s.Keep, &confirms, &counts, &rotated, &confirmed, &auth, &amr,
		&created, &seen, &idle, &expires, &s.Address, &s.Agent, &ended, &s.EndReason, &s.KeyThumb, &s.StatusPlace,
		&s.Holder.Username, &s.Holder.Email, &s.Holder.Name, &roles, &disabled, &claims, &verified, &changed)
	if err != nil {
		return session.Session{}, err
	}
	s.Confirms, s.Holder.Disabled, s.Holder.EmailVerified = confirms != 0, disabled != 0, verified != 0
	s.Counter, s.Holder.ChangedAt = uint32(counts), instant(changed)
	s.RotatedAt, s.ConfirmedAt, s.AuthTime = instant(rotated), instant(confirmed), instant(auth)
	s.CreatedAt, s.SeenAt = instant(created), instant(seen)
	s.IdleUntil, s.ExpiresAt, s.EndedAt = instant(idle), instant(expires), instant(ended)
	var ok bool
	if s.ID, ok = session.ParseID(id); !ok {
		return session.Session{}, fmt.Errorf("read session: %q is no id", id)
	}
	if s.AMR, err = parseList(amr); err != nil {
		return session.Session{}, err
	}
	if s.Holder.Claims, err = parseClaims(claims); err != nil {
		return session.Session{}, err
	}
	s.Holder.Roles, err = parseList(roles)
	return s, err
}

// Session implements session.Reader.
func (s *Store) Session(ctx context.Context, id session.ID) (session.Session, error) {
	row, err := one(ctx, s.reads, scanSession, selectSession, id.String())
	return row, s.mean("read session", err)
}

// SessionsOf implements session.Reader.
func (s *Store) SessionsOf(ctx context.Context, userID string, now time.Time) ([]session.Session, error) {
	if !storable(userID) {
		return nil, nil
	}
	rows, err := all(ctx, s.reads, scanSession, selectSessions+`
		WHERE user_id = $1 AND ended_at = 0 AND idle_until > $2 AND expires_at > $2
		ORDER BY seen_at DESC, sessions.id`, userID, micros(now))
	return rows, s.mean("list sessions", err)
}

// StartSession implements session.Writer. The account is locked against change, so that disabling it, or changing its password, either
// sees the session or prevents it.
func (s *Store) StartSession(ctx context.Context, o session.Opening) error {
	return s.act(ctx, "start session", func(ctx context.Context, q querier) error { return s.startSession(ctx, q, o) })
}

// startSession is StartSession as a part of an act.
func (s *Store) startSession(ctx context.Context, q querier, o session.Opening) error {
	n := o.Session
	if err := s.takePlace(ctx, q, n); err != nil {
		return err
	}
	affected, err := q.exec(ctx, `INSERT INTO sessions (id, user_id, client_id, keep, confirms, counter, rotated_at, confirmed_at,
			auth_time, amr, created_at, seen_at, idle_until, expires_at, address, agent, ended_at, end_reason, jkt, status_place)
		SELECT $1, id, $3, $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT), CAST($7 AS BIGINT), CAST($8 AS BIGINT),
			CAST($9 AS BIGINT), $10, CAST($11 AS BIGINT), CAST($12 AS BIGINT), CAST($13 AS BIGINT), CAST($14 AS BIGINT), $15, $16,
			CAST($17 AS BIGINT), $18, $20, CAST($21 AS BIGINT)
		FROM users WHERE id = $2 AND disabled = 0 AND password_changed_at = CAST($19 AS BIGINT)`+s.dialect.share,
		n.ID.String(), text(n.UserID), text(n.ClientID), string(n.Keep), flag(n.Confirms), int64(n.Counter), micros(n.RotatedAt), micros(n.ConfirmedAt),
		micros(n.AuthTime), list(n.AMR), micros(n.CreatedAt), micros(n.SeenAt), micros(n.IdleUntil), micros(n.ExpiresAt), text(n.Address), text(n.Agent),
		micros(n.EndedAt), text(n.EndReason), micros(o.PasswordAt), text(n.KeyThumb), int64(n.StatusPlace))
	if err != nil {
		return err
	}
	if affected == 0 {
		return whyNotStarted(ctx, q, n.UserID)
	}
	if err := appendEvent(ctx, q, o.Event); err != nil {
		return err
	}
	return s.endSurplus(ctx, q, o)
}

func whyNotStarted(ctx context.Context, q querier, userID string) error {
	disabled, err := one(ctx, q, scanValue[int64], `SELECT disabled FROM users WHERE id = $1`, text(userID))
	switch {
	case err == nil && disabled == 0:
		return session.ErrPasswordChanged
	case err == nil || errors.Is(err, fault.ErrNotFound):
		return fmt.Errorf("no account that may sign in: %w", fault.ErrConflict)
	}
	return err
}

// ConfirmSession implements session.Writer.
func (s *Store) ConfirmSession(ctx context.Context, id session.ID, counter uint32, at time.Time) error {
	return s.act(ctx, "confirm session", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE sessions SET confirmed_at = $3 WHERE id = $1 AND counter = $2 AND confirmed_at = 0 AND ended_at = 0`,
			id.String(), int64(counter), micros(at))
		return err
	})
}

// TouchSession implements session.Writer.
func (s *Store) TouchSession(ctx context.Context, id session.ID, at, idleUntil time.Time, address, agent string) error {
	return s.act(ctx, "touch session", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE sessions SET seen_at = $2, idle_until = CASE WHEN $3 < expires_at THEN $3 ELSE expires_at END,
				address = $4, agent = $5
			WHERE id = $1 AND ended_at = 0 AND idle_until > $2 AND expires_at > $2`,
			id.String(), micros(at), micros(idleUntil), text(address), text(agent))
		return err
	})
}

// EndSessions implements session.Writer.
func (s *Store) EndSessions(ctx context.Context, e session.Ending) (ended []session.ID, err error) {
	err = s.act(ctx, "end sessions", func(ctx context.Context, q querier) error {
		ended, err = s.endSessions(ctx, q, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// endSessions is EndSessions as a part of an act.
func (s *Store) endSessions(ctx context.Context, q querier, e session.Ending) ([]session.ID, error) {
	ended, err := all(ctx, q, scanEnded, `UPDATE sessions SET ended_at = $1, end_reason = $2
		WHERE ended_at = 0 AND `+endScope(e)+` RETURNING id, user_id, status_place, keep`, endArgs(e)...)
	if err != nil || len(ended) == 0 {
		return nil, err
	}
	granted, err := endGranted(ctx, q, e)
	if err != nil {
		return nil, err
	}
	ended = append(ended, granted...)
	ids := make([]session.ID, len(ended))
	for i, row := range ended {
		ids[i] = row.id
	}
	if err := s.callBack(ctx, q, e, ended); err != nil {
		return nil, err
	}
	return ids, nil
}

// endGranted ends what clients were granted from a session that ends, and that was not allowed to go on.
func endGranted(ctx context.Context, q querier, e session.Ending) ([]endedSession, error) {
	if e.User != "" || e.Client != "" {
		return nil, nil // these end by themselves, or are to stay
	}
	if !e.Heir.IsZero() {
		return nil, inherit(ctx, q, e.Session, e.Heir)
	}
	return all(ctx, q, scanEnded, `UPDATE sessions SET ended_at = $1, end_reason = $2
		WHERE ended_at = 0 AND id IN (SELECT session_id FROM grants WHERE parent = $3 AND offline = 0) RETURNING id, user_id, status_place, keep`, endArgs(e)...)
}

// inherit gives what was granted from one session, and what is about to be, to another.
func inherit(ctx context.Context, q querier, from, to session.ID) error {
	for _, move := range []string{
		`UPDATE grants SET parent = $2 WHERE parent = $1 AND offline = 0`,
		`UPDATE grants SET parent = $2 WHERE parent = $1 AND offline = 1 AND notify = 1`, // to be told
		`UPDATE codes SET parent = $2 WHERE parent = $1 AND spent = 0`,
		`UPDATE devices SET parent = $2 WHERE parent = $1 AND status = 'allowed'`,
	} {
		if _, err := q.exec(ctx, move, from.String(), to.String()); err != nil {
			return err
		}
	}
	return nil
}

// endScope is the condition on the sessions that e ends. It finds them by an index in each case.
func endScope(e session.Ending) string {
	switch {
	case e.User != "" && e.Client != "":
		return `user_id = $3 AND client_id = $4`
	case e.User != "":
		return `user_id = $3 AND id <> $4`
	case e.Client != "":
		return `id IN (SELECT session_id FROM grants WHERE client_id = $3)`
	}
	return `id = $3`
}

func endArgs(e session.Ending) []any {
	args := []any{micros(e.At), text(e.Reason)}
	switch {
	case e.User != "" && e.Client != "":
		return append(args, text(e.User), text(e.Client))
	case e.User != "":
		return append(args, text(e.User), e.Except.String())
	case e.Client != "":
		return append(args, text(e.Client))
	}
	return append(args, e.Session.String())
}

type endedSession struct {
	id     session.ID
	userID string
	place  statuslist.Place
	keep   session.Keep
}

func scanEnded(row scanner) (ended endedSession, err error) {
	var id string
	if err := row.Scan(&id, &ended.userID, &ended.place, &ended.keep); err != nil {
		return endedSession{}, err
	}
	var ok bool
	if ended.id, ok = session.ParseID(id); !ok {
		return endedSession{}, fmt.Errorf("read session: %q is no id", id)
	}
	return ended, nil
}
