package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
)

// Algorithm is the name of a signature algorithm as it stands in `alg` (RFC 7518, section 3; RFC 8037; RFC 9864).
type Algorithm string

// The algorithms. EdDSA is the older name of Ed25519 (RFC 8037), which RFC 9864 replaces by the one that also names the curve. The same
// key pair serves both, but a [Key] has one of the two names: a key called EdDSA refuses tokens that say Ed25519, and the reverse.
const (
	HS256   Algorithm = "HS256"
	HS384   Algorithm = "HS384"
	HS512   Algorithm = "HS512"
	RS256   Algorithm = "RS256"
	RS384   Algorithm = "RS384"
	RS512   Algorithm = "RS512"
	PS256   Algorithm = "PS256"
	PS384   Algorithm = "PS384"
	PS512   Algorithm = "PS512"
	ES256   Algorithm = "ES256"
	ES384   Algorithm = "ES384"
	ES512   Algorithm = "ES512"
	EdDSA   Algorithm = "EdDSA"
	Ed25519 Algorithm = "Ed25519"
)

// Key types (RFC 7518, section 6.1; RFC 8037, section 2).
const (
	symmetric   = "oct"
	rsaType     = "RSA"
	ellipticKey = "EC"
	octetPair   = "OKP"
)

// spec is what an algorithm asks of its keys.
type spec struct {
	keyType string
	hash    crypto.Hash    // none for Ed25519, which hashes by itself
	pss     bool           // of the RSA algorithms
	curve   elliptic.Curve // of the ECDSA algorithms
}

// specs lists all algorithms that are accepted; what is not here does not exist.
var specs = map[Algorithm]spec{
	HS256:   {keyType: symmetric, hash: crypto.SHA256},
	HS384:   {keyType: symmetric, hash: crypto.SHA384},
	HS512:   {keyType: symmetric, hash: crypto.SHA512},
	RS256:   {keyType: rsaType, hash: crypto.SHA256},
	RS384:   {keyType: rsaType, hash: crypto.SHA384},
	RS512:   {keyType: rsaType, hash: crypto.SHA512},
	PS256:   {keyType: rsaType, hash: crypto.SHA256, pss: true},
	PS384:   {keyType: rsaType, hash: crypto.SHA384, pss: true},
	PS512:   {keyType: rsaType, hash: crypto.SHA512, pss: true},
	ES256:   {keyType: ellipticKey, hash: crypto.SHA256, curve: elliptic.P256()},
	ES384:   {keyType: ellipticKey, hash: crypto.SHA384, curve: elliptic.P384()},
	ES512:   {keyType: ellipticKey, hash: crypto.SHA512, curve: elliptic.P521()},
	EdDSA:   {keyType: octetPair},
	Ed25519: {keyType: octetPair},
}

// ParseAlgorithm finds an algorithm by its exact name. The error is an [ErrAlgorithm].
func ParseAlgorithm(name string) (Algorithm, error) {
	alg := Algorithm(name)
	if _, ok := specs[alg]; !ok {
		return "", fmt.Errorf("%w: not one that is accepted", ErrAlgorithm)
	}
	return alg, nil
}

// suits returns what alg asks of its keys, if those are of this type. The error is an [ErrKey].
func (alg Algorithm) suits(keyType string) (spec, error) {
	s, ok := specs[alg]
	if !ok {
		return spec{}, fmt.Errorf("%w: its algorithm is not one that is accepted", ErrKey)
	}
	if s.keyType != keyType {
		return spec{}, fmt.Errorf("%w: %s takes no %s key", ErrKey, alg, keyType)
	}
	return s, nil
}

// digest hashes input. Its three sums need one small allocation each, where hash.Hash needs several.
func (s spec) digest(input []byte) []byte {
	switch s.hash {
	case crypto.SHA256:
		sum := sha256.Sum256(input)
		return sum[:]
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return sum[:]
	default:
		sum := sha512.Sum512(input)
		return sum[:]
	}
}

// rsaBits is the modulus of the RSA keys that GenerateKey makes. Larger ones can be given to NewKey.
const rsaBits = 2048

// GenerateKey makes a private key: for HMAC as many random bytes as the hash has, for RSA one of 2048 bits. Making an RSA key takes some
// tenths of a second.
func GenerateKey(alg Algorithm) (*Key, error) {
	s, ok := specs[alg]
	if !ok {
		return nil, fmt.Errorf("generate key: %w", ErrAlgorithm)
	}
	material, err := s.generate()
	if err != nil {
		return nil, fmt.Errorf("generate %s key: %w", alg, err)
	}
	return NewKey(alg, material)
}

func (s spec) generate() (material any, err error) {
	switch s.keyType {
	case rsaType:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case ellipticKey:
		return ecdsa.GenerateKey(s.curve, rand.Reader)
	case octetPair:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	default:
		secret := make([]byte, s.hash.Size())
		_, err := rand.Read(secret)
		return secret, err
	}
}
