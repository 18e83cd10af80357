package lingpai_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"
	gojosejwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwa"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/token"
)

// rival is another library, asked what we ask of ourselves: signature, issuer, audience, times, and the claims in a struct.
type rival struct {
	name   string
	verify func(k rivalKey) func(tok string) error
	sign   func(k rivalKey, payload accessClaims) (string, error)
}

// rivalKey is one key in the forms that the libraries take. For HMAC, private and public are the same.
type rivalKey struct {
	alg             jose.Algorithm
	key             *jose.Key
	private, public any
}

var rivals = []rival{
	{"golang-jwt", verifyGolangJWT, signGolangJWT},
	{"go-jose", verifyGoJOSE, signGoJOSE},
	{"jwx", verifyJWX, signJWX},
}

// accessClaims is what an access token says, as golang-jwt and go-jose read it.
type accessClaims struct {
	jwt.RegisteredClaims

	ClientID  string   `json:"client_id"`
	SessionID string   `json:"sid"`
	Scope     string   `json:"scope"`
	Roles     []string `json:"roles"`
}

func newRivalKey(t testing.TB, alg jose.Algorithm) rivalKey {
	t.Helper()
	k := rivalKey{alg: alg}
	var err error
	switch alg {
	case jose.ES256:
		k.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, k.private, err = ed25519.GenerateKey(rand.Reader)
	case jose.RS256:
		k.private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		secret := make([]byte, 32)
		_, err = rand.Read(secret)
		k.private, k.public = secret, secret
	}
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := k.private.(crypto.Signer); ok {
		k.public = s.Public()
	}
	k.key, err = jose.NewKey(alg, k.private)
	if err != nil {
		t.Fatal(err)
	}
	k.key = k.key.WithID("pBbVVnTPNmNaxjJ1LhNiGVJc0ZlYGDFzBjhGq6KWzSI")
	return k
}

// rules are ours for this key.
func (k rivalKey) rules() *token.Rules {
	return &token.Rules{
		Issuer: issuerURL, Audience: []string{api}, Now: time.Now,
		Keys: func(_ context.Context, kid string) (*jose.Key, error) {
			if kid != k.key.ID() {
				return nil, nil
			}
			return k.key, nil
		},
	}
}

// issuer is ours for this key. Its tokens have about 400 bytes.
func (k rivalKey) issuer() *token.Issuer {
	return &token.Issuer{
		Name: issuerURL, Audience: []string{api}, Lifetime: time.Hour, Now: time.Now, Signing: func() *jose.Key { return k.key },
	}
}

var rivalGrant = token.Grant{
	Subject: "018f2b1c9d3e7c118a440242", ClientID: "web", SessionID: "0123456789abcdef", Scope: "notes:read", Roles: []string{"editor"},
}

func verifyGolangJWT(k rivalKey) func(string) error {
	p := jwt.NewParser(jwt.WithValidMethods([]string{string(k.alg)}), jwt.WithIssuer(issuerURL), jwt.WithAudience(api),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding())
	find := func(*jwt.Token) (any, error) { return k.public, nil }
	return func(tok string) error {
		var c accessClaims
		_, err := p.ParseWithClaims(tok, &c, find)
		return err
	}
}

func signGolangJWT(k rivalKey, c accessClaims) (string, error) {
	t := jwt.NewWithClaims(jwt.GetSigningMethod(string(k.alg)), c)
	t.Header["kid"], t.Header["typ"] = k.key.ID(), token.Type
	return t.SignedString(k.private)
}

func verifyGoJOSE(k rivalKey) func(string) error {
	allowed := []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(k.alg)}
	return func(tok string) error {
		m, err := gojosejwt.ParseSigned(tok, allowed)
		if err != nil {
			return err
		}
		var c gojosejwt.Claims
		var more struct {
			ClientID  string   `json:"client_id"`
			SessionID string   `json:"sid"`
			Scope     string   `json:"scope"`
			Roles     []string `json:"roles"`
		}
		if err := m.Claims(k.public, &c, &more); err != nil {
			return err
		}
		return c.ValidateWithLeeway(gojosejwt.Expected{Issuer: issuerURL, AnyAudience: gojosejwt.Audience{api}, Time: time.Now()}, 0)
	}
}

func signGoJOSE(k rivalKey, c accessClaims) (string, error) {
	o := (&gojose.SignerOptions{}).WithType(token.Type).WithHeader("kid", k.key.ID())
	s, err := gojose.NewSigner(gojose.SigningKey{Algorithm: gojose.SignatureAlgorithm(k.alg), Key: k.private}, o)
	if err != nil {
		return "", err
	}
	return gojosejwt.Signed(s).Claims(c).Serialize()
}

