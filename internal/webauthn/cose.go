package webauthn

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
)

// Algorithm is what a key signs by (section 5.8.5, COSEAlgorithmIdentifier).
type Algorithm int64

// The algorithms that are offered (RFC 9053, sections 2.1 and 2.2; RFC 8812, section 2).
const (
	EdDSA Algorithm = -8
	ES256 Algorithm = -7
	RS256 Algorithm = -257
)

// Labels of a COSE_Key (RFC 9052, section 7.1; RFC 9053, section 7; RFC 8230, section 4). What the negative ones mean depends on the type.
const (
	labelType      = 1
	labelAlgorithm = 3
	labelCurve     = -1
	labelX         = -2
	labelY         = -3
	labelN         = -1
	labelE         = -2
)

// Types and curves of keys (RFC 9053, section 7).
const (
	typeOKP = 1
	typeEC2 = 2
	typeRSA = 3

	curveP256    = 1
	curveEd25519 = 6
)

// Moduli of RSA that are taken, in bits.
const minModulus, maxModulus = 2048, 4096

// publicKey verifies by its one algorithm.
type publicKey interface {
	verify(signed, signature []byte) bool
}

// parseKey reads a COSE_Key in the form of section 6.5.1.1: with its algorithm, what its type needs, and nothing else.
func parseKey(data []byte) (publicKey, error) {
	item, err := readCBOR(data)
	if err != nil {
		return nil, err
	}
	k, err := readCOSE(item)
	if err != nil {
		return nil, err
	}
	alg, _ := k[labelAlgorithm].int()
	switch Algorithm(alg) {
	case EdDSA:
		return k.ed25519()
	case ES256:
		return k.p256()
	case RS256:
		return k.rsa()
	}
	return nil, fmt.Errorf("%w: %d", ErrAlgorithm, alg)
}

// coseKey is the members of a COSE_Key.
type coseKey map[int64]cbor

func readCOSE(item cbor) (coseKey, error) {
	members, n, ok := item.entries()
	if !ok {
		return nil, fmt.Errorf("%w: it is no map", ErrKey)
	}
	k := make(coseKey, n)
	for name, value := range members {
		label, ok := name.int()
		if !ok {
			return nil, fmt.Errorf("%w: a label that is no number", ErrKey)
		}
		k[label] = value
	}
	return k, nil
}

// is reports whether the key is of a type and has so many members.
func (k coseKey) is(kind int64, members int) bool {
	t, ok := k[labelType].int()
	return ok && t == kind && len(k) == members
}

func (k coseKey) onCurve(curve int64) bool {
	c, ok := k[labelCurve].int()
	return ok && c == curve
}

type ed25519Key ed25519.PublicKey

func (k coseKey) ed25519() (publicKey, error) {
	x, ok := k[labelX].bytes()
	if !ok || !k.is(typeOKP, 4) || !k.onCurve(curveEd25519) || len(x) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: it is none of Ed25519", ErrKey)
	}
	return ed25519Key(x), nil
}

func (k ed25519Key) verify(signed, signature []byte) bool {
	return ed25519.Verify(ed25519.PublicKey(k), signed, signature)
}

type p256Key struct{ pub *ecdsa.PublicKey }

func (k coseKey) p256() (publicKey, error) {
	x, okX := k[labelX].bytes()
	y, okY := k[labelY].bytes() // a compressed point has a boolean here
	if !okX || !okY || !k.is(typeEC2, 5) || !k.onCurve(curveP256) || len(x) != 32 || len(y) != 32 {
		return nil, fmt.Errorf("%w: it is none of P-256", ErrKey)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, fmt.Errorf("%w: the point is not on the curve", ErrKey)
	}
	return p256Key{pub}, nil
}

// verify takes a signature in DER (section 6.5.5), which ecdsa.VerifyASN1 reads strictly.
func (k p256Key) verify(signed, signature []byte) bool {
	digest := sha256.Sum256(signed)
	return ecdsa.VerifyASN1(k.pub, digest[:], signature)
}

type rsaKey struct{ pub *rsa.PublicKey }

// rsa reads a key whose numbers have as few bytes as they take (RFC 8230, section 4).
func (k coseKey) rsa() (publicKey, error) {
	n, okN := k[labelN].bytes()
	e, okE := k[labelE].bytes()
	if !okN || !okE || !k.is(typeRSA, 4) || !shortest(n) || !shortest(e) || len(e) > 4 {
		return nil, fmt.Errorf("%w: it is none of RSA", ErrKey)
	}
	pub := rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	switch bits := pub.N.BitLen(); {
	case bits < minModulus || bits > maxModulus:
		return nil, fmt.Errorf("%w: an RSA modulus of %d bits", ErrKey, bits)
	case pub.N.Bit(0) == 0:
		return nil, fmt.Errorf("%w: an RSA modulus that is even", ErrKey)
	case pub.E < 3 || pub.E%2 == 0 || pub.E > 1<<31-1:
		return nil, fmt.Errorf("%w: an RSA exponent that is even, less than 3, or more than 31 bits", ErrKey)
	}
	return rsaKey{&pub}, nil
}

func shortest(number []byte) bool { return len(number) > 0 && number[0] != 0 }

func (k rsaKey) verify(signed, signature []byte) bool {
	digest := sha256.Sum256(signed)
	return rsa.VerifyPKCS1v15(k.pub, crypto.SHA256, digest[:], signature) == nil
}
