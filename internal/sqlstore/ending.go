package sqlstore

import (
	"context"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// endWithUser ends sessions as part of a change of their account. Each ended session gets an event with the source of the change.
func (s *Store) endWithUser(ctx context.Context, q querier, e *user.Ending, userID string, at time.Time, cause *audit.Event) error {
	if e == nil {
		return nil
	}
	event := audit.Event{At: at, Action: audit.SessionEnded, Detail: e.Reason}
	if cause != nil {
		event.Source = cause.Source
	}
	except, _ := session.ParseID(e.Except) // what is no id excepts nothing
	_, err := s.endSessions(ctx, q, session.Ending{
		User: userID, Except: except, At: at, Reason: e.Reason, RevokeUntil: e.RevokeUntil, Event: event,
	})
	return err
}
