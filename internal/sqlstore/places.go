package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/statuslist"
)

// longestToken is the longest life of an access token, whatever is configured, and what judges may give on top.
const longestToken = 24*time.Hour + 5*time.Minute

// takePlace is a part of the start of a session: until the act is over, nobody else takes its place on the status lists. A place is free when
// no token can be about that names it.
func (s *Store) takePlace(ctx context.Context, q querier, n session.Session) error {
	if n.StatusPlace == 0 {
		return nil
	}
	if err := s.dialect.alone(ctx, q, placing); err != nil {
		return err
	}
	before := n.CreatedAt.Add(-longestToken)
	_, err := one(ctx, q, scanValue[int64], `SELECT 1 FROM sessions WHERE status_place = $1 AND status_place <> 0
			AND idle_until > $2 AND expires_at > $2 AND (ended_at = 0 OR ended_at > $2)
		UNION ALL SELECT 1 FROM status_places WHERE place = $1 AND until > $3 LIMIT 1`, int64(n.StatusPlace), micros(before), micros(n.CreatedAt))
	switch {
	case err == nil:
		return session.ErrPlaceTaken
	case errors.Is(err, fault.ErrNotFound):
		return nil
	}
	return err
}

// fillPlaces is a part of the end of sessions.
func fillPlaces(ctx context.Context, q querier, e session.Ending, ended []endedSession) error {
	for _, row := range ended {
		if row.place == 0 {
			continue
		}
		_, err := q.exec(ctx, `INSERT INTO status_places (place, until) VALUES ($1, $2) ON CONFLICT (place) DO UPDATE SET until = excluded.until`,
			int64(row.place), micros(e.At.Add(longestToken)))
		if err != nil {
			return err
		}
	}
	return nil
}

// EndedPlaces implements revocation.Places.
func (s *Store) EndedPlaces(ctx context.Context, list int, now time.Time) ([]statuslist.Place, error) {
	rows, err := all(ctx, s.reads, scanValue[statuslist.Place], `SELECT place FROM status_places WHERE place BETWEEN $1 AND $2 AND until > $3`,
		int64(statuslist.At(list, 0)), int64(statuslist.At(list, statuslist.Size-1)), micros(now))
	return rows, s.mean("list places of ended sessions", err)
}
