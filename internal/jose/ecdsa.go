package jose

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
)

// ecdsaKey signs by RFC 7518, section 3.4: r and s side by side, each as long as the curve's field.
type ecdsaKey struct {
	spec spec
	pub  *ecdsa.PublicKey
	priv *ecdsa.PrivateKey // nil in a public key
}

// coordinateSize is the length of r, of s, and of the coordinates in a JWK.
func coordinateSize(c elliptic.Curve) int { return (c.Params().BitSize + 7) / 8 }

// usualECDSA is the algorithm for a curve; RFC 7518 has exactly one for each.
func usualECDSA(c elliptic.Curve) Algorithm {
	switch c {
	case elliptic.P256():
		return ES256
	case elliptic.P384():
		return ES384
	case elliptic.P521():
		return ES512
	}
	return ""
}

// newECDSAPublic copies the key by way of its encoding, which refuses points that are not on the curve of alg.
func newECDSAPublic(alg Algorithm, pub *ecdsa.PublicKey) (*ecdsaKey, Algorithm, error) {
	if alg == "" {
		alg = usualECDSA(pub.Curve)
	}
	s, err := alg.suits(ellipticKey)
	if err != nil {
		return nil, "", err
	}
	point, err := pub.Bytes()
	if err != nil {
		return nil, "", fmt.Errorf("%w: its point is not on its curve", ErrKey)
	}
	c, err := ecdsa.ParseUncompressedPublicKey(s.curve, point)
	if err != nil {
		return nil, "", fmt.Errorf("%w: its point is not on the curve of %s", ErrKey, alg)
	}
	return &ecdsaKey{spec: s, pub: c}, alg, nil
}

func newECDSAPrivate(alg Algorithm, priv *ecdsa.PrivateKey) (*ecdsaKey, Algorithm, error) {
	k, alg, err := newECDSAPublic(alg, &priv.PublicKey)
	if err != nil {
		return nil, "", err
	}
	scalar, err := priv.Bytes()
	if err != nil {
		return nil, "", fmt.Errorf("%w: the private value is out of range", ErrKey)
	}
	k.priv, err = ecdsa.ParseRawPrivateKey(k.spec.curve, scalar)
	if err != nil || !k.priv.PublicKey.Equal(k.pub) {
		return nil, "", fmt.Errorf("%w: its private and public halves do not belong together", ErrKey)
	}
	return k, alg, nil
}

func (k *ecdsaKey) sign(input []byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, k.priv, k.spec.digest(input))
	if err != nil {
		return nil, err
	}
	size := coordinateSize(k.spec.curve)
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signature, nil
}

// verify leaves it to ecdsa.Verify to refuse r and s that are zero or not below the order of the curve.
func (k *ecdsaKey) verify(input, signature []byte) bool {
	size := coordinateSize(k.spec.curve)
	if len(signature) != 2*size {
		return false
	}
	var r, s big.Int
	r.SetBytes(signature[:size])
	s.SetBytes(signature[size:])
	return ecdsa.Verify(k.pub, k.spec.digest(input), &r, &s)
}

func (k *ecdsaKey) private() bool    { return k.priv != nil }
func (k *ecdsaKey) public() material { return &ecdsaKey{spec: k.spec, pub: k.pub} }

func (k *ecdsaKey) members(private bool) members {
	m := members{KeyType: ellipticKey, Curve: k.spec.curve.Params().Name}
	size := coordinateSize(k.spec.curve)
	if point, err := k.pub.Bytes(); err == nil { // never fails: the point was checked
		m.X, m.Y = encode(point[1:1+size]), encode(point[1+size:])
	}
	if private && k.priv != nil {
		if scalar, err := k.priv.Bytes(); err == nil { // never fails: the scalar was checked
			m.D = encode(scalar)
		}
	}
	return m
}

// curves are the curves of RFC 7518, section 6.2.1.1, by the names that crypto/elliptic gives them too.
var curves = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}

// ecdsaKey reads a key of crypto/ecdsa. Coordinates must have their full length (RFC 7518, section 6.2.1.2). A private key is made of
// its private value alone; ParseKey compares the public ones.
func (m members) ecdsaKey() (any, error) {
	curve := curves[m.Curve]
	size := coordinateSize(curve)
	if m.D != "" {
		d, err := decodeExactly(m.D, size)
		if err != nil {
			return nil, fmt.Errorf("%w: its private value does not read", ErrKey)
		}
		priv, err := ecdsa.ParseRawPrivateKey(curve, d)
		if err != nil {
			return nil, fmt.Errorf("%w: its private value is out of range", ErrKey)
		}
		return priv, nil
	}
	x, errX := decodeExactly(m.X, size)
	y, errY := decodeExactly(m.Y, size)
	if errX != nil || errY != nil {
		return nil, fmt.Errorf("%w: its coordinates do not read", ErrKey)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, fmt.Errorf("%w: the point is not on the curve", ErrKey)
	}
	return pub, nil
}
