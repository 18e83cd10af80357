package keys

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

// Where sealed values live, as the additional data of their seals names it. It is part of what is stored: never change it.
const (
	keysTable    = "signing_keys"
	secretsTable = "sealed_secrets"
	sealedColumn = "sealed"
)

// wish decides from the keys that there are whether another is wanted, and from when it is to sign. It is asked again whenever another
// node changed the keys in the meantime.
type wish func(v *view, now time.Time) (activates time.Time, wanted bool)

// firstOnly wants a key if there is none at all, or the newest is over, as in a database that was restored.
func firstOnly(v *view, now time.Time) (time.Time, bool) {
	return now, len(v.entries) == 0 || v.entries[0].expired(now)
}

// atOnce wants a key that signs now.
func atOnce(_ *view, now time.Time) (time.Time, bool) {
	return now, true
}

// successor wants a key that is published first, unless one is waiting already.
func (r *Ring) successor(v *view, now time.Time) (time.Time, bool) {
	if len(v.entries) == 0 {
		return now, true
	}
	return now.Add(r.o.PublishBefore), !v.entries[0].ActivatesAt.After(now)
}

// due wants a successor when the newest key has signed for so long that it has to be published.
func (r *Ring) due(v *view, now time.Time) (time.Time, bool) {
	if len(v.entries) == 0 {
		return now, true
	}
	return now.Add(r.o.PublishBefore), !v.entries[0].ActivatesAt.Add(r.o.RotateEvery - r.o.PublishBefore).After(now)
}

// advance reads the store and adds a key if want says so. It returns the id of the newest key, added or not. r.mu is held.
func (r *Ring) advance(ctx context.Context, src audit.Source, want wish) (id string, err error) {
	for range maxAttempts {
		v, err := r.read(ctx)
		if err != nil {
			return "", err
		}
		now := r.now()
		activates, wanted := want(v, now)
		if !wanted {
			return v.entries[0].ID, nil
		}
		id, err := r.add(ctx, v, now, activates, src)
		if errors.Is(err, fault.ErrConflict) {
			continue // another node was quicker: look at what it did
		}
		if err != nil {
			return "", err
		}
		_, err = r.read(ctx)
		return id, err
	}
	return "", fmt.Errorf("add key: other nodes were quicker %d times: %w", maxAttempts, fault.ErrConflict)
}

// ErrTooMany says that no key was made, because as many are published as may be.
var ErrTooMany = errors.New("keys are published already; wait until the retired ones expire")

// add makes a key and offers it to the store. r.mu is held.
func (r *Ring) add(ctx context.Context, v *view, now, activates time.Time, src audit.Source) (id string, err error) {
	if len(v.entries) >= maxPublished {
		return "", fmt.Errorf("%d %w", len(v.entries), ErrTooMany)
	}
	key, err := jose.GenerateKey(r.o.Algorithm)
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	private, err := key.InsecurePrivateJWK()
	if err != nil {
		return "", fmt.Errorf("write key: %w", err)
	}
	record := Record{
		ID: key.ID(), Purpose: r.o.Purpose, Algorithm: string(key.Algorithm()), Sealed: r.o.Sealer.Seal(keysTable, sealedColumn, key.ID(), private),
		CreatedAt: v.after(now), ActivatesAt: activates,
	}
	event := audit.Event{
		At: now, Action: audit.KeyRotated, Source: src,
		Detail: fmt.Sprintf("key %s signs from %s", key.ID(), activates.UTC().Format(time.RFC3339)),
	}
	expire := now.Add(r.o.PublishBefore + r.o.KeepFor)
	if err := r.o.Store.AddSigningKey(ctx, record, v.latest, expire, event); err != nil {
		return "", fmt.Errorf("store key: %w", err)
	}
	level := slog.LevelInfo
	if len(v.entries) == 0 {
		level = slog.LevelDebug // Every server makes its first key as it starts, which is no news.
	}
	r.o.Logger.LogAttrs(ctx, level, "signing key added",
		slog.String("kid", key.ID()), slog.String("algorithm", record.Algorithm), slog.Time("signs_from", activates))
	return key.ID(), nil
}

// read replaces the current view by what the store holds. An empty store gives an empty view, which is not made the current one, so
// that there is always a key to sign with. r.mu is held.
func (r *Ring) read(ctx context.Context) (*view, error) {
	records, err := r.o.Store.SigningKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	records = slices.DeleteFunc(records, func(k Record) bool { return k.Purpose != r.o.Purpose })
	v, err := newView(records, r.open)
	if err != nil {
		return nil, err
	}
	if len(v.entries) > 0 {
		r.current.Store(v)
	}
	return v, nil
}

// open gives a record its keys: those of the current view if it was there already, so that keys are unsealed once.
func (r *Ring) open(record Record) (*entry, error) {
	if v := r.current.Load(); v != nil {
		if known, ok := v.byID[record.ID]; ok {
			return &entry{record, known.private, known.public}, nil
		}
	}
	jwk, err := r.o.Sealer.Open(keysTable, sealedColumn, record.ID, record.Sealed)
	if err != nil {
		return nil, err
	}
	private, err := jose.ParseKey(jwk)
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", record.ID, err)
	}
	if !private.IsPrivate() || private.ID() != record.ID || string(private.Algorithm()) != record.Algorithm {
		return nil, fmt.Errorf("read key %s: %w: it is not the key that its row names", record.ID, ErrAltered)
	}
	public, err := private.Public()
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", record.ID, err)
	}
	return &entry{record, private, public}, nil
}
