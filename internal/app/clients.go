package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/secret"
)

// ConfiguredClients makes the clients of the configuration, by id, reading the files and variables that they name. The error is
// config.Problems, each with the place in the file.
func ConfiguredClients(cfg *config.Config) (map[string]registry.Client, error) {
	out := make(map[string]registry.Client, len(cfg.Clients))
	var found config.Problems
	for i, c := range cfg.Clients {
		made, errs := configured(c)
		if err := made.CheckServed(cfg.MTLS.Listen != "", cfg.MTLS.Authorities != ""); err != nil {
			errs = append(errs, fieldError{"auth", err})
		}
		for _, err := range errs {
			found = append(found, problemOf(cfg, i, err))
		}
		out[c.ID] = made
	}
	if len(found) > 0 {
		return nil, found
	}
	return out, nil
}

// fieldError is what is wrong with one field of a client; field is "" when it is not one alone.
type fieldError struct {
	field string
	error
}

func configured(c config.Client) (registry.Client, []fieldError) {
	preset, ok := registry.PresetOf(c.Profile)
	if !ok {
		var names []string
		for _, p := range registry.Presets() {
			names = append(names, string(p.Profile))
		}
		return registry.Client{}, []fieldError{{"profile", fmt.Errorf("%q is not known; choose one of %s", c.Profile, strings.Join(names, ", "))}}
	}
	made := registry.Client{ID: c.ID, Configured: true, Settings: registry.Settings{
		Name: c.Name, Profile: preset.Profile, Auth: preset.Auth, Grants: preset.Grants, Scopes: preset.Scopes.With(c.Scopes), IDTokenAlg: preset.Alg,
		RedirectURIs: c.RedirectURIs, PostLogoutRedirectURIs: c.PostLogoutRedirectURIs, Audiences: c.Audiences, Roles: c.Roles, FirstParty: c.FirstParty,
		TokenLifetime: time.Duration(c.TokenLifetime), InsecureWithoutPKCE: c.InsecureWithoutPKCE, JWKSURI: c.JWKSURI,
		RequirePAR: c.RequirePAR, RequireSignedRequest: c.RequireSignedRequest,
		BackchannelLogoutURI: c.BackchannelLogoutURI, FrontchannelLogoutURI: c.FrontchannelLogoutURI,
		Pairwise: c.Pairwise, SectorIdentifierURI: c.SectorIdentifierURI, DetailTypes: c.AuthorizationDetailsTypes,
		UserInfoAlg: jose.Algorithm(c.UserInfoAlg), IntrospectionAlg: jose.Algorithm(c.IntrospectionAlg), ResponseModes: oauth.ParseModes(c.ResponseModes),
		CertificateName: c.CertificateName, CertificateBound: c.CertificateBound,
	}}
	if c.Exchange {
		made.Grants = append(slices.Clone(made.Grants), oauth.TokenExchange)
	}
	if c.IDTokenAlg != "" {
		made.IDTokenAlg = jose.Algorithm(c.IDTokenAlg)
	}
	errs := readKeys(c, &made)
	if err := registry.CheckID(c.ID); err != nil {
		errs = append(errs, fieldError{"id", err})
	}
	for _, err := range each(made.Check()) {
		errs = append(errs, fieldError{"", err})
	}
	return made, errs
}

// readKeys reads by what a client proves who it is.
func readKeys(c config.Client, into *registry.Client) (errs []fieldError) {
	if c.JWKSFile != "" {
		data, err := os.ReadFile(c.JWKSFile)
		if err != nil {
			return []fieldError{{"jwks_file", fmt.Errorf("cannot be read: %w", err)}}
		}
		into.JWKS = string(data)
	}
	if c.JWKSFile != "" || c.JWKSURI != "" {
		into.Auth = oauth.PrivateKeyJWT
	}
	if c.CertificateName != "" {
		into.Auth = oauth.TLSClientAuth
	}
	if c.Auth != "" {
		into.Auth = oauth.AuthMethod(c.Auth)
	}
	digest, from, err := digestOf(c)
	keeps := into.Auth == oauth.SecretBasic || into.Auth == oauth.SecretPost
	switch {
	case err != nil:
		return []fieldError{{from, err}}
	case keeps && digest == nil:
		return []fieldError{{"", errors.New("its secret is missing: give it by secret_file, secret_env or secret_hash")}}
	case !keeps && digest != nil:
		return []fieldError{{from, fmt.Errorf("is of no use to a client that authenticates by %s", into.Auth)}}
	case digest != nil:
		into.Secrets = []registry.Secret{{ID: "configured", Digest: digest}}
	}
	return nil
}

// digestOf is the SHA-256 of a secret, and the field that it came from.
func digestOf(c config.Client) (digest []byte, field string, err error) {
	switch {
	case c.SecretFile != "":
		digest, err = digestOfSecret(secretIn(c.SecretFile))
		return digest, "secret_file", err
	case c.SecretEnv != "":
		digest, err = digestOfSecret(secretOfEnv(c.SecretEnv))
		return digest, "secret_env", err
	case !c.SecretHash.Empty():
		digest, err := hex.DecodeString(c.SecretHash.Reveal())
		if err != nil || len(digest) != sha256.Size {
			return nil, "secret_hash", errors.New("is not a SHA-256 in hex, which has 64 digits")
		}
		return digest, "secret_hash", nil
	}
	return nil, "", nil
}

func digestOfSecret(s secret.String, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	text := s.Reveal()
	if len(text) < 32 || len(text) > 512 || strings.ContainsFunc(text, func(c rune) bool { return c < 0x21 || c > 0x7e }) {
		return nil, errors.New("holds no secret: it is one line of 32 to 512 printable characters without spaces, such as `openssl rand -base64 32` makes")
	}
	sum := sha256.Sum256([]byte(text))
	return sum[:], nil
}

// problemOf places what is wrong with a client: at its field, at the value that the message quotes, or at the client.
func problemOf(cfg *config.Config, i int, e fieldError) config.Problem {
	key := config.ClientKey(i, "")
	if e.field != "" {
		key = config.ClientKey(i, e.field)
	} else if at := quotedIn(cfg.Clients[i], e.Error()); at != "" {
		key += "." + at
	}
	origin := cfg.Origin(key)
	if origin == (config.Origin{}) {
		origin = cfg.Origin(config.ClientKey(i, ""))
	}
	return config.Problem{Origin: origin, Text: key + ": " + e.Error()}
}

// quotedIn is the field whose value a message quotes, or "".
func quotedIn(c config.Client, message string) string {
	has := func(value string) bool { return value != "" && strings.Contains(message, strconv.Quote(value)) }
	for field, values := range map[string][]string{
		"redirect_uris": c.RedirectURIs, "post_logout_redirect_uris": c.PostLogoutRedirectURIs, "scopes": c.Scopes, "audiences": c.Audiences,
		"roles": c.Roles, "response_modes": c.ResponseModes,
	} {
		if n := slices.IndexFunc(values, has); n >= 0 {
			return field + "[" + strconv.Itoa(n) + "]"
		}
	}
	for field, value := range map[string]string{
		"name": c.Name, "auth": c.Auth, "id_token_alg": c.IDTokenAlg, "jwks_uri": c.JWKSURI, "certificate_name": c.CertificateName,
		"userinfo_alg": c.UserInfoAlg, "introspection_alg": c.IntrospectionAlg,
	} {
		if has(value) {
			return field
		}
	}
	return ""
}

// each parts errors that were joined.
func each(err error) (all []error) {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			all = append(all, each(one)...)
		}
		return all
	}
	return []error{err}
}
