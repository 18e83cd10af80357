package token

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revoked"
)

const (
	// maxCached is the longest token that is kept, in bytes. With the count, it bounds the memory that holders of good tokens can claim.
	maxCached = 2 << 10
	// ways is how many tokens a place holds. With fewer, places overflow long before the cache is full.
	ways = 16
)

// Cache keeps tokens that were found good, so that one that comes again costs a hash and a comparison instead of a signature. Its rules:
//
//   - A refused token is never kept: whoever has no good token can put nothing in.
//   - A token is found by a hash under a secret seed, so that nobody can choose tokens that meet in one place. Then the whole token is
//     compared. Only a token of the same 64-bit hash gets that far; how long the comparison takes tells nobody anything.
//   - What is found holds only within its time and while its key is published. The caller sees to both.
//   - The oldest of a place makes way. Nothing is ever locked, and what two goroutines add at a time may be kept twice.
//
// It is safe for concurrent use. A nil Cache keeps nothing.
type Cache struct {
	seed   maphash.Seed
	places []place
}

// place holds the tokens of one range of hashes. The hashes lie side by side, so that a token is found without touching the others.
type place struct {
	hashes  [ways]atomic.Uint64
	entries [ways]atomic.Pointer[Kept]
	// added counts what was ever put in here; modulo ways it is the oldest entry.
	added atomic.Uint32
}

// Kept is a token that was found good. It is immutable, but for what it keeps of itself.
type Kept struct {
	Claims *Claims
	// Key verified the signature.
	Key *jose.Key
	// Marks is by what the token is looked for among what was called back.
	Marks revoked.Marks

	hash        uint64
	token       string
	from, until int64 // nanoseconds since 1970, as time.Time.UnixNano has them
}

// NewCache makes a cache of at least this many entries, rounded up to whole places; 0 makes none.
func NewCache(size int) *Cache {
	if size <= 0 {
		return nil
	}
	return &Cache{seed: maphash.MakeSeed(), places: make([]place, (size+ways-1)/ways)}
}

func (c *Cache) hash(token string) uint64 { return maphash.String(c.seed, token) }

// place maps the hashes evenly to the places (multiply-shift, which needs no power of two).
func (c *Cache) place(hash uint64) *place {
	at, _ := bits.Mul64(hash, uint64(len(c.places)))
	return &c.places[at]
}

// Find returns what is kept of a token, or nil.
func (c *Cache) Find(token string) *Kept {
	if c == nil || len(token) > maxCached {
		return nil
	}
	hash := c.hash(token)
	return c.place(hash).find(hash, token)
}

// find takes a hash for a hint only: it may belong to the entry before or after the one beside it.
func (p *place) find(hash uint64, token string) *Kept {
	for i := range p.hashes {
		if p.hashes[i].Load() != hash {
			continue
		}
		if e := p.entries[i].Load(); e != nil && e.hash == hash && e.token == token {
			return e
		}
	}
	return nil
}

// Add keeps a verdict. The claims are shared from here on, and their lists clipped, so that whoever appends to one makes a copy.
func (c *Cache) Add(token string, v Verdict) {
	if c == nil || len(token) > maxCached {
		return
	}
	claims := v.Claims
	for _, list := range []*[]string{&claims.Audience, &claims.AMR, &claims.Scopes, &claims.Roles, &claims.Actors} {
		*list = slices.Clip(*list)
	}
	e := &Kept{
		hash: c.hash(token), token: strings.Clone(token), Claims: claims,
		Key: v.Key, from: v.From.UnixNano(), until: v.Until.UnixNano(),
	}
	p := c.place(e.hash)
	at := (p.added.Add(1) - 1) % ways
	p.entries[at].Store(e)
	p.hashes[at].Store(e.hash)
}

// HoldsAt reports whether a time lies within that of the token. It looks at the wall clock, as judging does.
func (e *Kept) HoldsAt(now time.Time) bool {
	at := now.UnixNano()
	return e.from <= at && at < e.until
}
