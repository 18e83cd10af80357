package main

import (
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// settingFlags are the flags that say the same of a client when it is added and when it is changed. What none of them names stays as it is.
type settingFlags struct {
	backchannel, frontchannel            string
	jwks, jwksURI, cert                  string
	alg, infoAlg, aboutAlg               string
	modes                                []string
	lifetime                             time.Duration
	firstParty, withoutPKCE, exchange    bool
	requirePAR, requireSigned, certBound bool
}

func (o *settingFlags) declare(f *pflag.FlagSet) {
	f.StringVar(&o.backchannel, "backchannel-logout-uri", "", "an `ADDRESS` of its server that is told of every sign-out")
	f.StringVar(&o.frontchannel, "frontchannel-logout-uri", "", "an `ADDRESS` of it that the browser loads at a sign-out, for apps that know nothing better")
	f.StringVar(&o.jwks, "jwks", "", "a `FILE` with its public keys (JWK Set), for signed requests and for private_key_jwt")
	f.StringVar(&o.jwksURI, "jwks-uri", "", "the `ADDRESS` of its public keys, in place of the file")
	f.StringVar(&o.cert, "certificate-name", "",
		"what stands in its certificate, such as san_dns:app.example.com, for tls_client_auth; or a `NAME` by subject_dn, san_uri, san_ip, san_email")
	f.BoolVar(&o.certBound, "certificate-bound", false, "bind its tokens to the certificate that it shows (mutual TLS)")
	f.StringVar(&o.alg, "id-token-alg", "", "the `ALGORITHM` of its ID tokens: RS256, or that of the server (ES256 or EdDSA)")
	f.StringVar(&o.infoAlg, "userinfo-alg", "", "the `ALGORITHM` that signs what the userinfo endpoint tells it (default: none, plain JSON)")
	f.StringVar(&o.aboutAlg, "introspection-alg", "", "the `ALGORITHM` of answers about tokens that it wants signed (default: that of its ID tokens, or RS256)")
	f.StringSliceVar(&o.modes, "response-mode", nil,
		"a `WAY` that answers may take to it, in place of those of its profile: query, fragment, form_post, or with .jwt; may be repeated")
	f.DurationVar(&o.lifetime, "token-lifetime", 0, "how `LONG` its access tokens are good, if that is shorter than for others, such as 2m")
	f.BoolVar(&o.firstParty, "first-party", false, "it is yours, so people are not asked whether they trust it")
	f.BoolVar(&o.withoutPKCE, "insecure-without-pkce", false, "let it sign people in without PKCE, for an old app with a secret that cannot")
	f.BoolVar(&o.exchange, "exchange", false, "it is an API that may exchange the tokens it was sent for tokens to other APIs (its audiences)")
	f.BoolVar(&o.requirePAR, "require-par", false, "take requests of it only if it pushes them to /auth/par")
	f.BoolVar(&o.requireSigned, "require-signed-request", false, "take requests of it only if it signs them with its keys")
}

// apply makes of settings what the flags say.
func (o *settingFlags) apply(f *pflag.FlagSet, s *client.Settings) error {
	assign(f, "backchannel-logout-uri", &s.BackchannelLogoutURI, o.backchannel)
	assign(f, "frontchannel-logout-uri", &s.FrontchannelLogoutURI, o.frontchannel)
	assign(f, "certificate-name", &s.CertificateName, o.cert)
	assign(f, "certificate-bound", &s.CertificateBound, o.certBound)
	assign(f, "id-token-alg", &s.IDTokenAlg, jose.Algorithm(o.alg))
	assign(f, "userinfo-alg", &s.UserInfoAlg, jose.Algorithm(o.infoAlg))
	assign(f, "introspection-alg", &s.IntrospectionAlg, jose.Algorithm(o.aboutAlg))
	assign(f, "response-mode", &s.ResponseModes, oauth.ParseModes(o.modes))
	assign(f, "token-lifetime", &s.TokenLifetime, o.lifetime)
	assign(f, "first-party", &s.FirstParty, o.firstParty)
	assign(f, "insecure-without-pkce", &s.InsecureWithoutPKCE, o.withoutPKCE)
	assign(f, "require-par", &s.RequirePAR, o.requirePAR)
	assign(f, "require-signed-request", &s.RequireSignedRequest, o.requireSigned)
	if f.Changed("exchange") {
		s.Grants = slices.DeleteFunc(slices.Clone(s.Grants), func(g oauth.GrantType) bool { return g == oauth.TokenExchange })
		if o.exchange {
			s.Grants = append(s.Grants, oauth.TokenExchange)
		}
	}
	return o.applyKeys(f, s)
}

// applyKeys puts the key set of one flag in the place of what there is. Both flags together are refused later, with all else that is wrong.
func (o *settingFlags) applyKeys(f *pflag.FlagSet, s *client.Settings) error {
	if !f.Changed("jwks") && !f.Changed("jwks-uri") {
		return nil
	}
	s.JWKS, s.JWKSURI = "", o.jwksURI
	if o.jwks == "" {
		return nil
	}
	data, err := os.ReadFile(o.jwks)
	if err != nil {
		return unreadable(o.jwks, err)
	}
	s.JWKS = string(data)
	return nil
}

func assign[T any](f *pflag.FlagSet, name string, field *T, value T) {
	if f.Changed(name) {
		*field = value
	}
}
