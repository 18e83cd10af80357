package jose

import (
	"crypto/ed25519"
	"fmt"
	"slices"
)

// ed25519Curve is the only curve of octet key pairs that signs here (RFC 8037, section 2).
const ed25519Curve = "Ed25519"

// ed25519Key signs by RFC 8037, section 3.1.
type ed25519Key struct {
	pub  ed25519.PublicKey
	priv ed25519.PrivateKey // nil in a public key
}

func newEd25519Public(alg Algorithm, pub ed25519.PublicKey) (*ed25519Key, Algorithm, error) {
	if alg == "" {
		alg = EdDSA
	}
	if _, err := alg.suits(octetPair); err != nil {
		return nil, "", err
	}
	if len(pub) != ed25519.PublicKeySize {
		return nil, "", fmt.Errorf("%w: an Ed25519 key has %d bytes", ErrKey, ed25519.PublicKeySize)
	}
	return &ed25519Key{pub: slices.Clone(pub)}, alg, nil
}

func newEd25519Private(alg Algorithm, priv ed25519.PrivateKey) (*ed25519Key, Algorithm, error) {
	if len(priv) != ed25519.PrivateKeySize {
		return nil, "", fmt.Errorf("%w: a private Ed25519 key has %d bytes", ErrKey, ed25519.PrivateKeySize)
	}
	k, alg, err := newEd25519Public(alg, ed25519.PublicKey(priv[ed25519.SeedSize:]))
	if err != nil {
		return nil, "", err
	}
	k.priv = ed25519.NewKeyFromSeed(priv.Seed())
	if !k.priv.Equal(priv) {
		return nil, "", fmt.Errorf("%w: its private and public halves do not belong together", ErrKey)
	}
	return k, alg, nil
}

func (k *ed25519Key) sign(input []byte) ([]byte, error) { return ed25519.Sign(k.priv, input), nil }

func (k *ed25519Key) verify(input, signature []byte) bool {
	return ed25519.Verify(k.pub, input, signature)
}

func (k *ed25519Key) private() bool    { return k.priv != nil }
func (k *ed25519Key) public() material { return &ed25519Key{pub: k.pub} }

func (k *ed25519Key) members(private bool) members {
	m := members{KeyType: octetPair, Curve: ed25519Curve, X: encode(k.pub)}
	if private && k.priv != nil {
		m.D = encode(k.priv.Seed())
	}
	return m
}

// ed25519Key reads a key of crypto/ed25519. A private key is made of its private value alone; ParseKey compares the public one.
func (m members) ed25519Key() (any, error) {
	if m.D != "" {
		seed, err := decodeExactly(m.D, ed25519.SeedSize)
		if err != nil {
			return nil, fmt.Errorf("%w: its private value does not read", ErrKey)
		}
		return ed25519.NewKeyFromSeed(seed), nil
	}
	x, err := decodeExactly(m.X, ed25519.PublicKeySize)
	if err != nil {
		return nil, fmt.Errorf("%w: its public value does not read", ErrKey)
	}
	return ed25519.PublicKey(x), nil
}
