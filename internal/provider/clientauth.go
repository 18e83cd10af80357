package provider

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// Signer signs for this server, with a key that it publishes.
type Signer interface {
	// ClientKey returns a key of one of the algorithms, the best first; nil when there is none. No algorithms are any.
	ClientKey(ctx context.Context, algorithms []jose.Algorithm) (*jose.Key, error)
}

// clientAuth is how we prove who we are, of what the provider takes; what it does not say is client_secret_basic (OpenID Connect Discovery, section 3).
func (p *Provider) clientAuth(m *metadata) (oauth.AuthMethod, error) {
	takes := func(method oauth.AuthMethod) bool { return slices.Contains(m.tokenAuth, string(method)) }
	switch {
	case p.PrivateKeyJWT:
		return oauth.PrivateKeyJWT, nil
	case p.Secret.Empty() && takes(oauth.PrivateKeyJWT) && !takes(oauth.None):
		return oauth.PrivateKeyJWT, nil
	case p.Secret.Empty():
		return oauth.None, nil
	case len(m.tokenAuth) == 0 || takes(oauth.SecretBasic):
		return oauth.SecretBasic, nil
	case takes(oauth.SecretPost):
		return oauth.SecretPost, nil
	}
	return "", errors.New("its token endpoint takes neither client_secret_basic nor client_secret_post")
}

// prove adds to a form what shows the token endpoint who we are, or returns what belongs in the header.
func (p *Provider) prove(ctx context.Context, m *metadata, form url.Values) (*url.Userinfo, error) {
	method, err := p.clientAuth(m)
	if err != nil {
		return nil, err
	}
	if method == oauth.SecretBasic { // each encoded as in a form (RFC 6749, section 2.3.1)
		return url.UserPassword(url.QueryEscape(p.ClientID), url.QueryEscape(p.Secret.Reveal())), nil
	}
	form.Set("client_id", p.ClientID)
	switch method {
	case oauth.SecretPost:
		form.Set("client_secret", p.Secret.Reveal())
	case oauth.PrivateKeyJWT:
		assertion, err := p.assert(ctx, m)
		if err != nil {
			return nil, err
		}
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion)
	}
	return nil, nil //nolint:nilnil // nothing belongs in the header
}

// assertionFor is how long an assertion is good: one call.
const assertionFor = time.Minute

// assert makes an assertion of who we are (RFC 7523, section 3). It names the issuer and nobody else, so that no provider can use it at another
// (draft-ietf-oauth-rfc7523bis).
func (p *Provider) assert(ctx context.Context, m *metadata) (string, error) {
	key, err := p.sign.ClientKey(ctx, m.assertionAlgs)
	if err != nil {
		return "", fmt.Errorf("find a key to sign an assertion with: %w", err)
	}
	if key == nil {
		return "", fmt.Errorf("it takes assertions by %v, and we have no such key", m.assertionAlgs)
	}
	now := p.now().Truncate(time.Second)
	payload, err := json.Marshal(struct {
		Issuer    string `json:"iss"`
		Subject   string `json:"sub"`
		Audience  string `json:"aud"`
		ID        string `json:"jti"`
		IssuedAt  int64  `json:"iat"`
		ExpiresAt int64  `json:"exp"`
	}{p.ClientID, p.ClientID, p.Issuer, rand.Text(), now.Unix(), now.Add(assertionFor).Unix()})
	if err != nil {
		return "", fmt.Errorf("encode assertion: %w", err)
	}
	return jose.Sign(key, "JWT", payload)
}
