package storetest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/throttle"
)

var throttleTests = []test{
	{"ALimitIsSpentAndComesBack", aLimitIsSpentAndComesBack},
	{"AnExhaustedLimitChargesNoOther", anExhaustedLimitChargesNoOther},
	{"ARefundGivesBack", aRefundGivesBack},
	{"NoUnitIsSpentTwice", noUnitIsSpentTwice},
	{"PruningChangesNoAnswer", pruningChangesNoAnswer},
}

func limit(key string, burst int) throttle.Charge {
	return throttle.Charge{Key: key, Interval: 10 * time.Second, Burst: burst}
}

func (t *suite) takes(now time.Time, want time.Duration, charges ...throttle.Charge) {
	t.Helper()
	wait, err := t.s.Take(t.Context(), charges, now)
	t.must(err)
	t.equal(wait, want)
}

func aLimitIsSpentAndComesBack(t *suite) {
	a := limit("a", 3)
	for range 3 {
		t.takes(start, 0, a)
	}
	t.takes(start, 10*time.Second, a)
	t.takes(start.Add(4*time.Second), 6*time.Second, a)
	t.takes(start.Add(10*time.Second), 0, a)
	t.takes(start.Add(10*time.Second), 10*time.Second, a)
	t.takes(start.Add(time.Hour), 0, a)
}

func anExhaustedLimitChargesNoOther(t *suite) {
	full, one, two := limit("full", 5), limit("one", 1), limit("two", 1)
	t.takes(start, 0, one)
	t.takes(start.Add(5*time.Second), 0, two)
	for range 9 {
		t.takes(start.Add(5*time.Second), 10*time.Second, full, one, two) // the longest wait
	}
	for range 5 {
		t.takes(start.Add(5*time.Second), 0, full)
	}
	t.takes(start.Add(5*time.Second), 10*time.Second, full)
}

func aRefundGivesBack(t *suite) {
	a, b := limit("a", 1), limit("b", 1)
	t.takes(start, 0, a, b)
	t.takes(start, 10*time.Second, a, b)
	t.must(t.s.Refund(t.Context(), []throttle.Charge{b, a, limit("never taken", 1)}))
	t.takes(start, 0, a, b)
	t.takes(start, 10*time.Second, b)
	t.takes(start, 0, limit("never taken", 1))
}

func noUnitIsSpentTwice(t *suite) {
	nodes := []Stores{t.s, t.node()}
	var admitted atomic.Int32
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			charges := []throttle.Charge{limit("a", 10), limit("b", 100)}
			if i%3 == 0 {
				charges[0], charges[1] = charges[1], charges[0]
			}
			wait, err := nodes[i%2].Take(t.Context(), charges, start)
			if err != nil {
				t.Errorf("take: %v", err)
			}
			if wait == 0 && err == nil {
				admitted.Add(1)
			}
		})
	}
	all.Wait()
	t.equal(admitted.Load(), int32(10))
	for range 90 {
		t.takes(start, 0, limit("b", 100))
	}
	t.takes(start, 10*time.Second, limit("b", 100))
}

func pruningChangesNoAnswer(t *suite) {
	t.takes(start, 0, limit("a", 1))
	t.takes(start, 0, limit("b", 2))
	t.takes(start, 0, limit("b", 2))
	at := start.Add(10 * time.Second)
	t.must(t.s.Prune(t.Context(), at))
	t.takes(at, 0, limit("a", 1))
	t.takes(at, 0, limit("b", 2))
	t.takes(at, 10*time.Second, limit("b", 2))
}
