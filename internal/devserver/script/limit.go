package script

import (
	"fmt"
	"runtime/metrics"
	"sync"
	"time"
)

// guarded runs a stretch of script, stops it at the limits of time and memory, and explains its error. The caller holds p.mu.
func (p *Program) guarded(do func() error) error {
	w := &watch{p: p}
	w.start()
	err := do()
	w.stop()
	return p.explain(err)
}

// pace is how often a script that runs is looked at.
const pace = 25 * time.Millisecond

// watch looks after one stretch of script.
type watch struct {
	p     *Program
	mu    sync.Mutex // guards the rest
	timer *time.Timer
	over  bool
	looks int
	began uint64 // size of the heap at the first look
}

// start begins to look: a script cannot be asked, it must be interrupted from beside.
func (w *watch) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(pace, w.look)
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.looks++
	heap := heapBytes()
	if w.looks == 1 {
		w.began = heap
	}
	switch o := w.p.options; {
	case time.Duration(w.looks)*pace >= o.Limit:
		w.p.vm.Interrupt(fmt.Sprintf("ran for more than %s and was stopped, as a loop without end is", o.Limit))
	case heap > w.began+o.Memory:
		w.p.vm.Interrupt(fmt.Sprintf("took more than %d MiB of memory and was stopped", o.Memory>>20))
	default:
		w.timer.Reset(pace)
	}
}

// stop ends the watch. An interruption that came too late is forgotten.
func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
	w.p.vm.ClearInterrupt()
}

func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