// jwxAlgorithms are the algorithms by the names that jwx gives them.
var jwxAlgorithms = map[jose.Algorithm]jwa.SignatureAlgorithm{
	jose.HS256: jwa.HS256(), jose.RS256: jwa.RS256(), jose.ES256: jwa.ES256(), jose.EdDSA: jwa.EdDSA(),
}

func verifyJWX(k rivalKey) func(string) error {
	alg := jwxAlgorithms[k.alg]
	return func(tok string) error {
		_, err := jwxjwt.ParseString(tok, jwxjwt.WithKey(alg, k.public), jwxjwt.WithIssuer(issuerURL), jwxjwt.WithAudience(api),
			jwxjwt.WithRequiredClaim("exp"))
		return err
	}
}

func signJWX(k rivalKey, c accessClaims) (string, error) {
	t, err := jwxjwt.NewBuilder().Issuer(c.Issuer).Subject(c.Subject).Audience(c.Audience).Expiration(c.ExpiresAt.Time).
		IssuedAt(c.IssuedAt.Time).JwtID(c.ID).Claim("client_id", c.ClientID).Claim("sid", c.SessionID).Claim("scope", c.Scope).
		Claim("roles", c.Roles).Build()
	if err != nil {
		return "", err
	}
	tok, err := jwxjwt.Sign(t, jwxjwt.WithKey(jwxAlgorithms[k.alg], k.private))
	return string(tok), err
}

var errBare = errors.New("the bare call refused")

// verifyBare is what nobody can do without: the call of the standard library, hashing included.
func verifyBare(t testing.TB, k rivalKey, tok string) func() error {
	t.Helper()
	input, signature := []byte(tok[:strings.LastIndexByte(tok, '.')]), []byte(nil)
	sum := sha256.Sum256(input)
	var err error
	switch key := k.private.(type) {
	case *ecdsa.PrivateKey:
		signature, err = ecdsa.SignASN1(rand.Reader, key, sum[:])
	default:
		signature, err = base64.RawURLEncoding.DecodeString(tok[len(input)+1:])
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() error {
		if !bareVerify(k.public, input, signature) {
			return errBare
		}
		return nil
	}
}

func bareVerify(public any, input, signature []byte) bool {
	switch key := public.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, input, signature)
	case []byte:
		h := hmac.New(sha256.New, key)
		h.Write(input)
		return hmac.Equal(h.Sum(nil), signature)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(input)
		return ecdsa.VerifyASN1(key, sum[:], signature)
	case *rsa.PublicKey:
		sum := sha256.Sum256(input)
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	}
	return false
}

// signBare is the call of the standard library on as many bytes as a token has.
func signBare(k rivalKey, input []byte) error {
	var err error
	switch key := k.private.(type) {
	case ed25519.PrivateKey:
		ed25519.Sign(key, input)
	case []byte:
		h := hmac.New(sha256.New, key)
		h.Write(input)
		h.Sum(nil)
	case *ecdsa.PrivateKey:
		sum := sha256.Sum256(input)
		_, err = ecdsa.SignASN1(rand.Reader, key, sum[:])
	case *rsa.PrivateKey:
		sum := sha256.Sum256(input)
		_, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	}
	return err
}

// issue signs a token with our issuer.
func (k rivalKey) issue(t testing.TB) string {
	t.Helper()
	access, err := k.issuer().Issue(rivalGrant)
	if err != nil {
		t.Fatal(err)
	}
	return access.Token
}

func TestRivalsTakeWhatWeSignAndWeReadTheirs(t *testing.T) {
	for _, alg := range []jose.Algorithm{jose.HS256, jose.RS256, jose.ES256, jose.EdDSA} {
		k := newRivalKey(t, alg)
		tok := k.issue(t)
		if err := verifyBare(t, k, tok)(); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		for _, r := range rivals {
			if err := r.verify(k)(tok); err != nil {
				t.Errorf("%s refuses our %s: %v", r.name, alg, err)
			}
			theirs, err := r.sign(k, rivalClaims())
			if err != nil {
				t.Fatalf("%s signs no %s: %v", r.name, alg, err)
			}
			if err := r.verify(k)(theirs); err != nil {
				t.Errorf("%s refuses its own %s: %v", r.name, alg, err)
			}
			if _, err := jose.Parse(theirs); err != nil {
				t.Errorf("we do not read the %s of %s: %v", alg, r.name, err)
			}
		}
	}
}

// rivalClaims says what our tokens say.
func rivalClaims() accessClaims {
	now := time.Now().Truncate(time.Second)
	return accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuerURL, Subject: rivalGrant.Subject, Audience: jwt.ClaimStrings{api}, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(time.Hour)),
		},
		ClientID: rivalGrant.ClientID, SessionID: rivalGrant.SessionID, Scope: rivalGrant.Scope, Roles: rivalGrant.Roles,
	}
}
