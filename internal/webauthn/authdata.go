package webauthn

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
)

// flags of authenticator data (section 6.1). Bits 1 and 5 are reserved, and passed over.
type flags byte

const (
	userPresent        flags = 1 << 0
	userVerified       flags = 1 << 2
	backupEligible     flags = 1 << 3
	backedUp           flags = 1 << 4
	attestedCredential flags = 1 << 6
	extensionData      flags = 1 << 7
)

func (f flags) has(bit flags) bool { return f&bit != 0 }

// maxCredentialID is the longest id of a credential, in bytes (section 7.1, step 26).
const maxCredentialID = 1023

// authenticatorData is what an authenticator says and signs (section 6.1).
type authenticatorData struct {
	raw       []byte
	rpIDHash  []byte
	flags     flags
	signCount uint32
	attested  attestedCredentialData
}

// attestedCredentialData is of a credential that was made just now (section 6.5.1).
type attestedCredentialData struct {
	aaguid       [16]byte
	credentialID []byte
	publicKey    []byte // COSE, well-formed
}

// fixedSize is what all authenticator data begins with: the hash of the RP ID, flags, the counter.
const fixedSize = sha256.Size + 1 + 4

// parseAuthenticatorData takes attested credential data and extensions when the flags say so, and refuses anything behind.
func parseAuthenticatorData(raw []byte) (d authenticatorData, err error) {
	if len(raw) < fixedSize {
		return d, fmt.Errorf("%w: authenticator data of %d bytes", ErrMalformed, len(raw))
	}
	d = authenticatorData{
		raw: raw, rpIDHash: raw[:sha256.Size], flags: flags(raw[sha256.Size]), signCount: binary.BigEndian.Uint32(raw[sha256.Size+1:]),
	}
	rest := raw[fixedSize:]
	if d.flags.has(attestedCredential) {
		if d.attested, rest, err = cutAttested(rest); err != nil {
			return d, err
		}
	}
	if d.flags.has(extensionData) {
		if rest, err = cutExtensions(rest); err != nil {
			return d, err
		}
	}
	if len(rest) > 0 {
		return d, fmt.Errorf("%w: authenticator data has %d bytes that no flag speaks of", ErrMalformed, len(rest))
	}
	return d, nil
}

func cutAttested(data []byte) (a attestedCredentialData, rest []byte, err error) {
	if len(data) < len(a.aaguid)+2 {
		return a, nil, fmt.Errorf("%w: attested credential data ends in the middle", ErrMalformed)
	}
	rest = data[copy(a.aaguid[:], data):]
	size := int(binary.BigEndian.Uint16(rest))
	rest = rest[2:]
	if size == 0 || size > maxCredentialID || size > len(rest) {
		return a, nil, fmt.Errorf("%w: a credential id of %d bytes", ErrMalformed, size)
	}
	a.credentialID = rest[:size]
	a.publicKey, rest, err = cutCBOR(rest[size:])
	return a, rest, err
}

// cutExtensions reads over what authenticators say to extensions, a map by names (section 9.5). None is asked for.
func cutExtensions(data []byte) (rest []byte, err error) {
	item, rest, err := cutCBOR(data)
	if err != nil {
		return nil, err
	}
	members, _, ok := item.entries()
	if !ok {
		return nil, fmt.Errorf("%w: extensions that are no map", ErrMalformed)
	}
	for name := range members {
		if _, ok := name.text(); !ok {
			return nil, fmt.Errorf("%w: an extension without a name", ErrMalformed)
		}
	}
	return rest, nil
}

// check is steps 14 to 17 of section 7.1, and 15 to 18 of section 7.2: for us, by somebody, who was made sure of, and not a copy of what cannot be copied.
func (d authenticatorData) check(rpID string) error {
	hash := sha256.Sum256([]byte(rpID))
	switch {
	case subtle.ConstantTimeCompare(d.rpIDHash, hash[:]) == 0:
		return ErrParty
	case !d.flags.has(userPresent):
		return ErrPresence
	case !d.flags.has(userVerified):
		return ErrVerification
	case d.flags.has(backedUp) && !d.flags.has(backupEligible):
		return fmt.Errorf("%w: a copy of what cannot be copied", ErrBackup)
	}
	return nil
}
