package storetest

import (
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/throttle"
)

var throttleTests = []test{
	{"AChargeMovesALimitAndTimeBringsItBack", aChargeMovesALimitAndTimeBringsItBack},
	{"LimitsAreChargedTogether", limitsAreChargedTogether},
	{"NoChargeIsLost", noChargeIsLost},
	{"PruningChangesNoAnswer", pruningChangesNoAnswer},
}

func limit(key string, burst int) throttle.Charge {
	return throttle.Charge{Key: key, Interval: 10 * time.Second, Burst: burst}
}

func (t *suite) charge(now time.Time, charges ...throttle.Charge) {
	t.Helper()
	t.must(t.s.Charge(t.Context(), charges, now))
}

// arrives holds that the limits stand at these times after start; a negative one is that of a limit that is not stored.
func (t *suite) arrives(want map[string]time.Duration) {
	t.Helper()
	var keys []string
	var times []time.Time
	for key, after := range want {
		keys = append(keys, key)
		if after < 0 {
			times = append(times, time.Time{})
			continue
		}
		times = append(times, start.Add(after))
	}
	got, err := t.s.Arrivals(t.Context(), keys)
	t.must(err)
	for i := range times {
		if !got[i].Equal(times[i]) {
			t.Errorf("%s arrives at %v, want %v", keys[i], got[i], times[i])
		}
	}
}

func aChargeMovesALimitAndTimeBringsItBack(t *suite) {
	a := limit("a", 3)
	t.arrives(map[string]time.Duration{"a": -1})
	for i := range 4 { // exhausted or not
		t.charge(start, a)
		t.arrives(map[string]time.Duration{"a": time.Duration(i+1) * 10 * time.Second})
	}
	t.charge(start.Add(time.Hour), a)
	t.arrives(map[string]time.Duration{"a": time.Hour + 10*time.Second})
}

func limitsAreChargedTogether(t *suite) {
	t.charge(start, limit("b", 1), limit("a", 1))
	t.charge(start.Add(5*time.Second), limit("a", 1), limit("c", 1))
	t.arrives(map[string]time.Duration{"c": 15 * time.Second, "none": -1, "a": 20 * time.Second, "b": 10 * time.Second})
}

func noChargeIsLost(t *suite) {
	nodes := []Stores{t.s, t.node()}
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			charges := []throttle.Charge{limit("a", 10), limit("b", 100)}
			if i%3 == 0 {
				charges[0], charges[1] = charges[1], charges[0]
			}
			if err := nodes[i%2].Charge(t.Context(), charges, start); err != nil {
				t.Errorf("charge: %v", err)
			}
		})
	}
	all.Wait()
	t.arrives(map[string]time.Duration{"a": 640 * time.Second, "b": 640 * time.Second})
}

func pruningChangesNoAnswer(t *suite) {
	t.charge(start, limit("a", 1))
	t.charge(start, limit("b", 2))
	t.charge(start, limit("b", 2))
	t.must(t.s.Prune(t.Context(), start.Add(10*time.Second)))
	t.arrives(map[string]time.Duration{"a": -1, "b": 20 * time.Second})
}
