package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// clientFlags are what `client add` takes.
type clientFlags struct {
	id, profile, auth, jwks, jwksURI, alg     string
	infoAlg, aboutAlg                         string
	backchannel, frontchannel, sector, cert   string
	redirects, logouts, scopes, audiences     []string
	details, modes                            []string
	firstParty, withoutPKCE, exchange, asJSON bool
	requirePAR, requireSigned, pairwise       bool
	certBound                                 bool
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
			n, err := o.client(args[0])
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
	f.StringVar(&o.backchannel, "backchannel-logout-uri", "", "an `ADDRESS` of its server that is told of every sign-out")
	f.StringVar(&o.frontchannel, "frontchannel-logout-uri", "", "an `ADDRESS` of it that the browser loads at a sign-out, for apps that know nothing better")
	f.StringSliceVar(&o.scopes, "scope", nil, "one more `SCOPE` that it may ask for; repeat it or separate several by commas")
	f.StringArrayVar(&o.audiences, "audience", nil, "an `API` (URI) that it may have tokens for; may be repeated")
	f.BoolVar(&o.firstParty, "first-party", false, "it is yours, so people are not asked whether they trust it")
	f.StringVar(&o.auth, "auth", "",
		"`HOW` it proves who it is: none, client_secret_basic, private_key_jwt, tls_client_auth, self_signed_tls_client_auth (default: by its profile)")
	f.StringVar(&o.jwks, "jwks", "", "a `FILE` with its public keys (JWK Set), for signed requests and, unless --auth says otherwise, private_key_jwt")
	f.StringVar(&o.jwksURI, "jwks-uri", "", "the `ADDRESS` of its public keys, in place of the file")
	f.StringVar(&o.cert, "certificate-name", "",
		"what stands in its certificate, such as san_dns:app.example.com, for tls_client_auth; or a `NAME` by subject_dn, san_uri, san_ip, san_email")
	f.BoolVar(&o.certBound, "certificate-bound", false, "bind its tokens to the certificate that it shows (mutual TLS)")
	f.BoolVar(&o.exchange, "exchange", false, "it is an API that may exchange the tokens it was sent for tokens to other APIs (--audience)")
	f.StringVar(&o.alg, "id-token-alg", "", "the `ALGORITHM` of its ID tokens: RS256, or that of the server (ES256 or EdDSA)")
	f.StringVar(&o.infoAlg, "userinfo-alg", "", "the `ALGORITHM` that signs what the userinfo endpoint tells it (default: none, plain JSON)")
	f.StringVar(&o.aboutAlg, "introspection-alg", "", "the `ALGORITHM` of answers about tokens that it wants signed (default: that of its ID tokens, or RS256)")
	f.StringSliceVar(&o.modes, "response-mode", nil,
		"a `WAY` that answers may take to it, in place of those of its profile: query, fragment, form_post, or with .jwt; may be repeated")
	f.BoolVar(&o.withoutPKCE, "insecure-without-pkce", false, "let it sign people in without PKCE, for an old app with a secret that cannot")
	f.BoolVar(&o.requirePAR, "require-par", false, "take requests of it only if it pushes them to /auth/par")
	f.BoolVar(&o.requireSigned, "require-signed-request", false, "take requests of it only if it signs them with its keys")
	f.BoolVar(&o.pairwise, "pairwise", false, "give it subjects that apps on other hosts do not know")
	f.StringVar(&o.sector, "sector-identifier-uri", "", "an `ADDRESS` whose host stands for all that share these subjects; implies --pairwise")
	f.StringSliceVar(&o.details, "authorization-details-type", nil, "a `TYPE` of authorization_details that it may ask for; may be repeated")
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
func (o *clientFlags) client(name string) (client.New, error) {
	preset, ok := client.PresetOf(o.profile)
	switch {
	case o.profile == "":
		return client.New{}, usage("--profile is missing: say what kind of app it is, one of %s", strings.Join(profileNames(), ", "))
	case !ok:
		return client.New{}, usage("--profile is %q, which is no kind of app; choose one of %s", o.profile, strings.Join(profileNames(), ", "))
	}
	n := client.New{ID: o.id, Source: byOperator, Settings: client.Settings{
		Name: name, Profile: preset.Profile, Auth: preset.Auth, Grants: preset.Grants, Scopes: preset.Scopes.With(o.scopes), IDTokenAlg: preset.Alg,
		RedirectURIs: o.redirects, PostLogoutRedirectURIs: o.logouts, Audiences: o.audiences, FirstParty: o.firstParty, InsecureWithoutPKCE: o.withoutPKCE,
		RequirePAR: o.requirePAR, RequireSignedRequest: o.requireSigned, BackchannelLogoutURI: o.backchannel, FrontchannelLogoutURI: o.frontchannel,
		Pairwise: o.pairwise || o.sector != "", SectorIdentifierURI: o.sector, DetailTypes: o.details,
		UserInfoAlg: jose.Algorithm(o.infoAlg), IntrospectionAlg: jose.Algorithm(o.aboutAlg), ResponseModes: oauth.ParseModes(o.modes),
		CertificateName: o.cert, CertificateBound: o.certBound,
	}}
	if o.auth != "" {
		n.Auth = oauth.AuthMethod(o.auth)
	}
	if o.alg != "" {
		n.IDTokenAlg = jose.Algorithm(o.alg)
	}
	if o.jwks != "" {
		data, err := os.ReadFile(o.jwks)
		if err != nil {
			return client.New{}, unreadable(o.jwks, err)
		}
		if n.JWKS = string(data); o.auth == "" {
			n.Auth = oauth.PrivateKeyJWT
		}
	}
	if o.jwksURI != "" {
		if n.JWKSURI = o.jwksURI; o.auth == "" {
			n.Auth = oauth.PrivateKeyJWT
		}
	}
	if o.cert != "" && o.auth == "" {
		n.Auth = oauth.TLSClientAuth
	}
	if o.exchange {
		n.Grants = append(slices.Clone(n.Grants), oauth.TokenExchange)
	}
	return n, nil
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
	if added.WantsRS256() {
		if _, err := c.IDKeys.Signing(ctx); err != nil { // made now, so that it is published before anybody needs it
			return err
		}
	}
	return showClient(newPage(cmd.OutOrStdout()), c, added, secret.Reveal(), asJSON)
}
