package keys

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

const (
	// maxAttempts bounds how often a key is offered to the store while other nodes are quicker.
	maxAttempts = 5
	// findCooldown bounds how often unknown key ids, which anybody can send, make us read the store.
	findCooldown = time.Second
	// findTimeout bounds that reading. It is not bound to the request that caused it, because others wait for its outcome.
	findTimeout = 5 * time.Second
	// maxPublished bounds the key set, which every verifier reads: nobody needs more, unless a rotation runs in a loop.
	maxPublished = 16
)

// Options is what a [Ring] is made of. All fields are required.
type Options struct {
	Store     Store
	Sealer    *Sealer
	Algorithm jose.Algorithm // of keys made from now on; existing ones keep theirs
	// Purpose names the chain of keys; "" is that of access tokens.
	Purpose string
	// RotateEvery is how long one key signs. It must be longer than PublishBefore.
	RotateEvery time.Duration
	// PublishBefore is how long a key is published before it signs.
	PublishBefore time.Duration
	// KeepFor is the longest life of a token, leeway of verifiers included.
	KeepFor time.Duration
	Now     func() time.Time
	Logger  *slog.Logger
}

func (o Options) check() error {
	switch o.Algorithm {
	case jose.HS256, jose.HS384, jose.HS512, "":
		return fmt.Errorf("algorithm %q cannot sign tokens that others verify", o.Algorithm)
	}
	if o.PublishBefore < 0 || o.RotateEvery <= o.PublishBefore || o.KeepFor <= 0 {
		return errors.New("a key must sign for longer than it is published before, and be kept after")
	}
	return nil
}

// Ring is the set of keys that are published. It is safe for concurrent use; Signing, Key, PublicJWKS and List take no lock.
type Ring struct {
	o       Options
	current atomic.Pointer[view]

	// mu is held while the store is read or changed. It guards the fields below and the replacing of current.
	mu       sync.Mutex
	soughtAt time.Time // when Find last read the store
	soughtTo error     // the outcome of that
}

// Open reads the keys, or makes the first one, which signs at once. Nodes that start at the same moment on an empty store end up with
// the same key. The error is [ErrMaster] when the keys were sealed under another master key.
func Open(ctx context.Context, o Options) (*Ring, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	r := &Ring{o: o}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.advance(ctx, system, firstOnly); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	if err := r.removeExpired(ctx); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	return r, nil
}

// system is the source of what Lingpai does by itself.
var system = audit.Source{Actor: audit.System}

// Signing is the key whose turn it is. It decides by the clock alone, so a planned successor takes over at its moment.
func (r *Ring) Signing() *jose.Key {
	v := r.current.Load()
	return v.entries[v.signing(r.o.Now())].private
}

// Latest is the key that was published last, whose turn may be still to come. What is signed with it makes its reader fetch it ahead of
// that.
func (r *Ring) Latest() *jose.Key { return r.current.Load().entries[0].private }

// Key is the published key with this id, public half only; nil if there is none.
func (r *Ring) Key(kid string) *jose.Key {
	e, ok := r.current.Load().byID[kid]
	if !ok || e.expired(r.o.Now()) {
		return nil
	}
	return e.public
}

// Find is [Ring.Key], but reads the store before it gives up on an id, since another node may have made a key just now. It does so at
// most once a second. The error says that the store could not be read, so that nothing is known about the id.
func (r *Ring) Find(ctx context.Context, kid string) (*jose.Key, error) {
	if k := r.Key(kid); k != nil {
		return k, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.Key(kid); k != nil {
		return k, nil // somebody else found it while we waited
	}
	if since := r.o.Now().Sub(r.soughtAt); since >= 0 && since < findCooldown {
		return nil, r.soughtTo
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), findTimeout)
	defer cancel()
	_, r.soughtTo = r.read(ctx)
	r.soughtAt = r.o.Now()
	return r.Key(kid), r.soughtTo
}

// PublicJWKS is the JWK Set (RFC 7517, section 5) of the published keys, newest first, and its strong entity tag. The bytes are shared
// and must not be changed.
func (r *Ring) PublicJWKS() (json []byte, etag string) {
	v := r.current.Load()
	return v.jwks, v.etag
}

