package provider

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/loopback"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/seal"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// Path is where everything about providers lives, each below its name.
const Path = "/auth/connect/"

// Settings are what the operator says of a provider.
type Settings struct {
	Name     string // in addresses
	Title    string // on the button
	Issuer   string
	GitHub   bool // it speaks as GitHub does, and no OpenID Connect
	ClientID string
	Secret   secret.String // empty for a public client, and for one with a key
	// PrivateKeyJWT proves who we are by a signature of ours, in place of a secret.
	PrivateKeyJWT bool
	Scopes        oauth.Scope
	// Parameters are said besides, where people are sent. Those that a sign-in needs are not among them.
	Parameters map[string]string
	// RolesClaim is where the provider says what groups a person is in: the name of a claim, or a path of names with dots.
	RolesClaim string
	// Roles are our roles by theirs. A role that stands here is given and taken by this provider alone.
	Roles map[string]string
	// Domains and Require say who may come in: people with a verified address in one of the domains, people in one of the groups. Empty for all.
	Domains, Require []string
	// Create makes an account for who comes for the first time.
	Create bool
	// Only leads from the sign-in page straight to this provider.
	Only bool
	// Stay keeps people signed in when the browser closes.
	Stay bool
	// Logout signs people out of the provider as well.
	Logout bool
	// Refresh is how often the provider is asked whether somebody may still come in; zero for never.
	Refresh time.Duration
	// InsecureUnverifiedEmail believes addresses that the provider does not call verified.
	InsecureUnverifiedEmail bool
}

// Provider is one that people may come from. It is safe for concurrent use.
type Provider struct {
	Settings
	fetch caller
	keys  *client.KeySets
	sign  Signer
	now   func() time.Time
	found discovery
}

// caller makes calls to the provider. *fetch.Fetcher does.
type caller interface {
	client.Fetcher
	// Ask sends a form, with credentials, and reads the answer whatever its status.
	Ask(ctx context.Context, address string, form url.Values, auth *url.Userinfo) (status int, doc fetch.Document, err error)
	// GetAs is Get with a bearer token.
	GetAs(ctx context.Context, address, bearer string) (fetch.Document, error)
}

// Spender remembers what is good once.
type Spender interface {
	// SpendID returns fault.ErrConflict for an id that was spent before.
	SpendID(ctx context.Context, id string, until time.Time) error
}

// Options are what a [Service] is made of.
type Options struct {
	Providers   []Settings // in the order of the page
	Links       Links
	Connections Connections
	Spent       Spender
	Users       *user.Directory
	Sessions    *session.Service
	Box         *seal.Box // seals flows and refresh tokens, by a key that all nodes share
	Keys        Signer
	Logger      *slog.Logger
	Now         func() time.Time
}

// Service signs people in through providers. It is safe for concurrent use.
type Service struct {
	Options
	all []*Provider
}

// New makes a Service. No provider is called.
func New(o Options) *Service {
	s := &Service{Options: o}
	for _, set := range o.Providers {
		s.all = append(s.all, newProvider(set, o.Keys, o.Now))
	}
	return s
}

// newProvider may call what the operator named: a network of one's own, and this machine if the issuer is there.
func newProvider(set Settings, sign Signer, now func() time.Time) *Provider {
	o := fetch.Options{InsecureLoopback: loopback.IsURL(set.Issuer), Private: true}
	if set.GitHub {
		o.MaxBytes = pageBytes
	}
	calls := fetch.New(o)
	return &Provider{Settings: set, fetch: calls, keys: &client.KeySets{Fetch: calls, Now: now}, sign: sign, now: now}
}

// All lists the providers, in the order of the configuration.
func (s *Service) All() []*Provider { return s.all }

// Find returns the provider of a name, or nil.
func (s *Service) Find(name string) *Provider {
	for _, p := range s.all {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Only is the provider that the sign-in page leads to without asking, or nil.
func (s *Service) Only() *Provider {
	for _, p := range s.all {
		if p.Only {
			return p
		}
	}
	return nil
}

// ByIssuer returns the provider of an issuer, or nil.
func (s *Service) ByIssuer(issuer string) *Provider {
	for _, p := range s.all {
		if p.Issuer == issuer {
			return p
		}
	}
	return nil
}

// callback is where the provider sends people back to, at one of our origins.
func (p *Provider) callback(origin string) string { return origin + Path + p.Name + "/callback" }

// wellKnown is where a provider describes itself (OpenID Connect Discovery, section 4).
func (p *Provider) wellKnown() string {
	return strings.TrimSuffix(p.Issuer, "/") + "/.well-known/openid-configuration"
}
