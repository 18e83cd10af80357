package lingpai_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"github.com/lingpai/lingpai/internal/token"
)

// BenchmarkVerify is a whole verification, uncached: parsing, key, signature, claims.
func BenchmarkVerify(b *testing.B) {
	i := newIssuer(b)
	v := i.verifier(b)
	tok := i.token(b, func(is *token.Issuer, _ *token.Grant) { is.Lifetime *= 12 })
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(ctx, tok); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareECDSA is what no verification can do without.
func BenchmarkBareECDSA(b *testing.B) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("message"))
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], sig) {
			b.Fatal("refused")
		}
	}
}
