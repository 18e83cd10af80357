package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// Prune removes what nobody needs any more: sessions that have been over for [Options.SessionKeep], events older than
// [Options.AuditKeep], revocations, pushed requests and codes whose time has passed, nodes that have been silent for a day, and limits
// that are full again, which changes no answer of theirs. Where one of these fails, the
// others are removed all the same, and the errors come together.
func (s *Store) Prune(ctx context.Context, now time.Time) error {
	var failed []error
	for _, prune := range []func(context.Context, time.Time) error{
		s.pruneSessions, s.pruneEvents, s.Forget, s.pruneCodes, s.pruneNodes, s.pruneLimits,
	} {
		failed = append(failed, prune(ctx, now))
	}
	return errors.Join(failed...)
}

func (s *Store) pruneSessions(ctx context.Context, now time.Time) error {
	keep := cmp.Or(s.options.SessionKeep, 30*24*time.Hour)
	return s.pruneBy(ctx, "prune sessions", now.Add(-keep),
		`SELECT id FROM sessions WHERE ended_at <> 0 AND ended_at < $1 OR idle_until < $1 OR expires_at < $1 LIMIT 500`,
		`DELETE FROM sessions WHERE id = $1`)
}

func (s *Store) pruneEvents(ctx context.Context, now time.Time) error {
	if s.options.AuditKeep <= 0 {
		return nil
	}
	return s.pruneBy(ctx, "prune events", now.Add(-s.options.AuditKeep),
		`SELECT CAST(id AS TEXT) FROM events WHERE at < $1 ORDER BY at LIMIT 500`,
		`DELETE FROM events WHERE id = CAST($1 AS BIGINT)`)
}

func (s *Store) pruneNodes(ctx context.Context, now time.Time) error {
	return s.act(ctx, "prune nodes", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `DELETE FROM nodes WHERE told_at < $1`, micros(now.Add(-24*time.Hour)))
		return err
	})
}

func (s *Store) pruneLimits(ctx context.Context, now time.Time) error {
	return s.act(ctx, "prune limits", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `DELETE FROM throttle WHERE tat <= $1`, micros(now))
		return err
	})
}

// codeKeep is how long a code is known after it has expired, so that who shows it late ends what came of it.
const codeKeep = 24 * time.Hour

// spentKeep is how long a spent id is known after its time: a node whose clock is behind takes what another has pruned for fresh.
const spentKeep = 5 * time.Minute

// requestKeep is how long a pushed request waits for its person once it has reached the browser.
const requestKeep = time.Hour

func (s *Store) pruneCodes(ctx context.Context, now time.Time) error {
	return s.act(ctx, "prune codes", func(ctx context.Context, q querier) error {
		if _, err := q.exec(ctx, `DELETE FROM codes WHERE expires_at < $1`, micros(now.Add(-codeKeep))); err != nil {
			return err
		}
		if _, err := q.exec(ctx, `DELETE FROM devices WHERE expires_at < $1`, micros(now.Add(-codeKeep))); err != nil {
			return err
		}
		if _, err := q.exec(ctx, `DELETE FROM pushed_requests WHERE expires_at < $1`, micros(now.Add(-requestKeep))); err != nil {
			return err
		}
		if _, err := q.exec(ctx, `DELETE FROM mail_codes WHERE expires_at < $1`, micros(now)); err != nil {
			return err
		}
		if _, err := q.exec(ctx, `DELETE FROM sign_ups WHERE expires_at < $1`, micros(now)); err != nil {
			return err
		}
		_, err := q.exec(ctx, `DELETE FROM spent_ids WHERE until < $1`, micros(now.Add(-spentKeep)))
		return err
	})
}

// pruneBy deletes rows that a reader found, some hundred in one act: neither the search nor a long deletion holds up other writers.
// What was found stays to be deleted, since a session that is over never comes back.
func (s *Store) pruneBy(ctx context.Context, name string, before time.Time, find, remove string) error {
	for {
		ids, err := all(ctx, s.reads, scanValue[string], find, micros(before))
		if err != nil || len(ids) == 0 {
			return s.mean(name, err)
		}
		err = s.act(ctx, name, func(ctx context.Context, q querier) error {
			for _, id := range ids {
				if _, err := q.exec(ctx, remove, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
