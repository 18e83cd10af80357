package main

import (
	"strings"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/client"
)

// showClient shows a client, its secret if it was just made, and what to tell the app.
func showClient(p *page, c *app.Core, found client.Client, secret string, asJSON bool) error {
	issuer, err := issuerOf(c)
	if err != nil {
		return err
	}
	if asJSON {
		v := viewClient(found, issuer)
		v.Secret = secret
		return p.json(v)
	}
	p.printf("%s  %s\n\n", p.paint(strong, printable(found.Name)), found.Profile)
	rows := [][2]string{{"client id", found.ID}}
	if secret != "" {
		rows = append(rows, [2]string{"client secret", secret})
	}
	rows = append(rows,
		[2]string{"issuer", issuer}, [2]string{"authentication", string(found.Auth)}, [2]string{"returns to", strings.Join(found.RedirectURIs, "\n")},
		[2]string{"may ask for", found.Scopes.String()}, [2]string{"APIs", strings.Join(found.Audiences, "\n")},
	)
	if found.FirstParty {
		rows = append(rows, [2]string{"first party", "yes: people are not asked whether they trust it"})
	}
	if found.CertificateName != "" {
		rows = append(rows, [2]string{"certificate", found.CertificateName})
	}
	if found.CertificateBound {
		rows = append(rows, [2]string{"tokens", "bound to the certificate that it shows"})
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

// readyConfiguration is what to put into the app, for what many are made with.
func readyConfiguration(c client.Client, issuer string) string {
	redirect := ""
	if len(c.RedirectURIs) > 0 {
		redirect = c.RedirectURIs[0]
	}
	scope := "openid profile email"
	fill := strings.NewReplacer("{issuer}", issuer, "{id}", c.ID, "{redirect}", redirect, "{scope}", scope)
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
With Auth.js, in the environment:            AUTH_ISSUER={issuer}
                                             AUTH_ID={id}
                                             AUTH_SECRET=(the client secret)
With oauth2-proxy:                           --provider=oidc --oidc-issuer-url={issuer}
                                             --client-id={id} --code-challenge-method=S256
With Spring Boot (spring.security.oauth2):   client.provider.lingpai.issuer-uri={issuer}
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

  curl --user '{id}:SECRET' --data grant_type=client_credentials {issuer}/auth/token
`,
}
