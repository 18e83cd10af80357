package jose

import (
	"crypto/hmac"
	"fmt"
	"hash"
	"slices"
	"sync"
)

// hmacKey is a shared secret (RFC 7518, section 3.2).
type hmacKey struct {
	secret []byte
	// hashes holds keyed hash.Hash values between uses. Keying one costs as much as the MAC of a whole token.
	hashes sync.Pool
}

func newHMAC(alg Algorithm, secret []byte) (*hmacKey, Algorithm, error) {
	if alg == "" {
		return nil, "", fmt.Errorf("%w: a secret key must say its algorithm", ErrKey)
	}
	s, err := alg.suits(symmetric)
	if err != nil {
		return nil, "", err
	}
	if len(secret) < s.hash.Size() {
		return nil, "", fmt.Errorf("%w: %s needs a secret of %d bytes or more", ErrKey, alg, s.hash.Size())
	}
	k := &hmacKey{secret: slices.Clone(secret)}
	k.hashes.New = func() any { return hmac.New(s.hash.New, k.secret) }
	return k, alg, nil
}

func (k *hmacKey) sign(input []byte) ([]byte, error) {
	h := k.hashes.Get().(hash.Hash)
	defer k.hashes.Put(h)
	h.Reset()
	h.Write(input)
	return h.Sum(nil), nil
}

// verify compares in constant time.
func (k *hmacKey) verify(input, signature []byte) bool {
	want, err := k.sign(input)
	return err == nil && hmac.Equal(want, signature)
}

func (k *hmacKey) private() bool    { return true }
func (k *hmacKey) public() material { return nil }

func (k *hmacKey) members(private bool) members {
	m := members{KeyType: symmetric}
	if private {
		m.K = encode(k.secret)
	}
	return m
}

// secret reads the secret of an HMAC key.
func (m members) secret() (any, error) {
	secret, err := decode(m.K)
	if err != nil {
		return nil, fmt.Errorf("%w: its secret does not read", ErrKey)
	}
	return secret, nil
}
