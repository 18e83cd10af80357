package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// S256 is the only method of PKCE that we take (RFC 7636, section 4.2): with `plain` the challenge is the verifier, and travels where it
// can be read.
const S256 = "S256"

// IsChallenge reports whether s is a code challenge by S256: a SHA-256 in base64url.
func IsChallenge(s string) bool {
	if len(s) != 43 || strings.ContainsAny(s, "\r\n") {
		return false
	}
	_, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil
}

// IsVerifier reports whether s is a code verifier: 43 to 128 unreserved characters (RFC 7636, section 4.1).
func IsVerifier(s string) bool {
	return len(s) >= 43 && len(s) <= 128 && !strings.ContainsFunc(s, func(c rune) bool {
		unreserved := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-._~", c)
		return !unreserved
	})
}

// Challenge is the S256 challenge of a verifier.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// VerifyChallenge reports whether verifier belongs to challenge, in constant time.
func VerifyChallenge(challenge, verifier string) bool {
	return IsVerifier(verifier) && subtle.ConstantTimeCompare([]byte(Challenge(verifier)), []byte(challenge)) == 1
}
