package keys

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/jose"
)

func TestWrongMasterKeyStopsTheStart(t *testing.T) {
	store := &memory{}
	mustOpen(t, options(t, store))
	o := options(t, store)
	o.Sealer = newSealer(t, 2)
	if _, err := Open(t.Context(), o); !errors.Is(err, ErrMaster) {
		t.Errorf("Open: %v, want ErrMaster", err)
	}
	if store.adds != 1 {
		t.Error("a key was made beside those that do not open")
	}
}

func TestTamperedRowsAreRefused(t *testing.T) {
	seal := func(t *testing.T, row string, key *jose.Key) []byte {
		jwk, err := key.InsecurePrivateJWK()
		must(t, err)
		return newSealer(t, 1).Seal(keysTable, sealedColumn, row, jwk)
	}
	for name, tamper := range map[string]func(t *testing.T, m *memory){
		"sealed values of two rows swapped": func(_ *testing.T, m *memory) {
			m.records[0].Sealed, m.records[1].Sealed = m.records[1].Sealed, m.records[0].Sealed
		},
		"row renamed":       func(_ *testing.T, m *memory) { m.records[0].ID = "another" },
		"algorithm changed": func(_ *testing.T, m *memory) { m.records[0].Algorithm = "ES256" },
		"secret in place of a key": func(t *testing.T, m *memory) {
			_, err := mustOpen(t, options(t, m)).Secret(t.Context(), m.records[0].ID, 32)
			must(t, err)
			m.records[0].Sealed = m.secrets[m.records[0].ID]
		},
		"key of another id": func(t *testing.T, m *memory) {
			key, err := jose.GenerateKey(jose.EdDSA)
			must(t, err)
			m.records[0].Sealed = seal(t, m.records[0].ID, key)
		},
		"no key at all": func(t *testing.T, m *memory) {
			m.records[0].Sealed = newSealer(t, 1).Seal(keysTable, sealedColumn, m.records[0].ID, []byte("{}"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := &memory{}
			r := mustOpen(t, options(t, store))
			_, err := r.Rotate(t.Context(), audit.Source{}, true)
			must(t, err)
			tamper(t, store)
			if _, err := Open(t.Context(), options(t, store)); err == nil {
				t.Error("Open accepted it")
			}
		})
	}
}

func TestSecretIsMadeOnceAndShared(t *testing.T) {
	store := &memory{}
	a, b := mustOpen(t, options(t, store)), mustOpen(t, options(t, store))
	first, err := a.Secret(t.Context(), "mac", 32)
	must(t, err)
	second, err := b.Secret(t.Context(), "mac", 32)
	must(t, err)
	other, err := b.Secret(t.Context(), "cookie", 32)
	must(t, err)
	if len(first) != 32 || !bytes.Equal(first, second) || bytes.Equal(first, other) || bytes.Equal(first, make([]byte, 32)) {
		t.Error("secrets differ between nodes, or are alike between names")
	}
	if bytes.Contains(store.secrets["mac"], first) {
		t.Error("the secret is stored in the clear")
	}
	if _, err := a.Secret(t.Context(), "mac", 16); err == nil || !strings.Contains(err.Error(), "32 bytes, not 16") {
		t.Errorf("another size: %v", err)
	}
	store.secrets["mac"], store.secrets["cookie"] = store.secrets["cookie"], store.secrets["mac"]
	if _, err := a.Secret(t.Context(), "mac", 32); !errors.Is(err, ErrAltered) {
		t.Errorf("swapped rows: %v, want ErrAltered", err)
	}
}
