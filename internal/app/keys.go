package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/keys"
)

func (c *Core) openKeys(ctx context.Context, logger *slog.Logger) error {
	existing, err := c.Store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if c.sealer, err = openSealer(c.Config, len(existing) > 0); err != nil {
		return err
	}
	algorithm, err := jose.ParseAlgorithm(c.Config.Token.Algorithm)
	if err != nil {
		return fmt.Errorf("token.algorithm: %w", err)
	}
	longest, err := c.Store.Longest(ctx, c.Now())
	if err != nil {
		return err
	}
	o := keys.Options{
		Store: c.Store, Sealer: c.sealer, Algorithm: algorithm, Now: c.Now, Logger: logger,
		RotateEvery: time.Duration(c.Config.Keys.RotateEvery), PublishBefore: time.Duration(c.Config.Keys.PublishBefore),
		KeepFor: max(longest, c.revokeFor()),
	}
	if c.Keys, err = keys.Open(ctx, o); err != nil {
		return err
	}
	return c.openIDKeys(ctx, o)
}

// idTokens is the purpose of the keys that sign ID tokens by RS256. It is part of what is stored.
const idTokens = "id tokens"

// openIDKeys prepares the keys that sign ID tokens for clients that know RS256 alone, which are most.
func (c *Core) openIDKeys(ctx context.Context, o keys.Options) error {
	o.Purpose, o.Algorithm = idTokens, jose.RS256
	c.IDKeys = keys.NewLazy(o)
	c.Public = &keys.Published{Ring: c.Keys, Lazy: c.IDKeys}
	return c.IDKeys.Maintain(ctx)
}

// prepareIDKeys makes the keys that clients of the configuration need, so that they are published before anybody needs them.
func (c *Core) prepareIDKeys(ctx context.Context) error {
	for _, known := range c.configured {
		if known.WantsRS256() {
			_, err := c.IDKeys.Signing(ctx)
			return err
		}
	}
	return nil
}

// LoadMaster finds the configured master key, which must exist, and says where it came from.
func LoadMaster(cfg *config.Config) (key []byte, source string, err error) {
	return loadMaster(cfg, false)
}

func loadMaster(cfg *config.Config, mayCreate bool) (key []byte, source string, err error) {
	return keys.LoadMaster(cfg.MasterKey.Reveal(), cfg.MasterKeyFile, cfg.Data, mayCreate)
}

// openSealer finds the master key. A new one may be made only while the database holds nothing that another one has sealed.
func openSealer(cfg *config.Config, holdsKeys bool) (*keys.Sealer, error) {
	if cfg.MasterKey.Empty() && cfg.MasterKeyFile == "" {
		if err := makeDataFolder(cfg.Data); err != nil {
			return nil, err
		}
	}
	master, _, err := loadMaster(cfg, !holdsKeys)
	if err != nil {
		return nil, err
	}
	return keys.NewSealer(master)
}

// AllKeys lists the keys of access tokens and those of ID tokens.
func (c *Core) AllKeys() []keys.Info {
	var all []keys.Info
	for _, r := range c.rings() {
		all = append(all, r.List()...)
	}
	return all
}

func (c *Core) rings() []*keys.Ring {
	if r := c.IDKeys.Opened(); r != nil {
		return []*keys.Ring{c.Keys, r}
	}
	return []*keys.Ring{c.Keys}
}

// WithdrawKey calls back every token that a key has signed, and unpublishes the key, for when others may have it. If it is its turn to
// sign, or would be, a new key takes over first. It returns the key that signs. fault.ErrNotFound when there is no such key.
func (c *Core) WithdrawKey(ctx context.Context, kid string, src audit.Source) (signing string, err error) {
	ring, state, ok := c.findKey(kid)
	if !ok {
		return "", fmt.Errorf("find key %q: %w", kid, fault.ErrNotFound)
	}
	if state != keys.Retired {
		if err := replaceKey(ctx, ring, src); err != nil {
			return "", err
		}
	}
	if err := ring.Withdraw(ctx, kid, c.Now().Add(longestToken+verifierLeeway), src); err != nil {
		return "", err
	}
	if err := c.Revoked.CatchUp(ctx); err != nil {
		return "", err
	}
	return ring.Signing().ID(), nil
}

// findKey finds the ring that a key belongs to.
func (c *Core) findKey(kid string) (ring *keys.Ring, state keys.State, ok bool) {
	for _, r := range c.rings() {
		for _, k := range r.List() {
			if k.ID == kid {
				return r, k.State, true
			}
		}
	}
	return nil, "", false
}

// takeOver is how long a new key is published before it signs in the place of one that is withdrawn. All running servers have read it by
// then, and those who follow the feed have met it in a beat: no token of it is refused as unknown.
const takeOver = 2 * time.Second

func replaceKey(ctx context.Context, ring *keys.Ring, src audit.Source) error {
	if err := ring.Replace(ctx, src, takeOver); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(takeOver):
		return nil
	}
}

// ownKeys are those of what we write and read back ourselves, one for each purpose, shared by all nodes through the store.
type ownKeys struct{ session, device, throttle, nonce, client, grant, subject, connect, factor, halfway, passkey []byte }

func (c *Core) secrets(ctx context.Context) (own ownKeys, err error) {
	for name, key := range map[string]*[]byte{
		"session tokens": &own.session, "known devices": &own.device, "throttle": &own.throttle, "nonces": &own.nonce,
		"client secrets": &own.client, "grants": &own.grant, "pairwise subjects": &own.subject,
		"sign-ins through providers": &own.connect, "second factors": &own.factor, "sign-ins halfway": &own.halfway, "passkeys": &own.passkey,
	} {
		if *key, err = c.Keys.Secret(ctx, name, 32); err != nil {
			return ownKeys{}, fmt.Errorf("open secret %q: %w", name, err)
		}
	}
	return own, nil
}
