package lingpai

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/token"
)

const (
	// defaultCacheSize is how many verified tokens are kept, unless CacheSize says otherwise.
	defaultCacheSize = 8192
	// maxCacheSize is the largest CacheSize: about 2 GB.
	maxCacheSize = 1 << 20
	// maxCached is the longest token that is kept, in bytes. With the count, it bounds the memory that holders of good tokens can claim.
	maxCached = 2 << 10
	// ways is how many tokens a place holds. With fewer, places overflow long before the cache is full.
	ways = 16
)

// cache keeps tokens that were found good, so that one that comes again costs a hash and a comparison instead of a signature. Its rules:
//
//   - A refused token is never kept: whoever has no good token can put nothing in.
//   - A token is found by a hash under a secret seed, so that nobody can choose tokens that meet in one place. Then the whole token is
//     compared. Only a token of the same 64-bit hash gets that far; how long the comparison takes tells nobody anything.
//   - What is found holds only within its time and while its key is published. The caller sees to both.
//   - The oldest of a place makes way. Nothing is ever locked, and what two goroutines add at a time may be kept twice.
//
// A nil cache keeps nothing.
type cache struct {
	seed   maphash.Seed
	places []place
}

// place holds the tokens of one range of hashes. The hashes lie side by side, so that a token is found without touching the others.
type place struct {
	hashes  [ways]atomic.Uint64
	entries [ways]atomic.Pointer[verified]
	// added counts what was ever put in here; modulo ways it is the oldest entry.
	added atomic.Uint32
}

// verified is a token that was found good. It is immutable.
type verified struct {
	hash        uint64
	token       string
	claims      *Claims
	key         *jose.Key
	from, until int64 // nanoseconds since 1970, as time.Time.UnixNano has them
}

// newCache makes a cache of at least this many entries, rounded up to whole places; 0 makes none.
func newCache(size int) *cache {
	if size <= 0 {
		return nil
	}
	return &cache{seed: maphash.MakeSeed(), places: make([]place, (size+ways-1)/ways)}
}

func (c *cache) hash(token string) uint64 { return maphash.String(c.seed, token) }

// place maps the hashes evenly to the places (multiply-shift, which needs no power of two).
func (c *cache) place(hash uint64) *place {
	at, _ := bits.Mul64(hash, uint64(len(c.places)))
	return &c.places[at]
}

// find returns what is kept of a token, or nil.
func (c *cache) find(token string) *verified {
	if c == nil || len(token) > maxCached {
		return nil
	}
	hash := c.hash(token)
	return c.place(hash).find(hash, token)
}

// find takes a hash for a hint only: it may belong to the entry before or after the one beside it.
func (p *place) find(hash uint64, token string) *verified {
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

// add keeps a verdict. The claims are shared from here on, and their lists clipped, so that whoever appends to one makes a copy.
func (c *cache) add(tok string, v token.Verdict) {
	if c == nil || len(tok) > maxCached {
		return
	}
	claims := (*Claims)(v.Claims)
	for _, list := range []*[]string{&claims.Audience, &claims.AMR, &claims.Scopes, &claims.Roles} {
		*list = slices.Clip(*list)
	}
	e := &verified{
		hash: c.hash(tok), token: strings.Clone(tok), claims: claims,
		key: v.Key, from: v.From.UnixNano(), until: v.Until.UnixNano(),
	}
	p := c.place(e.hash)
	at := (p.added.Add(1) - 1) % ways
	p.entries[at].Store(e)
	p.hashes[at].Store(e.hash)
}

// holdsAt reports whether a time lies within that of the token. It looks at the wall clock, as judging does.
func (e *verified) holdsAt(now time.Time) bool {
	at := now.UnixNano()
	return e.from <= at && at < e.until
}
