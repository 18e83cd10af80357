package app

import (
	"context"
	"os"
	"runtime/debug"
	figures "runtime/metrics"
)

const (
	// frugal is the percentage of the heap that may become garbage before it is collected: Go's own.
	frugal = 100
	// generous is what it is while there is work, as far as there is no more garbage than roomy.
	generous = 200
	roomy    = 16 << 20
	// busy is how much a second is allocated by a server with work to do.
	busy = 16 << 20
	// rest is after how many seconds without work a server gives back what the work needed, or the start.
	rest = 3
)

// garbage decides how often garbage is collected. What a server of tokens holds is small and what it allocates is much, so Go collects some ten
// times a second under load, and each time it looks through all that is held. While requests come in, there may be more garbage, up to roomy;
// when they do not, as little as ever. That takes a sixth off the CPU time of a check for 3 MB; as much again would cost 10 MB more.
//
// A start counts as work: it is over before anything is collected.
type garbage struct {
	samples   [2]figures.Sample
	allocated uint64
	percent   int
	calm      int // seconds without work
}

// newGarbage leaves room for what follows. It is nil where GOGC is set: whoever sets it has decided for themselves.
func newGarbage() *garbage {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	g := &garbage{samples: [2]figures.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}}
	g.set(generous)
	return g
}

// set stops all goroutines for a moment, so it does nothing where the percentage stays as it is.
func (g *garbage) set(percent int) {
	if percent != g.percent {
		g.percent = percent
		debug.SetGCPercent(percent)
	}
}

// decide is called each second.
func (g *garbage) decide(context.Context) error {
	figures.Read(g.samples[:])
	allocated, live := g.samples[0].Value.Uint64(), g.samples[1].Value.Uint64()
	worked := allocated-g.allocated >= busy
	g.allocated = allocated
	g.calm++
	switch {
	case worked:
		g.calm = 0
		g.set(percentFor(live))
	case g.calm == rest:
		g.set(frugal)
		debug.FreeOSMemory()
		return unmapProgram()
	}
	return nil
}

// percentFor is the percentage for what is held while there is work.
func percentFor(live uint64) int {
	if live*generous/100 <= roomy {
		return generous
	}
	return frugal
}
