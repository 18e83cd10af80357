package sqlstore

import (
	"context"
	"time"

	"github.com/lingpai/lingpai/internal/revocation"
)

// appendRevocation stores r as a part of an act, which has said that it runs alone for revoking.
func appendRevocation(ctx context.Context, q querier, r revocation.Record) error {
	_, err := q.exec(ctx, `INSERT INTO revocations (kind, subject, revoked_at, until) VALUES ($1, $2, $3, $4)`,
		string(r.Kind), text(r.Key), micros(r.At), micros(r.Until))
	return err
}

// FeedSecret names the sealed secret that belongs to the numbering of the revocations. [Restore] takes it out.
const FeedSecret = "revocation feed"

// Revoke appends a revocation by itself.
func (s *Store) Revoke(ctx context.Context, r revocation.Record) error {
	return s.act(ctx, "revoke", func(ctx context.Context, q querier) error {
		if err := s.dialect.alone(ctx, q, revoking); err != nil {
			return err
		}
		return appendRevocation(ctx, q, r)
	})
}

// Since implements revocation.Store.
func (s *Store) Since(ctx context.Context, seq int64) ([]revocation.Record, error) {
	rows, err := all(ctx, s.reads, scanRevocation,
		`SELECT seq, kind, subject, revoked_at, until FROM revocations WHERE seq > $1 ORDER BY seq`, seq)
	return rows, s.mean("list revocations", err)
}

func scanRevocation(row scanner) (r revocation.Record, err error) {
	var at, until int64
	err = row.Scan(&r.Seq, &r.Kind, &r.Key, &at, &until)
	r.At, r.Until = instant(at), instant(until)
	return r, err
}

// Forget implements revocation.Store.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	return s.act(ctx, "forget revocations", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `DELETE FROM revocations WHERE until < $1`, micros(now))
		return err
	})
}
