package sqlstore

import (
	"context"

	"github.com/lingpai/lingpai/internal/grant"
)

// PushRequest implements grant.Requests.
func (s *Store) PushRequest(ctx context.Context, h grant.Hash, p grant.Pushed) error {
	return s.act(ctx, "push request", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO pushed_requests (hash, client_id, params, expires_at) VALUES ($1, $2, $3, $4)`,
			h.String(), text(p.ClientID), text(p.Params), micros(p.ExpiresAt))
		return err
	})
}

// PushedRequest implements grant.Requests.
func (s *Store) PushedRequest(ctx context.Context, h grant.Hash) (grant.Pushed, error) {
	p, err := one(ctx, s.reads, scanPushed, `SELECT client_id, params, expires_at FROM pushed_requests WHERE hash = $1`, h.String())
	return p, s.mean("read pushed request", err)
}

func scanPushed(row scanner) (p grant.Pushed, err error) {
	var expires int64
	err = row.Scan(&p.ClientID, &p.Params, &expires)
	p.ExpiresAt = instant(expires)
	return p, err
}

// DropRequest implements grant.Requests.
func (s *Store) DropRequest(ctx context.Context, h grant.Hash) error {
	return s.act(ctx, "drop pushed request", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `DELETE FROM pushed_requests WHERE hash = $1`, h.String())
		return err
	})
}
