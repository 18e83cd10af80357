package authn

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/secret"
)

const devicePrefix = "lpd_"

// Devices writes and reads the device cookie: proof that this browser signed in to this account before. It opens nothing; it only gives
// the browser its own allowance of tries, so that a flood of guesses from elsewhere does not keep an owner out.
type Devices struct{ key []byte }

// NewDevices takes the key of the proofs, which all nodes share.
func NewDevices(key []byte) *Devices { return &Devices{key: append([]byte(nil), key...)} }

// Issue makes the cookie for a device of this account, which is signed in to now. It holds when that was, 8 random bytes, and the tag.
func (d *Devices) Issue(userID string, now time.Time) secret.String {
	var b [32]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMicro()))
	rand.Read(b[8:16])
	copy(b[16:], d.tag(b[:16], userID))
	return secret.New(devicePrefix + base64.RawURLEncoding.EncodeToString(b[:]))
}

// Known returns the device's name when the cookie was issued for this account, and "" otherwise.
func (d *Devices) Known(cookie, userID string) string {
	return d.KnownSince(cookie, userID, time.Time{})
}

// KnownSince is [Devices.Known] for a device that signed in at this time or later.
func (d *Devices) KnownSince(cookie, userID string, since time.Time) string {
	text, ok := strings.CutPrefix(cookie, devicePrefix)
	if !ok || userID == "" || len(text) != base64.RawURLEncoding.EncodedLen(32) { // line breaks, which base64 passes over, make it longer
		return ""
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != 32 || subtle.ConstantTimeCompare(b[16:], d.tag(b[:16], userID)) != 1 {
		return ""
	}
	if at := time.UnixMicro(int64(binary.BigEndian.Uint64(b[:8]))); at.Before(since) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b[:16])
}

func (d *Devices) tag(id []byte, userID string) []byte {
	mac := hmac.New(sha256.New, d.key)
	mac.Write([]byte("device at\x00"))
	mac.Write(id)
	mac.Write([]byte(userID))
	return mac.Sum(nil)[:16]
}

// parseAddress returns the zero Addr for what is none; the limiter puts all of those into one bucket.
func parseAddress(s string) netip.Addr {
	a, _ := netip.ParseAddr(s)
	return a
}
