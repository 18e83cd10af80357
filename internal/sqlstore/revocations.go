package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/revocation"
)

// appendRevocation stores r as a part of an act, which has said that it runs alone for revoking. It stays for as long as the longest
// token that may be about, whatever the caller knows of that: others may issue longer ones, or may have until a moment ago. What names
// one token, and what calls back nothing, has an end of its own.
func appendRevocation(ctx context.Context, q querier, r revocation.Record) error {
	values := `VALUES ($1, $2, $3, $4)`
	switch r.Kind {
	case revocation.Session, revocation.Subject, revocation.Client, revocation.Signer, revocation.All:
		values = `SELECT $1, $2, CAST($3 AS BIGINT), MAX(ends.until) FROM (SELECT CAST($4 AS BIGINT) AS until
			UNION ALL SELECT CAST($3 AS BIGINT) + believed FROM token_lifetimes WHERE until > CAST($3 AS BIGINT)) AS ends`
	}
	_, err := q.exec(ctx, `INSERT INTO revocations (kind, subject, revoked_at, until) `+values,
		string(r.Kind), text(r.Key), micros(r.At), micros(r.Until))
	return err
}

// Issuing implements revocation.Lifetimes.
func (s *Store) Issuing(ctx context.Context, believed time.Duration, until time.Time) error {
	return s.act(ctx, "note lifetime of tokens", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO token_lifetimes (believed, until) VALUES ($1, $2)
			ON CONFLICT (believed) DO UPDATE SET until = excluded.until WHERE token_lifetimes.until < excluded.until`,
			believed.Microseconds(), micros(until))
		return err
	})
}

// Longest implements revocation.Lifetimes.
func (s *Store) Longest(ctx context.Context, now time.Time) (time.Duration, error) {
	longest, err := one(ctx, s.reads, scanValue[int64], `SELECT COALESCE(MAX(believed), 0) FROM token_lifetimes WHERE until > $1`, micros(now))
	return time.Duration(longest) * time.Microsecond, s.mean("read lifetimes of tokens", err)
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
		for _, table := range []string{"revocations", "token_lifetimes", "status_places"} {
			if _, err := q.exec(ctx, `DELETE FROM `+table+` WHERE until < $1`, micros(now)); err != nil {
				return err
			}
		}
		return nil
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
