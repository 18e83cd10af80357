package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/throttle"
)

// memory is a Store without durability.
type memory struct {
	mu   sync.Mutex
	tats map[string]time.Time
	fail error
}

func (m *memory) Arrivals(_ context.Context, keys []string) (times []time.Time, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		times = append(times, m.tats[key])
	}
	return times, m.fail
}

func (m *memory) Charge(ctx context.Context, charges []throttle.Charge, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, c := range charges {
		if m.fail == nil {
			m.tats[c.Key] = c.Paid(m.tats[c.Key], now)
		}
	}
	return m.fail
}

// door is a Limiter with a store that a test can look into.
type door struct {
	*testing.T
	*throttle.Limiter
	store *memory
}

var key = []byte("0123456789abcdef0123456789abcdef")

// inBubble runs the test with a new door, in a bubble where time passes at once.
func inBubble(t *testing.T, limits throttle.Limits, test func(d door)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store := &memory{tats: map[string]time.Time{}}
		test(door{t, throttle.New(store, key, limits, time.Now), store})
	})
}

func from(address, account string) throttle.Attempt {
	return throttle.Attempt{Account: account, Address: netip.MustParseAddr(address)}
}

// fail tries a wrong password: it returns zero if it may be tried, else the wait.
func (d door) fail(a throttle.Attempt) time.Duration {
	d.Helper()
	ticket, err := d.Admit(d.Context(), a)
	if err == nil {
		defer d.Release(ticket)
		if err := d.Fail(d.Context(), ticket); err != nil {
			d.Fatal(err)
		}
		return 0
	}
	refusal, ok := errors.AsType[*fault.Refusal](err)
	if !ok || refusal.Code != fault.RateLimited || refusal.RetryAfter <= 0 {
		d.Fatalf("error %v, want rate_limited with a wait", err)
	}
	return refusal.RetryAfter
}

// succeed tries the right password and reports whether it was let in.
func (d door) succeed(a throttle.Attempt) bool {
	d.Helper()
	ticket, err := d.Admit(d.Context(), a)
	if err == nil {
		d.Release(ticket)
	} else if !fault.Is(err, fault.RateLimited) {
		d.Fatal(err)
	}
	return err == nil
}

// flood tries without pause for so long and returns how many tries went through. Each try comes from the next of so many addresses.
func (d door) flood(account string, addresses int, pause, long time.Duration) (through int) {
	start := time.Now()
	for i := 0; time.Since(start) < long; i++ {
		address := netip.AddrFrom4([4]byte{198, 51, byte(i % addresses >> 8), byte(i % addresses)})
		if d.fail(throttle.Attempt{Account: account, Address: address}) == 0 {
			through++
		}
		time.Sleep(pause)
	}
	return through
}

// ASVS 6.3.1
func TestAccountAllowsTenTriesThenOneIn30Seconds(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		alice := from("192.0.2.1", "alice")
		for range 10 {
			if wait := d.fail(alice); wait != 0 {
				t.Fatalf("refused for %v within the burst", wait)
			}
		}
		time.Sleep(12 * time.Second)
		if wait := d.fail(alice); wait != 18*time.Second {
			t.Errorf("wait %v, want exactly 18s", wait)
		}
		time.Sleep(18*time.Second - time.Microsecond)
		if wait := d.fail(alice); wait != time.Microsecond {
			t.Errorf("wait %v, want 1µs", wait)
		}
		time.Sleep(time.Microsecond)
		if wait := d.fail(alice); wait != 0 {
			t.Errorf("still refused for %v after the wait", wait)
		}
	})
}

func TestRefusedTriesCostNothing(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		d.flood("alice", 1, 10*time.Millisecond, 30*time.Second)
		if !d.succeed(from("192.0.2.9", "alice")) {
			t.Error("3,000 refused tries pushed the next one away")
		}
	})
}

func TestSprayFromOneAddressIsStopped(t *testing.T) {
	for name, network := range map[string]func(i int) netip.Addr{
		"IPv4": func(int) netip.Addr { return netip.MustParseAddr("203.0.113.7") },
		"IPv4 in 6": func(i int) netip.Addr {
			return []netip.Addr{netip.MustParseAddr("::ffff:203.0.113.7"), netip.MustParseAddr("203.0.113.7")}[i%2]
		},
		"one IPv6/64": func(i int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8:1:2:%x::%x", i, i)) },
		"zones":       func(i int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("fe80::1%%eth%d", i)) },
		"no address":  func(int) netip.Addr { return netip.Addr{} },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, throttle.Limits{}, func(d door) {
				through := 0
				for i := range 10_000 {
					if d.fail(throttle.Attempt{Account: fmt.Sprint("user", i), Address: network(i)}) == 0 {
						through++
					}
				}
				if through != 20 {
					t.Errorf("%d of 10,000 accounts were tried, want 20", through)
				}
				if !d.succeed(from("192.0.2.1", "user9999")) {
					t.Error("an account that was sprayed is closed to its owner elsewhere")
				}
			})
		})
	}
}

