package sqlstore

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/throttle"
)

// Arrivals implements throttle.Store.
func (s *Store) Arrivals(ctx context.Context, keys []string) ([]time.Time, error) {
	places, args := make([]string, len(keys)), make([]any, len(keys))
	for i, key := range keys {
		places[i], args[i] = "$"+strconv.Itoa(i+1), text(key)
	}
	rows, err := all(ctx, s.reads, scanArrival, `SELECT key, tat FROM throttle WHERE key IN (`+strings.Join(places, ", ")+`)`, args...)
	if err != nil {
		return nil, s.mean("read limits", err)
	}
	times := make([]time.Time, len(keys))
	for _, row := range rows {
		times[slices.Index(keys, row.key)] = row.tat
	}
	return times, nil
}

type arrival struct {
	key string
	tat time.Time
}

func scanArrival(row scanner) (a arrival, err error) {
	var tat int64
	err = row.Scan(&a.key, &tat)
	a.tat = instant(tat)
	return a, err
}

// Charge implements throttle.Store. The statement is what throttle.Charge.Paid says. Acts that share limits lock them in one order.
func (s *Store) Charge(ctx context.Context, charges []throttle.Charge, now time.Time) error {
	charges = slices.SortedFunc(slices.Values(charges), func(a, b throttle.Charge) int { return strings.Compare(a.Key, b.Key) })
	return s.act(ctx, "charge limits", func(ctx context.Context, q querier) error {
		for _, c := range charges {
			_, err := q.exec(ctx, `INSERT INTO throttle (key, tat) VALUES ($1, CAST($2 AS BIGINT) + CAST($3 AS BIGINT))
				ON CONFLICT (key) DO UPDATE SET tat = CASE WHEN throttle.tat > CAST($2 AS BIGINT) THEN throttle.tat ELSE CAST($2 AS BIGINT) END + CAST($3 AS BIGINT)`,
				text(c.Key), micros(now), c.Interval.Microseconds())
			if err != nil {
				return err
			}
		}
		return nil
	})
}
