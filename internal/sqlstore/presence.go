package sqlstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/session"
)

// PresencesOf implements session.Presences.
func (s *Store) PresencesOf(ctx context.Context, userIDs []string, now time.Time) (map[string]session.Presence, error) {
	found := map[string]session.Presence{}
	if len(userIDs) == 0 {
		return found, nil
	}
	places, args := make([]string, 0, len(userIDs)), []any{micros(now)}
	for _, id := range userIDs {
		args = append(args, text(id))
		places = append(places, "$"+strconv.Itoa(len(args)))
	}
	_, err := all(ctx, s.reads, func(row scanner) (none struct{}, err error) {
		var id string
		var open, seen int64
		err = row.Scan(&id, &open, &seen)
		found[id] = session.Presence{Open: int(open), SeenAt: instant(seen)}
		return none, err
	}, `SELECT user_id, count(*), max(seen_at) FROM sessions
		WHERE user_id IN (`+strings.Join(places, ", ")+`) AND ended_at = 0 AND idle_until > $1 AND expires_at > $1 GROUP BY user_id`, args...)
	return found, s.mean("count living sessions", err)
}
