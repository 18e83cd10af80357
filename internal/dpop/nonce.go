package dpop

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

const (
	// nonceTurn is for how long one nonce is given out. It is good for one turn more.
	nonceTurn = 2 * time.Minute
	// minNonceSecret is the shortest secret, in bytes.
	minNonceSecret = 32
)

// Nonces makes the nonces of RFC 9449, sections 8 and 9: a MAC over the number of the turn, so that nothing is kept of them, and all who
// share the secret take one another's. One nonce serves everybody; that a proof is used once is seen to by its `jti`. It is safe for
// concurrent use.
type Nonces struct {
	secret []byte
	now    func() time.Time
}

// NewNonces takes the secret of the nonces, 32 bytes or more; with nil it makes one of its own.
func NewNonces(secret []byte, now func() time.Time) (*Nonces, error) {
	switch {
	case secret == nil:
		secret = make([]byte, minNonceSecret)
		_, _ = rand.Read(secret) // never fails
	case len(secret) < minNonceSecret:
		return nil, errors.New("the DPoP nonce secret needs 32 bytes or more")
	}
	return &Nonces{append([]byte(nil), secret...), now}, nil
}

// Current is the nonce to give out.
func (n *Nonces) Current() string { return n.at(n.turn()) }

// until is when a nonce is over. It reports false for what is not the nonce of this turn or the last.
func (n *Nonces) until(nonce string) (time.Time, bool) {
	turn := n.turn()
	for _, given := range []int64{turn, turn - 1} {
		if hmac.Equal([]byte(nonce), []byte(n.at(given))) {
			return time.Unix((given+2)*int64(nonceTurn/time.Second), 0), true
		}
	}
	return time.Time{}, false
}

func (n *Nonces) turn() int64 { return n.now().Unix() / int64(nonceTurn/time.Second) }

func (n *Nonces) at(turn int64) string {
	mac := hmac.New(sha256.New, n.secret)
	_ = binary.Write(mac, binary.BigEndian, turn) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
