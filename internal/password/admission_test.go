package password

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
)

const hashTime = 100 * time.Millisecond

// load counts how much work runs at once. In a synctest bubble, work takes exactly hashTime.
type load struct {
	mu                  sync.Mutex
	running, peak, done int
	memory, peakMemory  int
	order               []int
}

func (l *load) work(id, memory int) func() error {
	return func() error {
		l.mu.Lock()
		l.running++
		l.memory += memory
		l.peak, l.peakMemory = max(l.peak, l.running), max(l.peakMemory, l.memory)
		l.order = append(l.order, id)
		l.mu.Unlock()
		time.Sleep(hashTime)
		l.mu.Lock()
		l.running--
		l.memory -= memory
		l.done++
		l.mu.Unlock()
		return nil
	}
}

func TestOneHashIsSentAheadOfItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, 1, 16, 1000, time.Minute)
		var l load
		for id := range 8 {
			go func() {
				if err := g.do(t.Context(), 1000, l.work(id, 1000)); err != nil {
					t.Error(err)
				}
			}()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if l.peak != 3 || l.done != 8 {
			t.Errorf("peak %d, done %d; want 3 and 8", l.peak, l.done)
		}
	})
}

func TestStormIsBoundedAndTheRestIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(4, 0, 16, 1000, time.Minute)
		var l load
		var refused []*fault.Refusal
		start := time.Now()
		for id := range 200 {
			go func() {
				err := g.do(t.Context(), 1000, l.work(id, 1000))
				if r, ok := errors.AsType[*fault.Refusal](err); ok {
					l.mu.Lock()
					refused = append(refused, r)
					l.mu.Unlock()
					if waited := time.Since(start); waited != 0 {
						t.Errorf("refused after %v, want at once", waited)
					}
				} else if err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		if len(refused) != 180 {
			t.Errorf("%d refused, want 180", len(refused))
		}
		for _, r := range refused {
			if r.Code != fault.TooBusy || r.RetryAfter < time.Second {
				t.Fatalf("refused with %s and Retry-After %v", r.Code, r.RetryAfter)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if l.peak != 4 || l.peakMemory != 4000 || l.done != 20 {
			t.Errorf("peak %d, memory %d, done %d; want 4, 4000, 20", l.peak, l.peakMemory, l.done)
		}
		if n := g.inside.Load(); n != 0 {
			t.Errorf("%d still counted inside", n)
		}
	})
}

func TestLineIsFirstInFirstOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 0, 100, 1000, time.Minute)
		var l load
		var want []int
		for id := range 20 {
			want = append(want, id)
			go g.do(t.Context(), 1, l.work(id, 1))
			synctest.Wait()
		}
		time.Sleep(20 * hashTime)
		synctest.Wait()
		if diff := cmp.Diff(want, l.order); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCostlyImportedHashTakesTheMemoryOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(4, 0, 100, 1000, time.Minute)
		var l load
		for id, memory := range []int{1000, 1000, 3000, 1000, 9000, 1000} {
			go func() {
				if err := g.do(t.Context(), uint32(memory), l.work(id, memory)); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		// 0 1 together, then 2 3, then 4 alone although it needs more than there is, then 5.
		time.Sleep(4 * hashTime)
		synctest.Wait()
		if l.peakMemory != 9000 || l.peak != 2 {
			t.Errorf("peak %d and %d KiB, want 2 and 9000", l.peak, l.peakMemory)
		}
		if l.done != 6 {
			t.Errorf("%d done after four rounds, want 6", l.done)
		}
	})
}

func TestWhoWaitsTooLongIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 0, 10, 1000, hashTime/2)
		var l load
		go g.do(t.Context(), 1000, l.work(0, 1000))
		synctest.Wait()
		start := time.Now()
		err := g.do(t.Context(), 1000, l.work(1, 1000))
		if !fault.Is(err, fault.TooBusy) || time.Since(start) != hashTime/2 {
			t.Errorf("%v after %v, want too_busy after %v", err, time.Since(start), hashTime/2)
		}
		time.Sleep(hashTime)
	})
}

func TestWhoLeavesGivesUpTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 0, 1, 1000, time.Minute)
		var l load
		go g.do(t.Context(), 1000, l.work(0, 1000))
		synctest.Wait()
		gone := errors.New("client went away")
		ctx, leave := context.WithCancelCause(t.Context())
		left := make(chan error)
		go func() { left <- g.do(ctx, 1000, l.work(1, 1000)) }()
		synctest.Wait()
		leave(gone)
		if err := <-left; !errors.Is(err, gone) || fault.Is(err, fault.TooBusy) {
			t.Errorf("error %v, want the cause of the context", err)
		}
		if err := g.do(t.Context(), 1000, l.work(2, 1000)); err != nil {
			t.Errorf("the place was not free: %v", err)
		}
		if diff := cmp.Diff([]int{0, 2}, l.order); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRetryAfterFollowsTheLineAndTheSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, 0, 98, 1000, time.Hour)
		for range 100 { // teach it that a hash takes 2 s
			g.do(t.Context(), 1000, func() error { time.Sleep(2 * time.Second); return nil })
		}
		var l load
		for id := range 100 {
			go g.do(t.Context(), 1000, l.work(id, 1000))
		}
		synctest.Wait()
		refusal, ok := errors.AsType[*fault.Refusal](g.do(t.Context(), 1000, l.work(0, 1000)))
		if !ok || refusal.RetryAfter < 95*time.Second || refusal.RetryAfter > 105*time.Second {
			t.Errorf("refusal %v, want about 100 s", refusal)
		}
		time.Sleep(time.Minute)
	})
}

func TestPanicInWorkFreesThePlace(t *testing.T) {
	g := newGate(1, 0, 0, 1000, time.Second)
	func() {
		defer func() { recover() }()
		g.do(t.Context(), 1000, func() error { panic("broken") })
	}()
	if err := g.do(t.Context(), 1000, func() error { return nil }); err != nil {
		t.Error(err)
	}
}
