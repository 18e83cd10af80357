package authn

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

// HalfwayFor is how long somebody may take between password and code.
const HalfwayFor = 5 * time.Minute

// Halfway is a sign-in whose password was right, and which needs more. It travels in a cookie; nothing is stored of it.
type Halfway struct {
	UserID string
	// PasswordAt is when the password that was shown had been set: with another one, the sign-in is over.
	PasswordAt time.Time
	// Stay says that the person wants to stay signed in.
	Stay bool
}

// halfway is how it is written.
type halfway struct {
	User     string `json:"u"`
	Password int64  `json:"p"` // unix microseconds
	Stay     bool   `json:"s,omitempty"`
	To       []byte `json:"t"` // hash of where it leads: the address itself may be longer than a cookie
	Began    int64  `json:"b"` // unix milliseconds
}

// errHalfway says why a sign-in does not go on.
var errHalfway = errors.New("the sign-in was not begun in this browser, leads elsewhere, or took too long")

// halfwayPlace is what the seal is good for.
const halfwayPlace = "lingpai sign-in halfway"

// Seal writes a sign-in that goes on at returnTo, readable by us alone.
func (s *SecondStep) Seal(u user.User, stay bool, returnTo string) (secret.String, error) {
	plain, err := json.Marshal(halfway{u.ID, u.PasswordChangedAt.UnixMicro(), stay, hashOf(returnTo), s.Now().UnixMilli()})
	if err != nil {
		return secret.String{}, fmt.Errorf("encode sign-in: %w", err)
	}
	return secret.New(s.Box.SealText(halfwayPlace, plain)), nil
}

// Open reads a sign-in that is not over and leads to returnTo.
func (s *SecondStep) Open(cookie, returnTo string) (Halfway, error) {
	plain, err := s.Box.OpenText(halfwayPlace, cookie)
	if err != nil {
		return Halfway{}, errHalfway
	}
	var h halfway
	if err := json.Unmarshal(plain, &h); err != nil || string(h.To) != string(hashOf(returnTo)) {
		return Halfway{}, errHalfway
	}
	if age := s.Now().Sub(time.UnixMilli(h.Began)); age < -time.Second || age > HalfwayFor {
		return Halfway{}, errHalfway
	}
	return Halfway{UserID: h.User, PasswordAt: time.UnixMicro(h.Password), Stay: h.Stay}, nil
}

func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:16]
}
