package passkey

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// party is us, as devices know us (Relying Party).
type party struct {
	*webauthn.WebAuthn
	origin string
}

// algorithms are those that a key may have, the best first.
var algorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// newParty returns nil where the issuer has an address of numbers: no browser makes passkeys for one (Web Authentication, section 5.1.3, step 7).
func newParty(name, issuer string) (*party, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil, fmt.Errorf("read issuer: %w", err)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, nil //nolint:nilnil // it is no mistake
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: strings.ToLower(u.Hostname()), RPDisplayName: name, RPOrigins: []string{issuer}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys: %w", err)
	}
	return &party{w, issuer}, nil
}

// begun is what the library wants to know again of what was asked.
func (c challenge) begun(userID []byte) webauthn.SessionData {
	return webauthn.SessionData{
		Challenge: c.text, UserID: userID, UserVerification: protocol.VerificationRequired, CredParams: algorithms,
	}
}

// asked reports whether an answer is to this challenge, by a page of our origin to the letter. The library forgives capitals and a path.
func (p *party) asked(c challenge, said protocol.CollectedClientData) (ours, origin bool) {
	return said.Challenge == c.text, said.Origin == p.origin
}

// Owner is whose passkeys they are.
type Owner struct{ ID, Username, Name string }

// holder is an account in the form that the library wants.
type holder struct {
	owner Owner
	has   []Credential
}

// WebAuthnID is the user handle.
func (h holder) WebAuthnID() []byte { return []byte(h.owner.ID) }

// WebAuthnName tells accounts apart.
func (h holder) WebAuthnName() string { return h.owner.Username }

// WebAuthnDisplayName is what the person is called.
func (h holder) WebAuthnDisplayName() string {
	if h.owner.Name != "" {
		return h.owner.Name
	}
	return h.owner.Username
}

// WebAuthnCredentials are the passkeys.
func (h holder) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, 0, len(h.has))
	for i := range h.has {
		out = append(out, h.has[i].record())
	}
	return out
}

// record is a passkey in the form that the library wants.
func (c *Credential) record() webauthn.Credential {
	id, _ := base64.RawURLEncoding.DecodeString(c.ID) // we wrote it
	model, _ := hex.DecodeString(c.AAGUID)
	var transports []protocol.AuthenticatorTransport
	for _, t := range c.Transports {
		transports = append(transports, protocol.AuthenticatorTransport(t))
	}
	return webauthn.Credential{
		ID: id, PublicKey: c.PublicKey, Transport: transports,
		Flags:         webauthn.CredentialFlags{UserPresent: true, UserVerified: true, BackupEligible: c.BackupEligible, BackupState: c.BackedUp},
		Authenticator: webauthn.Authenticator{AAGUID: model, SignCount: c.SignCount},
	}
}
