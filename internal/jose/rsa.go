package jose

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
)

const minModulus, maxModulus = 2048, 8192 // bits

// rsaKey signs by RFC 7518, section 3.3 (PKCS #1 v1.5) or 3.5 (PSS).
type rsaKey struct {
	spec spec
	pub  *rsa.PublicKey
	priv *rsa.PrivateKey // nil in a public key
}

func newRSAPublic(alg Algorithm, pub *rsa.PublicKey) (*rsaKey, Algorithm, error) {
	if alg == "" {
		alg = RS256
	}
	s, err := alg.suits(rsaType)
	if err != nil {
		return nil, "", err
	}
	if err := checkRSA(pub); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	return &rsaKey{spec: s, pub: &rsa.PublicKey{N: new(big.Int).Set(pub.N), E: pub.E}}, alg, nil
}

func newRSAPrivate(alg Algorithm, priv *rsa.PrivateKey) (*rsaKey, Algorithm, error) {
	k, alg, err := newRSAPublic(alg, &priv.PublicKey)
	if err != nil {
		return nil, "", err
	}
	if priv.D == nil || len(priv.Primes) != 2 {
		return nil, "", fmt.Errorf("%w: an RSA key has two primes", ErrKey)
	}
	k.priv = &rsa.PrivateKey{PublicKey: *k.pub, D: new(big.Int).Set(priv.D)}
	for _, p := range priv.Primes {
		k.priv.Primes = append(k.priv.Primes, new(big.Int).Set(p))
	}
	k.priv.Precompute()
	if err := k.priv.Validate(); err != nil {
		return nil, "", fmt.Errorf("%w: its private and public halves do not belong together", ErrKey)
	}
	return k, alg, nil
}

func checkRSA(pub *rsa.PublicKey) error {
	switch {
	case pub.N == nil || pub.N.Sign() <= 0 || pub.N.BitLen() < minModulus || pub.N.BitLen() > maxModulus:
		return fmt.Errorf("an RSA modulus has %d to %d bits", minModulus, maxModulus)
	case pub.N.Bit(0) == 0:
		return errors.New("the RSA modulus is even")
	case pub.E < 3 || pub.E%2 == 0 || pub.E > 1<<31-1:
		return errors.New("the RSA exponent must be odd, 3 or more, and fit 31 bits")
	case weakROCA(pub.N):
		return errors.New("the RSA key can be factored (ROCA, CVE-2017-15361)")
	}
	return nil
}

// rocaPrimes are those for which the fingerprint below is rare among honest keys; together they are wrong about one key in 2^27.
var rocaPrimes = []int64{11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157}

// weakROCA reports whether a modulus has the fingerprint of the Infineon library, whose primes are powers of 65537 modulo all small
// primes ("The Return of Coppersmith's Attack", 2017): then so is their product.
func weakROCA(n *big.Int) bool {
	for _, p := range rocaPrimes {
		residue := new(big.Int).Mod(n, big.NewInt(p)).Int64()
		if !isPower(residue, 65537%p, p) {
			return false
		}
	}
	return true
}

// isPower reports whether x is a power of g modulo p.
func isPower(x, g, p int64) bool {
	for power := int64(1); ; {
		if power == x {
			return true
		}
		if power = power * g % p; power == 1 {
			return false
		}
	}
}

// pssOptions fixes the salt to the length of the hash (RFC 7518, section 3.5); by default, any would be accepted.
func (k *rsaKey) pssOptions() *rsa.PSSOptions {
	return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: k.spec.hash}
}

func (k *rsaKey) sign(input []byte) ([]byte, error) {
	digest := k.spec.digest(input)
	if k.spec.pss {
		return rsa.SignPSS(rand.Reader, k.priv, k.spec.hash, digest, k.pssOptions())
	}
	return rsa.SignPKCS1v15(rand.Reader, k.priv, k.spec.hash, digest)
}

func (k *rsaKey) verify(input, signature []byte) bool {
	digest := k.spec.digest(input)
	if k.spec.pss {
		return rsa.VerifyPSS(k.pub, k.spec.hash, digest, signature, k.pssOptions()) == nil
	}
	return rsa.VerifyPKCS1v15(k.pub, k.spec.hash, digest, signature) == nil
}

func (k *rsaKey) private() bool    { return k.priv != nil }
func (k *rsaKey) public() material { return &rsaKey{spec: k.spec, pub: k.pub} }

func (k *rsaKey) members(private bool) members {
	m := members{KeyType: rsaType, N: encodeInt(k.pub.N), E: encodeInt(big.NewInt(int64(k.pub.E)))}
	if private && k.priv != nil {
		m.D, m.P, m.Q = encodeInt(k.priv.D), encodeInt(k.priv.Primes[0]), encodeInt(k.priv.Primes[1])
		pre := k.priv.Precomputed
		m.DP, m.DQ, m.QI = encodeInt(pre.Dp), encodeInt(pre.Dq), encodeInt(pre.Qinv)
	}
	return m
}

// rsaKey reads a key of crypto/rsa. What only makes computing faster (dp, dq, qi) is computed anew; ParseKey compares it.
func (m members) rsaKey() (any, error) {
	n, errN := decodeInt(m.N)
	e, errE := decodeInt(m.E)
	if errN != nil || errE != nil || e.BitLen() > 31 {
		return nil, fmt.Errorf("%w: its modulus or exponent does not read", ErrKey)
	}
	pub := rsa.PublicKey{N: n, E: int(e.Int64())}
	if m.D == "" {
		return &pub, nil
	}
	d, errD := decodeInt(m.D)
	p, errP := decodeInt(m.P)
	q, errQ := decodeInt(m.Q)
	if errD != nil || errP != nil || errQ != nil {
		return nil, fmt.Errorf("%w: its private values do not read", ErrKey)
	}
	return &rsa.PrivateKey{PublicKey: pub, D: d, Primes: []*big.Int{p, q}}, nil
}
