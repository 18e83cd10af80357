package lingpai

import (
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/revoked"
)

const (
	// staleAfter is how long the feed may be silent before it counts as stale. A beat comes each second.
	staleAfter = 3 * time.Second
	// grace is how long after the last beat every good token passes: short troubles of a network are nobody's concern.
	grace = 30 * time.Second
	// youth is how long ago a token may have been issued to pass under [Normal] beyond the grace.
	youth = 2 * time.Minute
	// staleRetry is when a request that was refused because of a stale feed is worth repeating.
	staleRetry = 2 * time.Second
)

// StalenessPolicy says what passes while it is not known what the issuer has called back: beyond 30 seconds without a sign of life
// from its feed, and from a start until the first one.
type StalenessPolicy int

// The policies. What a policy does not let pass gets 503 with Retry-After, never 401, which would sign people out.
const (
	// Normal lets tokens pass that were issued within the last 2 minutes: a logout is missed for no longer than that.
	Normal StalenessPolicy = iota
	// Strict lets nothing pass.
	Strict
	// Lenient lets tokens pass until they expire: a logout may be missed for the lifetime of a token.
	Lenient
)

// Staleness chooses what passes while the feed of revocations is stale; without it, [Normal].
func Staleness(p StalenessPolicy) Option {
	return func(s *settings) { s.staleness = p }
}

// KeepCopy keeps a copy of the revocations in a file, so that a restart begins with the last known ones. The file holds what the issuer
// has signed and is verified like the feed itself; it is readable by its owner only, and replaced as a whole every 10 seconds at most. Each
// verifier needs a file of its own.
func KeepCopy(path string) Option {
	return func(s *settings) { s.copyAt = path }
}

// SubscriberName is what the issuer's operator reads when this API lags behind, such as "notes-2": printable ASCII, at most 64 bytes.
// Without it, the name is the first audience.
func SubscriberName(name string) Option {
	return func(s *settings) { s.subscriber = name }
}

// InsecureIgnoreRevocations accepts tokens until they expire, whatever has been called back since, and follows no feed. Whoever signs out
// because a token was stolen has not locked the thief out of this API.
func InsecureIgnoreRevocations() Option {
	return func(s *settings) { s.ignoreRevocations = true }
}

// Health says how well a Verifier knows what its issuer has called back. It is zero where nothing is followed: the issuer has no feed, or
// has not been reached yet, or [InsecureIgnoreRevocations] was given.
type Health struct {
	Following bool      // the issuer has a feed, and the context of NewVerifier has not ended
	LastBeat  time.Time // when the issuer last gave a sign of life, or zero
	Sequence  int64     // the number of the last revocation that is known
	Entries   int       // revocations that living tokens can meet
	Stale     bool      // no sign of life for 3 seconds, or none yet
	Error     string    // what is wrong with the feed, for the operator; "" while nothing is
}

// Health tells how well the feed of revocations is followed. It is cheap enough for a health check, not for each request.
func (v *Verifier) Health() Health { return v.follower.health() }

// known is what has been called back, in the numbering of one feed and of those before it that living tokens can still meet. It is
// replaced whole; the sets in it grow.
type known struct{ sets []*revoked.Set }

// find returns the entry that calls a token back.
func (k *known) find(c *revoked.Claims) (revoked.Entry, bool) {
	for _, set := range k.sets {
		if e, ok := set.Find(c); ok {
			return e, true
		}
	}
	return revoked.Entry{}, false
}

// refuse says why a token is called back, or returns nil. The words are those of the issuer itself. marks may be nil.
func (k *known) refuse(c *Claims, marks *revoked.Marks, now time.Time) error {
	e, ok := k.find(&revoked.Claims{
		Session: c.SessionID, Token: c.ID, Subject: c.Subject, Client: c.ClientID, Signer: c.KeyID, IssuedAt: c.IssuedAt, Marks: marks,
	})
	if !ok {
		return nil
	}
	ago := max(0, now.Truncate(time.Second).Sub(e.Time()))
	if e.Kind == revoked.Session {
		return fault.Refuse(fault.SessionEnded, ago)
	}
	return fault.Refuse(fault.TokenRevoked, ago)
}

// pulse is the last beat of a feed. It is immutable.
type pulse struct {
	received time.Time // by this machine's monotonic clock
	issued   time.Time // by the issuer's clock
}

// age is how long ago the beat was received. Setting the wall clock does not change it.
func (p *pulse) age(now time.Time) time.Duration { return now.Sub(p.received) }

// issuerTime is what the issuer's clock shows now, if it has run evenly since the beat.
func (p *pulse) issuerTime(now time.Time) time.Time { return p.issued.Add(p.age(now)) }

// allow judges a token beyond the grace. p is nil before the first beat.
func (policy StalenessPolicy) allow(c *Claims, now time.Time, p *pulse) error {
	if policy == Lenient || policy == Normal && tokenAge(c, now, p) <= youth {
		return nil
	}
	return unavailable(errStale, staleRetry)
}

// tokenAge is how long ago a token was issued, by the clock of this machine or by that of the issuer, whichever says longer: so a clock
// that is set back makes no token young.
func tokenAge(c *Claims, now time.Time, p *pulse) time.Duration {
	age := now.Sub(c.IssuedAt)
	if p != nil {
		age = max(age, p.issuerTime(now).Sub(c.IssuedAt))
	}
	return age
}
