// Package passkeytest is an authenticator made of software, and the browser that it is plugged into, for tests (Web Authentication Level 3, sections 5.8.1
// and 6). What it answers is right as it is made, and wrong in whatever a test changes: in the fields of [Authenticator] before anything is signed, in
// those of [Registration] and [Assertion] after it.
package passkeytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"sync"
)

// The flags of authenticator data (section 6.1).
const (
	Present    = 1 << 0
	Verified   = 1 << 2
	Eligible   = 1 << 3
	BackedUp   = 1 << 4
	Attested   = 1 << 6
	Extensions = 1 << 7
)

// Authenticator has one passkey.
type Authenticator struct {
	Key crypto.Signer
	// COSE is the public key as it is attested.
	COSE []byte
	// ID is that of the passkey, User the user handle of its account.
	ID, User []byte
	// Origin is where the page is that asks, RPID what it asks for.
	Origin, RPID string
	// Flags are those of authenticator data. A registration has [Attested] besides.
	Flags byte
	Count uint32
	// Says is further members of client data, or others in the place of what belongs there.
	Says map[string]any
	// Behind stands behind authenticator data: extensions, or what does not belong there.
	Behind []byte
}

// New makes a passkey of an account: synced, of somebody who is there and was verified. The key is one of [ES256], [EdDSA] and [RS256].
func New(key crypto.Signer, user, origin, rpID string) *Authenticator {
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &Authenticator{
		Key: key, COSE: COSE(key), ID: id, User: []byte(user), Origin: origin, RPID: rpID, Flags: Present | Verified | Eligible | BackedUp,
	}
}

// ES256 makes a key.
func ES256() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

// EdDSA makes a key.
func EdDSA() crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return must(key, err)
}

// RS256 returns a key, the same each time: to make one takes long.
var RS256 = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 2048)) })

// must is for what fails only where there are no random numbers, or a test hands in what is none of the above.
func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

// COSE is the public half of a key as a COSE_Key (section 6.5.1.1).
func COSE(key crypto.Signer) []byte {
	switch pub := key.Public().(type) {
	case *ecdsa.PublicKey:
		point := must(pub.Bytes()) // 4, x, y
		return slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21}, Bytes(point[1:33]), []byte{0x22}, Bytes(point[33:]))
	case ed25519.PublicKey:
		return slices.Concat([]byte{0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21}, Bytes(pub))
	case *rsa.PublicKey:
		return slices.Concat([]byte{0xa4, 1, 3, 3, 0x39, 1, 0, 0x20}, Bytes(pub.N.Bytes()), []byte{0x21}, Bytes([]byte{1, 0, 1}))
	}
	panic("a key of another kind")
}

// Bytes is a byte string in CBOR.
func Bytes(b []byte) []byte {
	switch n := len(b); {
	case n < 24:
		return slices.Concat([]byte{0x40 | byte(n)}, b)
	case n < 256:
		return slices.Concat([]byte{0x58, byte(n)}, b)
	default:
		return slices.Concat(binary.BigEndian.AppendUint16([]byte{0x59}, uint16(n)), b)
	}
}

// ClientData is what the browser says, of type webauthn.create or webauthn.get.
func (a *Authenticator) ClientData(kind, challenge string) []byte {
	said := map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false}
	maps.Copy(said, a.Says)
	return toJSON(said)
}

// Data is authenticator data, with what is put between the counter and the end.
func (a *Authenticator) Data(flags byte, attested []byte) []byte {
	hash := sha256.Sum256([]byte(a.RPID))
	return slices.Concat(binary.BigEndian.AppendUint32(append(hash[:], flags), a.Count), attested, a.Behind)
}

// Registration is an answer with a new passkey.
type Registration struct {
	ID, ClientData, Object []byte
	Transports             []string
}

// Create answers a request for a new passkey, with no attestation.
func (a *Authenticator) Create(challenge string) Registration {
	attested := slices.Concat(make([]byte, 16), binary.BigEndian.AppendUint16(nil, uint16(len(a.ID))), a.ID, a.COSE)
	return Registration{a.ID, a.ClientData("webauthn.create", challenge), Object(a.Data(a.Flags|Attested, attested)), []string{"internal", "hybrid"}}
}

// Object is an attestation object without attestation (sections 6.5.4 and 8.7).
func Object(data []byte) []byte {
	return slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"), Bytes(data))
}

// JSON is what toJSON makes of it.
func (r Registration) JSON() string {
	return answer(r.ID, map[string]any{"clientDataJSON": text(r.ClientData), "attestationObject": text(r.Object), "transports": r.Transports})
}

// Assertion is an answer to a request to sign in.
type Assertion struct{ ID, ClientData, Data, Signature, User []byte }

// Get answers a request to sign in.
func (a *Authenticator) Get(challenge string) Assertion {
	said, data := a.ClientData("webauthn.get", challenge), a.Data(a.Flags, nil)
	return Assertion{a.ID, said, data, a.Sign(said, data), a.User}
}

// Sign signs authenticator data together with client data (section 6.3.3, step 11).
func (a *Authenticator) Sign(clientData, data []byte) []byte {
	hash := sha256.Sum256(clientData)
	signed, by := slices.Concat(data, hash[:]), crypto.Hash(0)
	if _, ok := a.Key.(ed25519.PrivateKey); !ok {
		digest := sha256.Sum256(signed)
		signed, by = digest[:], crypto.SHA256
	}
	return must(a.Key.Sign(rand.Reader, signed, by))
}

// JSON is what toJSON makes of it.
func (s Assertion) JSON() string {
	return answer(s.ID, map[string]any{
		"clientDataJSON": text(s.ClientData), "authenticatorData": text(s.Data), "signature": text(s.Signature), "userHandle": text(s.User),
	})
}

func answer(id []byte, response map[string]any) string {
	return string(toJSON(map[string]any{
		"id": text(id), "rawId": text(id), "type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{},
		"response": response,
	}))
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func toJSON(v any) []byte { return must(json.Marshal(v)) }
