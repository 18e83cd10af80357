package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"testing"
)

// claims is a payload that makes a token of about 400 bytes.
var claims = []byte(`{"iss":"https://login.example","sub":"018f2b1c9d","aud":"https://api.example","exp":1300819380,` +
	`"iat":1300819080,"jti":"ABCDEFGHIJKLMNOPQRSTUVWXYZ","client_id":"lingpai","sid":"0123456789abcdef","roles":["admin"]}`)

// BenchmarkVerify sets Parse and Verify beside the bare call of the standard library on the same bytes.
func BenchmarkVerify(b *testing.B) {
	for _, alg := range []Algorithm{ES256, EdDSA, RS256, HS256} {
		k, err := GenerateKey(alg)
		if err != nil {
			b.Fatal(err)
		}
		token, err := Sign(k.WithID("pBbVVnTPNmNaxjJ1LhNiGVJc0ZlYGDFzBjhGq6KWzSI"), "at+jwt", claims)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(alg)+"/jose", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m, err := Parse(token)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := m.Verify(k); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(alg)+"/bare", func(b *testing.B) {
			input := []byte(token[:strings.LastIndexByte(token, '.')])
			verify := bareVerify(b, k, input)
			b.ReportAllocs()
			for b.Loop() {
				if !verify() {
					b.Fatal("refused")
				}
			}
		})
	}
}

func bareVerify(b *testing.B, k *Key, input []byte) func() bool {
	switch m := k.material.(type) {
	case *ecdsaKey:
		sum := sha256.Sum256(input)
		signature, err := ecdsa.SignASN1(rand.Reader, m.priv, sum[:])
		if err != nil {
			b.Fatal(err)
		}
		return func() bool {
			sum := sha256.Sum256(input)
			return ecdsa.VerifyASN1(m.pub, sum[:], signature)
		}
	case *ed25519Key:
		signature := ed25519.Sign(m.priv, input)
		return func() bool { return ed25519.Verify(m.pub, input, signature) }
	case *rsaKey:
		signature, err := m.sign(input)
		if err != nil {
			b.Fatal(err)
		}
		return func() bool {
			sum := sha256.Sum256(input)
			return rsa.VerifyPKCS1v15(m.pub, crypto.SHA256, sum[:], signature) == nil
		}
	case *hmacKey:
		signature, err := m.sign(input)
		if err != nil {
			b.Fatal(err)
		}
		return func() bool {
			h := hmac.New(sha256.New, m.secret)
			h.Write(input)
			return hmac.Equal(signature, h.Sum(nil))
		}
	}
	return nil
}

// BenchmarkSign sets Sign beside the bare call of the standard library.
func BenchmarkSign(b *testing.B) {
	k, err := GenerateKey(ES256)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("ES256/jose", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Sign(k, "at+jwt", claims); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ES256/bare", func(b *testing.B) {
		priv := k.material.(*ecdsaKey).priv
		b.ReportAllocs()
		for b.Loop() {
			sum := sha256.Sum256(claims)
			if _, err := ecdsa.SignASN1(rand.Reader, priv, sum[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkParse is what strictness costs, without cryptography.
func BenchmarkParse(b *testing.B) {
	k, err := GenerateKey(ES256)
	if err != nil {
		b.Fatal(err)
	}
	token, err := Sign(k, "at+jwt", claims)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseKey(b *testing.B) {
	for _, alg := range []Algorithm{ES256, RS256} {
		k, err := GenerateKey(alg)
		if err != nil {
			b.Fatal(err)
		}
		text, err := k.InsecurePrivateJWK()
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(alg), func(b *testing.B) {
			for b.Loop() {
				if _, err := ParseKey(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
