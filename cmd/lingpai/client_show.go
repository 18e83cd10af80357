package main

import (
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/record"
)

// showClient shows a client, its secret if it was just made, and what to tell the app.
func showClient(p *page, c *app.Core, found client.Client, secret string, asJSON bool) error {
	issuer, err := issuerOf(c)
	if err != nil {
		return err
	}
	if asJSON {
		v := record.OfClient(found, issuer)
		v.Secret = secret
		return p.json(v)
	}
	p.printf("%s  %s\n\n", p.paint(strong, printable(found.Name)), found.Profile)
	rows := [][2]string{{"client id", found.ID}, {"client secret", secret}, {"issuer", issuer}}
	for _, f := range clientFacts(found)[1:] { // the name stands above
		between := "\n"
		if f.words {
			between = " "
		}
		rows = append(rows, [2]string{f.about, strings.Join(f.values, between)})
	}
	p.pairs(rows...)
	if secret != "" {
		p.printf("\n%s\n", p.paint(warn, "The secret is shown this once. Put it where the app reads its secrets."))
	}
	if text := readyConfiguration(found, issuer); text != "" {
		p.printf("\n%s\n", text)
	}
	return nil
}

// fact is what one setting of a client comes to.
type fact struct {
	about  string
	words  bool // the values are single words, and stand on one line
	values []string
}

// clientFacts are all that is set of a client, each setting in its place, with or without values. The first is its name.
func clientFacts(c client.Client) []fact {
	return []fact{
		{"name", false, some(printable(c.Name))},
		{"authentication", true, some(string(c.Auth))},
		{"keys", false, keyFacts(c)},
		{"certificate", false, some(c.CertificateName)},
		{"returns to", false, c.RedirectURIs},
		{"signs out to", false, c.PostLogoutRedirectURIs},
		{"may ask for", true, c.Scopes},
		{"details", true, c.DetailTypes},
		{"APIs", false, c.Audiences},
		{"exchange", false, when(c.May(oauth.TokenExchange), "yes: tokens that it was sent, for tokens to these APIs")},
		{"for roles", true, c.Roles},
		{"first party", false, when(c.FirstParty, "yes: people are not asked whether they trust it")},
		{"subjects", false, subjectFacts(c)},
		{"tokens", false, slices.Concat(
			when(c.TokenLifetime != 0, "good for "+fault.Span(c.TokenLifetime)),
			when(c.CertificateBound, "bound to the certificate that it shows"))},
		{"requests", false, slices.Concat(
			when(c.RequirePAR, "only those that it pushes to /auth/par"),
			when(c.RequireSignedRequest, "only those that it signs"),
			when(c.InsecureWithoutPKCE, "without PKCE, too, which is insecure"))},
		{"response modes", true, texts(c.ResponseModes)},
		{"told of sign-outs", false, slices.Concat(some(c.BackchannelLogoutURI), some(c.FrontchannelLogoutURI))},
		{"signs by", false, slices.Concat(
			when(c.IDTokenAlg != "", string(c.IDTokenAlg)+" (ID tokens)"),
			when(c.UserInfoAlg != "", string(c.UserInfoAlg)+" (userinfo)"),
			when(c.IntrospectionAlg != "", string(c.IntrospectionAlg)+" (introspection)"))},
	}
}

func keyFacts(c client.Client) []string {
	set, err := jose.ParseKeySet([]byte(c.JWKS))
	if err != nil {
		return some(c.JWKSURI)
	}
	var out []string
	for _, k := range set.Keys() {
		out = append(out, printable(k.ID())+" ("+string(k.Algorithm())+")")
	}
	return out
}

func subjectFacts(c client.Client) []string {
	if c.SectorIdentifierURI != "" {
		return some("those of " + c.SectorIdentifierURI)
	}
	return when(c.Pairwise, "of its own: apps on other hosts know people by others")
}

func some(value string) []string { return when(value != "", value) }

func when(is bool, value string) []string {
	if !is {
		return nil
	}
	return []string{value}
}

func texts[T ~string](list []T) (out []string) {
	for _, w := range list {
		out = append(out, string(w))
	}
	return out
}

// readyConfiguration is what to put into the app, for what many are made with.
func readyConfiguration(c client.Client, issuer string) string {
	redirect := ""
	if len(c.RedirectURIs) > 0 {
		redirect = c.RedirectURIs[0]
	}
	scope := "openid profile email"
	resource := ""
	if len(c.Audiences) > 0 {
		resource = " --data resource=" + c.Audiences[0] // Without it, the token is for Lingpai itself.
	}
	fill := strings.NewReplacer("{issuer}", issuer, "{id}", c.ID, "{redirect}", redirect, "{scope}", scope, "{resource}", resource)
	return strings.TrimSpace(fill.Replace(configurations[c.Profile]))
}

// configurations are by profile. They hold no secret: that comes from the environment of the app.
var configurations = map[client.Profile]string{
	client.SPA: `
With oidc-client-ts (npm):

  new UserManager({
    authority: "{issuer}",
    client_id: "{id}",
    redirect_uri: "{redirect}",
    scope: "{scope}",
  })
`,
	client.Web: `
With Auth.js, in the environment:

  AUTH_ISSUER={issuer}
  AUTH_ID={id}
  AUTH_SECRET=(the client secret)

With oauth2-proxy:

  --provider=oidc --oidc-issuer-url={issuer}
  --client-id={id} --code-challenge-method=S256

With Spring Boot (spring.security.oauth2):

  client.provider.lingpai.issuer-uri={issuer}
  client.registration.lingpai.client-id={id}
`,
	client.Native: `
With AppAuth or any library for OpenID Connect: discovery at {issuer}, client id {id},
no client secret, PKCE (S256), redirect to {redirect}.
`,
	client.Device: `
Ask for a code, show user_code and verification_uri, then poll:

  curl --data client_id={id} --data 'scope={scope}' {issuer}/auth/device_authorization
  curl --data client_id={id} --data grant_type=urn:ietf:params:oauth:grant-type:device_code \
       --data device_code=CODE {issuer}/auth/token
`,
	client.FAPI2: `
Push each request (PAR), with PKCE; sign assertions for {issuer}; send a DPoP proof with the code.
With openid-client (npm):

  await client.discovery(new URL("{issuer}"), "{id}", undefined, client.PrivateKeyJwt(key))
`,
	client.Service: `
Ask for a token:

  curl --user '{id}:SECRET' --data grant_type=client_credentials{resource} {issuer}/auth/token
`,
}
