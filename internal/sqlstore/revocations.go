package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
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

// Ask implements revocation.Board.
func (s *Store) Ask(ctx context.Context, at, until time.Time) (seq int64, err error) {
	err = s.act(ctx, "ask nodes", func(ctx context.Context, q querier) error {
		if err := s.dialect.alone(ctx, q, revoking); err != nil {
			return err
		}
		seq, err = one(ctx, q, scanValue[int64], `INSERT INTO revocations (kind, subject, revoked_at, until) VALUES ($1, '', $2, $3) RETURNING seq`,
			string(revocation.Asked), micros(at), micros(until))
		return err
	})
	return seq, err
}

// Tell implements revocation.Board.
func (s *Store) Tell(ctx context.Context, r revocation.Report) error {
	laggards, err := json.Marshal(r.Standing.Laggards)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return s.act(ctx, "tell of node", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO nodes (id, name, told_at, answers, applied, subscribers, laggards) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET name = excluded.name, told_at = excluded.told_at, answers = excluded.answers,
				applied = excluded.applied, subscribers = excluded.subscribers, laggards = excluded.laggards`,
			text(r.Node), text(r.Name), micros(r.At), r.Answers, int64(r.Standing.Applied), int64(r.Standing.Subscribers), text(string(laggards)))
		return err
	})
}

// Retire implements revocation.Board.
func (s *Store) Retire(ctx context.Context, node string) error {
	return s.act(ctx, "retire node", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `DELETE FROM nodes WHERE id = $1`, text(node))
		return err
	})
}

// Reports implements revocation.Board.
func (s *Store) Reports(ctx context.Context, since time.Time) ([]revocation.Report, error) {
	rows, err := all(ctx, s.reads, scanReport,
		`SELECT id, name, told_at, answers, applied, subscribers, laggards FROM nodes WHERE told_at >= $1 ORDER BY name, id`, micros(since))
	return rows, s.mean("list nodes", err)
}

func scanReport(row scanner) (r revocation.Report, err error) {
	var at int64
	var laggards string
	if err := row.Scan(&r.Node, &r.Name, &at, &r.Answers, &r.Standing.Applied, &r.Standing.Subscribers, &laggards); err != nil {
		return revocation.Report{}, err
	}
	r.At = instant(at)
	if err := json.Unmarshal([]byte(laggards), &r.Standing.Laggards); err != nil {
		return revocation.Report{}, fmt.Errorf("read stored report: %w", err)
	}
	return r, nil
}
