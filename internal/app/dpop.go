package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/sqlstore"
)

// proofs makes the judge of DPoP proofs. Clients make them for the issuer, whatever name a proxy asks us by, or for where they show certificates.
func (a *App) proofs() (*dpop.Judge, error) {
	var bases []string
	for _, origin := range []string{a.issuer, a.mutual.origin} {
		if origin == "" {
			continue
		}
		base, err := dpop.Base(origin)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w", origin, err)
		}
		bases = append(bases, base)
	}
	c := a.core
	return &dpop.Judge{Bases: bases, Nonces: c.Nonces, Replays: c.replays(), Now: c.Now}, nil
}

// nonces are those that DPoP proofs carry. Who remembers used proofs by itself takes no nonces but its own, so that a proof that was used up
// with another process, or with this one before a restart, is good for nothing here: its client comes back with another nonce.
func (c *Core) nonces(shared []byte) (*dpop.Nonces, error) {
	if c.Config.Database.Empty() {
		shared = nil
	}
	return dpop.NewNonces(shared, c.Now)
}

// replays remembers used DPoP proofs. With a database of its own, a server may be one of several, which share what they remember. On the
// embedded one it is alone, but for the moments of a restart: it remembers by itself, which costs no write.
func (c *Core) replays() dpop.Replays {
	memory := dpop.NewMemory(c.Nonces, c.Now)
	if c.Config.Database.Empty() {
		return memory
	}
	return sharedReplays{memory, c.Store}
}

// sharedReplays spares the database what this process knows already.
type sharedReplays struct {
	memory *dpop.Memory
	store  *sqlstore.Store
}

// Use implements dpop.Replays.
func (r sharedReplays) Use(ctx context.Context, proof [32]byte, until time.Time) (first bool, err error) {
	if first, err := r.memory.Use(ctx, proof, until); err != nil || !first {
		return first, err
	}
	err = r.store.SpendID(ctx, "dpop "+base64.RawURLEncoding.EncodeToString(proof[:]), until)
	if errors.Is(err, fault.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
