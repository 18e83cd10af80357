package lingpai

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// proofAlgorithms are those of DPoP proofs: all that a browser can make, but not RSA with PKCS #1 v1.5, which FAPI 2.0 rules out.
var proofAlgorithms = []jose.Algorithm{jose.ES256, jose.EdDSA, jose.Ed25519, jose.PS256}

// algs is the list for challenges (RFC 9449, section 7.1).
const algs = "ES256 EdDSA Ed25519 PS256"

// proof is what a DPoP proof says (RFC 9449, section 4.2). Its signature has been checked.
type proof struct {
	key      *jose.Key
	jti      string
	method   string // htm
	address  string // htu, normalised
	issuedAt time.Time
	ath      string
	nonce    string
}

// readProof reads the one DPoP header of a request. Claims that it does not know, `exp` and `nbf` among them, are passed over.
func readProof(headers []string) (*proof, error) {
	switch {
	case len(headers) == 0:
		return nil, badProof("it is missing", nil)
	case len(headers) > 1:
		return nil, badProof("there are two", nil)
	case len(headers[0]) > maxProof:
		return nil, badProof("it is longer than 8 KiB", nil)
	}
	signed, err := jose.VerifyProof(headers[0], proofAlgorithms...)
	if err != nil {
		return nil, badProof("it does not read, or its signature does not fit", err)
	}
	if !strings.EqualFold(signed.Header.Type, "dpop+jwt") {
		return nil, badProof("its type is not dpop+jwt", nil)
	}
	p := &proof{key: signed.Key}
	if err := strictjson.ParseObject(signed.Payload, p.set); err != nil {
		return nil, badProof("its claims do not read", err)
	}
	if p.jti == "" || p.method == "" || p.address == "" || p.issuedAt.IsZero() || p.ath == "" {
		return nil, badProof("one of jti, htm, htu, iat, ath is missing", nil)
	}
	return p, nil
}

func (p *proof) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "jti":
		p.jti, err = v.String()
	case "htm":
		p.method, err = v.String()
	case "htu":
		p.address, err = v.String()
		if err == nil {
			p.address, err = normalAddress(p.address)
		}
	case "iat":
		p.issuedAt, err = v.NumericDate()
	case "ath":
		p.ath, err = v.String()
	case "nonce":
		p.nonce, err = v.String()
		if err == nil && p.nonce == "" {
			err = errors.New("empty nonce")
		}
	}
	return err
}

// id names the proof among those of all keys, so that nobody can use up the proofs of others.
func (p *proof) id() [sha256.Size]byte {
	return sha256.Sum256([]byte(p.key.Thumbprint() + "." + p.jti))
}

// tokenHash is `ath` (RFC 9449, section 4.2).
func tokenHash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
