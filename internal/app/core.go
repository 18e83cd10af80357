package app

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/authn"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/mail"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/sqlstore"
	"github.com/lingpai/lingpai/internal/throttle"
	"github.com/lingpai/lingpai/internal/user"
)

// Core is the capabilities on a store, without any HTTP. The server is built on one, and so is every command that works on the data,
// whether a server runs or not.
type Core struct {
	Config   *config.Config
	Store    *sqlstore.Store
	Keys     *keys.Ring
	Revoked  *revocation.Set
	Feed     string // names the numbering of the log of revocations
	Users    *user.Directory
	Sessions *session.Service
	Password *authn.Password
	OTP      *otp.Service
	Passkeys *passkey.Service
	// SecondStep is what comes after the password.
	SecondStep *authn.SecondStep
	Devices    *authn.Devices
	Hasher     *password.Hasher
	Limiter    *throttle.Limiter
	Clients    *registry.Registry
	Grants     *grant.Service
	IDKeys     *keys.Lazy // of ID tokens by RS256
	Public     *keys.Published
	Nonces     *dpop.Nonces
	Providers  *provider.Service
	Mailbox    *mailbox.Service
	// MailServer sends letters; nil when none is configured.
	MailServer *mail.SMTP
	Fetch      *fetch.Fetcher // the one way out, to addresses that others name
	Now        func() time.Time

	configured map[string]registry.Client
	stolen     stolen
	sealer     *keys.Sealer
}

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
	store, err := OpenStore(ctx, cfg, logger)
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
func OpenUnkeyed(ctx context.Context, cfg *config.Config, logger *slog.Logger, now func() time.Time) (*Core, error) {
	store, err := OpenStore(ctx, cfg, logger)
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
	own, err := c.secrets(ctx)
	if err != nil {
		return err
	}
	c.Devices = authn.NewDevices(own.device)
	c.Limiter = throttle.New(c.Store, own.throttle, limits(c.Config.Throttle), c.Now)
	c.Sessions = c.newSessions(own.session)
	if c.Nonces, err = c.nonces(own.nonce); err != nil {
		return err
	}
	c.Users = &user.Directory{
		Store: c.Store, Passwords: c.newPasswords(), Revocations: c.Revoked, RevokeFor: c.revokeFor(),
		Host: hostOf(c.Config.Issuer), Now: c.Now,
	}
	c.Password = &authn.Password{
		Users: c.Store, Hasher: c.Hasher, Limiter: c.Limiter, Devices: c.Devices, Audit: c.Store, Logger: logger, Now: c.Now,
	}
	if err := c.openSecondFactor(own); err != nil {
		return err
	}
	c.openClients(own)
	if err := c.openCertificates(); err != nil {
		return err
	}
	if err := c.openMailbox(logger); err != nil {
		return err
	}
	return c.openProviders(own.connect, logger)
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

func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
