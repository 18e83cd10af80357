package jose

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// MaxKeys is the largest number of keys that ParseKeySet reads, those it skips included.
const MaxKeys = 64

// KeySet holds public keys by id (RFC 7517, section 5). It is immutable and safe for concurrent use.
type KeySet struct {
	keys []*Key
	byID map[string]*Key
	json []byte
}

// NewKeySet makes a set of the public halves of keys. Two keys of one id, keys without an id and HMAC keys are refused with an [ErrKey].
func NewKeySet(keys ...*Key) (*KeySet, error) {
	s := &KeySet{byID: make(map[string]*Key, len(keys)), json: []byte(`{"keys":[`)}
	for i, k := range keys {
		public, err := k.Public()
		if err != nil {
			return nil, err
		}
		if public.ID() == "" {
			return nil, fmt.Errorf("%w: it has no id", ErrKey)
		}
		if s.byID[public.ID()] != nil {
			return nil, fmt.Errorf("%w: another key has its id", ErrKey)
		}
		s.byID[public.ID()] = public
		s.keys = append(s.keys, public)
		if i > 0 {
			s.json = append(s.json, ',')
		}
		s.json = append(s.json, public.JWK()...)
	}
	s.json = append(s.json, "]}"...)
	return s, nil
}

// ParseKeySet reads a JWK Set. Keys of a type, curve, algorithm or use that is not ours are skipped (RFC 7517, section 5), so that an issuer
// may publish them. The whole set is refused with an [ErrKey] when one of our keys is malformed or weak, when two have one id, when
// there are more than [MaxKeys], and when it publishes a private or secret key, for then anybody may sign.
func ParseKeySet(data []byte) (*KeySet, error) {
	var keys []*Key
	var found bool
	err := strictjson.ParseObject(data, func(name string, v strictjson.Value) (err error) {
		if name == "keys" {
			found = true
			keys, err = parseKeys(v)
		}
		return err
	})
	switch {
	case errors.Is(err, ErrKey):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w set: %w", ErrKey, err)
	case !found:
		return nil, fmt.Errorf("%w set: it has no keys member", ErrKey)
	}
	return NewKeySet(keys...)
}

func parseKeys(v strictjson.Value) (keys []*Key, err error) {
	var n int
	err = v.Array(func(e strictjson.Value) error {
		if n++; n > MaxKeys {
			return fmt.Errorf("%w set: more than %d keys", ErrKey, MaxKeys)
		}
		k, err := parsePublished(e)
		switch {
		case errors.Is(err, errForeign):
			return nil
		case err != nil:
			return fmt.Errorf("key %d: %w", n, err)
		}
		keys = append(keys, k)
		return nil
	})
	return keys, err
}

// parsePublished reads a key that stands in a set. That it is secret weighs more than that it is foreign.
func parsePublished(v strictjson.Value) (*Key, error) {
	j, err := readJWK(v.Object)
	if err != nil {
		return nil, err
	}
	if j.secretive() {
		return nil, fmt.Errorf("%w: a secret has been published", ErrKey)
	}
	return j.key()
}

// Key finds a key by its exact id; nil if there is none.
func (s *KeySet) Key(kid string) *Key { return s.byID[kid] }

// Keys lists the keys in their order.
func (s *KeySet) Keys() []*Key { return slices.Clone(s.keys) }

// Equal reports whether both sets publish the same keys, with the same ids and algorithms, in the same order.
func (s *KeySet) Equal(other *KeySet) bool { return bytes.Equal(s.json, other.json) }

// MarshalJSON writes the set, which holds public keys alone.
func (s *KeySet) MarshalJSON() ([]byte, error) { return slices.Clone(s.json), nil }
