// Package revocation keeps what has been called back before its time: the durable log of revocations, the set in memory that every
// check of an access token probes, and the hub that tells other servers.
//
// Whoever ends a session appends a [Record] in the same transaction. A record lives until the last access token that it concerns has
// expired, so the log stays short: revocations per second times the lifetime of a token. Each node's [Set] follows the log; its [Hub]
// signs what the set learns and hands it to the subscribers of the node:
//
//	transaction ──▶ log ──▶ Set ──▶ Hub ──▶ subscribers ──▶ acknowledgements ──▶ Standing
//	                         ▲ at once for own commits, within 100 ms for those of other nodes
//
// The package stands on jose and revoked; package feed carries the messages over HTTP.
package revocation

import (
	"context"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/revoked"
)

// Kind says what a record calls back. The names are those of package revoked.
type Kind string

// The kinds.
const (
	Session Kind = "sid"    // Key is a session id: every access token with this `sid`
	Token   Kind = "jti"    // Key is a token id: the one access token with this `jti`
	Subject Kind = "sub"    // Key is a user id: access tokens with this `sub` that were issued until then
	Client  Kind = "client" // Key is a client id: access tokens with this `client_id` that were issued until then
	Signer  Kind = "kid"    // Key is the id of a signing key: every access token that it signed
	All     Kind = "all"    // no Key: every access token that was issued until then
)

// The kinds that call nothing back: notes to the nodes of the database, which travel by the log because every node reads it anyway.
const (
	Asked   Kind = "ask?"  // somebody wants to know who has applied everything before it; see [Board]
	Rekeyed Kind = "keys?" // there is another signing key: read the keys
)

// Record is one revocation.
type Record struct {
	Seq   int64 // given by the store; rises in the order of commits, never reused
	Kind  Kind
	Key   string
	At    time.Time
	Until time.Time // no token that this record concerns is valid after it; the store may put it later, see [Lifetimes]
}

// Store is the durable log.
type Store interface {
	// Since returns every record with a greater Seq, in order. A record is never seen before one with a smaller Seq has been
	// committed: whoever has read up to n has missed nothing below n.
	Since(ctx context.Context, seq int64) ([]Record, error)
	// Forget removes records whose Until has passed, and what was noted of lifetimes that no token can have any more.
	Forget(ctx context.Context, now time.Time) error
}

// Lifetimes is what the store knows of access tokens that are about. A record that is appended, but for those of kind [Token], stays for as
// long as the longest of them can be believed, whatever its Until says: the lifetime may have been lowered a moment ago, or another node may
// have been started with a longer one.
type Lifetimes interface {
	// Issuing notes, before the first token is issued, that tokens can be believed for so long after that, and that some may be about until
	// a time. It is repeated while there may be more.
	Issuing(ctx context.Context, believed time.Duration, until time.Time) error
	// Longest is how long the longest token can be believed that may be about at a time; 0 for none.
	Longest(ctx context.Context, at time.Time) (time.Duration, error)
}

// entry is a record as the set holds it. A record of an unknown kind was written by a later version: it stands for All, unless the name
// of its kind ends in "?". It reports false for what calls nothing back.
func (r Record) entry(set *revoked.Set) (revoked.Entry, bool) {
	kind, known := revoked.ParseKind(string(r.Kind))
	if !known {
		kind = revoked.All
	}
	if known && kind != revoked.All && r.Key == "" || !known && strings.HasSuffix(string(r.Kind), "?") {
		return revoked.Entry{}, false
	}
	key := r.Key
	if kind == revoked.All {
		key = ""
	}
	return revoked.Entry{Print: set.Print(kind, key), At: revoked.Seconds(r.At), Until: until(r.Until), Kind: kind}, true
}

// until rounds up, so that nothing is forgotten in the last part of a second.
func until(t time.Time) uint32 { return revoked.Seconds(t.Add(time.Second - 1)) }
