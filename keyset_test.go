package lingpai_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/jose"
)

// Attack 12: ten thousand tokens with as many unknown keys.
func TestAttack12UnknownKeysNeverStampede(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		tok := i.token(t, nil)
		i.change(func() { i.latency = 50 * time.Millisecond })
		time.Sleep(time.Minute)
		before := i.asked()

		flood(t, v, tok, 0)
		if n := i.asked() - before; n != 1 {
			t.Errorf("%d attempts in one burst, want 1", n)
		}

		before = i.asked()
		start := time.Now()
		flood(t, v, tok, time.Second)
		if n, most := i.asked()-before, int(time.Since(start)/(10*time.Second))+1; n > most {
			t.Errorf("%d attempts in %v, want at most %d", n, time.Since(start), most)
		}
	})
}

// flood sends 100 tokens of unknown keys from each of 100 clients.
func flood(t *testing.T, v *lingpai.Verifier, tok string, pause time.Duration) {
	var clients sync.WaitGroup
	for c := range 100 {
		clients.Go(func() {
			for n := range 100 {
				expect(t, v, withKeyID(tok, fmt.Sprintf("unknown-%d-%d", c, n)), lingpai.CodeTokenSignature)
				time.Sleep(pause)
			}
		})
	}
	clients.Wait()
}

// Attack 102, and the life of a key: published, used, retired.
func TestRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		old, next := i.signing, newKey(t)
		with := func(k *jose.Key) string { i.change(func() { i.signing = k }); return i.token(t, nil) }
		expect(t, v, with(old), "")

		i.change(func() { i.published = []*jose.Key{old, next} })
		time.Sleep(time.Minute)
		expect(t, v, with(next), "") // Unknown so far: one early fetch.
		expect(t, v, with(old), "")
		if n := i.asked(); n != 2 {
			t.Errorf("%d attempts, want 2", n)
		}

		i.change(func() { i.published = []*jose.Key{next} })
		time.Sleep(9 * time.Minute) // Past 4/5 of the 10 minutes, so this use renews the keys ...
		expect(t, v, with(old), "") // ... but does not wait for it.
		synctest.Wait()
		expect(t, v, with(next), "")
		expect(t, v, with(old), lingpai.CodeTokenSignature)
	})
}

func TestWithdrawnKeyIsRefusedAfterIdling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		i.change(func() { i.published = nil })
		time.Sleep(11 * time.Minute)
		expect(t, v, i.token(t, nil), lingpai.CodeTokenSignature)
	})
}

func TestKeysAreRenewedAheadOfTimeWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		i.change(func() { i.latency = time.Second })
		for range 60 * 60 {
			time.Sleep(time.Second)
			start := time.Now()
			expect(t, v, i.token(t, nil), "")
			if waited := time.Since(start); waited != 0 {
				t.Fatalf("a request waited %v", waited)
			}
		}
		if n := i.asked(); n != 1+7 { // Every 8 minutes of the hour, and the 2 seconds that a renewal takes.
			t.Errorf("%d attempts, want 8", n)
		}
	})
}

func TestCacheControlIsBounded(t *testing.T) {
	for _, tt := range []struct {
		cacheControl string
		renewAfter   time.Duration
	}{
		{"", 4 * time.Minute},
		{"no-store, max-age=600", 4 * time.Minute},
		{"max-age=600, no-cache", 4 * time.Minute},
		{"max-age=0", 4 * time.Minute},
		{"max-age=-600", 4 * time.Minute},
		{"max-age=99999999999999999999", 4 * time.Minute},
		{`public, Max-Age="600"`, 8 * time.Minute},
		{"max-age=31536000, immutable", 48 * time.Minute},
	} {
		t.Run(tt.cacheControl, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := newIssuer(t)
				i.cacheControl = tt.cacheControl
				v := i.verifier(t)
				time.Sleep(tt.renewAfter - time.Second)
				expect(t, v, i.token(t, nil), "")
				synctest.Wait()
				if n := i.asked(); n != 1 {
					t.Errorf("%d attempts before %v, want 1", n, tt.renewAfter)
				}
				time.Sleep(time.Second)
				expect(t, v, i.token(t, nil), "")
				synctest.Wait()
				if n := i.asked(); n != 2 {
					t.Errorf("%d attempts after %v, want 2", n, tt.renewAfter)
				}
			})
		})
	}
}

func TestKnownKeysServeWhileIssuerIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		i.change(func() { i.down = true })
		for range 7 * 24 {
			time.Sleep(time.Hour)
			expect(t, v, i.token(t, nil), "")
		}
		// A new key may have been published meanwhile: that cannot be known, so nobody is called unauthenticated.
		_, err := v.Verify(t.Context(), withKeyID(i.token(t, nil), "new"))
		refusal := err.(*lingpai.Error)
		if refusal.Code() != lingpai.CodeUnavailable || refusal.Status() != 503 || refusal.RetryAfter() != 10*time.Second {
			t.Errorf("unknown key while down: %v, status %d, retry after %v", err, refusal.Status(), refusal.RetryAfter())
		}

		next := newKey(t)
		i.change(func() { i.down, i.signing, i.published = false, next, []*jose.Key{next} })
		expect(t, v, i.token(t, nil), lingpai.CodeUnavailable) // The cooldown is not over.
		time.Sleep(10 * time.Second)
		expect(t, v, i.token(t, nil), "")
	})
}

func TestSilentIssuerDelaysHardlyAnyone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		i.change(func() { i.latency = time.Hour })
		time.Sleep(time.Hour)

		// The keys are past their age, so the first request waits for new ones, until the attempt is given up.
		start := time.Now()
		expect(t, v, i.token(t, nil), "")
		if waited := time.Since(start); waited != 10*time.Second {
			t.Errorf("the first request waited %v, want 10s", waited)
		}
		// From then on nobody does, attempts running or not.
		for range 100 {
			time.Sleep(time.Second)
			start := time.Now()
			expect(t, v, i.token(t, nil), "")
			if waited := time.Since(start); waited != 0 {
				t.Fatalf("a request waited %v", waited)
			}
		}
		if n := i.asked(); n < 5 || n > 7 {
			t.Errorf("%d attempts in 110 s, want one every 20", n)
		}
		time.Sleep(time.Minute)
	})
}

func TestOneWaiterLeavingDoesNotCancelTheFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		next := newKey(t)
		i.change(func() { i.signing, i.published, i.latency = next, []*jose.Key{next}, 2*time.Second })
		tok := i.token(t, nil)
		time.Sleep(time.Minute)

		var waiters sync.WaitGroup
		start := time.Now()
		waiters.Go(func() { // It causes the fetch, and goes.
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := v.Verify(ctx, tok)
			if codeOf(t, err) != lingpai.CodeUnavailable || time.Since(start) != time.Second {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		})
		synctest.Wait()
		waiters.Go(func() { // It waits for the same one.
			expect(t, v, tok, "")
			if waited := time.Since(start); waited != 4*time.Second {
				t.Errorf("waited %v for discovery and keys, want 4s", waited)
			}
		})
		waiters.Wait()
		if n := i.asked(); n != 2 {
			t.Errorf("%d attempts, want 2", n)
		}
	})
}

func TestLazyVerifierAnswers503UntilKeysAreKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		i.down = true
		v := i.verifier(t, lingpai.Lazy())
		if n := i.asked(); n != 0 {
			t.Errorf("%d attempts before the first request, want 0", n)
		}
		for range 100 {
			expect(t, v, i.token(t, nil), lingpai.CodeUnavailable)
		}
		if n := i.asked(); n != 1 {
			t.Errorf("%d attempts, want 1", n)
		}
		i.change(func() { i.down = false })
		time.Sleep(10 * time.Second)
		expect(t, v, i.token(t, nil), "")
	})
}

func TestKeyChangesAndFailuresAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		i := newIssuer(t)
		i.verifier(t)
		v := i.verifier(t, lingpai.Logger(slog.New(slog.NewTextHandler(&log, nil))))
		if kid := i.signing.ID(); !strings.Contains(log.String(), "keys changed") || !strings.Contains(log.String(), kid) {
			t.Errorf("log does not name the first keys: %s", &log)
		}
		log.Reset()
		i.change(func() { i.down = true })
		time.Sleep(time.Hour)
		expect(t, v, i.token(t, nil), "")
		if !strings.Contains(log.String(), "keys not renewed") || !strings.Contains(log.String(), "connection refused") {
			t.Errorf("log does not tell the failure: %s", &log)
		}
	})
}
