package keys

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
)

// State is where a key is in its life.
type State string

// The states.
const (
	Next    State = "next"    // published, its turn comes
	Signing State = "signing" // new tokens are signed with it
	Retired State = "retired" // published until the last token that it signed is over
)

// Info describes a key, without anything secret.
type Info struct {
	ID          string
	Algorithm   jose.Algorithm
	State       State
	CreatedAt   time.Time
	ActivatesAt time.Time
	ExpiresAt   time.Time // zero while no successor is set
}

// List describes the keys that are stored, newest first.
func (r *Ring) List() []Info {
	v, now := r.current.Load(), r.o.Now()
	signing := v.signing(now)
	out := make([]Info, len(v.entries))
	for i, e := range v.entries {
		state := Signing
		switch {
		case i < signing:
			state = Next
		case i > signing:
			state = Retired
		}
		out[i] = Info{e.ID, e.private.Algorithm(), state, e.CreatedAt, e.ActivatesAt, e.ExpiresAt}
	}
	return out
}

// entry is a key that is ready for use.
type entry struct {
	Record
	private, public *jose.Key
}

func (e *entry) expired(now time.Time) bool {
	return !e.ExpiresAt.IsZero() && !now.Before(e.ExpiresAt)
}

// view is what the store held at one moment. It never changes, so it is read without a lock.
type view struct {
	entries []*entry // created last first
	byID    map[string]*entry
	latest  string // id of the key with the latest ActivatesAt: what Store.AddSigningKey compares
	jwks    []byte
	etag    string
}

// newView takes records in the order of Store.SigningKeys.
func newView(records []Record, open func(Record) (*entry, error)) (*view, error) {
	v := &view{byID: make(map[string]*entry, len(records))}
	public := make([]*jose.Key, len(records))
	for _, record := range records {
		e, err := open(record)
		if err != nil {
			return nil, err
		}
		v.entries = append(v.entries, e)
		v.byID[e.ID] = e
		v.latest = e.ID
	}
	slices.SortStableFunc(v.entries, func(a, b *entry) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	for i, e := range v.entries {
		public[i] = e.public
	}
	set, err := jose.NewKeySet(public...)
	if err != nil {
		return nil, fmt.Errorf("publish keys: %w", err)
	}
	if v.jwks, err = json.Marshal(set); err != nil {
		return nil, fmt.Errorf("publish keys: %w", err)
	}
	sum := sha256.Sum256(v.jwks)
	v.etag = `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return v, nil
}

// signing is the index of the key whose turn it is: the one created last of those whose moment has come. A clock that is behind all
// of them, as that of a second node may be just after the first start, gets the oldest.
func (v *view) signing(now time.Time) int {
	for i, e := range v.entries {
		if !e.ActivatesAt.After(now) {
			return i
		}
	}
	return len(v.entries) - 1
}

func (v *view) anyExpired(now time.Time) bool {
	return slices.ContainsFunc(v.entries, func(e *entry) bool { return e.expired(now) })
}

// after is now, or the instant after the newest key was created if that is later: the order of creation decides who signs, and clocks
// of nodes differ.
func (v *view) after(now time.Time) time.Time {
	if len(v.entries) > 0 && !now.After(v.entries[0].CreatedAt) {
		return v.entries[0].CreatedAt.Add(time.Microsecond)
	}
	return now
}
