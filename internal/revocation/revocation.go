// Package revocation keeps what has been called back before its time: the durable log of revocations, and the set in memory that every
// check of an access token probes.
//
// Whoever ends a session appends a [Record] in the same transaction. A record lives until the last access token that it concerns has
// expired, so the log stays short: revocations per second times the lifetime of a token.
package revocation

import (
	"context"
	"time"
)

// Kind says what a record calls back.
type Kind string

// The kinds.
const (
	Session Kind = "sid" // Key is a session id: every access token with this `sid`
	Token   Kind = "jti" // Key is a token id: the one access token with this `jti`
)

// Record is one revocation.
type Record struct {
	Seq   int64 // given by the store; rises in the order of commits, never reused
	Kind  Kind
	Key   string
	At    time.Time
	Until time.Time // no token that this record concerns is valid after it
}

// Store is the durable log.
type Store interface {
	// Since returns every record with a greater Seq, in order. A record is never seen before one with a smaller Seq has been
	// committed: whoever has read up to n has missed nothing below n.
	Since(ctx context.Context, seq int64) ([]Record, error)
	// Forget removes records whose Until has passed.
	Forget(ctx context.Context, now time.Time) error
}
