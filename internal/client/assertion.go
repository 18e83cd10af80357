package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/strictjson"
)

const (
	// maxAssertion is how far ahead an assertion may end; its `jti` is remembered until then.
	maxAssertion = 5 * time.Minute
	// assertionSkew is how far clocks may differ.
	assertionSkew = 30 * time.Second
)

// assertion is what a client says to prove who it is (RFC 7523, section 3).
type assertion struct {
	issuer, subject, audience, id string
	expires, notBefore, issued    time.Time
}

// verifyAssertion judges an assertion of a client: signed by one of its keys, for this issuer and nobody else, short-lived, and never seen
// before. An audience that is a list, or names an endpoint, is refused: another server could have asked for it to be used here
// (draft-ietf-oauth-rfc7523bis).
func (r *Registry) verifyAssertion(ctx context.Context, c *Client, jwt string) error {
	a, err := r.readAssertion(ctx, c, jwt)
	if err != nil {
		return refuse(err.Error())
	}
	now := r.Now()
	switch {
	case a.issuer != c.ID || a.subject != c.ID:
		return refuse("iss and sub are not the client")
	case a.audience != r.Issuer:
		return refuse("aud is not the issuer alone")
	case a.id == "" || a.expires.IsZero():
		return refuse("jti or exp is missing")
	case !now.Before(a.expires.Add(assertionSkew)):
		return refuse("it has expired")
	case a.expires.After(now.Add(maxAssertion + assertionSkew)):
		return refuse("it lives for more than 5 minutes")
	case a.notBefore.After(now.Add(assertionSkew)) || a.issued.After(now.Add(assertionSkew)):
		return refuse("it begins in the future")
	}
	err = r.Store.SpendID(ctx, a.key(), a.expires.Add(assertionSkew))
	if errors.Is(err, fault.ErrConflict) {
		return refuse("its jti was used before")
	}
	return err
}

// key names an assertion in the memory of those that were used.
func (a *assertion) key() string {
	sum := sha256.Sum256([]byte(a.issuer + " " + a.id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (r *Registry) readAssertion(ctx context.Context, c *Client, jwt string) (*assertion, error) {
	m, err := jose.Parse(jwt)
	if err != nil {
		return nil, err
	}
	key, err := r.keyFor(ctx, c, m.Header())
	if err != nil {
		return nil, err
	}
	payload, err := m.Verify(key)
	if err != nil {
		return nil, err
	}
	a := new(assertion)
	return a, strictjson.ParseObject(payload, a.set)
}

// assertionTypes are the types that an assertion may say it has: none, the usual one, or its own (draft-ietf-oauth-rfc7523bis, section 4).
var assertionTypes = []string{"", "jwt", "client-authentication+jwt"}

func (r *Registry) keyFor(ctx context.Context, c *Client, h jose.Header) (*jose.Key, error) {
	if !slices.Contains(assertionTypes, strings.TrimPrefix(strings.ToLower(h.Type), "application/")) {
		return nil, fmt.Errorf("it is a token of the type %q", h.Type)
	}
	if c.Auth != oauth.PrivateKeyJWT {
		return nil, errors.New("another way was registered")
	}
	return r.publicKey(ctx, c, h.KeyID)
}

// publicKey finds a key of a client, by value or by address, that its profile lets it sign with.
func (r *Registry) publicKey(ctx context.Context, c *Client, kid string) (*jose.Key, error) {
	key, err := r.findKey(ctx, c, byID(kid))
	if err == nil && c.Profile == FAPI2 && !slices.Contains(fapi2Algs, key.Algorithm()) {
		return nil, fmt.Errorf("its profile does not sign by %s", key.Algorithm())
	}
	return key, err
}

func (r *Registry) findKey(ctx context.Context, c *Client, wanted choice) (*jose.Key, error) {
	switch {
	case c.JWKSURI != "" && c.Self != nil:
		return r.StrangersKeySets.find(ctx, c.JWKSURI, wanted)
	case c.JWKSURI != "":
		return r.KeySets.find(ctx, c.JWKSURI, wanted)
	}
	set, err := jose.ParseKeySet([]byte(c.JWKS))
	if err != nil {
		return nil, err
	}
	if key := wanted.of(set); key != nil {
		return key, nil
	}
	return nil, errNoSuchKey
}

func (a *assertion) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "iss":
		a.issuer, err = v.String()
	case "sub":
		a.subject, err = v.String()
	case "aud":
		a.audience, err = v.String()
	case "jti":
		a.id, err = v.String()
	case "exp":
		a.expires, err = v.NumericDate()
	case "nbf":
		a.notBefore, err = v.NumericDate()
	case "iat":
		a.issued, err = v.NumericDate()
	}
	return err
}
