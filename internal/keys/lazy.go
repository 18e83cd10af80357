package keys

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lingpai/lingpai/internal/jose"
)

// Lazy is a [Ring] that is made when it is first needed: an RSA key takes some tenths of a second to make, and not every server needs one.
// It is safe for concurrent use.
type Lazy struct {
	o    Options
	ring atomic.Pointer[Ring]
	mu   sync.Mutex // held while the ring is opened
}

// NewLazy takes the options of the ring, with a purpose of its own.
func NewLazy(o Options) *Lazy { return &Lazy{o: o} }

// Signing is the key whose turn it is; see [Ring.Signing]. The first call ever makes it.
func (l *Lazy) Signing(ctx context.Context) (*jose.Key, error) {
	if r := l.ring.Load(); r != nil {
		return r.Signing(), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.ring.Load(); r != nil {
		return r.Signing(), nil
	}
	r, err := Open(context.WithoutCancel(ctx), l.o) // whoever asked first may leave; the key is for all
	if err != nil {
		return nil, err
	}
	l.ring.Store(r)
	return r.Signing(), nil
}

// Maintain is [Ring.Maintain], and opens the ring if another node has made its first key.
func (l *Lazy) Maintain(ctx context.Context) error {
	if r := l.ring.Load(); r != nil {
		return r.Maintain(ctx)
	}
	records, err := l.o.Store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if slices.ContainsFunc(records, func(k Record) bool { return k.Purpose == l.o.Purpose }) {
		_, err = l.Signing(ctx)
	}
	return err
}

// Opened is the ring, or nil while nobody has needed it.
func (l *Lazy) Opened() *Ring { return l.ring.Load() }

// Key is [Ring.Key]; nil while there is no ring.
func (l *Lazy) Key(kid string) *jose.Key {
	if r := l.ring.Load(); r != nil {
		return r.Key(kid)
	}
	return nil
}

// Published is what two rings publish together. It is safe for concurrent use.
type Published struct {
	Ring *Ring
	Lazy *Lazy
	last atomic.Pointer[together]
}

type together struct {
	of         [2]*view
	json       []byte
	etag       string
	assembling error
}

// PublicJWKS returns the JWK Set (RFC 7517) of both, and a strong entity tag of it.
func (p *Published) PublicJWKS() (body []byte, etag string) {
	lazy := p.Lazy.ring.Load()
	if lazy == nil {
		return p.Ring.PublicJWKS()
	}
	now := [2]*view{p.Ring.current.Load(), lazy.current.Load()}
	if t := p.last.Load(); t != nil && t.of == now {
		return t.json, t.etag
	}
	t := assemble(now)
	if t.assembling != nil {
		return p.Ring.PublicJWKS() // each of them was published before, so this cannot be
	}
	p.last.Store(t)
	return t.json, t.etag
}

func assemble(of [2]*view) *together {
	var public []*jose.Key
	for _, v := range of {
		for _, e := range v.entries {
			public = append(public, e.public)
		}
	}
	t := &together{of: of}
	var set *jose.KeySet
	if set, t.assembling = jose.NewKeySet(public...); t.assembling != nil {
		return t
	}
	if t.json, t.assembling = json.Marshal(set); t.assembling != nil {
		return t
	}
	sum := sha256.Sum256(t.json)
	t.etag = `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return t
}

// Key is the published key with this id, of either ring; nil if there is none.
func (p *Published) Key(kid string) *jose.Key {
	if k := p.Ring.Key(kid); k != nil {
		return k
	}
	return p.Lazy.Key(kid)
}
