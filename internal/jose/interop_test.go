package jose

import (
	"crypto"
	"slices"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// library is another implementation, which must accept what we sign and sign what we accept.
type library struct {
	name   string
	sign   func(alg Algorithm, private any, payload []byte) (string, error)
	verify func(alg Algorithm, public any, token string) error
}

var libraries = []library{
	{"golang-jwt", signGolangJWT, verifyGolangJWT},
	{"go-jose", signGoJOSE, verifyGoJOSE},
}

// spoken are the algorithms that the libraries know: all but the name Ed25519, which they do not have yet.
var spoken = slices.DeleteFunc(slices.Clone(algorithms), func(alg Algorithm) bool { return alg == Ed25519 })

func signGolangJWT(alg Algorithm, private any, payload []byte) (string, error) {
	method := jwt.GetSigningMethod(string(alg))
	input := encode([]byte(`{"alg":"`+string(alg)+`"}`)) + "." + encode(payload)
	signature, err := method.Sign(input, private)
	return input + "." + encode(signature), err
}

func verifyGolangJWT(alg Algorithm, public any, token string) error {
	p := jwt.NewParser(jwt.WithValidMethods([]string{string(alg)}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	_, err := p.Parse(token, func(*jwt.Token) (any, error) { return public, nil })
	return err
}

func signGoJOSE(alg Algorithm, private any, payload []byte) (string, error) {
	s, err := gojose.NewSigner(gojose.SigningKey{Algorithm: gojose.SignatureAlgorithm(alg), Key: private}, nil)
	if err != nil {
		return "", err
	}
	m, err := s.Sign(payload)
	if err != nil {
		return "", err
	}
	return m.CompactSerialize()
}

func verifyGoJOSE(alg Algorithm, public any, token string) error {
	m, err := gojose.ParseSignedCompact(token, []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(alg)})
	if err != nil {
		return err
	}
	_, err = m.Verify(public)
	return err
}

// standard returns the keys of the standard library behind k.
func standard(t *testing.T, k *Key) (private, public any) {
	t.Helper()
	switch m := k.material.(type) {
	case *hmacKey:
		return m.secret, m.secret
	case *rsaKey:
		return m.priv, m.pub
	case *ecdsaKey:
		return m.priv, m.pub
	case *ed25519Key:
		return m.priv, m.pub
	}
	t.Fatal("unknown material")
	return nil, nil
}

func TestOtherLibrariesAcceptWhatWeSign(t *testing.T) {
	for _, alg := range spoken {
		k := newKey(t, alg)
		_, public := standard(t, k)
		token, err := Sign(k, "at+jwt", claims)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range libraries {
			if err := l.verify(alg, public, token); err != nil {
				t.Errorf("%s %s: %v", l.name, alg, err)
			}
		}
	}
}

func TestWeAcceptWhatOtherLibrariesSign(t *testing.T) {
	for _, alg := range spoken {
		k := newKey(t, alg)
		private, _ := standard(t, k)
		for _, l := range libraries {
			token, err := l.sign(alg, private, claims)
			if err != nil {
				t.Errorf("%s %s: %v", l.name, alg, err)
				continue
			}
			payload, err := verify(token, publicHalf(k))
			if err != nil || string(payload) != string(claims) {
				t.Errorf("%s %s: %v", l.name, alg, err)
			}
		}
	}
}

func TestOtherLibrariesReadOurKeys(t *testing.T) {
	for _, alg := range []Algorithm{RS256, ES256, ES384, ES512, EdDSA} {
		k := newKey(t, alg)
		var theirs gojose.JSONWebKey
		if err := theirs.UnmarshalJSON(k.JWK()); err != nil {
			t.Errorf("%s: %v", alg, err)
			continue
		}
		if theirs.KeyID != "k1" || theirs.Algorithm != string(alg) || theirs.Use != "sig" || !theirs.IsPublic() {
			t.Errorf("%s: read %+v", alg, theirs)
		}
		if sum, err := theirs.Thumbprint(crypto.SHA256); err != nil || encode(sum) != k.Thumbprint() {
			t.Errorf("%s: thumbprint %s, ours %s, %v", alg, encode(sum), k.Thumbprint(), err)
		}
	}
}

func TestWeReadTheKeysOfOtherLibraries(t *testing.T) {
	for _, alg := range []Algorithm{RS256, ES256, ES384, ES512, EdDSA, HS256} {
		k := newKey(t, alg)
		private, _ := standard(t, k)
		text, err := gojose.JSONWebKey{Key: private, KeyID: "k1", Algorithm: string(alg), Use: "sig"}.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		ours, err := ParseKey(text)
		if err != nil {
			t.Errorf("%s: %v", alg, err)
			continue
		}
		if ours.ID() != "k1" || ours.Algorithm() != alg || !ours.IsPrivate() || ours.Thumbprint() != k.Thumbprint() {
			t.Errorf("%s: read %v with thumbprint %s", alg, ours, ours.Thumbprint())
		}
	}
}
