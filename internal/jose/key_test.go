package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestGeneratedKeysSignAndVerify(t *testing.T) {
	for _, alg := range []Algorithm{HS256, HS384, HS512, RS256, ES256, ES384, ES512, EdDSA, Ed25519} {
		k, err := GenerateKey(alg)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		token, err := Sign(k, "at+jwt", claims)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		m, err := Parse(token)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if want := (Header{Algorithm: alg, KeyID: k.Thumbprint(), Type: "at+jwt"}); m.Header() != want {
			t.Errorf("%s: header %+v, want %+v", alg, m.Header(), want)
		}
		if payload, err := m.Verify(publicHalf(k)); err != nil || string(payload) != string(claims) {
			t.Errorf("%s: %q, %v", alg, payload, err)
		}
		if string(m.UnverifiedPayload()) != string(claims) {
			t.Errorf("%s: another unverified payload", alg)
		}
	}
	if _, err := GenerateKey("none"); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("none: got %v", err)
	}
}

// TestSignedMessagesComeBack holds for any id, type and payload that fit into a token.
func TestSignedMessagesComeBack(t *testing.T) {
	base := newKey(t, HS256)
	rapid.Check(t, func(t *rapid.T) {
		kid, typ := rapid.StringN(0, 50, -1).Draw(t, "kid"), rapid.StringN(0, 50, -1).Draw(t, "typ")
		payload := rapid.SliceOfN(rapid.Byte(), 0, 1000).Draw(t, "payload")
		k := base.WithID(kid)
		token, err := Sign(k, typ, payload)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		if want := (Header{Algorithm: HS256, KeyID: kid, Type: typ}); m.Header() != want {
			t.Fatalf("header %+v, want %+v", m.Header(), want)
		}
		if got, err := m.Verify(k); err != nil || string(got) != string(payload) {
			t.Fatalf("payload %x, want %x; %v", got, payload, err)
		}
	})
}

func TestPublicHalfVerifiesAndCannotSign(t *testing.T) {
	for _, alg := range []Algorithm{RS256, PS256, ES256, EdDSA} {
		k := newKey(t, alg)
		public, err := k.Public()
		if err != nil {
			t.Fatal(err)
		}
		if public.IsPrivate() || !k.IsPrivate() || public.ID() != k.ID() || public.Algorithm() != alg || public.Thumbprint() != k.Thumbprint() {
			t.Errorf("%s: %v is private: %v", alg, public, public.IsPrivate())
		}
		if _, err := Sign(public, "", nil); !errors.Is(err, ErrKey) {
			t.Errorf("%s: signing got %v", alg, err)
		}
		if _, err := public.InsecurePrivateJWK(); !errors.Is(err, ErrKey) {
			t.Errorf("%s: printing its private half got %v", alg, err)
		}
		if again, err := public.Public(); err != nil || again.IsPrivate() {
			t.Errorf("%s: the public half of a public key: %v, %v", alg, again, err)
		}
	}
	if _, err := Sign(nil, "", nil); !errors.Is(err, ErrKey) {
		t.Errorf("signing with no key got %v", err)
	}
}

func TestSecretKeyHasNothingPublic(t *testing.T) {
	k := newKey(t, HS256)
	if _, err := k.Public(); !errors.Is(err, ErrKey) {
		t.Errorf("Public: got %v", err)
	}
	if k.JWK() != nil || k.Thumbprint() != "" {
		t.Errorf("JWK %q, thumbprint %q", k.JWK(), k.Thumbprint())
	}
	if _, err := NewKeySet(k); !errors.Is(err, ErrKey) {
		t.Errorf("NewKeySet: got %v", err)
	}
}

func TestTokensThatNobodyWouldAcceptAreNotSigned(t *testing.T) {
	k := newKey(t, HS256)
	if _, err := Sign(k, "", make([]byte, MaxTokenSize)); !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v", err)
	}
	longest := strings.Repeat("x", MaxTokenSize*3/4-80)
	token, err := Sign(k, "", []byte(longest))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(token, k); err != nil {
		t.Errorf("a token of %d bytes: %v", len(token), err)
	}
}

