package webauthn

import (
	_ "embed"
	"encoding/json"
	"errors"
	"testing"

	"github.com/lingpai/lingpai/internal/passkeytest"
)

// The test vectors of Web Authentication Level 3, section 16, in hexadecimal. They are made for a party that does not need users to be verified, and whose
// authenticators leave that to chance; and they have no user handle, which nothing signs.
//
//go:embed testdata/vectors.json
var vectors []byte

type vector struct {
	Section, Name  string
	ID             string `json:"credential_id"`
	Registration   struct{ Challenge, ClientDataJSON, AttestationObject string }
	Authentication struct{ Challenge, AuthenticatorData, ClientDataJSON, Signature string }
}

// judged says what is to come of a vector whose user was verified: nil for good.
var judged = map[string]error{
	"none.ES256": nil, "none.ES256.long-credential-id": nil, "packed-self.ES256": nil, "packed.ES256": nil, "packed.RS256": nil, "packed.EdDSA": nil,
	"tpm.ES256": nil, "android-key.ES256": nil, "apple.ES256": nil, "fido-u2f.ES256": nil,
	"none.ES256.crossOrigin": ErrFrame, "none.ES256.topOrigin": ErrFrame, "packed.ES384": ErrAlgorithm, "packed.ES512": ErrAlgorithm,
}

func TestVectorsOfTheStandard(t *testing.T) {
	var all []vector
	if err := json.Unmarshal(vectors, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(judged) {
		t.Errorf("there are %d", len(all))
	}
	party := Party{ID: "example.org", Origin: "https://example.org"}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			want, known := judged[v.Name]
			if !known {
				t.Fatal("not judged")
			}
			r, err := ParseRegistration([]byte(v.registration(t).JSON()))
			if err != nil {
				t.Fatal(err)
			}
			c, err := party.Register(r, base64url.EncodeToString(unhex(t, v.Registration.Challenge)))
			if wanted := ofFlags(want, r.auth.raw[32]); !errors.Is(err, wanted) {
				t.Errorf("registration, section %s: %v, want %v", v.Section, err, wanted)
			}
			if err != nil { // judge the assertion all the same
				c = Credential{ID: r.id, PublicKey: r.auth.attested.publicKey, BackupEligible: r.auth.flags.has(backupEligible)}
			}
			a, err := ParseAssertion([]byte(v.assertion(t).JSON()))
			if err != nil {
				t.Fatal(err)
			}
			_, err = party.Verify(a, c, []byte("a"), base64url.EncodeToString(unhex(t, v.Authentication.Challenge)))
			if wanted := ofFlags(want, a.auth.raw[32]); !errors.Is(err, wanted) {
				t.Errorf("authentication, section %s: %v, want %v", v.Section, err, wanted)
			}
			if err := a.checkSignature(c.PublicKey); err != nil && !errors.Is(want, ErrAlgorithm) {
				t.Errorf("signature, section %s: %v", v.Section, err)
			}
		})
	}
}

// ofFlags is what is to come of a vector with these flags.
func ofFlags(want error, flags byte) error {
	if flags&passkeytest.Verified == 0 && !errors.Is(want, ErrFrame) {
		return ErrVerification
	}
	return want
}

func (v vector) registration(t *testing.T) passkeytest.Registration {
	said, object := unhex(t, v.Registration.ClientDataJSON), unhex(t, v.Registration.AttestationObject)
	return passkeytest.Registration{ID: unhex(t, v.ID), ClientData: said, Object: object, Transports: []string{}}
}

func (v vector) assertion(t *testing.T) passkeytest.Assertion {
	said, data := unhex(t, v.Authentication.ClientDataJSON), unhex(t, v.Authentication.AuthenticatorData)
	return passkeytest.Assertion{ID: unhex(t, v.ID), ClientData: said, Data: data, Signature: unhex(t, v.Authentication.Signature), User: []byte("a")}
}
