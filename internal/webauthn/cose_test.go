package webauthn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/lingpai/lingpai/internal/passkeytest"
)

// number writes an integer in CBOR.
func number(n int64) []byte {
	major, value := byte(0), uint64(n)
	if n < 0 {
		major, value = 0x20, uint64(-1-n)
	}
	switch {
	case value < 24:
		return []byte{major | byte(value)}
	case value < 256:
		return []byte{major | 24, byte(value)}
	}
	return binary.BigEndian.AppendUint16([]byte{major | 25}, uint16(value))
}

// cose writes a COSE_Key with its labels in some order.
func cose(members map[int64][]byte) []byte {
	out := []byte{0xa0 | byte(len(members))}
	for _, label := range slices.Sorted(maps.Keys(members)) {
		out = slices.Concat(out, number(label), members[label])
	}
	return out
}

func TestAKeyHasTheMembersOfItsAlgorithm(t *testing.T) {
	read := func(data []byte) map[int64][]byte {
		item, err := readCBOR(data)
		if err != nil {
			t.Fatal(err)
		}
		k, err := readCOSE(item)
		if err != nil {
			t.Fatal(err)
		}
		out := map[int64][]byte{}
		for label, v := range k {
			out[label] = v
		}
		return out
	}
	some := map[string]map[int64][]byte{
		"ES256": read(passkeytest.COSE(passkeytest.ES256())), "EdDSA": read(passkeytest.COSE(passkeytest.EdDSA())), "RS256": read(passkeytest.COSE(passkeytest.RS256())),
	}
	for alg, key := range some {
		if _, err := parseKey(cose(key)); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		for label := range key {
			less := maps.Clone(key)
			delete(less, label)
			if _, err := parseKey(cose(less)); !errors.Is(err, ErrKey) && !errors.Is(err, ErrAlgorithm) {
				t.Errorf("%s without %d: %v", alg, label, err)
			}
			other := maps.Clone(key)
			other[label] = []byte{0xf5}
			if _, err := parseKey(cose(other)); !errors.Is(err, ErrKey) && !errors.Is(err, ErrAlgorithm) {
				t.Errorf("%s, %d is a boolean: %v", alg, label, err)
			}
		}
		for _, label := range []int64{2, 4, 5, -4, -12} { // kid, key_ops, base IV, d, other primes
			more := maps.Clone(key)
			more[label] = []byte{0x40}
			if _, err := parseKey(cose(more)); !errors.Is(err, ErrKey) {
				t.Errorf("%s with %d: %v", alg, label, err)
			}
		}
		for name, foreign := range some {
			if name != alg {
				mixed := maps.Clone(key)
				mixed[labelAlgorithm] = foreign[labelAlgorithm]
				if _, err := parseKey(cose(mixed)); !errors.Is(err, ErrKey) {
					t.Errorf("%s that says %s: %v", alg, name, err)
				}
			}
		}
	}
}

