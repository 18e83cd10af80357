package password_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/password"
)

var cheap = password.Params{MemoryKiB: 256, Time: 1, Threads: 1}

func newHasher(t testing.TB, o password.Options) *password.Hasher {
	t.Helper()
	h, err := password.NewHasher(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func cheapHasher(t testing.TB) *password.Hasher {
	return newHasher(t, password.Options{Params: cheap, InsecureCheapParams: true})
}

func verify(t testing.TB, h *password.Hasher, encoded, given string) password.Verdict {
	t.Helper()
	v, err := h.Verify(t.Context(), encoded, given)
	if err != nil {
		t.Fatalf("Verify(%q): %v", encoded, err)
	}
	return v
}

func hash(t testing.TB, h *password.Hasher, given string) string {
	t.Helper()
	encoded, err := h.Hash(t.Context(), given)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// ASVS 6.2.8, 6.2.9
func TestOnlyTheSamePasswordMatches(t *testing.T) {
	h := cheapHasher(t)
	long := strings.Repeat("ü", 1000)
	for _, tc := range []struct{ set, given string }{
		{"correct horse battery staple", "correct horse battery staple "},
		{" leading", "leading"},
		{"Case", "case"},
		{"nul\x00a", "nul\x00b"},
		{"", " "},
		{long, long[:len(long)-2] + "u"}, // every one of 1,000 characters counts
	} {
		encoded := hash(t, h, tc.set)
		if v := verify(t, h, encoded, tc.set); v != (password.Verdict{Match: true}) {
			t.Errorf("%.20q: own password gives %+v", tc.set, v)
		}
		if v := verify(t, h, encoded, tc.given); v.Match {
			t.Errorf("%.20q matches %.20q", tc.given, tc.set)
		}
	}
}

func TestHashIsPHCAndSaltedAfresh(t *testing.T) {
	h := newHasher(t, password.Options{})
	a, b := hash(t, h, "the same"), hash(t, h, "the same")
	if !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") || len(a) != 97 {
		t.Errorf("unexpected form: %s", a)
	}
	if a == b {
		t.Error("two hashes of one password are equal")
	}
	if scheme, err := password.Recognise(a); scheme != password.Argon2id || err != nil {
		t.Errorf("Recognise: %q, %v", scheme, err)
	}
}

func TestComposedAndDecomposedAreOnePassword(t *testing.T) {
	h := cheapHasher(t)
	const composed, decomposed = "caf\u00e9 au lait", "cafe\u0301 au lait"
	for _, set := range []string{composed, decomposed} {
		for _, given := range []string{composed, decomposed} {
			if v := verify(t, h, hash(t, h, set), given); v != (password.Verdict{Match: true}) {
				t.Errorf("set %+q, given %+q: %+v", set, given, v)
			}
		}
	}
	if verify(t, h, hash(t, h, composed), "cafe au lait").Match {
		t.Error("the accent is ignored")
	}
}

func TestChangedParametersMakeAHashOutdated(t *testing.T) {
	old := hash(t, cheapHasher(t), "p")
	for _, today := range []password.Params{{512, 1, 1}, {256, 2, 1}, {256, 1, 2}} {
		h := newHasher(t, password.Options{Params: today, InsecureCheapParams: true})
		if v := verify(t, h, old, "p"); v != (password.Verdict{Match: true, Outdated: true}) {
			t.Errorf("%s: %+v", today, v)
		}
		if v := verify(t, h, old, "q"); v != (password.Verdict{}) {
			t.Errorf("%s: wrong password gives %+v", today, v)
		}
	}
}

func TestAttack67ImpossiblePasswordsAreRefusedBeforeHashing(t *testing.T) {
	h := cheapHasher(t)
	encoded := hash(t, h, "p")
	for name, given := range map[string]string{
		"1,001 characters":          strings.Repeat("a", 1001),
		"1 MiB":                     strings.Repeat("a", 1<<20),
		"million combining marks":   strings.Repeat("\u0301", 1_000_000),
		"more than 4,096 bytes":     strings.Repeat("\U0001F600", 1025),
		"not UTF-8":                 "pass\xffword",
		"surrogate written as utf8": "\xed\xa0\x80",
	} {
		t.Run(name, func(t *testing.T) {
			_, hashErr := h.Hash(t.Context(), given)
			_, verifyErr := h.Verify(t.Context(), encoded, given)
			for _, err := range []error{hashErr, verifyErr, h.VerifyUnknown(t.Context(), given)} {
				if !fault.Is(err, fault.PasswordRejected) {
					t.Errorf("error %v, want password_rejected", err)
				}
			}
		})
	}
	if _, err := h.Hash(t.Context(), strings.Repeat("\U0001F600", 1000)); err != nil {
		t.Errorf("1,000 characters of 4 bytes: %v", err)
	}
}

// allocated is the memory that act takes. Argon2 allocates its blocks anew for each hash, so this counts hashes at their cost.
func allocated(act func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	act()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAttack64UnknownUserCostsTheSameWork(t *testing.T) {
	h := newHasher(t, password.Options{})
	encoded := hash(t, h, "correct horse battery staple")
	for _, given := range []string{"wrong", "cafe\u0301", ""} {
		known := allocated(func() { verify(t, h, encoded, given) })
		unknown := allocated(func() {
			if err := h.VerifyUnknown(t.Context(), given); err != nil {
				t.Fatal(err)
			}
		})
		if known < 19<<20 || unknown < known-known/100 || unknown > known+known/100 {
			t.Errorf("%+q: %d bytes of work for a known user, %d for an unknown one", given, known, unknown)
		}
	}
}

func TestUnknownUserIsRefusedUnderLoadAsAKnownOneIs(t *testing.T) {
	h := newHasher(t, password.Options{Concurrency: 1, Queue: 1, MaxWait: time.Nanosecond})
	encoded := hash(t, h, "p")
	known, unknown := 0, 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := h.Verify(t.Context(), encoded, "q")
			unknownErr := h.VerifyUnknown(t.Context(), "q")
			mu.Lock()
			defer mu.Unlock()
			if fault.Is(err, fault.TooBusy) {
				known++
			}
			if fault.Is(unknownErr, fault.TooBusy) {
				unknown++
			}
		})
	}
	wg.Wait()
	if known == 0 || unknown == 0 {
		t.Errorf("%d known and %d unknown refused, want some of both", known, unknown)
	}
}

