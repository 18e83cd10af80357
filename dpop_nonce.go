package lingpai

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

// nonces makes the nonces of RFC 9449, section 9: a MAC over the number of the turn, so that nothing is kept of them. One nonce serves
// everybody; that a proof is used once is seen to by its `jti`.
type nonces struct {
	secret []byte
	now    func() time.Time
}

func newNonces(secret []byte, now func() time.Time) (*nonces, error) {
	switch {
	case secret == nil:
		secret = make([]byte, minNonceSecret)
		_, _ = rand.Read(secret) // never fails
	case len(secret) < minNonceSecret:
		return nil, errors.New("the DPoP nonce secret needs 32 bytes or more")
	}
	return &nonces{append([]byte(nil), secret...), now}, nil
}

// current is the nonce to give out.
func (n *nonces) current() string { return n.at(n.turn()) }

// accept reports whether a nonce is that of this turn or the last.
func (n *nonces) accept(nonce string) bool {
	turn := n.turn()
	now, before := []byte(n.at(turn)), []byte(n.at(turn-1))
	return hmac.Equal([]byte(nonce), now) || hmac.Equal([]byte(nonce), before)
}

func (n *nonces) turn() int64 { return n.now().Unix() / int64(nonceTurn/time.Second) }

func (n *nonces) at(turn int64) string {
	mac := hmac.New(sha256.New, n.secret)
	_ = binary.Write(mac, binary.BigEndian, turn) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