func TestUnusableKeysAreRefused(t *testing.T) {
	b := passkeytest.Bytes
	point := func(alg, curve int64, x, y []byte) map[int64][]byte {
		return map[int64][]byte{1: number(2), 3: number(alg), -1: number(curve), -2: b(x), -3: b(y)}
	}
	rsa := func(n, e []byte) map[int64][]byte {
		return map[int64][]byte{1: number(3), 3: number(-257), -1: b(n), -2: b(e)}
	}
	good := bytes.Repeat([]byte{0xff}, 256)
	even := append(bytes.Repeat([]byte{0xff}, 255), 0xfe)
	zero, one := make([]byte, 32), append(make([]byte, 31), 1)
	for what, c := range map[string]struct {
		key  map[int64][]byte
		want error
	}{
		"ES384":                          {point(-35, 2, make([]byte, 48), make([]byte, 48)), ErrAlgorithm},
		"ES512":                          {point(-36, 3, make([]byte, 66), make([]byte, 66)), ErrAlgorithm},
		"ES256K":                         {point(-47, 8, zero, zero), ErrAlgorithm},
		"PS256":                          {map[int64][]byte{1: number(3), 3: number(-37), -1: b(good), -2: b([]byte{1, 0, 1})}, ErrAlgorithm},
		"SHA-1":                          {map[int64][]byte{1: number(3), 3: number(-65535), -1: b(good), -2: b([]byte{1, 0, 1})}, ErrAlgorithm},
		"no algorithm":                   {map[int64][]byte{1: number(2)}, ErrAlgorithm},
		"a point off the curve":          {point(-7, 1, one, one), ErrKey},
		"no point":                       {point(-7, 1, zero, zero), ErrKey},
		"a coordinate beyond the field":  {point(-7, 1, good[:32], good[:32]), ErrKey},
		"P-384 for ES256":                {point(-7, 2, one, one), ErrKey},
		"secp256k1 for ES256":            {point(-7, 8, one, one), ErrKey},
		"a short coordinate":             {point(-7, 1, one[1:], one), ErrKey},
		"a long coordinate":              {point(-7, 1, append([]byte{0}, one...), one), ErrKey},
		"a compressed point":             {map[int64][]byte{1: number(2), 3: number(-7), -1: number(1), -2: b(one), -3: {0xf5}}, ErrKey},
		"Ed448":                          {map[int64][]byte{1: number(1), 3: number(-8), -1: number(7), -2: b(make([]byte, 57))}, ErrKey},
		"X25519":                         {map[int64][]byte{1: number(1), 3: number(-8), -1: number(4), -2: b(one)}, ErrKey},
		"a short key of Ed25519":         {map[int64][]byte{1: number(1), 3: number(-8), -1: number(6), -2: b(one[1:])}, ErrKey},
		"RSA of 1024 bits":               {rsa(good[:128], []byte{1, 0, 1}), ErrKey},
		"RSA of 2047 bits":               {rsa(append([]byte{0x7f}, good[:255]...), []byte{1, 0, 1}), ErrKey},
		"RSA of 4104 bits":               {rsa(bytes.Repeat([]byte{0xff}, 513), []byte{1, 0, 1}), ErrKey},
		"an even modulus":                {rsa(even, []byte{1, 0, 1}), ErrKey},
		"a modulus with a zero before":   {rsa(append([]byte{0}, good...), []byte{1, 0, 1}), ErrKey},
		"no modulus":                     {rsa(nil, []byte{1, 0, 1}), ErrKey},
		"no exponent":                    {rsa(good, nil), ErrKey},
		"the exponent 1":                 {rsa(good, []byte{1}), ErrKey},
		"an even exponent":               {rsa(good, []byte{1, 0, 0}), ErrKey},
		"an exponent with a zero before": {rsa(good, []byte{0, 3}), ErrKey},
		"an exponent of 32 bits":         {rsa(good, []byte{0xff, 0xff, 0xff, 0xff}), ErrKey},
		"an exponent of 40 bits":         {rsa(good, []byte{1, 0, 0, 0, 1}), ErrKey},
	} {
		if k, err := parseKey(cose(c.key)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v", what, k, err)
		}
	}
	for what, data := range map[string][]byte{"an array": {0x80}, "texts for labels": []byte("\xa1\x63alg\x26")} {
		if _, err := parseKey(data); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, e := range [][]byte{{3}, {0x7f, 0xff, 0xff, 0xff}} {
		if _, err := parseKey(cose(rsa(good, e))); err != nil {
			t.Errorf("the exponent %x: %v", e, err)
		}
	}
	if _, err := parseKey(cose(rsa(bytes.Repeat([]byte{0xff}, 512), []byte{1, 0, 1}))); err != nil {
		t.Errorf("4096 bits: %v", err)
	}
}

// What is stored stays as it is; if a row was spoiled, nobody signs in by it.
func TestASpoiledKeyOpensNothing(t *testing.T) {
	a := device(passkeytest.ES256())
	c := made(t, a)
	c.PublicKey = c.PublicKey[:20]
	if _, err := verify(a.Get(asked), c); err == nil {
		t.Error("it does")
	}
}
