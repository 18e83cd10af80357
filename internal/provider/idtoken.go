package provider

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// algorithms are those that an ID token may be signed by. None is symmetric: a key that both know proves nothing to a third, and a public key must
// never be taken for a secret (RFC 8725, section 3.1).
var algorithms = []jose.Algorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA, jose.Ed25519,
}

// maxSubject is how long a subject may be (OpenID Connect Core, section 2).
const maxSubject = 255

// idToken is what an ID token says, besides the person.
type idToken struct {
	issuer, azp, nonce, atHash, session string
	audience                            []string
	expires, issued, auth               time.Time
	person
}

// readIDToken verifies an ID token (OpenID Connect Core, section 3.1.3.7).
func (p *Provider) readIDToken(ctx context.Context, meta *metadata, t tokens, f flow) (*Identity, error) {
	payload, alg, err := p.verify(ctx, meta, t.id, "", "jwt")
	if err != nil {
		return nil, err
	}
	c := idToken{person: person{claim: p.RolesClaim}}
	if err := strictjson.ParseObject(payload, c.set); err != nil {
		return nil, err
	}
	for _, err := range []error{p.judge(&c), c.judgeFlow(f), c.judgeHash(alg, t.access)} {
		if err != nil {
			return nil, err
		}
	}
	return &Identity{Issuer: p.Issuer, Session: c.session, AuthTime: p.authTime(&c, f), raw: t.id, refresh: t.refresh, person: c.person}, nil
}

// verify checks the signature of a JWT and returns its payload. types are those that its header may name, in small letters.
func (p *Provider) verify(ctx context.Context, meta *metadata, raw string, types ...string) ([]byte, jose.Algorithm, error) {
	m, err := jose.Parse(raw)
	if err != nil {
		return nil, "", err
	}
	h := m.Header()
	if !slices.Contains(algorithms, h.Algorithm) {
		return nil, "", fmt.Errorf("it is signed by %s, which is not accepted", h.Algorithm)
	}
	if !slices.Contains(types, strings.TrimPrefix(strings.ToLower(h.Type), "application/")) {
		return nil, "", fmt.Errorf("it is a token of the type %q", clip(h.Type))
	}
	key, err := p.keys.Find(ctx, meta.jwks, h.KeyID)
	if err != nil {
		return nil, "", err
	}
	payload, err := m.Verify(key)
	return payload, h.Algorithm, err
}

func (c *idToken) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "iss":
		c.issuer, err = v.String()
	case "aud":
		c.audience, err = v.StringOrStrings()
	case "azp":
		c.azp, err = v.String()
	case "nonce":
		c.nonce, err = v.String()
	case "exp":
		c.expires, err = v.NumericDate()
	case "iat":
		c.issued, err = v.NumericDate()
	case "auth_time":
		c.auth, err = v.NumericDate()
	case "at_hash":
		c.atHash, err = v.String()
	case "sid":
		c.session, err = v.String()
	default:
		return c.person.set(name, v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// judge holds that a token is for us, and now.
func (p *Provider) judge(c *idToken) error {
	now := p.now()
	switch {
	case c.issuer != p.Issuer:
		return fmt.Errorf("iss is %q, not %q", clip(c.issuer), p.Issuer)
	case !slices.Contains(c.audience, p.ClientID):
		return errors.New("aud does not name us: it was issued to another client")
	case len(c.audience) > 1 && c.azp == "", c.azp != "" && c.azp != p.ClientID:
		return errors.New("azp is not us: it was issued to another client")
	case c.expires.IsZero() || c.issued.IsZero():
		return errors.New("exp or iat is missing")
	case !now.Before(c.expires.Add(skew)):
		return errors.New("it has expired")
	case c.issued.After(now.Add(skew)):
		return errors.New("it was issued in the future; a clock is wrong")
	case c.subject == "" || len(c.subject) > maxSubject || len(c.session) > maxSubject:
		return errors.New("sub is missing, or sub or sid is too long")
	}
	return nil
}

// judgeFlow holds what is said against what was asked.
func (c *idToken) judgeFlow(f flow) error {
	switch {
	case subtle.ConstantTimeCompare([]byte(c.nonce), []byte(f.Nonce)) != 1:
		return errors.New("nonce is not the one of this sign-in")
	case c.issued.Before(f.began().Add(-skew)):
		return errors.New("it was issued before this sign-in began")
	case f.Again && c.auth.Before(f.began().Add(-skew)):
		return errors.New("auth_time does not say that the person signed in again, as it was asked to")
	}
	return nil
}

// judgeHash holds that a token speaks of the access token beside it, if it says so (OpenID Connect Core, section 3.1.3.8).
func (c *idToken) judgeHash(alg jose.Algorithm, access string) error {
	if c.atHash != "" && subtle.ConstantTimeCompare([]byte(c.atHash), []byte(halfHash(alg, access))) != 1 {
		return errors.New("at_hash is not that of the access token")
	}
	return nil
}

// authTime is when the person proved who they are, as far as the provider says; never in the future. Who was made to prove it again has done so since
// the sign-in began, whatever the clocks say.
func (p *Provider) authTime(c *idToken, f flow) time.Time {
	now := p.now()
	if f.Again || c.auth.IsZero() || c.auth.After(now) {
		return now
	}
	return c.auth
}

// halfHash is the left half of the hash that belongs to the algorithm (OpenID Connect Core, section 3.1.3.6).
func halfHash(alg jose.Algorithm, text string) string {
	var sum []byte
	switch name := string(alg); {
	case strings.HasPrefix(name, "Ed"), strings.HasSuffix(name, "512"):
		s := sha512.Sum512([]byte(text))
		sum = s[:]
	case strings.HasSuffix(name, "384"):
		s := sha512.Sum384([]byte(text))
		sum = s[:]
	default:
		s := sha256.Sum256([]byte(text))
		sum = s[:]
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
