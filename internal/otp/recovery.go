package otp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

const (
	// RecoveryCodes is how many an account is given.
	RecoveryCodes = 10

	recoveryLength = 24 // characters of five bits each
	recoveryGroup  = 4
)

// newRecoveryCodes makes codes as they are shown.
func newRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		text := strings.ToLower(rand.Text()[:recoveryLength]) // base32, as RFC 4648 has it: no 0, 1, 8 and 9
		codes[i] = strings.Join(slices.Collect(groups(text)), "-")
	}
	return codes
}

func groups(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(text) > 0 {
			n := min(recoveryGroup, len(text))
			if !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}

// lookalikes are digits that no recovery code has, and what was meant.
var lookalikes = strings.NewReplacer("0", "o", "1", "l", "8", "b")

// typed is a code as somebody wrote it, without what does not matter: spaces, hyphens, capitals, and the wide forms of Chinese keyboards.
func typed(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '\u00a0' || r == '\u3000':
			return -1
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, code)
}

// isOfApp reports whether a code, as typed, has the form of one that an app shows.
func isOfApp(code string) bool {
	return len(code) == digits && strings.Trim(code, "0123456789") == ""
}

// hashOf is what is stored of a recovery code of an account: without the key it tells nothing, and it is of no use to another account.
func (s *Service) hashOf(userID, code string) string {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write([]byte("recovery code\x00" + userID + "\x00" + lookalikes.Replace(typed(code))))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *Service) hashesOf(userID string, codes []string) []string {
	hashes := make([]string, len(codes))
	for i, c := range codes {
		hashes[i] = s.hashOf(userID, c)
	}
	return hashes
}
