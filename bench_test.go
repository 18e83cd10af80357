package lingpai_test

import (
	"context"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/token"
)

// BenchmarkVerifySeen is what a token costs that was verified before: alone, among as many others as are kept, and from all cores.
func BenchmarkVerifySeen(b *testing.B) {
	i := newIssuer(b)
	v := i.verifier(b)
	ctx := context.Background()
	tokens := make([]string, 4096)
	for n := range tokens {
		tokens[n] = i.token(b, func(is *token.Issuer, _ *token.Grant) { is.Lifetime = time.Hour })
		if _, err := v.Verify(ctx, tokens[n]); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			verify(b, v, tokens[0])
		}
	})
	b.Run("many", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			verify(b, v, tokens[n%len(tokens)])
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for n := 0; pb.Next(); n++ {
				verify(b, v, tokens[n%len(tokens)])
			}
		})
	})
}

func verify(b *testing.B, v *lingpai.Verifier, tok string) {
	if _, err := v.Verify(context.Background(), tok); err != nil {
		b.Fatal(err)
	}
}
