package lingpai_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/revoked"
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

// BenchmarkVerifyFollowed is what a token costs that was verified before, asked against so many revoked sessions, while a thousand more
// arrive each second.
func BenchmarkVerifyFollowed(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			i := newIssuer(b)
			a := i.announce(b)
			a.change(func() { a.fill(n) })
			v := i.verifier(b)
			tok := i.token(b, func(is *token.Issuer, _ *token.Grant) { is.Lifetime = time.Hour })
			eventually(b, time.Minute, "all is known", func() bool { return v.Health().Entries == n })
			verify(b, v, tok)
			stop := make(chan struct{})
			var events sync.WaitGroup
			events.Go(func() {
				tick := time.NewTicker(10 * time.Millisecond) // as long as the server gathers
				defer tick.Stop()
				for {
					select {
					case <-stop:
						return
					case <-tick.C:
						a.burst(10)
					}
				}
			})
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				verify(b, v, tok)
			}
			b.StopTimer()
			close(stop)
			events.Wait()
		})
	}
}

// fill calls back n sessions at once, before anybody listens. It is called with mu held.
func (a *announcer) fill(n int) {
	now := time.Now()
	for range n {
		e := a.entry(now)
		a.called = append(a.called, called{a.seq, a.seq + 1, e})
		a.seq++
	}
}

// burst tells of n sessions in one message.
func (a *announcer) burst(n int) {
	a.order.Lock()
	defer a.order.Unlock()
	a.mu.Lock()
	now, m := time.Now(), revoked.Message{Kind: revoked.Events, Prev: a.seq}
	for range n {
		m.Entries = append(m.Entries, a.entry(now))
		a.seq++
	}
	m.Seq = a.seq
	text := a.sign(m)
	a.mu.Unlock()
	a.tell(event(text))
}

// entry is the next of sessions that nobody has.
func (a *announcer) entry(now time.Time) revoked.Entry {
	mark := a.key.Print(revoked.Session, strconv.FormatInt(a.seq, 10))
	return revoked.Entry{Print: mark, At: revoked.Seconds(now), Until: revoked.Seconds(now.Add(time.Hour)), Kind: revoked.Session}
}