// Refresh reads the store, so that keys made by other nodes are known here. After an error the ring goes on with what it has.
func (r *Ring) Refresh(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, err := r.read(ctx)
	if err == nil && len(v.entries) == 0 {
		err = errors.New("the database holds no key any more")
	}
	if err != nil {
		return fmt.Errorf("refresh keys: %w", err)
	}
	return nil
}

// Maintain refreshes, publishes a successor when one is due, and removes keys that have expired. It may run on all nodes at once.
func (r *Ring) Maintain(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.advance(ctx, system, r.due); err != nil {
		return fmt.Errorf("maintain keys: %w", err)
	}
	return r.removeExpired(ctx)
}

// removeExpired is called with mu held.
func (r *Ring) removeExpired(ctx context.Context) error {
	now := r.now()
	if !r.current.Load().anyExpired(now) {
		return nil
	}
	if err := r.o.Store.RemoveSigningKeys(ctx, now); err != nil {
		return fmt.Errorf("remove expired keys: %w", err)
	}
	if _, err := r.read(ctx); err != nil {
		return fmt.Errorf("read keys that are left: %w", err)
	}
	return nil
}

// Rotate publishes a successor now: one that signs after PublishBefore, or, immediately, one that signs from this moment on. If a
// successor is waiting for its turn already, Rotate without immediately returns that one and changes nothing; a key that signs
// immediately takes its place.
func (r *Ring) Rotate(ctx context.Context, src audit.Source, immediately bool) (Info, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	want := r.successor
	if immediately {
		want = atOnce
	}
	id, err := r.advance(ctx, src, want)
	if err != nil {
		return Info{}, fmt.Errorf("rotate keys: %w", err)
	}
	for _, info := range r.List() {
		if info.ID == id {
			return info, nil
		}
	}
	return Info{}, fmt.Errorf("rotate keys: key %s is gone: %w", id, fault.ErrConflict)
}

// Replace publishes a successor that signs after so long, whatever waits for its turn: long enough for those who follow the feed, which
// is signed with the key published last.
func (r *Ring) Replace(ctx context.Context, src audit.Source, after time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	soon := func(_ *view, now time.Time) (time.Time, bool) { return now.Add(after), true }
	if _, err := r.advance(ctx, src, soon); err != nil {
		return fmt.Errorf("replace key: %w", err)
	}
	return nil
}

// Withdraw unpublishes a key for good and calls back, until then, every token that it signed: for when others may have it. It is refused
// while no later key signs, with fault.ErrConflict; see [Ring.Replace]. fault.ErrNotFound when there is no such key.
func (r *Ring) Withdraw(ctx context.Context, kid string, until time.Time, src audit.Source) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	event := audit.Event{At: now, Action: audit.KeyWithdrawn, Source: src, Detail: "key " + kid}
	if err := r.o.Store.WithdrawSigningKey(ctx, kid, now, until, event); err != nil {
		return fmt.Errorf("withdraw key: %w", err)
	}
	if _, err := r.read(ctx); err != nil {
		return fmt.Errorf("withdraw key: %w", err)
	}
	return nil
}

// Secret is a random secret of size bytes that all nodes share: made on first use, sealed in the store, the same ever after.
func (r *Ring) Secret(ctx context.Context, name string, size int) ([]byte, error) {
	offered := make([]byte, size)
	rand.Read(offered)
	sealed, err := r.o.Store.SealedSecret(ctx, name, r.o.Sealer.Seal(secretsTable, sealedColumn, name, offered))
	if err != nil {
		return nil, fmt.Errorf("read secret %q: %w", name, err)
	}
	plain, err := r.o.Sealer.Open(secretsTable, sealedColumn, name, sealed)
	if err != nil {
		return nil, fmt.Errorf("open secret %q: %w", name, err)
	}
	if len(plain) != size {
		return nil, fmt.Errorf("secret %q has %d bytes, not %d", name, len(plain), size)
	}
	return plain, nil
}

// now is the time as the store keeps it.
func (r *Ring) now() time.Time { return r.o.Now().Truncate(time.Microsecond) }
