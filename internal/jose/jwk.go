package jose

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// jwk is a JSON Web Key as it is written (RFC 7517, section 4). Members that are not here, such as certificates and their addresses,
// are passed over.
type jwk struct {
	members
	KeyID     string    `json:"kid,omitempty"`
	Use       string    `json:"use,omitempty"`
	Algorithm Algorithm `json:"alg,omitempty"`
	// ops is `key_ops`, read and never written; use says the same.
	ops []string
}

// members are the parameters of the key itself (RFC 7518, section 6; RFC 8037, section 2), each in base64url.
type members struct {
	KeyType string `json:"kty"`
	Curve   string `json:"crv,omitempty"`
	X       string `json:"x,omitempty"`
	Y       string `json:"y,omitempty"`
	N       string `json:"n,omitempty"`
	E       string `json:"e,omitempty"`
	D       string `json:"d,omitempty"`
	P       string `json:"p,omitempty"`
	Q       string `json:"q,omitempty"`
	DP      string `json:"dp,omitempty"`
	DQ      string `json:"dq,omitempty"`
	QI      string `json:"qi,omitempty"`
	K       string `json:"k,omitempty"`
}

// secretive reports whether there is something among the members that must not be published.
func (m members) secretive() bool { return m.KeyType == symmetric || m.D != "" || m.K != "" }

// required is the JSON that RFC 7638, section 3.2 hashes, or "" for a secret key. Base64url needs no escaping.
func (m members) required() string {
	switch m.KeyType {
	case rsaType:
		return `{"e":"` + m.E + `","kty":"RSA","n":"` + m.N + `"}`
	case ellipticKey:
		return `{"crv":"` + m.Curve + `","kty":"EC","x":"` + m.X + `","y":"` + m.Y + `"}`
	case octetPair:
		return `{"crv":"` + m.Curve + `","kty":"OKP","x":"` + m.X + `"}`
	}
	return ""
}

// JWK writes the public key with its id, algorithm and `"use":"sig"`. It never writes anything private: of a private key it writes
// the public half, and of an HMAC key nothing, not even an object (nil).
func (k *Key) JWK() []byte {
	if k.material.public() == nil {
		return nil
	}
	return k.marshal(k.material.members(false))
}

// InsecurePrivateJWK writes the key with all that is secret in it, for sealing at rest and for nothing else. A public key is refused
// with an [ErrKey].
func (k *Key) InsecurePrivateJWK() ([]byte, error) {
	if !k.IsPrivate() {
		return nil, fmt.Errorf("%w: it has no private half", ErrKey)
	}
	return k.marshal(k.material.members(true)), nil
}

func (k *Key) marshal(m members) []byte {
	text, err := json.Marshal(jwk{members: m, KeyID: k.kid, Use: "sig", Algorithm: k.alg})
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return text
}

// errForeign marks keys that are sound for all we know, but not for us: of another type, curve, algorithm or purpose. A key set skips
// them (RFC 7517, section 5).
var errForeign = fmt.Errorf("%w, meant for something else", ErrKey)

// ParseKey reads a JWK, public, private or secret. The algorithm is its `alg`, else the usual one of [NewKey]; the id is its `kid`, else
// the thumbprint. Refused with an [ErrKey], besides what NewKey refuses: `use` other than sig; `key_ops` other than verify for a
// public key, sign (and verify) for a private one, and both for a secret one; halves that do not belong together; values that are empty, of
// the wrong length or not in their shortest form; parameters of another key type.
func ParseKey(data []byte) (*Key, error) {
	j, err := readJWK(func(member func(string, strictjson.Value) error) error { return strictjson.ParseObject(data, member) })
	if err != nil {
		return nil, err
	}
	return j.key()
}

// readJWK gathers the members that each hands over.
func readJWK(each func(member func(string, strictjson.Value) error) error) (*jwk, error) {
	var j jwk
	if err := each(j.set); err != nil {
		return nil, fmt.Errorf("%w: not a JWK: %w", ErrKey, err)
	}
	return &j, nil
}

func (j *jwk) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "key_ops":
		j.ops, err = v.Strings()
	case "alg":
		err = setText((*string)(&j.Algorithm), v)
	default:
		if field := j.field(name); field != nil {
			err = setText(field, v)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// setText refuses an empty text, which would pass for a missing member.
func setText(field *string, v strictjson.Value) (err error) {
	*field, err = v.String()
	if err == nil && *field == "" {
		err = fmt.Errorf("empty")
	}
	return err
}

func (j *jwk) field(name string) *string {
	switch name {
	case "kty":
		return &j.KeyType
	case "crv":
		return &j.Curve
	case "x":
		return &j.X
	case "y":
		return &j.Y
	case "n":
		return &j.N
	case "e":
		return &j.E
	case "kid":
		return &j.KeyID
	case "use":
		return &j.Use
	}
	return j.privateField(name)
}

func (j *jwk) privateField(name string) *string {
	switch name {
	case "d":
		return &j.D
	case "p":
		return &j.P
	case "q":
		return &j.Q
	case "dp":
		return &j.DP
	case "dq":
		return &j.DQ
	case "qi":
		return &j.QI
	case "k":
		return &j.K
	}
	return nil
}

// key makes the key, and checks that it would be written as it was read.
func (j *jwk) key() (*Key, error) {
	if err := j.checkPurpose(); err != nil {
		return nil, err
	}
	material, err := j.material()
	if err != nil {
		return nil, err
	}
	k, err := NewKey(j.Algorithm, material)
	if err != nil {
		return nil, err
	}
	if k.material.members(true) != j.members {
		return nil, fmt.Errorf("%w: its values do not belong together, or are not in their shortest form", ErrKey)
	}
	if j.KeyID != "" {
		k = k.WithID(j.KeyID)
	}
	return k, nil
}

// checkPurpose refuses keys that are not for signatures of ours. Its errors are errForeign.
func (j *jwk) checkPurpose() error {
	if j.Use != "" && j.Use != "sig" {
		return fmt.Errorf("%w: its use is not sig", errForeign)
	}
	if j.Algorithm != "" {
		if _, err := ParseAlgorithm(string(j.Algorithm)); err != nil {
			return fmt.Errorf("%w: its algorithm is not one that is accepted", errForeign)
		}
	}
	if j.ops != nil && !j.opsFit() {
		return fmt.Errorf("%w: its key_ops do not fit", errForeign)
	}
	return nil
}

func (j *jwk) opsFit() bool {
	for i, op := range j.ops {
		if op != "sign" && op != "verify" || slices.Contains(j.ops[:i], op) {
			return false
		}
	}
	sign, verify := slices.Contains(j.ops, "sign"), slices.Contains(j.ops, "verify")
	switch {
	case j.KeyType == symmetric:
		return sign && verify
	case j.D != "":
		return sign
	}
	return verify && !sign
}

// material makes what NewKey takes.
func (j *jwk) material() (any, error) {
	switch j.KeyType {
	case symmetric:
		return j.secret()
	case rsaType:
		return j.rsaKey()
	case ellipticKey:
		if _, ok := curves[j.Curve]; ok {
			return j.ecdsaKey()
		}
	case octetPair:
		if j.Curve == ed25519Curve {
			return j.ed25519Key()
		}
	case "":
		return nil, fmt.Errorf("%w: it does not say its type", ErrKey)
	}
	return nil, fmt.Errorf("%w: its type or curve is not one that is accepted", errForeign)
}
