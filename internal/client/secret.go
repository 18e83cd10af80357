package client

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/secret"
)

// secretPrefix shows scanners of leaked secrets what they found.
const secretPrefix = "lpk_"

// newSecret makes a secret of 256 random bits, and what is stored of it. Nobody guesses so much, so one fast hash is enough; its key keeps
// a copy of the database from confirming a secret that was found elsewhere.
func (r *Registry) newSecret(at time.Time) (secret.String, Secret) {
	b := make([]byte, 32)
	rand.Read(b) // never fails since Go 1.24
	plain := secretPrefix + base64.RawURLEncoding.EncodeToString(b)
	return secret.New(plain), Secret{ID: strings.ToLower(rand.Text()[:8]), Hash: r.hash(plain), AddedAt: at}
}

func (r *Registry) hash(plain string) []byte {
	mac := hmac.New(sha256.New, r.Key)
	mac.Write([]byte(plain))
	return mac.Sum(nil)
}

// matches compares with every secret, in a time that does not depend on which one fits, or on whether there are any.
func (r *Registry) matches(c *Client, plain string) bool {
	hash, digest, found := r.hash(plain), sha256.Sum256([]byte(plain)), 0
	for i := range MaxSecrets {
		var stored Secret
		if i < len(c.Secrets) {
			stored = c.Secrets[i]
		}
		found |= subtle.ConstantTimeCompare(hash, orNothing(stored.Hash)) | subtle.ConstantTimeCompare(digest[:], orNothing(stored.Digest))
	}
	return found == 1
}

// orNothing is a stored hash, or one that nothing has, which takes as long to compare.
func orNothing(stored []byte) []byte {
	if len(stored) != sha256.Size {
		return nothing[:]
	}
	return stored
}

var nothing [sha256.Size]byte
