package app

import (
	"context"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/feed"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/loopback"
	"github.com/lingpai/lingpai/internal/oidc"
	"github.com/lingpai/lingpai/internal/token"
)

// openClients brings together what OAuth needs. Commands know clients without an issuer; what judges by one is given it by the server.
func (c *Core) openClients(own ownKeys) {
	strangers := fetch.New(fetch.Options{InsecureLoopback: c.Config.Fetch.InsecureLoopback})
	c.Clients = &registry.Registry{
		KeySets: &registry.KeySets{Fetch: c.Fetch, Now: c.Now}, StrangersKeySets: &registry.KeySets{Fetch: strangers, Now: c.Now}, Configured: c.configured,
		Store: c.Store, Revocations: c.Revoked, Key: own.client, Issuer: c.Config.Issuer, RevokeFor: c.revokeFor(), Now: c.Now,
	}
	c.Grants = &grant.Service{
		Store: c.Store, Requests: c.Store, Consents: c.Store, Devices: c.Store, Guesses: c.Limiter, Users: c.Store,
		Factors: c.SecondStep, Clients: c.Clients, Sessions: c.Sessions, Key: own.grant, Salt: own.subject, Now: c.Now,
	}
}

// newOIDC makes the adapter of OAuth and OpenID Connect. Its pages look like all others.
func (a *App) newOIDC(cfg *config.Config, guard *httpd.Guard, tokens *token.Issuer, pages *login.Handler) *oidc.Handler {
	c := a.core
	c.Clients.Issuer, c.Grants.Local, c.Clients.CommandFlags = a.issuer, loopback.IsURL(a.issuer), a.commandFlags()
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

// commandFlags are what a command needs to work on the data of this server, for whoever copies it from a page.
func (a *App) commandFlags() string {
	cfg := a.core.Config
	if !cfg.Database.Empty() || a.dev == nil && cfg.Origin("data") == (config.Origin{}) {
		return ""
	}
	folder, err := filepath.Abs(cfg.Data)
	if err != nil {
		return ""
	}
	if strings.ContainsFunc(folder, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-", r)
	}) {
		folder = "'" + strings.ReplaceAll(folder, "'", `'\''`) + "'"
	}
	return " --data " + folder
}

// classes are those that a sign-in can be of.
func (c *Core) classes() []string {
	if len(c.Providers.All()) == 0 {
		return []string{token.ACRPassword, token.ACRMFA, token.ACRPasskey}
	}
	return []string{token.ACRPassword, token.ACRMFA, token.ACRPasskey, token.ACRProvider}
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
		Try: c.chargeWhoAsks, Own: func() jose.Algorithm { return c.Keys.Signing().Algorithm() }, Now: c.Now,
	}
}

// chargeWhoAsks has something read elsewhere that somebody has named, and charges their address when it is not there: nobody makes us call others again
// and again. What we ask for by ourselves is charged to nobody.
func (c *Core) chargeWhoAsks(ctx context.Context, read func(context.Context) error) error {
	address := httpd.Asker(ctx)
	if address == "" {
		return read(ctx)
	}
	return c.Limiter.Try(ctx, address, func(err error) bool { return err != nil }, read)
}
