package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// clientFlags are what `client add` takes.
type clientFlags struct {
	settingFlags

	id, profile, auth, sector                             string
	redirects, logouts, scopes, audiences, roles, details []string
	pairwise, asJSON                                      bool
}

func newClientAdd() *cobra.Command {
	var o clientFlags
	cmd := &cobra.Command{
		Use:   "add NAME --profile KIND",
		Short: "Add an app that people sign in to, or that acts for itself",
		Long: "Add an app that people sign in to, or that acts for itself. The profile says what kind it is, and what that implies;\n" +
			"in brackets, how it proves who it is (--auth):\n\n" + profiles() +
			"\nA secret is shown once, and never again. A running server knows the client at once.",
		Example: "  lingpai client add 'Reading List' --profile spa --redirect-uri http://localhost:5173/callback\n" +
			"  lingpai client add Wiki --profile web --redirect-uri https://wiki.example.com/oauth2/callback --first-party --json\n" +
			"  lingpai client add Backup --profile service --scope files:read",
		Args: takes("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := o.client(args[0], cmd.Flags())
			if err != nil {
				return err
			}
			return onNewData(cmd, func(ctx context.Context, c *app.Core) error { return addClient(ctx, cmd, c, n, o.asJSON) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.id, "id", "", "the `ID` of the client (default: made from the name)")
	f.StringVar(&o.profile, "profile", "", "what `KIND` of app it is: "+strings.Join(profileNames(), ", "))
	f.StringArrayVar(&o.redirects, "redirect-uri", nil, "an exact `ADDRESS` that answers may go to; may be repeated")
	f.StringArrayVar(&o.logouts, "post-logout-redirect-uri", nil, "an exact `ADDRESS` that a sign-out may lead to; may be repeated")
	f.StringSliceVar(&o.scopes, "scope", nil, "one more `SCOPE` that it may ask for; repeat it or separate several by commas")
	f.StringArrayVar(&o.audiences, "audience", nil, "an `API` (URI) that it may have tokens for; may be repeated")
	f.StringSliceVar(&o.roles, "role", nil, "a `ROLE` that lets people use it, whichever they have of several; without one, everybody may; may be repeated")
	f.StringVar(&o.auth, "auth", "",
		"`HOW` it proves who it is: none, client_secret_basic, private_key_jwt, tls_client_auth, self_signed_tls_client_auth (default: by its profile)")
	f.BoolVar(&o.pairwise, "pairwise", false, "give it subjects that apps on other hosts do not know")
	f.StringVar(&o.sector, "sector-identifier-uri", "", "an `ADDRESS` whose host stands for all that share these subjects; implies --pairwise")
	f.StringSliceVar(&o.details, "authorization-details-type", nil, "a `TYPE` of authorization_details that it may ask for; may be repeated")
	o.declare(f)
	addJSON(cmd, &o.asJSON)
	return cmd
}

func profileNames() (names []string) {
	for _, p := range client.Presets() {
		names = append(names, string(p.Profile))
	}
	return names
}

func profiles() string {
	var b strings.Builder
	for _, p := range client.Presets() {
		fmt.Fprintf(&b, "  %-8s %s (%s)\n", p.Profile, p.About, p.Auth)
	}
	return b.String()
}

// client makes the client that the flags describe: what its profile implies, and what they say besides.
func (o *clientFlags) client(name string, f *pflag.FlagSet) (client.New, error) {
	preset, ok := client.PresetOf(o.profile)
	switch {
	case o.profile == "":
		return client.New{}, usage("--profile is missing: say what kind of app it is, one of %s", strings.Join(profileNames(), ", "))
	case !ok:
		return client.New{}, usage("--profile is %q, which is no kind of app; choose one of %s", o.profile, strings.Join(profileNames(), ", "))
	}
	n := client.New{ID: o.id, Source: byOperator, Settings: client.Settings{
		Name: name, Profile: preset.Profile, Auth: o.authBy(preset), Grants: preset.Grants, Scopes: preset.Scopes.With(o.scopes), IDTokenAlg: preset.Alg,
		RedirectURIs: o.redirects, PostLogoutRedirectURIs: o.logouts, Audiences: o.audiences, Roles: o.roles,
		Pairwise: o.pairwise || o.sector != "", SectorIdentifierURI: o.sector, DetailTypes: o.details,
	}}
	return n, o.apply(f, &n.Settings)
}

// authBy is how the client proves who it is: as a flag says, as its keys or its certificate imply, or by its profile.
func (o *clientFlags) authBy(preset client.Preset) oauth.AuthMethod {
	switch {
	case o.auth != "":
		return oauth.AuthMethod(o.auth)
	case o.cert != "":
		return oauth.TLSClientAuth
	case o.jwks != "" || o.jwksURI != "":
		return oauth.PrivateKeyJWT
	}
	return preset.Auth
}

func addClient(ctx context.Context, cmd *cobra.Command, c *app.Core, n client.New, asJSON bool) error {
	if n.Profile == client.FAPI2 && c.Config.Token.Algorithm == string(jose.RS256) {
		return errors.New("the profile fapi2 takes no tokens by RS256; set token.algorithm to ES256 or EdDSA")
	}
	added, secret, err := c.Clients.Add(ctx, n)
	if errors.Is(err, fault.ErrConflict) {
		return fmt.Errorf("there is a client %q already; choose another --id", n.ID)
	}
	if err != nil {
		return err
	}
	if err := publishKeys(ctx, c, added); err != nil {
		return err
	}
	return showClient(newPage(cmd.OutOrStdout()), c, added, secret.Reveal(), asJSON)
}

// publishKeys makes the keys that are needed to sign for a client, so that they are published before anybody needs them.
func publishKeys(ctx context.Context, c *app.Core, added client.Client) error {
	if !added.WantsRS256() {
		return nil
	}
	_, err := c.IDKeys.Signing(ctx)
	return err
}
