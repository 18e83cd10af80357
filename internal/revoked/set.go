package revoked

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxOverlay bounds what is copied for each addition; what is beyond goes into the base, which is rebuilt then.
const maxOverlay = 1024

// Set is what was called back. It is safe for concurrent use: probes take no lock, and see every addition that has returned.
type Set struct {
	key  Key
	sums sums
	all  uint64                       // the fingerprint of All
	view atomic.Pointer[view]         // replaced whole, never changed
	kids atomic.Pointer[[]knownPrint] // of signing keys that were met, likewise

	mu sync.Mutex // one addition at a time
}

// view is a set at one time.
type view struct {
	base, overlay *table
	// held says which kinds there are, one bit each, so that a token is not hashed for kinds that nobody used.
	held uint8
}

// NewSet makes an empty set.
func NewSet(key Key) *Set {
	s := &Set{key: key, sums: key.sums()}
	s.all = s.sums.fingerprint(All, "")
	s.kids.Store(new([]knownPrint))
	s.view.Store(&view{base: newTable(0), overlay: newTable(0)})
	return s
}

// Key is the key of the fingerprints.
func (s *Set) Key() Key { return s.key }

// Print is the fingerprint of a value under the key of the set.
func (s *Set) Print(kind Kind, value string) uint64 { return s.sums.fingerprint(kind, value) }

// knownPrint is a value with its fingerprint.
type knownPrint struct {
	value string
	sum   uint64
}

// maxKids bounds the fingerprints of signing keys that are kept. An issuer publishes fewer keys at a time.
const maxKids = 16

// printOf is Print for what a token has. There are few signing keys, with long ids, so their fingerprints are kept.
func (s *Set) printOf(kind Kind, value string) uint64 {
	switch kind {
	case All:
		return s.all
	case Signer:
		kids := *s.kids.Load()
		for i := range kids {
			if kids[i].value == value {
				return kids[i].sum
			}
		}
		return s.meet(value)
	}
	return s.sums.fingerprint(kind, value)
}

// meet keeps the fingerprint of a signing key that was not met before. When there are too many, it begins anew.
func (s *Set) meet(kid string) uint64 {
	known := *s.kids.Load()
	if len(known) >= maxKids {
		known = nil
	}
	sum := s.sums.fingerprint(Signer, kid)
	next := append(slices.Clip(known), knownPrint{strings.Clone(kid), sum})
	s.kids.Store(&next) // Of two at a time, one is forgotten, and met again.
	return sum
}

// Find returns the entry that calls a token back, the widest of several that do.
func (s *Set) Find(c *Claims) (Entry, bool) {
	v := s.view.Load()
	if v.held == 0 {
		return Entry{}, false
	}
	marks := s.marksOf(c)
	for _, kind := range [...]Kind{All, Signer, Client, Subject, Session, Token} {
		if v.held&(1<<kind) == 0 {
			continue
		}
		var mark uint64
		if marks != nil {
			mark = marks.print[kind]
		} else {
			mark = s.markOf(c, kind)
		}
		if mark == 0 {
			continue
		}
		if e, ok := v.find(mark); ok && e.concerns(c) {
			return e, true
		}
	}
	return Entry{}, false
}

// value is what a token is found by in entries of a kind.
func (c *Claims) value(kind Kind) string {
	switch kind {
	case Session:
		return c.Session
	case Token:
		return c.Token
	case Subject:
		return c.Subject
	case Client:
		return c.Client
	case Signer:
		return c.Signer
	}
	return ""
}

// concerns reports whether an entry that names the token's value calls this token back.
func (e Entry) concerns(c *Claims) bool {
	return !e.Kind.untilThen() || c.IssuedAt.Unix() <= int64(e.At)
}

func (v *view) find(mark uint64) (Entry, bool) {
	if e, ok := v.overlay.find(mark); ok {
		return e, true
	}
	return v.base.find(mark)
}

// Add puts entries into the set. What no token can meet at the time now may be dropped from it on this occasion, and is not put in.
// An entry of kind All needs no fingerprint.
func (s *Set) Add(now time.Time, entries ...Entry) {
	for i, e := range entries {
		if e.Kind == All {
			entries[i].Print = s.Print(All, "")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, sec := s.view.Load(), Seconds(now)
	if len(v.overlay.entries)+len(entries) > maxOverlay {
		s.view.Store(v.rebuilt(sec, entries))
		return
	}
	next := &view{v.base, v.overlay.clone(len(entries)), v.held}
	for _, e := range entries {
		if e.Until <= sec {
			continue
		}
		if known, ok := v.base.find(e.Print); ok { // The overlay is asked first, so it has to hold the union.
			e.At, e.Until = max(e.At, known.At), max(e.Until, known.Until)
		}
		next.overlay.put(e)
		next.held |= 1 << e.Kind
	}
	s.view.Store(next)
}

// rebuilt is a view with everything that lives in its base, and the overlay empty.
func (v *view) rebuilt(now uint32, entries []Entry) *view {
	base := newTable(len(v.base.entries) + len(v.overlay.entries) + len(entries))
	v.base.living(now, base)
	v.overlay.living(now, base)
	(&table{entries: entries}).living(now, base)
	next := &view{base: base, overlay: newTable(maxOverlay)}
	for _, e := range base.entries {
		next.held |= 1 << e.Kind
	}
	return next
}

// Len is the number of entries that a token can still meet at the time now. One that was added again may count twice.
func (s *Set) Len(now time.Time) (n int) {
	v, sec := s.view.Load(), Seconds(now)
	for _, t := range []*table{v.base, v.overlay} {
		for i := range t.entries {
			if t.entries[i].Until > sec {
				n++
			}
		}
	}
	return n
}

// Living copies the entries that a token can still meet at the time now. An entry may be there twice; then the union holds.
func (s *Set) Living(now time.Time) []Entry {
	v, sec := s.view.Load(), Seconds(now)
	out := make([]Entry, 0, len(v.base.entries)+len(v.overlay.entries))
	for _, t := range []*table{v.base, v.overlay} {
		for _, e := range t.entries {
			if e.Until > sec {
				out = append(out, e)
			}
		}
	}
	return out
}
