// Package seal encrypts what passes through other hands and comes back to us: in a cookie, in the address of a sign-in, in a database.
//
// A sealed value is a nonce, the ciphertext and its tag (AES-256-GCM). It says nothing of what is inside but its length, and opens under the same
// key and for the same place alone: one that was altered, cut, or moved to where another belongs does not. How old it is, and whether it was
// there before, is the caller's to judge. Nonces are random, which is sound for 2^32 values a key (NIST SP 800-38D, section 8.3).
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// maxText bounds what is decrypted for a stranger, in characters. What is sealed for a cookie or an address is shorter.
const maxText = 8 << 10

// ErrForeign says that a value was not sealed by this key for this place, or was altered.
var ErrForeign = errors.New("a value was sealed by another key or for another place, or was altered")

// Box seals under one key. It is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// NewBox takes a key of [KeySize] random bytes, which serves no other purpose.
func NewBox(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("a key to seal with is %d bytes long, not %d", KeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return &Box{aead}, nil
}

// Seal encrypts plain for one place: what is sealed for another purpose, person or row must have another.
func (b *Box) Seal(place string, plain []byte) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(place)) //nolint:gosec // no nonce is given: the cipher makes one for each
}

// Open decrypts what [Box.Seal] made for the same place. That it is authentic is compared in constant time. The error is [ErrForeign].
func (b *Box) Open(place string, sealed []byte) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, ErrForeign
	}
	return plain, nil
}

// SealText is [Box.Seal] for a cookie or an address, in base64url.
func (b *Box) SealText(place string, plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(b.Seal(place, plain))
}

// OpenText decrypts what [Box.SealText] made for the same place, in one spelling only. The error is [ErrForeign].
func (b *Box) OpenText(place, text string) ([]byte, error) {
	// Line breaks, which base64 passes over, would make a second spelling.
	if len(text) > maxText || strings.ContainsAny(text, "\r\n") {
		return nil, ErrForeign
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, ErrForeign
	}
	return b.Open(place, sealed)
}
