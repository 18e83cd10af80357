package sqlstore

import (
	"context"
	"math"

	"github.com/lingpai/lingpai/internal/audit"
)

// Append implements audit.Log.
func (s *Store) Append(ctx context.Context, e audit.Event) error {
	return s.act(ctx, "append event", func(ctx context.Context, q querier) error { return appendEvent(ctx, q, e) })
}

// appendEvent is Append as a part of an act.
func appendEvent(ctx context.Context, q querier, e audit.Event) error {
	_, err := q.exec(ctx, `INSERT INTO events (at, action, address, agent, request_id, actor, user_id, session_id, client_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		micros(e.At), text(string(e.Action)), text(e.Address), text(e.Agent), text(e.RequestID), text(e.Actor),
		text(e.UserID), text(e.SessionID), text(e.ClientID), text(e.Detail))
	return err
}

// Events implements audit.Log.
func (s *Store) Events(ctx context.Context, q audit.Query) ([]audit.Event, error) {
	if q.Before == 0 {
		q.Before = math.MaxInt64
	}
	rows, err := all(ctx, s.reads, scanEvent, selectEvents(q), q.Before, pageSize(q.Limit), text(q.UserID), text(string(q.Action)), micros(q.Since))
	return rows, s.mean("list events", err)
}

// selectEvents uses the index on user_id only where it helps, so the text differs.
func selectEvents(q audit.Query) string {
	scope := `$3 = ''`
	if q.UserID != "" {
		scope = `user_id = $3`
	}
	return `SELECT id, at, action, address, agent, request_id, actor, user_id, session_id, client_id, detail FROM events
		WHERE id < $1 AND ` + scope + ` AND ($4 = '' OR action = $4) AND at >= $5 ORDER BY id DESC LIMIT $2`
}

func scanEvent(row scanner) (e audit.Event, err error) {
	var at int64
	err = row.Scan(&e.ID, &at, &e.Action, &e.Address, &e.Agent, &e.RequestID, &e.Actor, &e.UserID, &e.SessionID, &e.ClientID, &e.Detail)
	e.At = instant(at)
	return e, err
}

// pageSize is the limit of a listing: 1 to 1000, or 100 when none is asked for.
func pageSize(limit int) int64 {
	if limit == 0 {
		return 100
	}
	return int64(min(max(limit, 1), 1000))
}
