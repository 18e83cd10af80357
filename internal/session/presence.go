package session

import (
	"context"
	"time"
)

// Presence is how much somebody is signed in.
type Presence struct {
	Open   int       // living sessions
	SeenAt time.Time // last use of any of them
}

// Presences tells of many accounts at once.
type Presences interface {
	// PresencesOf tells of those of the accounts that have living sessions, by their ids. At most 100 may be asked for.
	PresencesOf(ctx context.Context, userIDs []string, now time.Time) (map[string]Presence, error)
}
