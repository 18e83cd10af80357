package passkey

import (
	"encoding/binary"
	"errors"
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

// seal writes a challenge that was made now.
func (s *Service) seal(text string, p purpose) secret.String {
	plain := append(binary.BigEndian.AppendUint64(nil, uint64(s.Now().UnixMilli())), text...)
	return secret.New(s.Box.SealText(p.place(), plain))
}

// open reads a challenge that is not over. The refusal is challenge_void.
func (s *Service) open(cookie string, p purpose) (challenge, error) {
	void := fault.Refuse(fault.ChallengeVoid).Because(errBegun)
	plain, err := s.Box.OpenText(p.place(), cookie)
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
func (p purpose) place() string { return "lingpai passkey " + string(p) }
