package lingpai_test

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/jose"
)

// contender is one way to do the same work.
type contender struct {
	name string
	work func() error
	// ns are the times of one operation, one for each turn.
	ns            []float64
	bytes, allocs float64
}

// BenchmarkCompare sets us beside the bare call of the standard library and three other libraries. All take turns within one run, each for
// a few milliseconds, so that what the machine does meanwhile meets all alike; the figure is the lower quartile of the turns, since whatever
// disturbs a turn makes it longer. `make bench` makes a table of it.
func BenchmarkCompare(b *testing.B) {
	for _, goroutines := range []int{1, 16} {
		group := "one/"
		if goroutines > 1 {
			group = "many/"
		}
		for _, alg := range []jose.Algorithm{jose.HS256, jose.RS256, jose.ES256, jose.EdDSA} {
			k := newRivalKey(b, alg)
			b.Run(group+"verify/"+string(alg), func(b *testing.B) { compare(b, goroutines, verifiers(b, k)) })
			b.Run(group+"sign/"+string(alg), func(b *testing.B) { compare(b, goroutines, signers(b, k)) })
		}
	}
}

func verifiers(b *testing.B, k rivalKey) []*contender {
	tok := k.issue(b)
	rules := k.rules()
	ctx := context.Background()
	all := []*contender{
		{name: "bare", work: verifyBare(b, k, tok)},
		{name: "ours", work: func() error {
			_, err := rules.Verdict(ctx, tok)
			return err
		}},
	}
	if k.alg != jose.HS256 { // Secrets are not published, so the Verifier never sees this one.
		all = append(all, &contender{name: "seen", work: seen(b, k, tok)})
	}
	for _, r := range rivals {
		verify := r.verify(k)
		all = append(all, &contender{name: r.name, work: func() error { return verify(tok) }})
	}
	return all
}

// seen is a whole Verifier, with its cache.
func seen(b *testing.B, k rivalKey, tok string) func() error {
	i := newIssuer(b)
	i.published = []*jose.Key{k.key}
	v, err := lingpai.NewVerifier(b.Context(), i.url, lingpai.Audience(api), lingpai.HTTPClient(&http.Client{Transport: i}))
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	return func() error {
		_, err := v.Verify(ctx, tok)
		if err != nil { // An *Error that is nil would be an error that is not.
			return err
		}
		return nil
	}
}

func signers(_ *testing.B, k rivalKey) []*contender {
	input := make([]byte, 330) // as much as is signed of our token
	is := k.issuer()
	claims := rivalClaims()
	all := []*contender{
		{name: "bare", work: func() error { return signBare(k, input) }},
		{name: "ours", work: func() error {
			_, err := is.Issue(rivalGrant)
			return err
		}},
	}
	for _, r := range rivals {
		all = append(all, &contender{name: r.name, work: func() error {
			_, err := r.sign(k, claims)
			return err
		}})
	}
	return all
}

// compare lets each take a turn in every iteration.
func compare(b *testing.B, goroutines int, all []*contender) {
	turns := make([]int, len(all))
	for n, c := range all {
		turns[n] = turnLength(b, c)
		c.measureMemory(b)
	}
	for b.Loop() {
		for n, c := range all {
			c.turn(b, goroutines, turns[n])
		}
	}
	bare := 0.0
	for _, c := range all {
		slices.Sort(c.ns)
		quartile := c.ns[len(c.ns)/4]
		if c.name == "bare" {
			bare = quartile
		}
		b.ReportMetric(quartile, c.name+"-ns")
		b.ReportMetric(quartile/bare, c.name+"-ratio")
		b.ReportMetric(c.bytes, c.name+"-B")
		b.ReportMetric(c.allocs, c.name+"-allocs")
	}
	b.ReportMetric(0, "ns/op") // The time of a turn of all together says nothing.
}

// turnLength is how many operations take about 2 ms.
func turnLength(b *testing.B, c *contender) int {
	for n := 1; ; n *= 2 {
		begin := time.Now()
		c.turn(b, 1, n)
		if took := time.Since(begin); took > 2*time.Millisecond || n == 1<<20 {
			c.ns = nil
			return max(16, int(float64(n)*2e6/float64(took.Nanoseconds())))
		}
	}
}

func (c *contender) turn(b *testing.B, goroutines, n int) {
	begin := time.Now()
	if goroutines == 1 {
		c.repeat(b, n)
	} else {
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() { c.repeat(b, n/goroutines) })
		}
		wg.Wait()
		n = n / goroutines * goroutines
	}
	c.ns = append(c.ns, float64(time.Since(begin).Nanoseconds())/float64(n))
}

func (c *contender) repeat(b *testing.B, n int) {
	for range n {
		if err := c.work(); err != nil {
			b.Error(c.name, err)
			return
		}
	}
}

// measureMemory counts what an operation allocates, apart from the turns.
func (c *contender) measureMemory(b *testing.B) {
	const n = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.repeat(b, n)
	runtime.ReadMemStats(&after)
	c.bytes = float64(after.TotalAlloc-before.TotalAlloc) / n
	c.allocs = float64((after.Mallocs - before.Mallocs) / n)
}
