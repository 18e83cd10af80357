package webauthn

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// Assertion is an answer to [Party.Request] that was parsed and not judged.
type Assertion struct {
	// CredentialID says which credential it claims to be by. It is for finding that; [Party.Verify] compares.
	CredentialID []byte
	client       clientData
	auth         authenticatorData
	signature    []byte
	userHandle   []byte
}

// ParseAssertion reads what PublicKeyCredential.toJSON makes of a sign-in (section 5.1, AuthenticationResponseJSON). Extensions are passed over: none are
// asked for. An error is an [ErrMalformed].
func ParseAssertion(answer []byte) (Assertion, error) {
	var a Assertion
	var client, auth []byte
	id, err := parseAnswer(answer, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "clientDataJSON":
			client, err = octets(v)
		case "authenticatorData":
			auth, err = octets(v)
		case "signature":
			a.signature, err = octets(v)
		case "userHandle":
			if v.Kind() != strictjson.Null { // so some scripts write what is not there
				a.userHandle, err = octets(v)
			}
		}
		return err
	})
	if err != nil {
		return Assertion{}, err
	}
	a.CredentialID = id
	if a.client, err = parseClientData(client); err != nil {
		return Assertion{}, err
	}
	if a.auth, err = parseAuthenticatorData(auth); err != nil {
		return Assertion{}, err
	}
	if a.auth.flags.has(attestedCredential) { // section 6.3.3, step 10
		return Assertion{}, fmt.Errorf("%w: an assertion that brings a new credential", ErrMalformed)
	}
	return a, nil
}

// Verify judges an assertion (section 7.2) by what is kept of the credential, and returns that as it is to be kept from now on (step 24). user is the
// [User.ID] of the account that the credential was made for, challenge the one that [Party.Request] was given. An [ErrCounter] comes last, so that whoever
// meets it has the key; it is the answer of this package to step 22.
func (p Party) Verify(a Assertion, c Credential, user []byte, challenge string) (Credential, error) {
	if !bytes.Equal(a.CredentialID, c.ID) {
		return Credential{}, ErrCredential
	}
	if len(user) == 0 || subtle.ConstantTimeCompare(a.userHandle, user) == 0 { // step 6
		return Credential{}, ErrUser
	}
	if err := a.client.check(typeGet, challenge, p.Origin); err != nil { // steps 10 to 14
		return Credential{}, err
	}
	if err := a.auth.check(p.ID); err != nil { // steps 15 to 18
		return Credential{}, err
	}
	if a.auth.flags.has(backupEligible) != c.BackupEligible { // step 19
		return Credential{}, fmt.Errorf("%w: it was made otherwise", ErrBackup)
	}
	if err := a.checkSignature(c.PublicKey); err != nil { // steps 20 and 21
		return Credential{}, err
	}
	if now := a.auth.signCount; now <= c.SignCount && (now != 0 || c.SignCount != 0) { // step 22
		return Credential{}, ErrCounter
	}
	c.SignCount, c.BackedUp = a.auth.signCount, a.auth.flags.has(backedUp)
	return c, nil
}

// checkSignature is over the authenticator data and the hash of the client data (section 6.3.3, step 11).
func (a Assertion) checkSignature(cose []byte) error {
	key, err := parseKey(cose)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(a.client.raw)
	if !key.verify(slices.Concat(a.auth.raw, hash[:]), a.signature) {
		return ErrSignature
	}
	return nil
}
