package argon2id

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
)

var (
	benchPassword = []byte("four words to remember")
	benchSalt     = []byte("0123456789abcdef")
)

// BenchmarkKey has both in one loop, so that what else the machine does slows both. "faster" is how many times longer the library takes.
func BenchmarkKey(b *testing.B) {
	b.Run("own", func(b *testing.B) {
		b.ReportAllocs()
		var m Memory
		for b.Loop() {
			m.Key(benchPassword, benchSalt, 2, 19<<10, 1, 32)
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			argon2.IDKey(benchPassword, benchSalt, 2, 19<<10, 1, 32)
		}
	})
	b.Run("in turn", func(b *testing.B) {
		var m Memory
		var own, library stopwatch
		for b.Loop() {
			own.time(func() { m.Key(benchPassword, benchSalt, 2, 19<<10, 1, 32) })
			library.time(func() { argon2.IDKey(benchPassword, benchSalt, 2, 19<<10, 1, 32) })
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(own.median().Seconds()*1e3, "own-ms")
		b.ReportMetric(library.median().Seconds()*1e3, "library-ms")
		b.ReportMetric(library.median().Seconds()/own.median().Seconds(), "faster")
	})
}

// BenchmarkCompress makes one block in blocks that stay in the first cache.
func BenchmarkCompress(b *testing.B) {
	if !hasAVX2 {
		b.Skip("no compression function here")
	}
	var dst, previous, reference, rows block
	b.SetBytes(blockBytes)
	for b.Loop() {
		compress(&dst, &previous, &reference, &rows, true)
	}
}

// stopwatch keeps how long each call took.
type stopwatch []time.Duration

func (s *stopwatch) time(call func()) {
	began := time.Now()
	call()
	*s = append(*s, time.Since(began))
}

func (s *stopwatch) median() time.Duration {
	slices.Sort(*s)
	return (*s)[len(*s)/2]
}
