package keys

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
)

// lazily is a chain of keys of its own purpose, which nobody has needed yet.
func lazily(t *testing.T, store *memory) Options {
	o := options(t, store)
	o.Purpose = "id"
	return o
}

func TestLazyKeysAreMadeWhenFirstNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		l := NewLazy(lazily(t, store))
		must(t, l.Maintain(t.Context()))
		if l.Opened() != nil || l.Key("any") != nil || store.adds != 0 {
			t.Fatal("a key was made that nobody needs")
		}
		first, err := l.Signing(t.Context())
		must(t, err)
		again, err := l.Signing(t.Context())
		must(t, err)
		if store.adds != 1 || first.ID() != again.ID() || l.Opened() == nil {
			t.Errorf("%d keys were made for two signatures", store.adds)
		}
		if k := l.Key(first.ID()); k == nil || k.IsPrivate() {
			t.Errorf("published is %v", k)
		}
		must(t, l.Maintain(t.Context()))
	})
}

func TestLazyKeysOfAnotherNodeAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		made, err := NewLazy(lazily(t, store)).Signing(t.Context())
		must(t, err)
		other := NewLazy(lazily(t, store))
		must(t, other.Maintain(t.Context()))
		if other.Key(made.ID()) == nil {
			t.Error("the other node does not publish it")
		}
	})
}

func TestLazyKeysThatCannotBeReadAreAnError(t *testing.T) {
	broken := errors.New("disk on fire")
	l := NewLazy(lazily(t, &memory{before: func(string) error { return broken }}))
	if _, err := l.Signing(t.Context()); !errors.Is(err, broken) {
		t.Errorf("Signing: %v", err)
	}
	if err := l.Maintain(t.Context()); !errors.Is(err, broken) {
		t.Errorf("Maintain: %v", err)
	}
}

func TestBothChainsArePublishedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Published{Ring: mustOpen(t, options(t, &memory{})), Lazy: NewLazy(lazily(t, &memory{}))}
		alone, tag := p.PublicJWKS()
		if own, _ := p.Ring.PublicJWKS(); string(alone) != string(own) {
			t.Errorf("published is %s, want %s", alone, own)
		}
		id, err := p.Lazy.Signing(t.Context())
		must(t, err)
		both, second := p.PublicJWKS()
		if second == tag {
			t.Error("the entity tag stays when a key is added")
		}
		if want := p.Ring.Signing().ID(); !bytes.Contains(both, []byte(want)) || !bytes.Contains(both, []byte(id.ID())) {
			t.Errorf("published is %s, want %s and %s", both, want, id.ID())
		}
		if again, tag := p.PublicJWKS(); string(again) != string(both) || tag != second {
			t.Error("the same keys are published in another way")
		}
		for _, kid := range []string{p.Ring.Signing().ID(), id.ID()} {
			if p.Key(kid) == nil {
				t.Errorf("key %s is not found", kid)
			}
		}
		if p.Key("none") != nil {
			t.Error("a key is found that does not exist")
		}
		_, err = p.Lazy.Opened().Rotate(t.Context(), audit.Source{}, false)
		must(t, err)
		if _, third := p.PublicJWKS(); third == second {
			t.Error("the entity tag stays when a chain goes on")
		}
	})
}

func TestWithdrawnKeyIsUnpublishedOnceAnotherSigns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := mustOpen(t, options(t, &memory{}))
		stolen := r.Signing()
		until := time.Now().Add(time.Hour)
		if err := r.Withdraw(t.Context(), stolen.ID(), until, audit.Source{}); !errors.Is(err, fault.ErrConflict) {
			t.Fatalf("the only key can be withdrawn: %v", err)
		}
		must(t, r.Replace(t.Context(), audit.Source{}, 2*time.Second))
		if r.Latest().ID() == stolen.ID() || r.Signing().ID() != stolen.ID() {
			t.Fatal("the successor is not published ahead of its turn")
		}
		time.Sleep(2 * time.Second)
		must(t, r.Withdraw(t.Context(), stolen.ID(), until, audit.Source{}))
		if r.Key(stolen.ID()) != nil || slices.Contains(published(t, r), stolen.ID()) || r.Signing().ID() == stolen.ID() {
			t.Error("the withdrawn key is still there")
		}
		if err := r.Withdraw(t.Context(), stolen.ID(), until, audit.Source{}); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("withdrawn again: %v", err)
		}
	})
}

func TestSealedValueTellsWhichMasterKeyItNeeds(t *testing.T) {
	sealed := newSealer(t, 1).Seal("t", "c", "r", []byte("plain"))
	if got := MasterOf(sealed); got != Fingerprint(master(1)) || got == Fingerprint(master(2)) {
		t.Errorf("it needs %q", got)
	}
	for _, foreign := range [][]byte{nil, []byte("short"), make([]byte, 100)} {
		if got := MasterOf(foreign); got != "" {
			t.Errorf("%q needs %q", foreign, got)
		}
	}
}
