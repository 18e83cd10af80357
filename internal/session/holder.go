package session

import (
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/token"
)

// certificateMark begins the KeyThumb of a session that is bound to a client certificate. The thumbprint of a key has no colon.
const certificateMark = "x5t#S256:"

// ByCertificate is the KeyThumb of a session that is bound to the client certificate of a thumbprint (RFC 8705, section 4), and of who shows
// that certificate; "" for no certificate.
func ByCertificate(thumb string) string {
	if thumb == "" {
		return ""
	}
	return certificateMark + thumb
}

// bind has the tokens of a session bound as it is.
func (s *Session) bind(g *token.Grant) {
	if cert, ok := strings.CutPrefix(s.KeyThumb, certificateMark); ok {
		g.CertThumb = cert
		return
	}
	g.KeyThumb = s.KeyThumb
}

// Holds returns the refusal for who does not hold the key that a session is bound to, or nil. It never ends the session: a token without
// its key is a thief's, and of no use to them.
func Holds(row Session, keyThumb string) error {
	switch {
	case row.KeyThumb == "" || row.KeyThumb == keyThumb:
		return nil
	case strings.HasPrefix(row.KeyThumb, certificateMark):
		return fault.Refuse(fault.CertificateInvalid, "the connection shows none, or another")
	case keyThumb == "":
		return fault.Refuse(fault.DPoPProofInvalid, "it is missing, and the session is bound to a key")
	}
	return fault.Refuse(fault.DPoPProofInvalid, "another key made it than the one that the session is bound to")
}