func TestEndedContextHashesNothing(t *testing.T) {
	h := newHasher(t, password.Options{Concurrency: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	encoded, err := h.Hash(ctx, "p")
	if !errors.Is(err, context.Canceled) || encoded != "" {
		t.Errorf("Hash: %q, %v", encoded, err)
	}
	if err := h.VerifyUnknown(ctx, "p"); !errors.Is(err, context.Canceled) {
		t.Errorf("VerifyUnknown: %v", err)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for name, o := range map[string]password.Options{
		"weak":                 {Params: cheap},
		"weak by passes":       {Params: password.Params{MemoryKiB: 19456, Time: 1, Threads: 1}},
		"no memory":            {Params: password.Params{Time: 1, Threads: 1}},
		"memory below lanes":   {Params: password.Params{MemoryKiB: 15, Time: 1, Threads: 2}, InsecureCheapParams: true},
		"too much memory":      {Params: password.Params{MemoryKiB: 1 << 20, Time: 1, Threads: 1}},
		"too many passes":      {Params: password.Params{MemoryKiB: 1 << 18, Time: 1 << 31, Threads: 1}},
		"too many lanes":       {Params: password.Params{MemoryKiB: 1 << 18, Time: 1, Threads: 200}},
		"negative concurrency": {Concurrency: -1},
		"negative queue":       {Queue: -1},
		"negative wait":        {MaxWait: -1},
	} {
		if h, err := password.NewHasher(o); err == nil || h != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestOWASPTableIsAccepted(t *testing.T) {
	for _, p := range []password.Params{{47104, 1, 1}, {19456, 2, 1}, {12288, 3, 1}, {9216, 4, 1}, {7168, 5, 1}, {65536, 3, 4}} {
		if _, err := password.NewHasher(password.Options{Params: p}); err != nil {
			t.Error(err)
		}
	}
}

func TestWorkersAndMemoryFollowTheOptions(t *testing.T) {
	h := newHasher(t, password.Options{Params: password.Params{MemoryKiB: 65536, Time: 3, Threads: 4}, Concurrency: 3})
	if h.Workers() != 12 || h.MemoryBytes() != 3*64<<20 {
		t.Errorf("%d workers, %d bytes", h.Workers(), h.MemoryBytes())
	}
}

// The pair below tells what admission costs: compare ns/op at the same -cpu.

func BenchmarkBareArgon2id(b *testing.B) {
	salt, p := make([]byte, 16), password.DefaultParams
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			argon2.IDKey([]byte("correct horse battery staple"), salt, p.Time, p.MemoryKiB, p.Threads, 32)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	h := newHasher(b, password.Options{})
	encoded := hash(b, h, "correct horse battery staple")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if v := verify(b, h, encoded, "correct horse battery staple"); !v.Match {
				b.Error("no match")
			}
		}
	})
}
