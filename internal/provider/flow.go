package provider

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	// flowFor is how long a person may take at the provider.
	flowFor = 10 * time.Minute
	// maxState bounds what is decrypted.
	maxState = 8 << 10
)

// flow is a sign-in that is under way. It travels in `state`.
type flow struct {
	Provider string `json:"p"`
	// Origin is the one of ours at which it began, and must end.
	Origin   string `json:"o"`
	ReturnTo string `json:"r,omitempty"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	// Again says that the person must prove anew who they are.
	Again bool `json:"a,omitempty"`
	// Link is the account that the person at the provider is to be tied to; "" to sign in.
	Link  string `json:"l,omitempty"`
	Began int64  `json:"b"` // unix milliseconds
}

func (f *flow) began() time.Time { return time.UnixMilli(f.Began) }

// NewBinding makes a value for the cookie of a browser that begins to sign in.
func NewBinding() string { return rand.Text() }

var errState = errors.New("the state was not made for this browser, this provider and this origin, or is too old")

// seal writes a flow as `state`, readable by us alone, and only beside the same binding.
func (s *Service) seal(f flow, binding string) (string, error) {
	box, err := s.box()
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("encode flow: %w", err)
	}
	sealed := box.Seal(nil, nil, plain, []byte(binding)) //nolint:gosec // no nonce is given: box makes one for each
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// open reads a state of a sign-in that is not over.
func (s *Service) open(state, binding string) (flow, error) {
	f, err := s.read(state, binding)
	if err != nil {
		return flow{}, err
	}
	if age := s.Now().Sub(f.began()); age < 0 || age > flowFor {
		return flow{}, errState
	}
	return f, nil
}

// read reads a state, however old. That it is authentic is compared in constant time (AES-GCM).
func (s *Service) read(state, binding string) (flow, error) {
	if binding == "" || len(state) > maxState {
		return flow{}, errState
	}
	box, err := s.box()
	if err != nil {
		return flow{}, err
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(state)
	if err != nil {
		return flow{}, errState
	}
	plain, err := box.Open(nil, nil, sealed, []byte(binding))
	if err != nil {
		return flow{}, errState
	}
	var f flow
	if err := json.Unmarshal(plain, &f); err != nil {
		return flow{}, errState
	}
	return f, nil
}

func (s *Service) box() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.Key)
	if err != nil {
		return nil, fmt.Errorf("seal flow: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// stateID names a state in the memory of those that were used.
func stateID(state string) string {
	sum := sha256.Sum256([]byte(state))
	return "connect " + base64.RawURLEncoding.EncodeToString(sum[:])
}
