package lingpai_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/token"
)

func TestSeenTokenIsNotJudgedAnew(t *testing.T) {
	i := newIssuer(t)
	tok := i.token(t, nil)
	v := i.verifier(t)
	first, err := v.Verify(t.Context(), tok)
	if err != nil {
		t.Fatal(err)
	}
	again, err := v.Verify(t.Context(), tok)
	if err != nil || again != first {
		t.Errorf("judged anew: %p, then %p (%v)", first, again, err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = v.Verify(t.Context(), tok) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	off := i.verifier(t, lingpai.CacheSize(0))
	first, _ = off.Verify(t.Context(), tok)
	if again, err := off.Verify(t.Context(), tok); err != nil || again == first {
		t.Errorf("kept without a cache: %v", err)
	}
}

func TestSeenTokenExpiresToTheNanosecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		v := i.verifier(t)
		tok := i.token(t, nil)
		expect(t, v, tok, "")
		time.Sleep(5*time.Minute - 1)
		expect(t, v, tok, "")
		time.Sleep(time.Nanosecond)
		expect(t, v, tok, lingpai.CodeTokenExpired)
		expect(t, v, tok, lingpai.CodeTokenExpired)
	})
}

// Attack 102: the cache must not keep a key alive.
func TestAttack102SeenTokenOfAWithdrawnKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		i.cacheControl = "max-age=300"
		v := i.verifier(t)
		old := i.token(t, func(is *token.Issuer, _ *token.Grant) { is.Lifetime = time.Hour })
		expect(t, v, old, "")
		next := newKey(t)
		i.change(func() { i.signing, i.published = next, []*jose.Key{next} })
		time.Sleep(4 * time.Minute) // Keys are renewed from now on, by the very token that will be refused.
		expect(t, v, old, "")
		synctest.Wait()
		expect(t, v, old, lingpai.CodeTokenSignature)
	})
}

// Attack 102: other material under the same id is another key.
func TestAttack102SeenTokenOfAKeyThatWasReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		i.cacheControl = "max-age=300"
		v := i.verifier(t)
		old := i.token(t, func(is *token.Issuer, _ *token.Grant) { is.Lifetime = time.Hour })
		expect(t, v, old, "")
		next := newKey(t).WithID(i.signing.ID())
		i.change(func() { i.signing, i.published = next, []*jose.Key{next} })
		time.Sleep(5 * time.Minute)
		expect(t, v, old, lingpai.CodeTokenSignature)
	})
}

func TestKeysThatAreRenewedUnchangedKeepTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t)
		i.cacheControl = "max-age=300"
		v := i.verifier(t)
		tok := i.token(t, func(is *token.Issuer, _ *token.Grant) { is.Lifetime = time.Hour })
		first, err := v.Verify(t.Context(), tok)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			time.Sleep(5 * time.Minute)
			if again, err := v.Verify(t.Context(), tok); err != nil || again != first {
				t.Errorf("judged anew: %v", err)
			}
		}
		if i.asked() < 5 {
			t.Errorf("the keys were renewed %d times only", i.asked())
		}
	})
}

func TestTokenThatDiffersByABitIsNotFound(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	tok := i.token(t, nil)
	expect(t, v, tok, "")
	for at := range len(tok) {
		bad := []byte(tok)
		bad[at] ^= 1 << (at % 8)
		if _, err := v.Verify(t.Context(), string(bad)); err == nil {
			t.Fatalf("byte %d changed: accepted", at)
		}
	}
	expect(t, v, tok, "")
}

func TestClaimsThatAHandlerAppendsToStayItsOwn(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t)
	tok := i.token(t, nil)
	first, err := v.Verify(t.Context(), tok)
	if err != nil {
		t.Fatal(err)
	}
	mine := append(first.Roles, "admin")
	theirs := append(first.Roles, "guest")
	if mine[1] != "admin" || theirs[1] != "guest" || cap(first.Audience) != 1 || cap(first.Scopes) != 2 {
		t.Errorf("%v and %v share memory", mine, theirs)
	}
}

func TestVerdictsFromAllGoroutinesAgree(t *testing.T) {
	i := newIssuer(t)
	v := i.verifier(t, lingpai.CacheSize(16)) // One place, so that entries are always being replaced.
	good, ids := make([]string, 40), map[string]string{}
	for n := range good {
		good[n] = i.token(t, nil)
		c, err := i.verifier(t).Verify(t.Context(), good[n])
		if err != nil {
			t.Fatal(err)
		}
		ids[good[n]] = c.ID
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := range 400 {
				tok := good[n*7%len(good)]
				c, err := v.Verify(t.Context(), tok)
				if err != nil || c.ID != ids[tok] {
					t.Errorf("got %+v (%v), want id %s", c, err, ids[tok])
				}
				if _, err := v.Verify(t.Context(), tok[:len(tok)-2]); err == nil {
					t.Error("accepted a token that was cut")
				}
			}
		})
	}
	wg.Wait()
}

func TestAbsurdCacheSizesAreRefused(t *testing.T) {
	for _, n := range []int{-1, 1<<20 + 1} {
		if _, err := lingpai.NewVerifier(t.Context(), issuerURL, lingpai.Lazy(), lingpai.CacheSize(n)); err == nil {
			t.Errorf("size %d accepted", n)
		}
	}
}

// FuzzCache: what a verifier with a cache says is what one without says, about each token twice.
func FuzzCache(f *testing.F) {
	i := newIssuer(f)
	transport := lingpai.HTTPClient(&http.Client{Transport: i})
	with := i.verifier(f, transport, lingpai.CacheSize(32))
	without := i.verifier(f, transport, lingpai.CacheSize(0))
	good := make([]string, 64)
	for n := range good {
		good[n] = i.token(f, func(is *token.Issuer, _ *token.Grant) { is.Lifetime = time.Hour })
	}
	f.Add(uint8(0), -1, byte(0), "")
	f.Add(uint8(1), 5, byte(1), "")
	f.Add(uint8(2), -1, byte(0), "x")
	f.Fuzz(func(t *testing.T, which uint8, at int, flip byte, tail string) {
		tok := good[int(which)%len(good)]
		if 0 <= at && at < len(tok) {
			tok = tok[:at] + string([]byte{tok[at] ^ flip}) + tok[at+1:]
		}
		tok += tail
		want, wantErr := without.Verify(t.Context(), tok)
		for range 2 {
			got, err := with.Verify(t.Context(), tok)
			if codeOf(t, err) != codeOf(t, wantErr) || err == nil && got.ID != want.ID {
				t.Fatalf("with a cache: %v, without: %v", err, wantErr)
			}
		}
	})
}
