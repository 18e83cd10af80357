package client

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/jose"
)

// How long a key set that was fetched is believed, whatever its server says, and how often it is asked for a key that is not in it, or after it
// could not be had.
const (
	leastFresh   = time.Minute
	mostFresh    = time.Hour
	keySetPause  = 30 * time.Second
	maxKeySet    = 32 << 10
	maxKeySets   = 10_000
	keySetAccept = "application/jwk-set+json, application/json"
)

var errNoSuchKey = errors.New("the client has no such key")

// Fetcher gets documents from addresses that others name.
type Fetcher interface {
	// Check says what is wrong with an address, before anything is called.
	Check(address string) error
	// Get reads the document at an address; see package fetch.
	Get(ctx context.Context, address, accept string, maxBytes int64) (fetch.Document, error)
}

// KeySets keeps the key sets of clients that give an address. It is safe for concurrent use. Of any number that ask for one set at a time, one
// fetches it. The zero value, with its fields set, is empty.
type KeySets struct {
	Fetch Fetcher
	Now   func() time.Time

	mu   sync.Mutex // guards sets
	sets map[string]*fetchedSet
}

// fetchedSet is one key set, or what kept it from being had.
type fetchedSet struct {
	mu      sync.Mutex // held while it is fetched
	set     *jose.KeySet
	err     error
	at      time.Time // when it was fetched, or tried to
	freshTo time.Time
}

// Find returns the key of an id from the set at an address; of a set with one key, that key answers for no id. A key that is missing has the set
// fetched again, at most every 30 seconds: so keys rotate without waiting, and made-up ids knock on nobody's door.
func (k *KeySets) Find(ctx context.Context, address, kid string) (*jose.Key, error) {
	return k.find(ctx, address, byID(kid))
}

func (k *KeySets) find(ctx context.Context, address string, wanted choice) (*jose.Key, error) {
	s := k.entry(address)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := k.Now()
	if wanting := !now.Before(s.freshTo) || wanted.of(s.set) == nil; wanting && now.Sub(s.at) >= keySetPause {
		k.fetch(ctx, s, address)
	}
	if key := wanted.of(s.set); key != nil {
		return key, nil
	}
	return nil, errors.Join(errNoSuchKey, s.err)
}

func (k *KeySets) entry(address string) *fetchedSet {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.sets[address]
	if s == nil {
		if k.sets == nil || len(k.sets) >= maxKeySets {
			k.sets = make(map[string]*fetchedSet)
		}
		s = &fetchedSet{}
		k.sets[address] = s
	}
	return s
}

// fetch replaces the set. One that cannot be had leaves the one before, which is believed for an hour at most after it was fetched. It goes on when who
// asked has left: others wait for it, and nobody is to use up the one call of 30 seconds by hanging up.
func (k *KeySets) fetch(ctx context.Context, s *fetchedSet, address string) {
	now := k.Now()
	s.at = now
	doc, err := k.Fetch.Get(context.WithoutCancel(ctx), address, keySetAccept, maxKeySet)
	if err == nil {
		var set *jose.KeySet
		if set, err = jose.ParseKeySet(doc.Body); err == nil {
			s.set, s.err, s.freshTo = set, nil, now.Add(min(max(doc.FreshFor, leastFresh), mostFresh))
			return
		}
	}
	s.err = fmt.Errorf("fetch key set: %w", err)
	if now.After(s.freshTo.Add(mostFresh)) {
		s.set = nil
	}
}

// choice says which key of a set is meant, or nil.
type choice func(*jose.KeySet) *jose.Key

func (wanted choice) of(set *jose.KeySet) *jose.Key {
	if set == nil {
		return nil
	}
	return wanted(set)
}

// byID chooses the key of an id; of a set with one key, that key for no id.
func byID(kid string) choice {
	return func(set *jose.KeySet) *jose.Key {
		if all := set.Keys(); kid == "" && len(all) == 1 {
			return all[0]
		}
		return set.Key(kid)
	}
}

// byPublicKey chooses the key that is the one of a certificate.
func byPublicKey(public crypto.PublicKey) choice {
	return func(set *jose.KeySet) *jose.Key {
		for _, key := range set.Keys() {
			certified, err := jose.NewKey(key.Algorithm(), public)
			if err == nil && certified.Thumbprint() == key.Thumbprint() {
				return key
			}
		}
		return nil
	}
}
