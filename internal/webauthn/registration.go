package webauthn

import (
	"bytes"
	"fmt"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// Credential is what is kept of a passkey (section 4, credential record).
type Credential struct {
	ID []byte
	// PublicKey is a COSE_Key (RFC 9052, section 7), byte for byte as the authenticator wrote it.
	PublicKey []byte
	// SignCount is how often the authenticator signed; 0 for one that does not count.
	SignCount uint32
	// AAGUID is its model; zeros where it does not say.
	AAGUID [16]byte
	// Transports are how it is reached, as the browser said; nobody vouches for them.
	Transports []string
	// BackupEligible says that there may be copies on other devices of the person, BackedUp that there are.
	BackupEligible, BackedUp bool
}

// Registration is an answer to [Party.Creation] that was parsed and not judged.
type Registration struct {
	id         []byte
	transports []string
	client     clientData
	auth       authenticatorData
}

// ParseRegistration reads what PublicKeyCredential.toJSON makes of a new credential (section 5.1, RegistrationResponseJSON). What repeats parts of the
// attestation object (authenticatorData, publicKey, publicKeyAlgorithm) is passed over, and so are extensions: none are asked for. An error is an
// [ErrMalformed].
func ParseRegistration(answer []byte) (Registration, error) {
	var r Registration
	var client, object []byte
	id, err := parseAnswer(answer, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "clientDataJSON":
			client, err = octets(v)
		case "attestationObject":
			object, err = octets(v)
		case "transports":
			r.transports, err = v.Strings()
		}
		return err
	})
	if err != nil {
		return Registration{}, err
	}
	r.id = id
	if r.client, err = parseClientData(client); err != nil {
		return Registration{}, err
	}
	if r.auth, err = parseAttestationObject(object); err != nil {
		return Registration{}, err
	}
	return r, nil
}

// parseAttestationObject returns the authenticator data inside (section 6.5.4). The statement beside it is read over, whatever its format: it says which
// model an authenticator is, and that is not asked. One of the format "none" is empty (section 8.7).
func parseAttestationObject(data []byte) (authenticatorData, error) {
	object, err := readCBOR(data)
	if err != nil {
		return authenticatorData{}, err
	}
	members, n, ok := object.entries()
	if !ok {
		return authenticatorData{}, fmt.Errorf("%w: an attestation object that is no map", ErrMalformed)
	}
	var format, statement, auth cbor
	for name, value := range members {
		switch name, _ := name.text(); name {
		case "fmt":
			format = value
		case "attStmt":
			statement = value
		case "authData":
			auth = value
		}
	}
	f, okFormat := format.text()
	_, said, okStatement := statement.entries()
	raw, okAuth := auth.bytes()
	if !okFormat || !okStatement || !okAuth || n != 3 || f == "none" && said > 0 {
		return authenticatorData{}, fmt.Errorf("%w: an attestation object is fmt, attStmt and authData", ErrMalformed)
	}
	return parseAuthenticatorData(raw)
}

// Register judges a registration and returns the new credential (section 7.1). challenge is the one that [Party.Creation] was given. Whether the
// credential is known already (step 27) is for the caller to see, and what it is kept as (step 28).
func (p Party) Register(r Registration, challenge string) (Credential, error) {
	if err := r.client.check(typeCreate, challenge, p.Origin); err != nil { // steps 7 to 11
		return Credential{}, err
	}
	if err := r.auth.check(p.ID); err != nil { // steps 14 to 17
		return Credential{}, err
	}
	made := r.auth.attested
	if !r.auth.flags.has(attestedCredential) || !bytes.Equal(made.credentialID, r.id) {
		return Credential{}, fmt.Errorf("%w: authenticator data has none, or one of another id", ErrCredential)
	}
	if _, err := parseKey(made.publicKey); err != nil { // step 20
		return Credential{}, err
	}
	return Credential{ // steps 18, 19 and 28
		ID: r.id, PublicKey: bytes.Clone(made.publicKey), SignCount: r.auth.signCount, AAGUID: made.aaguid, Transports: r.transports,
		BackupEligible: r.auth.flags.has(backupEligible), BackedUp: r.auth.flags.has(backedUp),
	}, nil
}
