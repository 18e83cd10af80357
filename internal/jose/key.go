package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// Key is a key with its one algorithm and its id. It is immutable and safe for concurrent use. Printed, it shows neither secret nor
// public material.
type Key struct {
	alg        Algorithm
	kid        string
	thumbprint string
	material   material
	// header is the JOSE header of the tokens that the key signs, as JSON up to the type.
	header string
}

// material is the cryptography behind a key, of which there are four kinds. Its implementations have been checked when they were made:
// they suit the key's algorithm, and are strong enough.
type material interface {
	// verify reports whether signature is the one of input. It takes any bytes.
	verify(input, signature []byte) bool
	// sign needs private material.
	sign(input []byte) ([]byte, error)
	private() bool
	// public returns the public half, or nil if there is none.
	public() material
	// members writes the key as in a JWK, the private members only if it is asked to.
	members(private bool) members
}

// NewKey makes a key of []byte (HMAC), or of the private and public keys of crypto/rsa, crypto/ecdsa and crypto/ed25519. An empty alg
// means the usual algorithm: ES256, ES384 or ES512 by the curve, RS256, EdDSA; HMAC has none. The material is copied.
//
// Refused with an [ErrKey]: HMAC keys shorter than the hash (RFC 7518, section 3.2); RSA keys under 2048 or over 8192 bits, of more
// than two primes, or made by the Infineon library whose keys can be factored (ROCA); curves and material that do not suit the algorithm.
// The id is the thumbprint.
func NewKey(alg Algorithm, material any) (*Key, error) {
	m, alg, err := newMaterial(alg, material)
	if err != nil {
		return nil, err
	}
	k := &Key{alg: alg, material: m, thumbprint: thumbprint(m)}
	return k.WithID(k.thumbprint), nil
}

func newMaterial(alg Algorithm, key any) (material, Algorithm, error) {
	switch key := key.(type) {
	case []byte:
		return newHMAC(alg, key)
	case *rsa.PrivateKey:
		return newRSAPrivate(alg, key)
	case *rsa.PublicKey:
		return newRSAPublic(alg, key)
	case *ecdsa.PrivateKey:
		return newECDSAPrivate(alg, key)
	case *ecdsa.PublicKey:
		return newECDSAPublic(alg, key)
	case ed25519.PrivateKey:
		return newEd25519Private(alg, key)
	case ed25519.PublicKey:
		return newEd25519Public(alg, key)
	}
	return nil, "", fmt.Errorf("%w: keys of type %T are not known", ErrKey, key)
}

// ID is the `kid`: the one that the key came with or was given, otherwise the thumbprint.
func (k *Key) ID() string { return k.kid }

// WithID returns a copy of the key with another id, which must be valid UTF-8. With an empty one, the key's tokens carry no `kid`.
func (k *Key) WithID(kid string) *Key {
	c := *k
	c.kid = kid
	c.header = `{"alg":"` + string(k.alg) + `"`
	if kid != "" {
		c.header += `,"kid":` + quote(kid)
	}
	return &c
}

// quote writes a string as JSON.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(text)
}

// Thumbprint is that of RFC 7638, by SHA-256 and in base64url. It is empty for an HMAC key: a hash of a secret is not for publishing
// (RFC 7638, section 7).
func (k *Key) Thumbprint() string { return k.thumbprint }

func thumbprint(m material) string {
	required := m.members(false).required()
	if required == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(required))
	return encode(sum[:])
}

// Algorithm is the only algorithm that the key is for.
func (k *Key) Algorithm() Algorithm { return k.alg }

// IsPrivate reports whether the key can sign. An HMAC key always can.
func (k *Key) IsPrivate() bool { return k.material.private() }

// Public returns the public half under the same id, and the key itself if it is public. An HMAC key has none, which is an [ErrKey].
func (k *Key) Public() (*Key, error) {
	m := k.material.public()
	if m == nil {
		return nil, fmt.Errorf("%w: a secret key has no public half", ErrKey)
	}
	c := *k
	c.material = m
	return &c, nil
}

// String names the key by its algorithm and id, so that printing a key shows no more.
func (k *Key) String() string { return string(k.alg) + " key " + k.kid }

// GoString is String, for %#v.
func (k *Key) GoString() string { return k.String() }
