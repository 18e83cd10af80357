package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/authn"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/mail"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/sqlstore"
	"github.com/lingpai/lingpai/internal/throttle"
	"github.com/lingpai/lingpai/internal/user"
)

// Core is the capabilities on a store, without any HTTP. The server is built on one, and so is every command that works on the data,
// whether a server runs or not.
type Core struct {
	Config    *config.Config
	Store     *sqlstore.Store
	Keys      *keys.Ring
	Revoked   *revocation.Set
	Feed      string // names the numbering of the log of revocations
	Users     *user.Directory
	Sessions  *session.Service
	Password  *authn.Password
	Devices   *authn.Devices
	Hasher    *password.Hasher
	Limiter   *throttle.Limiter
	Clients   *registry.Registry
	Grants    *grant.Service
	IDKeys    *keys.Lazy // of ID tokens by RS256
	Public    *keys.Published
	Nonces    *dpop.Nonces
	Providers *provider.Service
	Mailbox   *mailbox.Service
	// MailServer sends letters; nil when none is configured.
	MailServer *mail.SMTP
	Fetch      *fetch.Fetcher // the one way out, to addresses that others name
	Now        func() time.Time

	configured map[string]registry.Client
	stolen     stolen
}

// verifierLeeway is added to the lifetime of tokens where it is asked how long something must be remembered: judges elsewhere may
// give some leeway, and clocks differ.
const verifierLeeway = 5 * time.Minute

// OpenCore opens the database, migrating it if need be, and the capabilities on it. Close it after use.
func OpenCore(ctx context.Context, cfg *config.Config, logger *slog.Logger, now func() time.Time) (*Core, error) {
	return openCore(ctx, cfg, logger, now, nil)
}

// openCore is OpenCore with a process that hashes; nil hashes in this one.
func openCore(ctx context.Context, cfg *config.Config, logger *slog.Logger, now func() time.Time, worker *password.Worker) (*Core, error) {
	configured, err := ConfiguredClients(cfg)
	if err != nil {
		return nil, err
	}
	store, err := OpenStore(ctx, cfg)
	if err != nil {
		return nil, err
	}
	c := &Core{configured: configured, Config: cfg, Store: store, Now: now, Fetch: fetch.New(fetch.Options{InsecureLoopback: cfg.Fetch.InsecureLoopback})}
	if err := c.build(ctx, logger, worker); err != nil {
		_ = c.Close() // The first error is the one to tell.
		return nil, err
	}
	return c, nil
}

// OpenUnkeyed opens the database for who only reads what no key is needed for: accounts, sessions, events. So a lost master key does
// not keep an operator from looking. Of the result, Config, Store, Sessions and Now are set.
func OpenUnkeyed(ctx context.Context, cfg *config.Config, now func() time.Time) (*Core, error) {
	store, err := OpenStore(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &Core{Config: cfg, Store: store, Sessions: &session.Service{Store: store, Now: now}, Now: now}, nil
}

// Close closes the store.
func (c *Core) Close() error { return errors.Join(c.stolen.Close(), c.Store.Close()) }

func (c *Core) build(ctx context.Context, logger *slog.Logger, worker *password.Worker) error {
	if err := c.openKeys(ctx, logger); err != nil {
		return err
	}
	if err := c.openRevocations(ctx); err != nil {
		return err
	}
	var err error
	if c.Hasher, err = newHasher(c.Config, worker); err != nil {
		return err
	}
	if c.stolen, err = openStolen(c.Config, logger); err != nil {
		return err
	}
	macs, err := c.secrets(ctx)
	if err != nil {
		return err
	}
	c.Devices = authn.NewDevices(macs.device)
	c.Limiter = throttle.New(c.Store, macs.throttle, limits(c.Config.Throttle), c.Now)
	c.Sessions = c.newSessions(macs.session)
	if c.Nonces, err = c.nonces(macs.nonce); err != nil {
		return err
	}
	c.Users = &user.Directory{
		Store: c.Store, Passwords: c.newPasswords(), Revocations: c.Revoked, RevokeFor: c.revokeFor(),
		Host: hostOf(c.Config.Issuer), Now: c.Now,
	}
	c.Password = &authn.Password{
		Users: c.Store, Hasher: c.Hasher, Limiter: c.Limiter, Devices: c.Devices, Audit: c.Store, Logger: logger, Now: c.Now,
	}
	c.openClients(macs)
	if err := c.openCertificates(); err != nil {
		return err
	}
	if err := c.openMailbox(logger); err != nil {
		return err
	}
	return c.openProviders(macs.connect, logger)
}

func (c *Core) newSessions(mac []byte) *session.Service {
	s := c.Config.Session
	return &session.Service{
		Store: c.Store, Revocations: c.Revoked, Sealed: session.NewSealed(mac),
		Long:    session.Limits{Idle: time.Duration(s.Idle), Lifetime: time.Duration(s.Lifetime)},
		Short:   session.Limits{Idle: time.Duration(s.ShortIdle), Lifetime: time.Duration(s.ShortLifetime)},
		Overlap: time.Duration(s.Overlap), Grace: time.Duration(s.Grace), RevokeFor: c.revokeFor(), Most: s.MaxPerUser,
		StatusLists: c.Config.StatusLists.Count, Now: c.Now,
	}
}

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

func (c *Core) openKeys(ctx context.Context, logger *slog.Logger) error {
	existing, err := c.Store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	sealer, err := openSealer(c.Config, len(existing) > 0)
	if err != nil {
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
		Store: c.Store, Sealer: sealer, Algorithm: algorithm, Now: c.Now, Logger: logger,
		RotateEvery: time.Duration(c.Config.Keys.RotateEvery), PublishBefore: time.Duration(c.Config.Keys.PublishBefore),
		KeepFor: max(longest, c.revokeFor()),
	}
	if c.Keys, err = keys.Open(ctx, o); err != nil {
		return err
	}
	return c.openIDKeys(ctx, o)
}

// macs are the keys of what we write and read back ourselves, one for each purpose, shared by all nodes through the store.
type macs struct{ session, device, throttle, nonce, client, grant, subject, connect []byte }

func (c *Core) secrets(ctx context.Context) (m macs, err error) {
	for name, key := range map[string]*[]byte{
		"session tokens": &m.session, "known devices": &m.device, "throttle": &m.throttle, "nonces": &m.nonce,
		"client secrets": &m.client, "grants": &m.grant, "pairwise subjects": &m.subject,
		"sign-ins through providers": &m.connect,
	} {
		if *key, err = c.Keys.Secret(ctx, name, 32); err != nil {
			return macs{}, fmt.Errorf("open secret %q: %w", name, err)
		}
	}
	return m, nil
}

func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
