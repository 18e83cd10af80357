package otp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // HMAC-SHA-1 is what apps compute; nothing hangs on collisions
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/secret"
)

const (
	digits     = 6
	period     = 30 * time.Second
	secretSize = 20 // bytes: as long as the hash (RFC 4226, section 4, R6)
	tolerance  = 1  // steps, each way
)

// appEncoding is how apps take a secret.
var appEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSecret makes the secret of an app.
func newSecret() []byte {
	b := make([]byte, secretSize)
	rand.Read(b) // never fails since Go 1.24
	return b
}

// stepAt numbers the 30 seconds that a moment is in (RFC 6238, section 4.2).
func stepAt(t time.Time) int64 { return t.Unix() / int64(period/time.Second) }

// codeOf is the code of a step (RFC 4226, section 5.3).
func codeOf(key []byte, step int64) string {
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", digits, number%1_000_000)
}

// matches finds the step that a code belongs to, among those that are good now. It compares all of them, each in constant time.
func matches(key []byte, code string, now time.Time) (step int64, ok bool) {
	current := stepAt(now)
	for s := current - tolerance; s <= current+tolerance; s++ {
		if subtle.ConstantTimeCompare([]byte(codeOf(key, s)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// Code is the code that an app with this secret shows at a moment. It is for tests, which stand in for an app.
func Code(appSecret string, at time.Time) (string, error) {
	key, err := appEncoding.DecodeString(strings.ToUpper(strings.ReplaceAll(appSecret, " ", "")))
	if err != nil {
		return "", fmt.Errorf("read secret of an app: %w", err)
	}
	return codeOf(key, stepAt(at)), nil
}

// address is what an app reads from the picture: the secret, and under which name it shows the code.
func address(issuer, account, text string) secret.String {
	issuer = strings.ReplaceAll(issuer, ":", " ") // which would end it
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + account}
	q := "secret=" + text + "&issuer=" + strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20")
	return secret.New(u.String() + "?" + q)
}
