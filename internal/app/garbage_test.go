package app

import (
	"runtime/debug"
	figures "runtime/metrics"
	"testing"
)

func TestGarbageIsGivenRoomWhereLittleIsHeld(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		what string
		live uint64
		want int
	}{
		{"nothing is held yet", 0, 200},
		{"little is held", 6 * mib, 200},
		{"more is held", 9 * mib, 100},
		{"very much is held", 3000 * mib, 100},
	} {
		if got := percentFor(c.live); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}

func TestWhatWorkNeededIsGivenBackWhenItIsOver(t *testing.T) {
	t.Setenv("GOGC", "")
	g := newGarbage()
	t.Cleanup(func() { debug.SetGCPercent(frugal) })
	decide := func() {
		if err := g.decide(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for range 64 {
		work = make([]byte, 1<<20)
	}
	work = nil
	for range rest + 1 { // the first sees the work
		decide()
	}
	if got := percent(); got != frugal {
		t.Errorf("without work garbage may be %d %% of what is held, want %d", got, frugal)
	}
	free := []figures.Sample{{Name: "/memory/classes/heap/free:bytes"}}
	figures.Read(free)
	if got := free[0].Value.Uint64(); got > 16<<20 {
		t.Errorf("%d bytes of free memory are kept", got)
	}
}

// work is where the compiler cannot see that nobody needs it.
var work []byte

func percent() int {
	p := debug.SetGCPercent(frugal)
	debug.SetGCPercent(p)
	return p
}
