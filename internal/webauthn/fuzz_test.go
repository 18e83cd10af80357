package webauthn

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/lingpai/lingpai/internal/passkeytest"
)

// write writes an item that was read, from what the accessors say of it.
func write(t *testing.T, v cbor) []byte {
	t.Helper()
	if n, ok := v.int(); ok {
		return writeHead(0, n)
	}
	if b, ok := v.bytes(); ok {
		return append(writeHead(2, int64(len(b))), b...)
	}
	if s, ok := v.text(); ok {
		return append(writeHead(3, int64(len(s))), s...)
	}
	members, n, ok := v.entries()
	if !ok {
		return v // an array, or a simple value
	}
	out := writeHead(5, int64(n))
	for name, value := range members {
		out = append(append(out, write(t, name)...), write(t, value)...)
	}
	return out
}

func writeHead(major byte, n int64) []byte {
	value := uint64(n)
	if n < 0 {
		major, value = 1, uint64(-1-n)
	}
	for size, bits := range []uint{5, 8, 16, 32, 64} {
		if size == 0 && value < 24 {
			return []byte{major<<5 | byte(value)}
		}
		if size > 0 && (bits == 64 || value < 1<<bits) {
			out := []byte{major<<5 | byte(23+size)}
			for shift := int(bits) - 8; shift >= 0; shift -= 8 {
				out = append(out, byte(value>>shift))
			}
			return out
		}
	}
	return nil
}

// FuzzCBORHasOneSpelling checks that what reads is, written again in the shortest form, the same.
func FuzzCBORHasOneSpelling(f *testing.F) {
	for _, seed := range []string{"00", "1818", "3b7fffffffffffffff", "a201a0206161", "43010203", "81818180", "a363666d74646e6f6e656761747453746d74a0686175746844617461420102"} {
		data, _ := hex.DecodeString(seed)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := readCBOR(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		if again := write(t, v); !bytes.Equal(again, data) {
			t.Errorf("%x was written as %x", data, again)
		}
	})
}

// FuzzKeysThatAreTakenCanBeUsed checks that a key is one of the three, and that it finds a signature wrong without a panic.
func FuzzKeysThatAreTakenCanBeUsed(f *testing.F) {
	for _, key := range keys() {
		f.Add(passkeytest.COSE(key), []byte("signature"))
	}
	f.Fuzz(func(t *testing.T, data, signature []byte) {
		k, err := parseKey(data)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrAlgorithm) && !errors.Is(err, ErrKey) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		k.verify([]byte("signed"), signature)
	})
}

// fixed is a device that is the same in each process that takes part.
func fixed(f *testing.F) *passkeytest.Authenticator {
	f.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	a := device(key)
	a.ID = []byte("the id of a credential")
	return a
}

// FuzzAnswersThatAreTakenAreTheOnesThatWereMade feeds spoiled answers of a device: whatever is taken says what the device said.
func FuzzAnswersThatAreTakenAreTheOnesThatWereMade(f *testing.F) {
	a := fixed(f)
	c := made(f, a)
	r, s := a.Create(asked), a.Get(asked)
	f.Add(r.ClientData, r.Object, s.ClientData, s.Data, s.Signature, s.User)
	a.Flags |= passkeytest.Extensions
	a.Behind = []byte("\xa1\x6bhmac-secret\xf5")
	e := a.Get(asked)
	f.Add(r.ClientData, a.Create(asked).Object, e.ClientData, e.Data, e.Signature, e.User)
	f.Fuzz(func(t *testing.T, made, object, said, data, signature, user []byte) {
		fresh, err := register(passkeytest.Registration{ID: a.ID, ClientData: made, Object: object, Transports: []string{}})
		if err == nil {
			if _, err := parseKey(fresh.PublicKey); err != nil || !bytes.Contains(object, fresh.PublicKey) || !bytes.Equal(fresh.ID, a.ID) {
				t.Errorf("%x was made of %x", fresh.PublicKey, object)
			}
		}
		_, err = verify(passkeytest.Assertion{ID: a.ID, ClientData: said, Data: data, Signature: signature, User: user}, c)
		if err != nil {
			return
		}
		signs := [][2][]byte{{s.ClientData, s.Data}, {e.ClientData, e.Data}}
		for _, signed := range signs {
			if bytes.Equal(said, signed[0]) && bytes.Equal(data, signed[1]) && string(user) == alice {
				return
			}
		}
		t.Errorf("an answer is taken that nobody gave: %s %x", said, data)
	})
}

// FuzzAnswersAreReadWithoutPanic feeds anything.
func FuzzAnswersAreReadWithoutPanic(f *testing.F) {
	a := fixed(f)
	f.Add([]byte(a.Create(asked).JSON()))
	f.Add([]byte(a.Get(asked).JSON()))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if r, err := ParseRegistration(answer); err == nil {
			_, _ = us.Register(r, asked)
		} else if !errors.Is(err, ErrMalformed) {
			t.Errorf("an error of another kind: %v", err)
		}
		if s, err := ParseAssertion(answer); err == nil {
			_, _ = us.Verify(s, Credential{ID: s.CredentialID, PublicKey: a.COSE}, []byte(alice), asked)
		} else if !errors.Is(err, ErrMalformed) {
			t.Errorf("an error of another kind: %v", err)
		}
	})
}
