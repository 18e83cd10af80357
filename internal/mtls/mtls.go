// Package mtls reads the certificate that a client shows when it connects, and tells whether a token is bound to it (RFC 8705).
//
// The certificate counts only if it came in the TLS handshake of this very connection, which proves that the client holds its key. A header
// that names one is never looked at: anybody can write it. So whoever judges has to be where TLS ends.
//
// Who signed the certificate is not asked here. A token that is bound to a certificate is good for who holds the key of it, whoever vouches
// for them; who a client is, package client finds out.
//
// The package serves this server and, through the root package, every API that trusts it.
package mtls

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// Certificate is the one that the client of a request showed, or nil. It may have expired: see [Current].
func Certificate(r *http.Request) *x509.Certificate {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	return r.TLS.PeerCertificates[0]
}

// Current reports whether a certificate is good at a time by its own dates, both included.
func Current(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// Thumbprint is the SHA-256 of a certificate, as `x5t#S256` has it (RFC 8705, section 3.1).
func Thumbprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Check returns the refusal of a request that does not come with the certificate of a thumbprint, or with one that is not good now; nil if it
// does.
func Check(r *http.Request, thumb string, now time.Time) error {
	c := Certificate(r)
	switch {
	case c == nil:
		return fault.Refuse(fault.CertificateInvalid, "the connection shows none")
	case subtle.ConstantTimeCompare([]byte(Thumbprint(c)), []byte(thumb)) != 1:
		return fault.Refuse(fault.CertificateInvalid, "the connection shows another")
	case !Current(c, now):
		return fault.Refuse(fault.CertificateInvalid, "it has expired, or is not good yet")
	}
	return nil
}
