package jose

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// proofBy makes a JWS whose header carries jwk, signed by k.
func proofBy(t testing.TB, k *Key, alg Algorithm, jwk string) string {
	t.Helper()
	input := encode(fmt.Appendf(nil, `{"jwk":%s,"typ":"dpop+jwt","alg":%q}`, jwk, alg)) + "." + encode([]byte(`{"jti":"1"}`))
	signature, err := k.material.sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + encode(signature)
}

func TestProofNamesTheKeyThatMadeIt(t *testing.T) {
	for _, alg := range []Algorithm{ES256, EdDSA, Ed25519, PS256} {
		k := newKey(t, alg)
		p, err := VerifyProof(proofBy(t, k, alg, string(k.JWK())), alg)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if p.Key.Thumbprint() != k.Thumbprint() || p.Key.IsPrivate() || p.Header.Type != "dpop+jwt" || string(p.Payload) != `{"jti":"1"}` {
			t.Errorf("%s: %+v", alg, p)
		}
	}
}

// WebCrypto exports more members than a public key needs: `key_ops` and `ext`.
func TestProofCarriesAKeyAsBrowsersExportIt(t *testing.T) {
	k := newKey(t, ES256)
	for _, more := range []string{`"key_ops":[],"ext":true`, `"key_ops":["verify"],"ext":true`} {
		exported := strings.Replace(string(k.JWK()), "{", "{"+more+",", 1)
		if _, err := VerifyProof(proofBy(t, k, ES256, exported), ES256); err != nil {
			t.Errorf("%s: %v", more, err)
		}
	}
	for _, more := range []string{`"key_ops":["sign"]`, `"key_ops":["deriveKey"]`, `"key_ops":["verify","verify"]`} {
		odd := strings.Replace(string(k.JWK()), "{", "{"+more+",", 1)
		if _, err := VerifyProof(proofBy(t, k, ES256, odd), ES256); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", more, err)
		}
	}
}

// Attack 8, where a key in the header is welcome: the key must be public, strong, and of the algorithm.
func TestAttack08KeysThatProveNothing(t *testing.T) {
	k, other, secret := newKey(t, ES256), newKey(t, ES256), newKey(t, HS256)
	private, err := k.InsecurePrivateJWK()
	if err != nil {
		t.Fatal(err)
	}
	secretJWK, err := secret.InsecurePrivateJWK()
	if err != nil {
		t.Fatal(err)
	}
	public := string(k.JWK())
	for name, tt := range map[string]struct {
		token string
		want  error
	}{
		"another key":      {proofBy(t, other, ES256, public), ErrSignature},
		"private key":      {proofBy(t, k, ES256, string(private)), ErrKey},
		"secret key":       {proofBy(t, secret, HS256, string(secretJWK)), ErrKey},
		"other algorithm":  {proofBy(t, k, ES384, public), ErrAlgorithm},
		"disagreement":     {proofBy(t, k, EdDSA, public), ErrAlgorithm},
		"not allowed":      {proofBy(t, newKey(t, RS256), RS256, string(newKey(t, RS256).JWK())), ErrAlgorithm},
		"for encryption":   {proofBy(t, k, ES256, strings.Replace(public, `"sig"`, `"enc"`, 1)), ErrKey},
		"no key":           {signed(t, k), ErrMalformed},
		"null":             {proofBy(t, k, ES256, "null"), ErrMalformed},
		"empty":            {proofBy(t, k, ES256, "{}"), ErrKey},
		"two of a name":    {proofBy(t, k, ES256, `{},"jwk":`+public), ErrMalformed},
		"not even a token": {"x", ErrMalformed},
	} {
		p, err := VerifyProof(tt.token, ES256, EdDSA)
		if p != nil || !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", name, err, tt.want)
		}
	}
}

func signed(t testing.TB, k *Key) string {
	t.Helper()
	token, err := Sign(k, "dpop+jwt", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// FuzzProof: what is accepted was signed by the key that it shows, and that key is public.
func FuzzProof(f *testing.F) {
	k := newKey(f, ES256)
	good := proofBy(f, k, ES256, string(k.JWK()))
	for at := range len(good) {
		f.Add(good, at, byte(1<<(at%8)))
	}
	f.Fuzz(func(t *testing.T, token string, at int, flip byte) {
		if 0 <= at && at < len(token) {
			token = token[:at] + string([]byte{token[at] ^ flip}) + token[at+1:]
		}
		p, err := VerifyProof(token, ES256, EdDSA, PS256)
		if err == nil && (p.Key.IsPrivate() || p.Key.Algorithm() != p.Header.Algorithm) {
			t.Fatalf("accepted %q", token)
		}
		if err == nil && token != good && p.Key.Thumbprint() == k.Thumbprint() {
			t.Fatalf("forged: %q", token)
		}
	})
}