func TestNewKeyCopiesItsMaterial(t *testing.T) {
	secret := make([]byte, 32)
	k, err := NewKey(HS256, secret)
	if err != nil {
		t.Fatal(err)
	}
	secret[0]++
	same, err := NewKey(HS256, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(forge(t, k, `{"alg":"HS256"}`, "{}"), same); err != nil {
		t.Errorf("the key changed with the caller's bytes: %v", err)
	}
}

func TestUsualAlgorithms(t *testing.T) {
	for want, k := range map[Algorithm]*Key{RS256: newKey(t, RS256), ES256: newKey(t, ES256), ES384: newKey(t, ES384), ES512: newKey(t, ES512), EdDSA: newKey(t, EdDSA)} {
		private, public := standard(t, k)
		for _, material := range []any{private, public} {
			got, err := NewKey("", material)
			if err != nil || got.Algorithm() != want || got.ID() != k.Thumbprint() {
				t.Errorf("%s: %v, %v", want, got, err)
			}
		}
	}
}

func TestMaterialThatIsRefused(t *testing.T) {
	rsaPrivate := sharedRSA()
	p256, p384 := newECDSA(t, elliptic.P256()), newECDSA(t, elliptic.P384())
	p224 := newECDSA(t, elliptic.P224())
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mixed := append(append(ed25519.PrivateKey{}, ed[:32]...), make([]byte, 32)...)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	modulus := func(bits uint, low int64) *rsa.PublicKey {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		return &rsa.PublicKey{N: n.Add(n, big.NewInt(low)), E: 65537}
	}
	exponent := func(e int) *rsa.PublicKey { return &rsa.PublicKey{N: rsaPrivate.N, E: e} }
	tests := []struct {
		name     string
		alg      Algorithm
		material any
	}{
		{"no material", ES256, nil},
		{"unknown material", ES256, "key"},
		{"private key by value", RS256, *rsaPrivate},
		{"algorithm that is none", "none", p256},
		{"secret without algorithm", "", make([]byte, 64)},
		{"secret for RS256", RS256, make([]byte, 64)},
		{"RSA for HS256", HS256, rsaPrivate},
		{"RSA for ES256", ES256, &rsaPrivate.PublicKey},
		{"EC for RS256", RS256, p256},
		{"EC for EdDSA", EdDSA, &p256.PublicKey},
		{"P-384 for ES256", ES256, p384},
		{"P-256 for ES512", ES512, &p256.PublicKey},
		{"P-224", "", p224},
		{"P-224 for ES256", ES256, &p224.PublicKey},
		{"Ed25519 for ES256", ES256, ed},
		{"short Ed25519", EdDSA, ed[:63]},
		{"short public Ed25519", EdDSA, ed25519.PublicKey(ed[:31])},
		{"Ed25519 with another public half", EdDSA, mixed},
		{"EC with another public half", ES256, &ecdsa.PrivateKey{PublicKey: newECDSA(t, elliptic.P256()).PublicKey, D: p256.D}}, //nolint:staticcheck // only so can such a key be had
		{"EC point off the curve", ES256, &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}},         //nolint:staticcheck // likewise
		{"RSA of 1024 bits", RS256, small},
		{"RSA of 2047 bits", RS256, modulus(2047, 1)},
		{"RSA of 8193 bits", RS256, modulus(8193, 1)},
		{"even RSA modulus", RS256, modulus(2048, 0)},
		{"no RSA modulus", RS256, &rsa.PublicKey{E: 65537}},
		{"RSA exponent 1", RS256, exponent(1)},
		{"RSA exponent 2", RS256, exponent(2)},
		{"even RSA exponent", RS256, exponent(65538)},
		{"RSA exponent over 31 bits", RS256, exponent(1<<31 + 1)},
		{"RSA without primes", RS256, &rsa.PrivateKey{PublicKey: rsaPrivate.PublicKey, D: rsaPrivate.D}},
		{"RSA with other primes", RS256, &rsa.PrivateKey{PublicKey: rsaPrivate.PublicKey, D: rsaPrivate.D, Primes: small.Primes}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if k, err := NewKey(tt.alg, tt.material); !errors.Is(err, ErrKey) {
				t.Errorf("got %v, %v", k, err)
			}
		})
	}
}

func newECDSA(t *testing.T, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestOnlyTheSaltOfTheStandardIsAccepted tries the longest salt too, which OpenSSL makes by default. To crypto/rsa a length of zero means the
// longest; signatures without salt are among Wycheproof's.
func TestOnlyTheSaltOfTheStandardIsAccepted(t *testing.T) {
	for _, alg := range []Algorithm{PS256, PS384, PS512} {
		k := newKey(t, alg)
		m := k.material.(*rsaKey)
		input := encode([]byte(`{"alg":"`+string(alg)+`"}`)) + "." + encode(claims)
		for _, salt := range []int{rsa.PSSSaltLengthAuto, 1, m.spec.hash.Size() - 1, m.spec.hash.Size() + 1, m.spec.hash.Size()} {
			signature, err := rsa.SignPSS(rand.Reader, m.priv, m.spec.hash, m.spec.digest([]byte(input)), &rsa.PSSOptions{SaltLength: salt, Hash: m.spec.hash})
			if err != nil {
				t.Fatal(err)
			}
			_, err = verify(input+"."+encode(signature), k)
			if accepted := err == nil; accepted != (salt == m.spec.hash.Size()) {
				t.Errorf("%s with a salt of %d bytes: %v", alg, salt, err)
			}
		}
	}
}
