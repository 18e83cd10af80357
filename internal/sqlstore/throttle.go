package sqlstore

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/throttle"
)

// Take implements throttle.Store. A refused attempt writes nothing, so a flood of them costs no fsync.
func (s *Store) Take(ctx context.Context, charges []throttle.Charge, now time.Time) (wait time.Duration, err error) {
	charges = inOrder(charges)
	err = s.act(ctx, "take from limits", func(ctx context.Context, q querier) error {
		wait = 0
		next := make([]time.Time, len(charges))
		for i, c := range charges {
			tat, err := s.arrival(ctx, q, c.Key)
			if err != nil {
				return err
			}
			var w time.Duration
			next[i], w = c.Next(tat, now)
			wait = max(wait, w)
		}
		if wait > 0 {
			return nil
		}
		return storeArrivals(ctx, q, charges, next)
	})
	if err != nil {
		return 0, err
	}
	return wait, nil
}

// arrival reads the stored time of a key, which no other act reads until this one is over. There may be no row to lock yet.
func (s *Store) arrival(ctx context.Context, q querier, key string) (time.Time, error) {
	if err := s.dialect.alone(ctx, q, limitPurpose(key)); err != nil {
		return time.Time{}, err
	}
	tat, err := one(ctx, q, scanValue[int64], `SELECT tat FROM throttle WHERE key = $1`, text(key))
	if errors.Is(err, fault.ErrNotFound) {
		return time.Time{}, nil
	}
	return instant(tat), err
}

func storeArrivals(ctx context.Context, q querier, charges []throttle.Charge, next []time.Time) error {
	for i, c := range charges {
		_, err := q.exec(ctx, `INSERT INTO throttle (key, tat) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET tat = excluded.tat`,
			text(c.Key), micros(next[i]))
		if err != nil {
			return err
		}
	}
	return nil
}

// Refund implements throttle.Store. The statement is what Charge.Back says.
func (s *Store) Refund(ctx context.Context, charges []throttle.Charge) error {
	return s.act(ctx, "refund limits", func(ctx context.Context, q querier) error {
		for _, c := range inOrder(charges) {
			_, err := q.exec(ctx, `UPDATE throttle SET tat = tat - $2 WHERE key = $1`, text(c.Key), c.Interval.Microseconds())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// inOrder sorts by key, so that acts which share limits lock them in one order.
func inOrder(charges []throttle.Charge) []throttle.Charge {
	return slices.SortedFunc(slices.Values(charges), func(a, b throttle.Charge) int { return strings.Compare(a.Key, b.Key) })
}

// limitPurpose is the purpose for which an act on this limit runs alone. Two keys may share one; then they wait for each other in vain.
func limitPurpose(key string) int64 {
	h := fnv.New64a()
	h.Write([]byte(key)) // never fails
	return int64(h.Sum64())
}
