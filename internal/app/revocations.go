package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/sqlstore"
)

// openRevocations reads the log. The secret of the feed is stored with the log, and made anew when a backup is restored: so a feed
// never has one number twice.
func (c *Core) openRevocations(ctx context.Context) error {
	secret, err := c.Keys.Secret(ctx, sqlstore.FeedSecret, 32)
	if err != nil {
		return fmt.Errorf("open secret of the feed: %w", err)
	}
	c.Feed = base64.RawURLEncoding.EncodeToString(secret[16:])
	if c.Revoked, err = revocation.Open(ctx, c.Store, revoked.Key(secret[:16]), c.Now); err != nil {
		return err
	}
	c.Revoked.OnKeys(func(ctx context.Context) error { return errors.Join(c.Keys.Refresh(ctx), c.IDKeys.Maintain(ctx)) })
	return nil
}

// verifierLeeway is added to the lifetime of tokens where it is asked how long something must be remembered: judges elsewhere may
// give some leeway, and clocks differ.
const verifierLeeway = 5 * time.Minute

// longestToken is the longest life of an access token that any verifier believes, whatever was configured when it was issued.
const longestToken = 24 * time.Hour

// revokeFor is how long an access token of ours can be believed, and so how long a revocation is remembered. The store remembers it longer
// where longer tokens may be about; see revocation.Lifetimes.
func (c *Core) revokeFor() time.Duration {
	return time.Duration(c.Config.Token.Lifetime) + verifierLeeway
}

const (
	// noteEvery is how often a server notes that it goes on issuing tokens of its lifetime.
	noteEvery = 10 * time.Minute
	// noteAhead is how long a note is good for: one that fails is made up for by the next.
	noteAhead = 3 * noteEvery
)

// noteLifetime makes sure that what is called back from now on is remembered for as long as the tokens that this server issues can be
// believed, by whatever node it is called back.
func (c *Core) noteLifetime(ctx context.Context) error {
	return c.Store.Issuing(ctx, c.revokeFor(), c.Now().Add(noteAhead+c.revokeFor()))
}

// nameOthers logs which servers work on the same database, for whoever did not mean to start a second one. One of our own name was killed: we have its
// port.
func (a *App) nameOthers(ctx context.Context) error {
	names, err := revocation.Present(ctx, a.core.Store, a.core.Now())
	if err != nil {
		return err
	}
	own := nodeName(a.listeners[0])
	names = slices.DeleteFunc(names, func(name string) bool { return name == own })
	if len(names) > 0 {
		a.logger.InfoContext(ctx, "other servers work on the same database; all need one issuer and one master key", slog.Any("servers", names))
	}
	return nil
}
