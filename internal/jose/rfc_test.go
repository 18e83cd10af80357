package jose

import (
	"encoding/json"
	"os"
	"testing"
)

// TestExamplesOfTheRFCs runs the examples that the standards print: each token verifies, a deterministic signature comes out the same
// when we sign, and thumbprints are equal.
func TestExamplesOfTheRFCs(t *testing.T) {
	data, err := os.ReadFile("testdata/rfc.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct {
		Name, Token, Thumbprint string
		Signs                   bool // with a header of nothing but alg, as Sign writes it for a key without id
		Key                     json.RawMessage
	}
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		t.Run(e.Name, func(t *testing.T) {
			k, err := ParseKey(e.Key)
			if err != nil {
				t.Fatal(err)
			}
			if e.Thumbprint != "" && k.Thumbprint() != e.Thumbprint {
				t.Errorf("thumbprint %s, want %s", k.Thumbprint(), e.Thumbprint)
			}
			if e.Token == "" {
				return
			}
			payload, err := verify(e.Token, k)
			if err != nil {
				t.Fatal(err)
			}
			if !e.Signs {
				return
			}
			if token, err := Sign(k.WithID(""), "", payload); err != nil || token != e.Token {
				t.Errorf("signed %s, %v", token, err)
			}
		})
	}
}

// verify parses and verifies.
func verify(token string, k *Key) ([]byte, error) {
	m, err := Parse(token)
	if err != nil {
		return nil, err
	}
	return m.Verify(k)
}
