package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/seal"
	"github.com/lingpai/lingpai/internal/secret"
)

// ConfiguredProviders makes the providers of the configuration, reading the files and variables with their secrets. The error is config.Problems.
func ConfiguredProviders(cfg *config.Config) ([]provider.Settings, error) {
	var out []provider.Settings
	var found config.Problems
	for i, p := range cfg.Providers {
		secret, field, err := secretOf(p)
		if err != nil {
			key := fmt.Sprintf("providers[%d].%s", i, field)
			found = append(found, config.Problem{Origin: cfg.Origin(key), Text: key + ": " + err.Error()})
		}
		out = append(out, provider.Settings{
			Name: p.Name, Title: titleOf(p), Issuer: p.KnownAs(), GitHub: p.Type == config.GitHub,
			ClientID: p.ClientID, Secret: secret, PrivateKeyJWT: p.PrivateKeyJWT, Scopes: scopesOf(p), Parameters: p.Parameters,
			RolesClaim: p.RolesClaim, Roles: p.Roles, Domains: p.Domains, Require: p.Require,
			Create: p.Create, Only: p.Only, Stay: p.Stay, Logout: p.Logout, Refresh: time.Duration(p.Refresh),
			InsecureUnverifiedEmail: p.InsecureUnverifiedEmail,
		})
	}
	if len(found) > 0 {
		return nil, found
	}
	return out, nil
}

func titleOf(p config.Provider) string {
	if p.Type == config.GitHub {
		return cmp.Or(p.Title, "GitHub")
	}
	return cmp.Or(p.Title, hostOf(p.Issuer))
}

func scopesOf(p config.Provider) oauth.Scope {
	switch {
	case len(p.Scopes) == 0 && p.Type == config.GitHub && p.NamesGroups():
		return oauth.Scope{"read:user", "user:email", provider.GroupScope}
	case len(p.Scopes) == 0 && p.Type == config.GitHub:
		return oauth.Scope{"read:user", "user:email"}
	case len(p.Scopes) == 0:
		return oauth.Scope{"openid", "profile", "email"}
	}
	return p.Scopes
}

// secretOf reads the secret that a provider gave this server, and says which field it came from.
func secretOf(p config.Provider) (s secret.String, field string, err error) {
	switch {
	case p.ClientSecretFile != "":
		s, err = secretIn(p.ClientSecretFile)
		return s, "client_secret_file", err
	case p.ClientSecretEnv != "":
		s, err = secretOfEnv(p.ClientSecretEnv)
		return s, "client_secret_env", err
	}
	return p.ClientSecret, "client_secret", nil
}

// openProviders brings together what it takes to sign people in through other providers.
func (c *Core) openProviders(key []byte, logger *slog.Logger) error {
	settings, err := ConfiguredProviders(c.Config)
	if err != nil {
		return err
	}
	box, err := seal.NewBox(key)
	if err != nil {
		return err
	}
	c.Providers = provider.New(provider.Options{
		Providers: settings, Links: c.Store, Connections: c.Store, Spent: c.Store, Users: c.Users, Sessions: c.Sessions, Box: box,
		Keys: clientKeys{c.Keys, c.IDKeys}, Logger: logger, Now: c.Now,
	})
	return nil
}

// askers is how many sessions providers are asked about at a time: one provider may be slow.
const askers = 4

// askProviders has providers asked whether their people may still come in, if any is to be.
func (a *App) askProviders() {
	asked := func(p *provider.Provider) bool { return p.Refresh > 0 }
	if !slices.ContainsFunc(a.core.Providers.All(), asked) {
		return
	}
	for range askers {
		a.work.every("ask providers again", time.Second, a.core.Providers.Recheck)
	}
}

// clientKeys are the keys of this server that are published, as a client of other providers uses them.
type clientKeys struct {
	own *keys.Ring
	rsa *keys.Lazy
}

// ClientKey implements provider.Signer. RS256 is made if nothing else will do.
func (k clientKeys) ClientKey(ctx context.Context, algorithms []jose.Algorithm) (*jose.Key, error) {
	own := k.own.Signing()
	switch {
	case len(algorithms) == 0 || slices.Contains(algorithms, own.Algorithm()):
		return own, nil
	case slices.Contains(algorithms, jose.RS256):
		return k.rsa.Signing(ctx)
	}
	return nil, nil //nolint:nilnil // there is none, as the interface says
}
