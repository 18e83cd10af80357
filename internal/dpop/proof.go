package dpop

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// algorithms are those of proofs: all that a browser can make, but not RSA with PKCS #1 v1.5, which FAPI 2.0 rules out.
var algorithms = []jose.Algorithm{jose.ES256, jose.EdDSA, jose.Ed25519, jose.PS256}

const (
	// Algorithms is the list for challenges (RFC 9449, section 7.1).
	Algorithms = "ES256 EdDSA Ed25519 PS256"
	// maxProof is the longest proof that is looked at, in bytes. One with an RSA key of 4096 bits has about 2,000.
	maxProof = 8 << 10
)

// Proof is what a proof says (RFC 9449, section 4.2). It was read by [Judge.Read].
type Proof struct {
	thumb    string // of the key that made it
	jti      string
	method   string // htm
	address  string // htu, normalised
	issuedAt time.Time
	ath      string
	nonce    string
	until    time.Time // it is accepted no longer; set by the judge
}

// Thumbprint is that of the key that made the proof (RFC 7638): the `jkt` of what is bound to the key. Of no proof, nil, it is "".
func (p *Proof) Thumbprint() string {
	if p == nil {
		return ""
	}
	return p.thumb
}

// Fits returns the refusal of a proof that was made for another token, or by another key than that of a thumbprint.
func (p *Proof) Fits(accessToken, thumb string) error {
	switch {
	case p.thumb != thumb:
		return Refuse("another key made it than the one that the token is bound to", nil)
	case p.ath == "":
		return Refuse("its ath is missing", nil)
	case p.ath != tokenHash(accessToken):
		return Refuse("it is made for another token", nil)
	}
	return nil
}

// readProof reads the one DPoP header of a request. Claims that it does not know, `exp` and `nbf` among them, are passed over.
func readProof(headers []string) (*Proof, error) {
	switch {
	case len(headers) == 0:
		return nil, Refuse("it is missing", nil)
	case len(headers) > 1:
		return nil, Refuse("there are several", nil)
	case len(headers[0]) > maxProof:
		return nil, Refuse("it is longer than 8 KiB", nil)
	}
	signed, err := jose.VerifyProof(headers[0], algorithms...)
	if err != nil {
		return nil, Refuse("it does not read, or its signature does not fit", err)
	}
	if !strings.EqualFold(signed.Header.Type, "dpop+jwt") {
		return nil, Refuse("its type is not dpop+jwt", nil)
	}
	p := &Proof{thumb: signed.Key.Thumbprint()}
	if err := strictjson.ParseObject(signed.Payload, p.set); err != nil {
		return nil, Refuse("its claims do not read", err)
	}
	if p.jti == "" || p.method == "" || p.address == "" || p.issuedAt.IsZero() {
		return nil, Refuse("one of jti, htm, htu, iat is missing", nil)
	}
	return p, nil
}

func (p *Proof) set(name string, v strictjson.Value) (err error) {
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
func (p *Proof) id() [sha256.Size]byte {
	return sha256.Sum256([]byte(p.thumb + "." + p.jti))
}

// tokenHash is `ath` (RFC 9449, section 4.2).
func tokenHash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Refuse is the refusal of a request without a good proof; why ends the sentence "the DPoP proof does not fit this request".
func Refuse(why string, cause error) error {
	return fault.Refuse(fault.DPoPProofInvalid, why).Because(cause)
}
