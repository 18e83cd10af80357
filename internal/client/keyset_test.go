package client

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/jose"
)

// door is an address that counts who knocks.
type door struct {
	mu     sync.Mutex
	body   string
	err    error
	fresh  time.Duration
	knocks int
}

func (d *door) Check(string) error { return nil }

func (d *door) Get(context.Context, string, string, int64) (fetch.Document, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.knocks++
	return fetch.Document{Body: []byte(d.body), FreshFor: d.fresh}, d.err
}

func keySet(t *testing.T, kids ...string) string {
	t.Helper()
	out := `{"keys":[`
	for i, kid := range kids {
		key, err := jose.GenerateKey(jose.ES256)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			out += ","
		}
		out += string(key.WithID(kid).JWK())
	}
	return out + "]}"
}

func TestKeySetsAreFetchedOnceAndAgainWhenAKeyIsMissing(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := &door{body: keySet(t, "a", "b"), fresh: 10 * time.Minute}
	sets := &KeySets{Fetch: d, Now: func() time.Time { return now }}
	find := func(kid string, found bool, knocks int) {
		t.Helper()
		key, err := sets.Find(t.Context(), "https://app.example/jwks", kid)
		if (err == nil) != found || (key != nil) != found || d.knocks != knocks {
			t.Errorf("%s at %s: %v after %d calls, want %t after %d", kid, now.Format("15:04:05"), err, d.knocks, found, knocks)
		}
	}
	find("a", true, 1)
	find("b", true, 1)
	find("", false, 1) // two keys, and none is named
	find("made up", false, 1)
	now = now.Add(30 * time.Second)
	d.body = keySet(t, "c")
	find("made up", false, 2)
	for range 100 {
		find("made up", false, 2)
	}
	find("c", true, 2)
	find("", true, 2)
	find("a", false, 2) // it was withdrawn
	now = now.Add(11 * time.Minute)
	find("c", true, 3)
}

func TestAKeySetThatCannotBeHadLeavesTheOneBeforeForAWhile(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := &door{body: keySet(t, "a")}
	sets := &KeySets{Fetch: d, Now: func() time.Time { return now }}
	if _, err := sets.Find(t.Context(), "x", "a"); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []func(){
		func() { d.err = errors.New("down") },
		func() { d.err, d.body = nil, "no JSON" },
	} {
		wrong()
		now = now.Add(10 * time.Minute)
		if _, err := sets.Find(t.Context(), "x", "a"); err != nil {
			t.Errorf("the key of a set that was good 10 minutes ago: %v", err)
		}
	}
	now = now.Add(2 * time.Hour)
	if _, err := sets.Find(t.Context(), "x", "a"); err == nil {
		t.Error("a set is believed for ever")
	}
}

// TestAttack12ManyWhoAskForOneSetKnockOnce is case 12 of the catalogue: no stampede.
func TestAttack12ManyWhoAskForOneSetKnockOnce(t *testing.T) {
	d := &door{body: keySet(t, "a")}
	sets := &KeySets{Fetch: d, Now: time.Now}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() { _, _ = sets.Find(t.Context(), "x", []string{"a", "made up"}[i%2]) })
	}
	all.Wait()
	if d.knocks != 1 {
		t.Errorf("%d calls", d.knocks)
	}
}

// waryDoor answers nobody who has left.
type waryDoor struct{ door }

func (d *waryDoor) Get(ctx context.Context, address, accept string, maxBytes int64) (fetch.Document, error) {
	if err := ctx.Err(); err != nil {
		return fetch.Document{}, err
	}
	return d.door.Get(ctx, address, accept, maxBytes)
}

// Whoever asks and hangs up would otherwise use up the one call of 30 seconds, and so keep everybody else out.
func TestWhoAsksForAKeyAndLeavesKeepsItFromNobody(t *testing.T) {
	d := &waryDoor{door{body: keySet(t, "a")}}
	sets := &KeySets{Fetch: d, Now: time.Now}
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, _ = sets.Find(gone, "x", "made up")
	if _, err := sets.Find(t.Context(), "x", "a"); err != nil {
		t.Errorf("after somebody left: %v", err)
	}
}