func TestOtherIPv6NetworksAreOtherAddresses(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		for i := range 1000 {
			if wait := d.fail(from(fmt.Sprintf("2001:db8:1:%x::1", i), fmt.Sprint("user", i))); wait != 0 {
				t.Fatalf("network %d refused for %v", i, wait)
			}
		}
	})
}

// ASVS 6.3.1
func TestAttack65ThousandAddressesOnOneAccountAreSlowedAndTheOwnerGetsIn(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		owner := from("192.0.2.1", "alice")
		owner.KnownDevice = "laptop"
		through := d.flood("alice", 1000, time.Minute/1000, 30*time.Minute) // 30,000 tries
		if through > 50 {
			t.Errorf("%d tries went through in half an hour", through)
		}
		if !d.succeed(owner) {
			t.Error("the owner is kept out of a known device")
		}
		if d.succeed(from("192.0.2.1", "alice")) {
			t.Error("the account is open to unknown devices in the middle of the attack")
		}
	})
}

func TestLastingAttackComesDownToOneTryAnHour(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		if n := d.flood("alice", 1000, 10*time.Second, 49*time.Hour); n >= 100 {
			t.Errorf("%d failures in two days, NIST permits 100 in a row", n)
		}
		if n := d.flood("alice", 1000, 10*time.Second, 24*time.Hour); n > 25 {
			t.Errorf("%d failures on the third day, want 24", n)
		}
	})
}

func TestNeighboursBehindOneAddressDoNotKeepAKnownDeviceOut(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		for i := range 1000 {
			d.fail(from("192.0.2.1", fmt.Sprint("user", i)))
		}
		alice := from("192.0.2.1", "alice")
		if d.succeed(alice) {
			t.Error("the address is not exhausted")
		}
		if alice.KnownDevice = "laptop"; !d.succeed(alice) {
			t.Error("neighbours keep the owner out")
		}
	})
}

func TestKnownDeviceIsLimitedItself(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		stolen := from("192.0.2.1", "alice")
		stolen.KnownDevice = "laptop"
		through := 0
		for range 48 * 360 {
			if d.fail(stolen) == 0 {
				through++
			}
			time.Sleep(10 * time.Second)
		}
		if through >= 100 {
			t.Errorf("%d tries in two days from one device", through)
		}
		other := stolen
		if other.KnownDevice = "phone"; !d.succeed(other) {
			t.Error("one device of an account closes another")
		}
		if !d.succeed(from("192.0.2.2", "alice")) {
			t.Error("a known device closes the account to new ones")
		}
	})
}

func TestSuccessCostsNothingAndClearsNothing(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		for range 1000 {
			if !d.succeed(from("192.0.2.1", "alice")) {
				t.Fatal("signing in often is throttled")
			}
		}
		// An attacker with an account of their own cannot clear the address with it.
		through := 0
		for i := range 1000 {
			d.succeed(from("192.0.2.66", "mallory"))
			if d.fail(from("192.0.2.66", fmt.Sprint("user", i))) == 0 {
				through++
			}
		}
		if through != 20 {
			t.Errorf("%d tries from one address between successes, want 20", through)
		}
	})
}

func TestParallelGuessesAreAllCounted(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		var admitted []throttle.Ticket
		for i := range 500 {
			wg.Go(func() {
				ticket, err := d.Admit(t.Context(), from(fmt.Sprintf("198.51.%d.%d", i/250, i%250), "alice"))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					admitted = append(admitted, ticket)
				}
			})
		}
		if wg.Wait(); len(admitted) != 10 {
			t.Errorf("%d of 500 parallel guesses admitted, want 10", len(admitted))
		}
		for i, ticket := range admitted { // Half of them turn out to be wrong.
			if i%2 == 0 {
				_ = d.Fail(t.Context(), ticket)
			}
			d.Release(ticket)
		}
		for i := range 5 {
			if wait := d.fail(from("192.0.2.1", "alice")); wait != 0 {
				t.Errorf("guess %d after five right ones is refused for %v", i, wait)
			}
		}
		if wait := d.fail(from("192.0.2.1", "alice")); wait != 30*time.Second {
			t.Errorf("wait %v after ten wrong guesses, want 30s", wait)
		}
	})
}

// What was done for somebody is charged although they have left meanwhile.
func TestTriesOfClientsThatHangUpAreCharged(t *testing.T) {
	inVain := errors.New("nothing is there")
	for what, try := range map[string]func(context.Context, *throttle.Limiter, func()) error{
		"a try": func(ctx context.Context, l *throttle.Limiter, hangUp func()) error {
			return l.Try(ctx, "192.0.2.1", func(err error) bool { return err != nil }, func(context.Context) error { hangUp(); return inVain })
		},
		"a guess": func(ctx context.Context, l *throttle.Limiter, hangUp func()) error {
			return l.Guess(ctx, "alice", "192.0.2.1", func() (bool, error) { hangUp(); return false, nil })
		},
	} {
		inBubble(t, throttle.Limits{}, func(d door) {
			tried := 0
			for ; tried < 30; tried++ {
				ctx, hangUp := context.WithCancel(d.Context())
				err := try(ctx, d.Limiter, hangUp)
				if hangUp(); fault.Is(err, fault.RateLimited) {
					break
				}
			}
			if tried > 20 {
				t.Errorf("%s costs nothing: %d at once", what, tried)
			}
		})
	}
}

