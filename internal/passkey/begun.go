package passkey

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
)

// BegunFor is how long somebody may take to answer.
const BegunFor = 10 * time.Minute

// Begun is what a browser is asked, and how it is known again by the answer.
type Begun struct {
	// Options are what navigator.credentials takes, for JSON: {"publicKey": …}.
	Options any
	// Sealed goes into a cookie.
	Sealed secret.String
}

// purpose is what has begun: to sign in, or to add a passkey to an account. The seal holds for it alone.
type purpose string

const toSignIn purpose = "sign in"

func toAdd(userID string) purpose { return purpose("add to " + userID) }

// challenge is one that was sealed and opened again.
type challenge struct {
	text string // base64url
	ends time.Time
}

var errBegun = errors.New("nothing of that kind was begun in this browser, or it took too long")

// maxSealed bounds what is decrypted.
const maxSealed = 256

// seal writes a challenge that was made now.
func (s *Service) seal(text string, p purpose) (secret.String, error) {
	box, err := s.box()
	if err != nil {
		return secret.String{}, err
	}
	plain := append(binary.BigEndian.AppendUint64(nil, uint64(s.Now().UnixMilli())), text...)
	sealed := box.Seal(nil, nil, plain, p.place()) //nolint:gosec // no nonce is given: box makes one for each
	return secret.New(base64.RawURLEncoding.EncodeToString(sealed)), nil
}

// open reads a challenge that is not over. That it is authentic is compared in constant time (AES-GCM). The refusal is challenge_void.
func (s *Service) open(cookie string, p purpose) (challenge, error) {
	void := fault.Refuse(fault.ChallengeVoid).Because(errBegun)
	box, err := s.box()
	if err != nil {
		return challenge{}, err
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	if err != nil || len(sealed) > maxSealed {
		return challenge{}, void
	}
	plain, err := box.Open(nil, nil, sealed, p.place())
	if err != nil || len(plain) < 8 {
		return challenge{}, void
	}
	began := time.UnixMilli(int64(binary.BigEndian.Uint64(plain)))
	if age := s.Now().Sub(began); age < -time.Second || age > BegunFor {
		return challenge{}, void
	}
	return challenge{string(plain[8:]), began.Add(BegunFor + time.Second)}, nil
}

// place is what a seal is good for.
func (p purpose) place() []byte { return []byte("lingpai passkey " + p) }

func (s *Service) box() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.Key)
	if err != nil {
		return nil, fmt.Errorf("seal challenge: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
