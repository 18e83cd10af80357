package provider

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// flowFor is how long a person may take at the provider.
const flowFor = 10 * time.Minute

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
	plain, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("encode flow: %w", err)
	}
	return s.Box.SealText(binding, plain), nil
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

// read reads a state, however old.
func (s *Service) read(state, binding string) (flow, error) {
	if binding == "" {
		return flow{}, errState
	}
	plain, err := s.Box.OpenText(binding, state)
	if err != nil {
		return flow{}, errState
	}
	var f flow
	if err := json.Unmarshal(plain, &f); err != nil {
		return flow{}, errState
	}
	return f, nil
}

// stateID names a state in the memory of those that were used.
func stateID(state string) string {
	sum := sha256.Sum256([]byte(state))
	return "connect " + base64.RawURLEncoding.EncodeToString(sum[:])
}
