package config

import (
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/secret"
)

// Client is one of `clients`. What its values mean together is for package app to judge.
type Client struct {
	// Its id, 3 to 64 small letters, digits, dots, dashes and underscores.
	ID string `yaml:"id"`
	// What people read when they are asked whether it may act for them.
	Name string `yaml:"name"`
	// What kind of app it is, and so what follows: see [clients](clients.md).
	Profile string `yaml:"profile"`
	// The exact addresses that answers may go to.
	RedirectURIs []string `yaml:"redirect_uris"`
	// The exact addresses that a sign-out may lead to.
	PostLogoutRedirectURIs []string `yaml:"post_logout_redirect_uris"`
	// Scopes that it may ask for, besides those of its profile.
	Scopes []string `yaml:"scopes"`
	// The APIs (URIs) that it may have tokens for.
	Audiences []string `yaml:"audiences"`
	// Roles of which a person needs one to use it, whichever. Left empty, everybody may. See [who may use an app](clients.md#who-may-use-an-app).
	Roles []string `yaml:"roles"`
	// `true` for an app of your own: people are not asked whether they trust it.
	FirstParty bool `yaml:"first_party"`
	// `true` for an API that may trade the tokens it was sent for its own calls to `audiences` (RFC 8693).
	Exchange bool `yaml:"exchange"`
	// How it proves who it is: `none`, `client_secret_basic`, `private_key_jwt`, `tls_client_auth`, `self_signed_tls_client_auth`. Left empty, as its
	// profile says.
	Auth string `yaml:"auth"`
	// A file with its secret, 32 characters or more, on one line.
	SecretFile string `yaml:"secret_file" kind:"path"`
	// An environment variable with its secret. Its name does not begin with `LINGPAI_`.
	SecretEnv string `yaml:"secret_env"`
	// The SHA-256 of its secret in hex, as `printf %s "$SECRET" | sha256sum` says it. Only a secret that nobody can guess is safe like that.
	SecretHash secret.String `yaml:"secret_hash"`
	// A file with its public keys (JWK Set), for `private_key_jwt` or `self_signed_tls_client_auth`.
	JWKSFile string `yaml:"jwks_file" kind:"path"`
	// The address of its public keys, in place of the file.
	JWKSURI string `yaml:"jwks_uri"`
	// What stands in its certificate, for `tls_client_auth`: `san_dns:app.example.com`, or by `subject_dn`, `san_uri`, `san_ip`, `san_email`.
	CertificateName string `yaml:"certificate_name"`
	// `true` binds its tokens to the certificate that it shows (RFC 8705).
	CertificateBound bool `yaml:"certificate_bound"`
	// The algorithm of its ID tokens: `RS256`, or that of the server. Left empty, as its profile says.
	IDTokenAlg string `yaml:"id_token_alg"`
	// The algorithm that signs what the userinfo endpoint tells it: `RS256`, or that of the server. Left empty, that is plain JSON.
	UserInfoAlg string `yaml:"userinfo_alg"`
	// The algorithm of answers about tokens, for a client that wants them signed (RFC 9701). Left empty, that of its ID tokens, or `RS256`.
	IntrospectionAlg string `yaml:"introspection_alg"`
	// The ways that answers may take to it: `query`, `fragment`, `form_post`, or one of these with `.jwt`. Left empty, those of its profile.
	ResponseModes []string `yaml:"response_modes"`
	// How long its access tokens are good, if that is shorter than `token.lifetime`.
	TokenLifetime Duration `yaml:"token_lifetime"`
	// `true` lets an old app with a secret sign people in without PKCE.
	InsecureWithoutPKCE bool `yaml:"insecure_without_pkce"`
	// `true` takes its requests only if it pushes them to `/auth/par`.
	RequirePAR bool `yaml:"require_par"`
	// `true` takes its requests only if it signs them with its keys.
	RequireSignedRequest bool `yaml:"require_signed_request"`
	// An address of its server that is told of every sign-out.
	BackchannelLogoutURI string `yaml:"backchannel_logout_uri"`
	// An address of it that the browser loads at a sign-out, for apps that know nothing better.
	FrontchannelLogoutURI string `yaml:"frontchannel_logout_uri"`
	// `true` gives it subjects that apps on other hosts do not know.
	Pairwise bool `yaml:"pairwise"`
	// An address whose host stands for all clients that share these subjects.
	SectorIdentifierURI string `yaml:"sector_identifier_uri"`
	// The types of `authorization_details` that it may ask for.
	AuthorizationDetailsTypes []string `yaml:"authorization_details_types"`
}

// ClientKey is the key of a field of the client number i, as [Config.Origin] and [Problem] name it; field may be "" for the client itself.
func ClientKey(i int, field string) string {
	key := itemKey(clientsKey, i)
	if field != "" {
		key += "." + field
	}
	return key
}

const clientsKey = "clients"

// clients holds what can be judged of clients by themselves.
func (v *validator) clients() {
	seen := make(map[string]bool)
	for i, c := range v.config.Clients {
		at := func(field string) string { return ClientKey(i, field) }
		switch {
		case c.ID == "":
			v.refuse(at("id"), "is missing; every client needs one, as in `- id: wiki`")
		case seen[c.ID]:
			v.refuse(at("id"), "%s stands above already", quoted(c.ID))
		}
		seen[c.ID] = true
		if n := set(c.SecretFile != "", c.SecretEnv != "", !c.SecretHash.Empty()); n > 1 {
			v.refuse(at("id"), "%s has its secret in more than one way; keep one of secret_file, secret_env, secret_hash", quoted(c.ID))
		}
		if c.JWKSFile != "" && c.JWKSURI != "" {
			v.refuse(at("jwks_uri"), "is set, and so is jwks_file; keep one of the two")
		}
		if c.TokenLifetime != 0 {
			v.duration(at("token_lifetime"), c.TokenLifetime, time.Second, time.Hour)
		}
		v.secretEnv(at("secret_env"), c.SecretEnv)
	}
}

// secretEnv holds that the variable which a secret is read from is not one of ours.
func (v *validator) secretEnv(key, name string) {
	if strings.HasPrefix(name, "LINGPAI_") {
		v.refuse(key, "%s begins with LINGPAI_, which is for settings; name another variable", quoted(name))
	}
}

func set(given ...bool) (n int) {
	for _, g := range given {
		if g {
			n++
		}
	}
	return n
}
