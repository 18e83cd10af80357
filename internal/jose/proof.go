package jose

import (
	"fmt"
	"slices"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// Proof is a JWS that its maker signed with the private half of the key that it carries.
type Proof struct {
	Header  Header
	Payload []byte
	// Key is the public key of the `jwk` header. Anybody can bring a key: it means something once its thumbprint is found elsewhere.
	Key *Key
}

// VerifyProof verifies a compact JWS by the public key in its own `jwk` header, which proves that its maker holds that key and nothing
// else. It is for DPoP proofs (RFC 9449) and the like; nothing else in this package looks at that header. The algorithm must be one of
// allowed. Refused besides what [Parse] refuses: a header without `jwk` (an [ErrMalformed]); a secret or private key, a weak one, and
// one that is made for another algorithm or use (an [ErrKey]).
func VerifyProof(token string, allowed ...Algorithm) (*Proof, error) {
	var brought *jwk
	m, err := parseWith(token, func(name string, v strictjson.Value) (err error) {
		if name == "jwk" {
			brought, err = readJWK(v.Object)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	k, err := brought.proofKey(m.header.Algorithm, allowed)
	if err != nil {
		return nil, err
	}
	payload, err := m.Verify(k)
	if err != nil {
		return nil, err
	}
	return &Proof{m.header, payload, k}, nil
}

// proofKey makes the key of a proof, for the algorithm that the proof names.
func (j *jwk) proofKey(alg Algorithm, allowed []Algorithm) (*Key, error) {
	if j == nil {
		return nil, fmt.Errorf("%w: the header has no jwk", ErrMalformed)
	}
	if j.secretive() {
		return nil, fmt.Errorf("%w: the header shows a secret", ErrKey)
	}
	if !slices.Contains(allowed, alg) {
		return nil, fmt.Errorf("%w: not one that is accepted for proofs", ErrAlgorithm)
	}
	if j.Algorithm == "" {
		j.Algorithm = alg
	}
	if len(j.ops) == 0 {
		j.ops = nil // Browsers export `[]` for the public half of a pair that was made for signing alone.
	}
	return j.key()
}
