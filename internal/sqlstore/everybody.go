package sqlstore

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
)

// LivingSessions implements session.Everybody.
func (s *Store) LivingSessions(ctx context.Context, q session.Query, now time.Time) ([]session.Session, error) {
	from, id := int64(math.MaxInt64), ""
	if !q.After.IsZero() {
		from, id = micros(q.After.CreatedAt), q.After.ID.String()
	}
	whose, args := `$5 = ''`, []any{micros(now), from, id, pageSize(q.Limit), ""}
	switch {
	case q.UserID != "":
		whose, args[4] = `user_id = $5`, text(q.UserID)
	case q.Search != "":
		whose, args[4] = `user_id IN (SELECT id FROM users WHERE `+matchesUser("$5")+`)`, pattern(fold(text(q.Search)))
	}
	// Those of the page are found first, so that nothing else is read of all the others.
	rows, err := all(ctx, s.reads, scanSession, selectSessions+`
		WHERE sessions.id IN (SELECT id FROM sessions
			WHERE ended_at = 0 AND idle_until > $1 AND expires_at > $1 AND (created_at, id) < ($2, $3) AND `+whose+`
			ORDER BY created_at DESC, id DESC LIMIT $4)
		ORDER BY sessions.created_at DESC, sessions.id DESC`, args...)
	return rows, s.mean("list living sessions", err)
}

// EndSome implements session.Everybody. The rows are found by walking the table in the order of its key, each part once.
func (s *Store) EndSome(ctx context.Context, e session.Ending, after session.ID, most int) (n int, last session.ID, err error) {
	from := ""
	if !after.IsZero() {
		from = after.String()
	}
	scope, of := ``, []any{} // of one account, by its index
	if e.User != "" {
		scope, of = ` AND user_id = $5 `, []any{text(e.User)}
	}
	err = s.act(ctx, "end some sessions", func(ctx context.Context, q querier) error {
		n, last = 0, after // if it is run again
		to, err := one(ctx, q, scanValue[string], `SELECT id FROM (SELECT id FROM sessions
				WHERE id > $1 AND ended_at = 0 AND idle_until > $2 AND expires_at > $2`+strings.Replace(scope, "$5", "$4", 1)+` ORDER BY id LIMIT $3) AS next
			ORDER BY id DESC LIMIT 1`, append([]any{from, micros(e.At), int64(most)}, of...)...)
		if errors.Is(err, fault.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		ended, err := all(ctx, q, scanEnded, `UPDATE sessions SET ended_at = $1, end_reason = $2
			WHERE id > $3 AND id <= $4 AND ended_at = 0 AND idle_until > $1 AND expires_at > $1`+scope+` RETURNING id, user_id, status_place, keep`,
			append([]any{micros(e.At), text(e.Reason), from, to}, of...)...)
		if err != nil {
			return err
		}
		n = len(ended)
		last, _ = session.ParseID(to)
		if n < most {
			return s.callBack(ctx, q, e, ended)
		}
		return s.callBackAs(ctx, q, together(e), e, ended)
	})
	if err != nil {
		return 0, session.ID{}, err
	}
	return n, last, nil
}

// maxRecords is how many sessions of one account are called back one by one; more are called back together.
const maxRecords = 100

// callBack is the end of sessions as the log of revocations and that of events have it: one entry in each for a session.
func (s *Store) callBack(ctx context.Context, q querier, e session.Ending, ended []endedSession) error {
	if len(ended) == 0 {
		return nil
	}
	if len(ended) > maxRecords && e.User != "" && e.Client == "" && e.Except.IsZero() {
		return s.callBackAs(ctx, q, together(e), e, ended)
	}
	if err := s.dialect.alone(ctx, q, revoking); err != nil {
		return err
	}
	for _, row := range ended {
		record := revocation.Record{Kind: revocation.Session, Key: row.id.String(), At: e.At, Until: e.RevokeUntil}
		if err := appendRevocation(ctx, q, record); err != nil {
			return err
		}
	}
	return appendEnded(ctx, q, e, ended)
}

// together is the revocation that stands for all sessions of an account, or of everybody.
func together(e session.Ending) revocation.Record {
	r := revocation.Record{Kind: revocation.All, At: e.At, Until: e.RevokeUntil}
	if e.User != "" {
		r.Kind, r.Key = revocation.Subject, e.User
	}
	return r
}

// callBackAs is callBack with one revocation that stands for all.
func (s *Store) callBackAs(ctx context.Context, q querier, r revocation.Record, e session.Ending, ended []endedSession) error {
	if err := s.dialect.alone(ctx, q, revoking); err != nil {
		return err
	}
	if err := appendRevocation(ctx, q, r); err != nil {
		return err
	}
	if r.Kind == revocation.Subject {
		if err := callBackPairwise(ctx, q, e, ended); err != nil {
			return err
		}
	}
	return appendEnded(ctx, q, e, ended)
}

// callBackPairwise calls back, one by one, the sessions whose tokens do not name the account.
func callBackPairwise(ctx context.Context, q querier, e session.Ending, ended []endedSession) error {
	for _, row := range ended {
		if row.keep != session.KeepClient {
			continue
		}
		_, err := one(ctx, q, scanValue[string], `SELECT session_id FROM grants WHERE session_id = $1 AND subject <> ''`, row.id.String())
		if errors.Is(err, fault.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := appendRevocation(ctx, q, revocation.Record{Kind: revocation.Session, Key: row.id.String(), At: e.At, Until: e.RevokeUntil}); err != nil {
			return err
		}
	}
	return nil
}

// appendEnded notes the end of sessions: an event for each, and what clients are told.
func appendEnded(ctx context.Context, q querier, e session.Ending, ended []endedSession) error {
	if err := fillPlaces(ctx, q, e, ended); err != nil {
		return err
	}
	for _, row := range ended {
		event := e.Event
		event.SessionID, event.UserID = row.id.String(), row.userID
		if err := appendEvent(ctx, q, event); err != nil {
			return err
		}
		if err := noteOver(ctx, q, e, row); err != nil {
			return err
		}
	}
	return noteLogouts(ctx, q, e, ended)
}

// endSurplus ends what an account has beyond the number of sessions that it may have, but for the one that was just started.
func (s *Store) endSurplus(ctx context.Context, q querier, o session.Opening) error {
	if o.Most == 0 {
		return nil
	}
	surplus, err := all(ctx, q, scanValue[string], `SELECT id FROM sessions
		WHERE user_id = $1 AND id <> $2 AND ended_at = 0 AND idle_until > $3 AND expires_at > $3
		ORDER BY seen_at DESC, id LIMIT 1000 OFFSET $4`, text(o.Session.UserID), o.Session.ID.String(), micros(o.Session.CreatedAt), int64(o.Most-1))
	if err != nil {
		return err
	}
	at := o.Session.CreatedAt
	event := audit.Event{At: at, Action: audit.SessionEnded, Source: o.Event.Source, Detail: session.ReasonCrowded}
	for _, id := range surplus {
		e := session.Ending{At: at, Reason: session.ReasonCrowded, RevokeUntil: o.RevokeUntil, Event: event}
		e.Session, _ = session.ParseID(id)
		if _, err := s.endSessions(ctx, q, e); err != nil {
			return err
		}
	}
	return nil
}
