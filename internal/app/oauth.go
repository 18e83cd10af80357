package app

import (
	"context"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/backchannel"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/feed"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/loopback"
	"github.com/lingpai/lingpai/internal/oidc"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

// openClients brings together what OAuth needs. Commands know clients without an issuer; what judges by one is given it by the server.
func (c *Core) openClients(m macs) {
	c.Clients = &registry.Registry{
		KeySets: &registry.KeySets{Fetch: c.Fetch, Now: c.Now}, Configured: c.configured,
		Store: c.Store, Revocations: c.Revoked, Key: m.client, Issuer: c.Config.Issuer, RevokeFor: c.revokeFor(), Now: c.Now,
	}
	c.Grants = &grant.Service{
		Store: c.Store, Requests: c.Store, Consents: c.Store, Devices: c.Store, Guesses: c.Limiter, Users: c.Store,
		Clients: c.Clients, Sessions: c.Sessions, Key: m.grant, Salt: m.subject, Now: c.Now,
	}
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

// clients makes the adapter of OAuth. Its pages look like all others.
func (a *App) clients(cfg *config.Config, guard *httpd.Guard, tokens *token.Issuer, pages *login.Handler) *oidc.Handler {
	c := a.core
	c.Clients.Issuer, c.Grants.Local = a.issuer, loopback.IsURL(a.issuer)
	if cfg.Registration.Documents {
		c.Clients.Documents = c.clientDocuments()
	}
	return &oidc.Handler{
		Issuer: a.issuer, CertificateOrigin: a.mutual.origin, Classes: c.classes(), Audience: cfg.AudienceOf(a.issuer),
		RevocationsURI: a.issuer + feed.Path, StatusListsURI: a.statusLists(),
		Registration: oidc.Registration{Enabled: cfg.Registration.Enabled, Open: cfg.Registration.InsecureOpen, Begin: c.Limiter.Begin}, Fetch: c.Fetch,
		Keys: c.Public, Own: c.Keys.Signing, RSA: c.IDKeys.Signing,
		Grants: c.Grants, Clients: c.Clients, Sessions: c.Sessions, Tokens: tokens, Guard: guard, Revocations: c.Store,
		UI: pages.UI, Frame: pages.Frame, Speaking: pages.Speaking, Now: c.Now,
	}
}

// classes are those that a sign-in can be of.
func (c *Core) classes() []string {
	if len(c.Providers.All()) == 0 {
		return []string{session.ACRPassword}
	}
	return []string{session.ACRPassword, session.ACRProvider}
}

// clientDocuments finds clients by the documents that they put on the web. Anybody may name one, so what answers slowly there takes no place from the
// calls to other apps.
func (c *Core) clientDocuments() *registry.Documents {
	strangers := fetch.New(fetch.Options{InsecureLoopback: c.Config.Fetch.InsecureLoopback})
	return &registry.Documents{
		Get: func(ctx context.Context, address string, maxBytes int64) ([]byte, time.Duration, error) {
			doc, err := strangers.Get(ctx, address, "application/json", maxBytes)
			return doc.Body, doc.FreshFor, err
		},
		Own: func() jose.Algorithm { return c.Keys.Signing().Algorithm() }, Now: c.Now,
	}
}

// logoutSenders is how many turns of telling apps run beside one another, so that one app which does not answer keeps no other waiting.
const logoutSenders = 4

func (a *App) logoutSender(known *oidc.Handler) *backchannel.Sender {
	c := a.core
	return &backchannel.Sender{
		Store: c.Store, Clients: c.Clients, Sign: known.Sign, Post: c.Fetch.Post, Issuer: a.issuer, Logger: a.logger, Now: c.Now,
	}
}

// tellApps is a turn of telling apps of sign-outs. Each of these is in the log of revocations too, which is read anyway, so the store is only asked
// for those to tell of when the log has grown, and now and then, for those that an app did not take and those that another node left.
func (a *App) tellApps() func(ctx context.Context) error {
	const nowAndThen = 10
	turn, read := 0, int64(-1)
	return func(ctx context.Context) error {
		turn++
		seq := a.core.Revoked.Seq()
		if seq == read && turn%nowAndThen != 0 {
			return nil
		}
		read = seq
		return a.logouts.Send(ctx)
	}
}

// rulesOf are those by which tokens of ours are judged; without audience, whoever they were sent to. Some thousand that were found good are kept, 2 kB
// each, because most tokens are shown many times.
func rulesOf(c *Core, issuer string, audience []string) *token.Rules {
	return &token.Rules{
		Issuer: issuer, Audience: audience, AnyAudience: audience == nil, Keys: c.Keys.Find, Withdrawn: c.Revoked.Withdrawn,
		Cache: token.NewCache(2048), Now: c.Now,
	}
}

// withIssuer adds the issuer to who tokens are for: the userinfo endpoint takes tokens that are for itself.
func withIssuer(audience []string, issuer string) []string {
	if slices.Contains(audience, issuer) {
		return audience
	}
	return append(slices.Clone(audience), issuer)
}
