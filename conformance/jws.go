package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// object is a JSON object.
type object = map[string]any

// signer holds a private key and signs whatever it is given, also what no library would sign.
type signer struct {
	kid string
	alg string
	key crypto.Signer
}

// newSigner makes a key for ES256, or takes the one RSA key that there is, which takes long to make.
func newSigner(kid, alg string) *signer {
	if alg != "ES256" {
		return &signer{kid, alg, rsaKey()}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return &signer{kid, alg, key}
}

var rsaKey = sync.OnceValue(func() crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func (s *signer) jwk(key any) object {
	data, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: s.kid, Algorithm: s.alg, Use: "sig"})
	if err != nil {
		panic(err)
	}
	out := object{}
	if err := json.Unmarshal(data, &out); err != nil {
		panic(err)
	}
	return out
}

func (s *signer) public() object  { return s.jwk(s.key.Public()) }
func (s *signer) private() object { return s.jwk(s.key) }

// thumbprint is that of RFC 7638.
func (s *signer) thumbprint() string {
	sum, err := (&jose.JSONWebKey{Key: s.key.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return encode(sum)
}

// sign makes a JWS in compact form. The header may lie about the algorithm; the signature is always that of the key.
func (s *signer) sign(header, claims object) string {
	input := segment(header) + "." + segment(claims)
	sum := sha256.Sum256([]byte(input))
	return input + "." + encode(s.signature(sum[:]))
}

func (s *signer) signature(sum []byte) []byte {
	switch key := s.key.(type) {
	case *ecdsa.PrivateKey:
		r, v, err := ecdsa.Sign(rand.Reader, key, sum)
		if err != nil {
			panic(err)
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		v.FillBytes(out[32:])
		return out
	case *rsa.PrivateKey:
		var options crypto.SignerOpts = crypto.SHA256
		if s.alg == "PS256" {
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		}
		out, err := key.Sign(rand.Reader, sum, options)
		if err != nil {
			panic(err)
		}
		return out
	}
	panic("no such key")
}

// unsigned makes a JWT of the algorithm none.
func unsigned(header, claims object) string {
	header = maps.Clone(header)
	header["alg"] = "none"
	return segment(header) + "." + segment(claims) + "."
}

func segment(o object) string {
	data, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return encode(data)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// random is a string of 128 bits that nobody guesses.
func random() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return encode(b)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return encode(sum[:])
}
