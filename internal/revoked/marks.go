package revoked

import "sync/atomic"

// Marks keeps the fingerprints of one token, so that a token that comes again is looked for without hashing anything. The zero value keeps none
// yet. It is safe for concurrent use, and must not be copied.
type Marks struct{ made atomic.Pointer[marks] }

// marks are the fingerprints of a token under one key, 0 for a kind by which it cannot be found.
type marks struct {
	key   Key
	print [kinds]uint64
}

// marksOf returns what is kept of the token, and makes it if it is to be kept; nil if not.
func (s *Set) marksOf(c *Claims) *marks {
	if c.Marks == nil {
		return nil
	}
	if m := c.Marks.made.Load(); m != nil && m.key == s.key {
		return m
	}
	m := &marks{key: s.key}
	for kind := range kinds {
		m.print[kind] = s.markOf(c, kind)
	}
	c.Marks.made.Store(m)
	return m
}

// markOf is the fingerprint by which a token is looked for in entries of a kind, 0 if it cannot be.
func (s *Set) markOf(c *Claims, kind Kind) uint64 {
	value := c.value(kind)
	if value == "" && kind != All {
		return 0
	}
	return s.printOf(kind, value)
}
