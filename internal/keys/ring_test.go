package keys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

func logger(t testing.TB) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// states is the ring as "id=state", newest first, ids replaced by names.
func states(r *Ring, names map[string]string) string {
	var out []string
	for _, i := range r.List() {
		out = append(out, names[i.ID]+"="+string(i.State))
	}
	return strings.Join(out, " ")
}

func published(t *testing.T, r *Ring) []string {
	t.Helper()
	body, _ := r.PublicJWKS()
	var set struct {
		Keys []map[string]string
	}
	must(t, json.Unmarshal(body, &set))
	var ids []string
	for _, k := range set.Keys {
		if k["d"] != "" {
			t.Error("a private key is published")
		}
		ids = append(ids, k["kid"])
	}
	return ids
}

// The log of a server that has just been installed begins with what its operator has to know.
func TestTheFirstKeyIsNoNewsAndItsSuccessorsAre(t *testing.T) {
	var log strings.Builder
	o := options(t, &memory{})
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	r := mustOpen(t, o)
	if log.Len() > 0 {
		t.Errorf("the first key is told:\n%s", log.String())
	}
	next, err := r.Rotate(t.Context(), audit.Source{}, false)
	must(t, err)
	if !strings.Contains(log.String(), `msg="signing key added" kid=`+next.ID) {
		t.Errorf("its successor is not told:\n%s", log.String())
	}
}

func TestFirstKeySignsAtOnce(t *testing.T) {
	for _, algorithm := range []jose.Algorithm{jose.ES256, jose.EdDSA, jose.RS256} {
		store := &memory{}
		o := options(t, store)
		o.Algorithm = algorithm
		r := mustOpen(t, o)
		token, err := jose.Sign(r.Signing(), "at+jwt", []byte(`{}`))
		must(t, err)

		other := mustOpen(t, o) // reads what the first one sealed
		m, err := jose.Parse(token)
		must(t, err)
		key := other.Key(m.Header().KeyID)
		if key == nil || key.IsPrivate() || key.Algorithm() != algorithm {
			t.Fatalf("%s: the other node has %v", algorithm, key)
		}
		if _, err := m.Verify(key); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		if store.adds != 1 {
			t.Errorf("%s: %d keys were made for two starts", algorithm, store.adds)
		}
		if e := store.events[0]; e.Action != audit.KeyRotated || e.Actor != "system" || !strings.Contains(e.Detail, r.Signing().ID()) {
			t.Errorf("event: %+v", e)
		}
	}
}

func TestNodesThatStartAtOnceShareTheFirstKey(t *testing.T) {
	store := &memory{}
	var wg sync.WaitGroup
	ids := make([]string, 16)
	for i := range ids {
		wg.Go(func() {
			r, err := Open(context.Background(), options(t, store))
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = r.Signing().ID()
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("different keys: %v", ids)
		}
	}
	if len(store.records) != 1 {
		t.Errorf("%d keys are stored", len(store.records))
	}
}

func TestSuccessorIsPublishedThenSignsThenReplaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		r := mustOpen(t, options(t, store))
		first := r.Signing().ID()
		_, firstTag := r.PublicJWKS()

		time.Sleep(rotateEvery - publishBefore - time.Microsecond)
		must(t, r.Maintain(t.Context()))
		if store.adds != 1 {
			t.Fatal("the successor came too early")
		}
		time.Sleep(time.Microsecond)
		must(t, r.Maintain(t.Context()))
		names := map[string]string{first: "first", r.List()[0].ID: "second"}
		second := r.List()[0].ID
		if got := states(r, names); got != "second=next first=signing" {
			t.Fatalf("published: %s", got)
		}
		if diff := cmp.Diff([]string{second, first}, published(t, r)); diff != "" {
			t.Errorf("key set (-want +got):\n%s", diff)
		}
		if _, tag := r.PublicJWKS(); tag == firstTag {
			t.Error("the entity tag did not change")
		}

		reads := store.reads
		time.Sleep(publishBefore - time.Microsecond)
		if r.Signing().ID() != first {
			t.Error("the successor signs before its time")
		}
		time.Sleep(time.Microsecond)
		if r.Signing().ID() != second || store.reads != reads {
			t.Error("the successor does not take over by the clock alone")
		}
		if got := states(r, names); got != "second=signing first=retired" {
			t.Errorf("taken over: %s", got)
		}

		time.Sleep(keepFor - time.Microsecond)
		must(t, r.Maintain(t.Context()))
		if r.Key(first) == nil || len(published(t, r)) != 2 {
			t.Error("the first key is gone while a token of it can live")
		}
		time.Sleep(time.Microsecond)
		if r.Key(first) != nil {
			t.Error("the first key outlives its tokens")
		}
		must(t, r.Maintain(t.Context()))
		if diff := cmp.Diff([]string{second}, published(t, r)); diff != "" || len(store.records) != 1 {
			t.Errorf("key set (-want +got):\n%s\n%d records", diff, len(store.records))
		}
	})
}

func TestManyNodesMakeOneSuccessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		var rings []*Ring
		for range 8 {
			rings = append(rings, mustOpen(t, options(t, store)))
		}
		time.Sleep(rotateEvery)
		var wg sync.WaitGroup
		for _, r := range rings {
			wg.Go(func() {
				if err := r.Maintain(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if store.adds != 2 {
			t.Errorf("%d keys were made, want 2", store.adds)
		}
	})
}

func TestReadersGoOnWhileKeysChange(t *testing.T) {
	store := &memory{}
	r := mustOpen(t, options(t, store))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if k := r.Signing(); !k.IsPrivate() || r.Key(k.ID()) == nil || len(r.List()) == 0 {
					t.Error("the signing key is not published")
					return
				}
				r.PublicJWKS()
			}
		})
	}
	for range maxPublished - 1 {
		if _, err := r.Rotate(t.Context(), audit.Source{}, true); err != nil {
			t.Error(err)
		}
		if _, err := r.Find(t.Context(), "unknown"); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	if _, err := r.Rotate(t.Context(), audit.Source{}, true); err == nil || !strings.Contains(err.Error(), "published already") {
		t.Errorf("one more: %v", err)
	}
}

func TestRotateTwiceMakesOneSuccessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		r := mustOpen(t, options(t, store))
		time.Sleep(time.Hour)
		info, err := r.Rotate(t.Context(), audit.Source{Actor: "cli"}, false)
		must(t, err)
		want := Info{ID: info.ID, Algorithm: jose.EdDSA, State: Next, CreatedAt: r.now(), ActivatesAt: r.now().Add(publishBefore)}
		if diff := cmp.Diff(want, info); diff != "" {
			t.Errorf("successor (-want +got):\n%s", diff)
		}
		if e := store.events[1]; e.Actor != "cli" {
			t.Errorf("event: %+v", e)
		}
		again, err := r.Rotate(t.Context(), audit.Source{}, false)
		must(t, err)
		if again.ID != info.ID || store.adds != 2 {
			t.Error("a second successor was made")
		}
	})
}

func TestRotateNowTakesThePlaceOfAWaitingSuccessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		r := mustOpen(t, options(t, store))
		first := r.Signing().ID()
		waiting, err := r.Rotate(t.Context(), audit.Source{}, false)
		must(t, err)
		now, err := r.Rotate(t.Context(), audit.Source{}, true) // at the same instant: order of creation must still be clear
		must(t, err)
		names := map[string]string{first: "first", waiting.ID: "waiting", now.ID: "now"}
		if got := states(r, names); got != "now=signing waiting=retired first=retired" {
			t.Fatalf("at once: %s", got)
		}
		time.Sleep(publishBefore) // the moment that was meant for the other one
		if got := r.Signing().ID(); got != now.ID {
			t.Errorf("%s signs", names[got])
		}
		time.Sleep(keepFor)
		must(t, r.Maintain(t.Context()))
		if got := states(r, names); got != "now=signing" {
			t.Errorf("later: %s", got)
		}
	})
}

func TestClockBehindTheFirstKeySignsWithIt(t *testing.T) {
	store := &memory{}
	first := mustOpen(t, options(t, store))
	o := options(t, store)
	o.Now = func() time.Time { return time.Now().Add(-time.Minute) }
	behind := mustOpen(t, o)
	if behind.Signing().ID() != first.Signing().ID() {
		t.Error("another key signs")
	}
	info, err := behind.Rotate(t.Context(), audit.Source{}, true)
	must(t, err)
	must(t, first.Refresh(t.Context()))
	if first.Signing().ID() != info.ID {
		t.Error("a rotation by a node whose clock is behind has no effect")
	}
}

func TestFindReadsTheStoreAtMostOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		a, b := mustOpen(t, options(t, store)), mustOpen(t, options(t, store))
		time.Sleep(time.Minute)
		info, err := a.Rotate(t.Context(), audit.Source{}, true)
		must(t, err)
		reads := store.reads
		for range 100 {
			if k, err := b.Find(t.Context(), "nobody's"); k != nil || err != nil {
				t.Fatalf("Find: %v, %v", k, err)
			}
		}
		if store.reads != reads+1 {
			t.Errorf("%d reads for 100 unknown ids", store.reads-reads)
		}
		if k, err := b.Find(t.Context(), info.ID); err != nil || k == nil {
			t.Errorf("the other node's new key: %v, %v", k, err)
		}

		time.Sleep(time.Second)
		down := fmt.Errorf("down: %w", fault.ErrUnavailable)
		store.before = func(string) error { return down }
		for range 2 {
			if _, err := b.Find(t.Context(), "nobody's"); !errors.Is(err, fault.ErrUnavailable) {
				t.Errorf("Find while the store is down: %v", err)
			}
		}
		if k, err := b.Find(t.Context(), info.ID); err != nil || k == nil {
			t.Errorf("a known key while the store is down: %v, %v", k, err)
		}
	})
}

func TestRingGoesOnWithWhatItHasWhenTheStoreFails(t *testing.T) {
	store := &memory{}
	r := mustOpen(t, options(t, store))
	id := r.Signing().ID()
	store.before = func(string) error { return fault.ErrUnavailable }
	for name, err := range map[string]error{
		"Refresh": r.Refresh(t.Context()), "Maintain": r.Maintain(t.Context()),
	} {
		if !errors.Is(err, fault.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Rotate(t.Context(), audit.Source{}, true); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("Rotate: %v", err)
	}
	if _, err := r.Secret(t.Context(), "mac", 32); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("Secret: %v", err)
	}
	if _, err := Open(t.Context(), options(t, store)); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("Open: %v", err)
	}
	if r.Signing().ID() != id || r.Key(id) == nil {
		t.Error("the key is gone")
	}
}

func TestEmptiedStoreIsReportedThenGetsANewKey(t *testing.T) {
	store := &memory{}
	r := mustOpen(t, options(t, store))
	id := r.Signing().ID()
	store.records = nil
	if err := r.Refresh(t.Context()); err == nil || r.Signing().ID() != id {
		t.Errorf("Refresh: %v", err)
	}
	must(t, r.Maintain(t.Context()))
	if r.Signing().ID() == id || len(store.records) != 1 {
		t.Error("no new key was made")
	}
	store.records = nil
	info, err := r.Rotate(t.Context(), audit.Source{}, false)
	must(t, err)
	if info.State != Signing {
		t.Errorf("the only key is %s", info.State)
	}
}

func TestRotationGivesUpWhenOthersAreAlwaysQuicker(t *testing.T) {
	store := &memory{}
	r := mustOpen(t, options(t, store))
	store.before = func(act string) error {
		if act == "add" {
			return fault.ErrConflict
		}
		return nil
	}
	if _, err := r.Rotate(t.Context(), audit.Source{}, true); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("Rotate: %v", err)
	}
}

func TestRemovalThatFailsIsReportedAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		r := mustOpen(t, options(t, store))
		_, err := r.Rotate(t.Context(), audit.Source{}, true)
		must(t, err)
		time.Sleep(publishBefore + keepFor)
		store.before = func(act string) error {
			if act == "remove" {
				return fault.ErrUnavailable
			}
			return nil
		}
		if err := r.Maintain(t.Context()); !errors.Is(err, fault.ErrUnavailable) {
			t.Errorf("Maintain: %v", err)
		}
		store.before = nil
		must(t, r.Maintain(t.Context()))
		if len(store.records) != 1 {
			t.Errorf("%d keys are stored", len(store.records))
		}
	})
}

func TestSenselessOptionsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"shared secret":         func(o *Options) { o.Algorithm = jose.HS256 },
		"no algorithm":          func(o *Options) { o.Algorithm = "" },
		"unknown algorithm":     func(o *Options) { o.Algorithm = "none" },
		"published for ever":    func(o *Options) { o.PublishBefore = o.RotateEvery },
		"published in the past": func(o *Options) { o.PublishBefore = -1 },
		"not kept":              func(o *Options) { o.KeepFor = 0 },
	} {
		o := options(t, &memory{})
		change(&o)
		if _, err := Open(t.Context(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// BenchmarkOpen is a start with an existing key: one read, one unsealing, no key made.
func BenchmarkOpen(b *testing.B) {
	for _, algorithm := range []jose.Algorithm{jose.ES256, jose.RS256} {
		b.Run(string(algorithm), func(b *testing.B) {
			o := options(b, &memory{})
			o.Algorithm = algorithm
			mustOpen(b, o)
			for b.Loop() {
				mustOpen(b, o)
			}
		})
	}
}

func BenchmarkSigning(b *testing.B) {
	r := mustOpen(b, options(b, &memory{}))
	for b.Loop() {
		r.Signing()
	}
}
