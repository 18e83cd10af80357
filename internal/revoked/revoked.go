// Package revoked is what every check of an access token probes: the set of all that was called back, as keyed fingerprints, and the
// form in which the set travels to other servers.
//
// A [Set] is probed by any number of goroutines without a lock and without an allocation, while entries arrive. It forgets an entry
// when no living token can meet it any more; until then nothing takes an entry out. A [Message] is a snapshot of a set, entries that
// it gained, or a sign of life; whoever sends it signs it, and whoever reads it checks the signature first.
//
// The server (package revocation) and the public verifier stand on this package, so that both probe the same structure. It stands on
// strictjson alone.
package revoked

import "time"

// Kind says what an entry calls back. The number is ours; between servers kinds go by their names.
type Kind uint8

// The kinds.
const (
	Session Kind = iota // every token of a session, by `sid`
	Token               // one token, by `jti`
	Subject             // the tokens of a user that were issued until then, by `sub`
	Client              // the tokens of an app that were issued until then, by `client_id`
	Signer              // every token that one key signed, by `kid`
	All                 // every token that was issued until then
	kinds
)

// names are written in the log and on the wire, so they are never changed. They have at most 8 letters, because [Key.Print] takes them
// for the first block of what it hashes.
var names = [kinds]string{"sid", "jti", "sub", "client", "kid", "all"}

// String is the name of the kind: the claim that it goes by.
func (k Kind) String() string {
	if k < kinds {
		return names[k]
	}
	return "unknown"
}

// ParseKind finds a kind by its name.
func ParseKind(name string) (Kind, bool) {
	for k, n := range names {
		if n == name {
			return Kind(k), true
		}
	}
	return 0, false
}

// untilThen reports whether the kind spares tokens that were issued later. `iat` has a resolution of one second, and a token of the
// very second of the revocation is not spared: it may have been issued before.
func (k Kind) untilThen() bool { return k == Subject || k == Client || k == All }

// Entry is one revocation. Times are seconds since 1970.
type Entry struct {
	Print uint64 // fingerprint of kind and value; 0 only on the way into a set
	At    uint32 // when it was called back
	Until uint32 // no token that this entry concerns is valid after it
	Kind  Kind
}

// Time is when it was called back.
func (e Entry) Time() time.Time { return time.Unix(int64(e.At), 0) }

// Claims is what a token is found by. Values that the token does not have are "".
type Claims struct {
	Session, Token, Subject, Client, Signer string
	IssuedAt                                time.Time
	// Marks keeps the fingerprints of these values for the next time; nil makes them anew each time.
	Marks *Marks
}

// Seconds is a time as entries have it; what lies outside of 1970 to 2106 becomes the nearest that does not.
func Seconds(t time.Time) uint32 { return uint32(max(0, min(t.Unix(), 1<<32-1))) }