// Whatever the order of reading, judging and charging, no more guesses fail than the burst allows.
func TestGuessesThatEndWhileOthersBeginAreAllCounted(t *testing.T) {
	d := door{t, throttle.New(&memory{tats: map[string]time.Time{}}, key, throttle.Limits{}, time.Now), nil}
	var failed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 500 {
				ticket, err := d.Admit(t.Context(), from("192.0.2.1", "alice"))
				if err != nil {
					continue
				}
				if i%3 != 0 {
					failed.Add(1)
					_ = d.Fail(t.Context(), ticket)
				}
				d.Release(ticket)
			}
		})
	}
	if wg.Wait(); failed.Load() != 10 {
		t.Errorf("%d guesses failed, want 10", failed.Load())
	}
}

// Nodes do not see what is under way on each other, but what fails there is charged, and the next tries come later.
func TestGuessesOnManyNodesAtOnceArePaidForLater(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		here, there := d.Limiter, throttle.New(d.store, key, throttle.Limits{}, time.Now)
		under := map[*throttle.Limiter][]throttle.Ticket{}
		for _, node := range []*throttle.Limiter{here, there} {
			for range 10 {
				ticket, err := node.Admit(t.Context(), from("192.0.2.1", "alice"))
				if err != nil {
					t.Fatal(err)
				}
				under[node] = append(under[node], ticket)
			}
		}
		for node, tickets := range under {
			for _, ticket := range tickets {
				_ = node.Fail(t.Context(), ticket)
				node.Release(ticket)
			}
		}
		if wait := d.fail(from("192.0.2.1", "alice")); wait != 11*30*time.Second {
			t.Errorf("wait %v, want that for the ten too many, and one", wait)
		}
	})
}

func TestReleasedAttemptIsNotCounted(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		for range 100 {
			ticket, err := d.Admit(t.Context(), from("192.0.2.1", "alice"))
			if err != nil {
				t.Fatal(err)
			}
			d.Release(ticket)
		}
		if len(d.store.tats) != 0 {
			t.Errorf("%d limits are stored for tries that cost nothing", len(d.store.tats))
		}
	})
}

func TestStateSurvivesARestart(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		for range 10 {
			d.fail(from("192.0.2.1", "alice"))
		}
		d.Limiter = throttle.New(d.store, key, throttle.Limits{}, time.Now)
		if wait := d.fail(from("192.0.2.2", "alice")); wait != 30*time.Second {
			t.Errorf("wait %v after a restart, want 30s", wait)
		}
	})
}

func TestKeysRevealNothingAndDoNotCollide(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		const typed = "my secret passphrase typed into the wrong field"
		d.fail(from("192.0.2.1", typed))
		split := func(account, device string) {
			d.fail(throttle.Attempt{Account: account, KnownDevice: device})
		}
		split("ab", "c")
		split("a", "bc")
		if len(d.store.tats) != 3+2+2 {
			t.Errorf("%d keys, want 7 that differ", len(d.store.tats))
		}
		for k := range d.store.tats {
			if len(k) != 22 || strings.Contains(k, "192") || strings.Contains(k, "secret") {
				t.Errorf("key %q", k)
			}
		}
		before := len(d.store.tats)
		d.Limiter = throttle.New(d.store, []byte("another key"), throttle.Limits{}, time.Now)
		if d.fail(from("192.0.2.1", typed)); len(d.store.tats) != before+3 {
			t.Error("keys do not depend on the secret")
		}
	})
}

func TestConfiguredLimitsHold(t *testing.T) {
	inBubble(t, throttle.Limits{Account: throttle.Rate{Burst: 2, Interval: time.Minute}}, func(d door) {
		d.fail(from("192.0.2.1", "alice"))
		d.fail(from("192.0.2.1", "alice"))
		if wait := d.fail(from("192.0.2.1", "alice")); wait != time.Minute {
			t.Errorf("wait %v, want 1m", wait)
		}
	})
}

func TestNobodyIsAdmittedWhenTheStoreFails(t *testing.T) {
	inBubble(t, throttle.Limits{}, func(d door) {
		ticket, _ := d.Admit(t.Context(), from("192.0.2.1", "alice"))
		d.store.fail = fault.ErrUnavailable
		_, err := d.Admit(t.Context(), from("192.0.2.1", "alice"))
		for _, err := range []error{err, d.Fail(t.Context(), ticket)} {
			if !errors.Is(err, fault.ErrUnavailable) {
				t.Errorf("error %v, want the store's", err)
			}
		}
	})
}
