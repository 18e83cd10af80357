package jose

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"
)

// algorithms lists all of them, for tests that hold for each.
var algorithms = []Algorithm{HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519}

// sharedRSA is made once, because that takes long.
var sharedRSA = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// newKey makes a private key with the id "k1".
func newKey(t testing.TB, alg Algorithm) *Key {
	t.Helper()
	var k *Key
	var err error
	if specs[alg].keyType == rsaType {
		k, err = NewKey(alg, sharedRSA())
	} else {
		k, err = GenerateKey(alg)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k.WithID("k1")
}

// publicHalf is the key itself if it is secret.
func publicHalf(k *Key) *Key {
	if public, err := k.Public(); err == nil {
		return public
	}
	return k
}

// forge makes a token of any header and payload with a signature that fits them, so that a refusal is due to the text.
func forge(t testing.TB, k *Key, header, payload string) string {
	t.Helper()
	input := encode([]byte(header)) + "." + encode([]byte(payload))
	signature, err := k.material.sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + encode(signature)
}
