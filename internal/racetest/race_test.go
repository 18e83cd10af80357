package racetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/pgtest"
)

func TestRefreshRace(t *testing.T) { race(t, newPlace(t, "")) }

func TestRefreshRaceOnPostgreSQL(t *testing.T) { race(t, newPlace(t, pgtest.Database(t))) }

// race lets browsers and thieves loose on two servers that share a place, and judges what went over the wire.
func race(t *testing.T, p *place) {
	seed := seedOf(t)
	net := newNetwork(p.serve(2))
	rnd := rand.New(rand.NewPCG(seed, 0))
	browsers := crowd(t, net, rnd, seed)
	for _, b := range browsers {
		b.signIn(t.Context())
	}
	var living sync.WaitGroup
	for _, b := range browsers {
		living.Go(func() { b.live(t.Context()) })
	}
	kills := killNowAndThen(t, net, rnd, &living)
	for _, b := range browsers {
		b.settle(t.Context(), rnd)
	}
	if err := pause(t.Context(), max(overlap, grace)+time.Second); err != nil { // Now every window is over.
		t.Fatal(err)
	}
	caught, thefts := reckon(t, browsers, rnd)
	judge(t, browsers, net, p.reuses())
	report(t, net, browsers, kills, caught, thefts)
}

// crowd is who takes part: two browsers with 200 tabs, and many with 5; half of them confirm, every third is stolen from.
func crowd(t *testing.T, net *network, rnd *rand.Rand, seed uint64) (browsers []*browser) {
	for i := range 26 {
		b := &browser{
			T: t, name: fmt.Sprintf("browser %d", i), net: &line{network: net}, seed: [2]uint64{seed, uint64(i + 1)}, confirms: i%2 == 0, tabs: 5, spells: 10,
		}
		switch {
		case i < 2:
			b.tabs, b.spells = 200, 5
		case i%3 == 0: // uses the token when nothing happens any more
			b.theft = &theft{steal: rnd.IntN(b.spells), use: b.spells}
		case i%3 == 1 && i%2 == rnd.IntN(2): // uses a token that is two back, while all tabs refresh
			steal := rnd.IntN(b.spells - 2)
			b.theft = &theft{steal: steal, use: steal + 2}
		}
		browsers = append(browsers, b)
	}
	return browsers
}

// killNowAndThen kills one server after the other while the browsers live. The moments are counted in exchanges, not in seconds.
func killNowAndThen(t *testing.T, net *network, rnd *rand.Rand, living *sync.WaitGroup) (kills int) {
	t.Helper()
	over := ended(living)
	for {
		select {
		case <-net.history.after(150 + rnd.IntN(500)):
			net.servers[kills%len(net.servers)].kill()
			kills++
		case <-over:
			return kills
		}
	}
}

// ended returns a channel that is closed when all work of a group has ended.
func ended(work *sync.WaitGroup) <-chan struct{} {
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	return done
}

// reckon lets the last thieves use what they stole, then asks every browser whether it is still signed in.
func reckon(t *testing.T, browsers []*browser, rnd *rand.Rand) (caught, thefts int) {
	t.Helper()
	for _, b := range browsers {
		if b.theft == nil {
			if r := b.insist(t.Context(), refreshOf(b.cell.read()), b.net.calm(rnd)); r.code != "" {
				b.signedOut("last refresh", b.cell.read(), r.code)
			}
			continue
		}
		thefts++
		if b.theft.use == b.spells {
			b.theft.strike(t.Context(), b.net)
		}
		if b.caughtAndEnded(t.Context(), rnd) {
			caught++
		}
	}
	return caught, thefts
}

// caughtAndEnded holds that a theft was noticed: the thief got nothing, and the session is over for the victim as well.
func (b *browser) caughtAndEnded(ctx context.Context, rnd *rand.Rand) bool {
	b.Helper()
	victim := b.insist(ctx, refreshOf(b.cell.read()), b.net.calm(rnd))
	access := b.insist(ctx, useOf(b.cell.read()), b.net.calm(rnd))
	if b.theft.caught.code != "refresh_reused" || victim.code != "refresh_reused" || access.code == "" {
		_, number := readRefreshToken(b.theft.stolen.refresh)
		b.Errorf("%s: number %d was stolen; the thief got %q, the victim %q, its access token %q",
			b.name, number, b.theft.caught.code, victim.code, access.code)
		return false
	}
	return true
}

// judge holds the record against the promises.
func judge(t *testing.T, browsers []*browser, net *network, reuses map[string]int) {
	t.Helper()
	history := net.history.bySession()
	for _, b := range browsers {
		for _, s := range b.spurious {
			t.Errorf("signed out for no reason: %s", s)
		}
		want := 0
		if b.theft != nil {
			want = 1
		}
		if reuses[b.session] != want {
			t.Errorf("%s: %d events of reuse in the audit log, want %d", b.name, reuses[b.session], want)
		}
		oneChain(t, history[b.session])
	}
	for _, b := range browsers {
		if !linearizable(t, state{confirms: b.confirms, bound: b.net.key != nil, counter: 1}, history[b.session]) {
			return // One counterexample is enough, and each takes long to find.
		}
	}
}

// report prints the figures that are published.
func report(t *testing.T, net *network, browsers []*browser, kills, caught, thefts int) {
	t.Helper()
	refreshes, unknown, all, spurious := 0, 0, 0, 0
	for _, b := range browsers {
		spurious += len(b.spurious)
	}
	for _, exchanges := range net.history.bySession() {
		for _, x := range exchanges {
			all++
			if x.kind == refreshing {
				refreshes++
			}
			if !x.answered() {
				unknown++
			}
		}
	}
	t.Logf("%d exchanges, %d of them refreshes; %d answers and %d requests lost, %d connections cut, %d requests repeated, %d outcomes unknown; "+
		"%d kills; spurious logouts %d; thefts %d/%d caught",
		all, refreshes, net.lost.Load(), net.dropped.Load(), net.cut.Load(), net.copied.Load(), unknown, kills, spurious, caught, thefts)
}

// seedOf is the seed of all choices: LINGPAI_TEST_SEED, or a new one.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64N(1 << 32)
	if text := os.Getenv("LINGPAI_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("LINGPAI_TEST_SEED: %v", err)
		}
	}
	t.Logf("LINGPAI_TEST_SEED=%d", seed)
	return seed
}
