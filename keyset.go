package lingpai

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

const (
	// minAge and maxAge bound how long keys are kept, whatever the issuer's Cache-Control says.
	minAge = 5 * time.Minute
	maxAge = time.Hour
	// cooldown is the least time from the end of one attempt to the start of the next, whatever tokens arrive.
	cooldown = 10 * time.Second
	// urgent is the cooldown where the issuer itself names a key, in a message of its feed: nobody else can make it pass.
	urgent = 200 * time.Millisecond
	// attemptTimeout bounds one attempt, discovery and keys together.
	attemptTimeout = 10 * time.Second
)

// published is what an issuer publishes now: its keys, for how long it lets them be kept, and the address of its feed of revocations, or "".
type published struct {
	keys *jose.KeySet
	age  time.Duration
	feed string
}

// fetchFunc fetches what the issuer publishes now.
type fetchFunc func(context.Context) (published, error)

// keySet keeps the published keys of an issuer and renews them on use. Its rules:
//
//   - A key that is known and fresh is found without a lock.
//   - From 4/5 of their age on, keys are renewed by whoever uses them, and nobody waits for it.
//   - Keys past their age are used only after an attempt to renew them has failed.
//   - An unknown key causes an attempt, and the token waits for it.
//   - Keys that a renewal leaves as they were stay the same pointers; the cache of verified tokens compares these.
//   - There is one attempt at a time, shared by all who wait, and after each a cooldown. It outlives the caller who caused it, so that
//     a client that hangs up cannot make it fail for others, but not attemptTimeout.
type keySet struct {
	fetch fetchFunc
	// fetched is told the address of the feed after each attempt that succeeds. It must not wait.
	fetched func(feed string)
	log     *slog.Logger
	// known is never nil. It is read by anyone and replaced only by attempt.
	known atomic.Pointer[knowledge]

	mu sync.Mutex
	// renewing is closed when the running attempt ends; nil while there is none. Guarded by mu.
	renewing chan struct{}
}

// knowledge is what is known of the issuer's keys at one time. It is immutable.
type knowledge struct {
	keys    *jose.KeySet // nil until an attempt succeeds
	renewAt time.Time
	expires time.Time
	// tried is when the last attempt ended, zero before the first; err is how it failed, if it did.
	tried time.Time
	err   error
}

func (k *knowledge) key(kid string) *jose.Key {
	if k.keys == nil {
		return nil
	}
	return k.keys.Key(kid)
}

func newKeySet(fetch fetchFunc, fetched func(feed string), log *slog.Logger) *keySet {
	s := &keySet{fetch: fetch, fetched: fetched, log: log}
	s.known.Store(new(knowledge))
	return s
}

// key is the token.KeyFunc. It returns nil for a key that the issuer does not publish, and a Refusal where that cannot be known.
func (s *keySet) key(ctx context.Context, kid string) (*jose.Key, error) {
	return s.keyAt(ctx, time.Now(), kid)
}

// keyAt is key for those who have just asked the clock.
func (s *keySet) keyAt(ctx context.Context, now time.Time, kid string) (*jose.Key, error) {
	return s.keyAfter(ctx, now, kid, cooldown)
}

// keyAfter is keyAt with another cooldown before an unknown key causes an attempt.
func (s *keySet) keyAfter(ctx context.Context, now time.Time, kid string, rest time.Duration) (*jose.Key, error) {
	known := s.known.Load()
	key := known.key(kid)
	if key != nil && now.Before(known.renewAt) {
		return key, nil
	}
	renewed := s.renew(ctx, rest)
	if key != nil && (now.Before(known.expires) || known.err != nil) {
		return key, nil
	}
	select {
	case <-renewed:
	case <-ctx.Done():
		return nil, unavailable(ctx.Err(), time.Second)
	}
	known = s.known.Load()
	if key = known.key(kid); key == nil && known.err != nil {
		return nil, unavailable(known.err, max(time.Second, cooldown-time.Since(known.tried)))
	}
	return key, nil
}

func unavailable(cause error, retry time.Duration) error {
	r := fault.Refuse(fault.Unavailable).Because(cause)
	r.RetryAfter = retry
	return r
}

// ended is what renew returns when there is nothing to wait for.
var ended = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// renew joins the running attempt, or starts one unless the last ended less than a cooldown ago. The channel is closed when it ends.
func (s *keySet) renew(ctx context.Context, rest time.Duration) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.renewing != nil {
		return s.renewing
	}
	if tried := s.known.Load().tried; !tried.IsZero() && time.Since(tried) < rest {
		return ended
	}
	done := make(chan struct{})
	s.renewing = done
	go func() {
		defer close(done)
		ctx := context.WithoutCancel(ctx)
		if err := s.attempt(ctx); err != nil {
			s.log.LogAttrs(ctx, slog.LevelWarn, "keys not renewed", slog.Any("error", err))
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.renewing = nil
	}()
	return done
}

// attempt fetches the keys once and replaces what is known. It must not run twice at a time.
func (s *keySet) attempt(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	found, err := s.fetch(ctx)
	now := time.Now()
	before := s.known.Load()
	if err != nil {
		after := *before
		after.tried, after.err = now, err
		s.known.Store(&after)
		return err
	}
	keys := found.keys
	if before.keys != nil && before.keys.Equal(keys) {
		keys = before.keys
	}
	age := min(max(found.age, minAge), maxAge)
	s.known.Store(&knowledge{keys: keys, renewAt: now.Add(age * 4 / 5), expires: now.Add(age), tried: now})
	s.logChange(ctx, before.keys, keys)
	s.fetched(found.feed)
	return nil
}

func (s *keySet) logChange(ctx context.Context, before, after *jose.KeySet) {
	old, now := ids(before), ids(after)
	if fmt.Sprint(old) != fmt.Sprint(now) {
		s.log.LogAttrs(ctx, slog.LevelInfo, "keys changed", slog.Any("before", old), slog.Any("now", now))
	}
}

func ids(s *jose.KeySet) []string {
	if s == nil {
		return nil
	}
	var out []string
	for _, k := range s.Keys() {
		out = append(out, k.ID())
	}
	return out
}
