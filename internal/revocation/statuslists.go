package revocation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/statuslist"
)

// Places is where it stands which sessions were ended.
type Places interface {
	// EndedPlaces lists the places on one list whose sessions were ended, and of which tokens may be about at a time.
	EndedPlaces(ctx context.Context, list int, at time.Time) ([]statuslist.Place, error)
}

// StatusListOptions is what [StatusLists] are made of. All fields are required.
type StatusListOptions struct {
	Places  Places
	Count   int              // of lists, for those who ask for all
	Base    string           // the address below which they are
	Issuer  string           // of the tokens
	Signing func() *jose.Key // the key whose turn it is
	TTL     time.Duration    // how long a reader may use a list before it asks again
	Tokens  time.Duration    // how long an access token lives
	Now     func() time.Time
}

// StatusLists tells by signed lists which sessions were ended (package statuslist). A list is made when it is asked for, and given to all
// who ask in the same second; it is signed anew when it has changed, or half of its time is over. It is safe for concurrent use.
type StatusLists struct {
	o    StatusListOptions
	mu   sync.Mutex // one list is made at a time; guards made
	made [statuslist.MaxLists]StatusList
}

// StatusList is a signed list.
type StatusList struct {
	Text   string        // a JWT
	ETag   string        // differs from that of any other
	MaxAge time.Duration // how much longer it may be used

	bits          string
	signed, found time.Time
}

// listFreshFor is how long a list is given out without looking whether it has changed.
const listFreshFor = time.Second

// NewStatusLists makes the lists.
func NewStatusLists(o StatusListOptions) *StatusLists { return &StatusLists{o: o} }

// URIs are the addresses of all lists.
func (l *StatusLists) URIs() []string {
	uris := make([]string, l.o.Count)
	for n := range uris {
		uris[n] = statuslist.URI(l.o.Base, n)
	}
	return uris
}

// List returns the list of a number, or fault.ErrNotFound.
func (l *StatusLists) List(ctx context.Context, n int) (StatusList, error) {
	if n < 0 || n >= statuslist.MaxLists {
		return StatusList{}, fmt.Errorf("status list %d: %w", n, fault.ErrNotFound)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now, last := l.o.Now(), &l.made[n]
	if age := now.Sub(last.found); age < 0 || age >= listFreshFor {
		if err := l.renew(ctx, n, now, last); err != nil {
			return StatusList{}, err
		}
	}
	list := *last
	list.MaxAge = max(0, l.o.TTL-now.Sub(last.signed))
	return list, nil
}

// renew is called with mu held.
func (l *StatusLists) renew(ctx context.Context, n int, now time.Time, last *StatusList) error {
	ended, err := l.o.Places.EndedPlaces(ctx, n, now)
	if err != nil {
		return err
	}
	bits := statuslist.Bits(ended)
	if age := now.Sub(last.signed); bits == last.bits && age >= 0 && age < l.o.TTL/2 {
		last.found = now
		return nil
	}
	text, err := l.sign(n, bits, now)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	*last = StatusList{Text: text, ETag: `"` + hex.EncodeToString(sum[:16]) + `"`, bits: bits, signed: now, found: now}
	return nil
}

// sign writes a list as section 5.1 of the draft says. When it expires, no token lives that was judged by it.
func (l *StatusLists) sign(n int, bits string, now time.Time) (string, error) {
	type list struct {
		Bits        int    `json:"bits"`
		List        string `json:"lst"`
		Aggregation string `json:"aggregation_uri"`
	}
	payload, err := json.Marshal(struct {
		Issuer    string `json:"iss"`
		Subject   string `json:"sub"`
		IssuedAt  int64  `json:"iat"`
		ExpiresAt int64  `json:"exp"`
		TTL       int64  `json:"ttl"`
		List      list   `json:"status_list"`
	}{
		l.o.Issuer, statuslist.URI(l.o.Base, n), now.Unix(), now.Add(l.o.TTL + l.o.Tokens).Unix(), int64(l.o.TTL / time.Second),
		list{1, bits, l.o.Base},
	})
	if err != nil {
		return "", fmt.Errorf("write status list: %w", err)
	}
	text, err := jose.Sign(l.o.Signing(), statuslist.Type, payload)
	if err != nil {
		return "", fmt.Errorf("sign status list: %w", err)
	}
	return text, nil
}
