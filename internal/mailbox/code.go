package mailbox

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/user"
)

// Purpose is what a code is for.
type Purpose string

// The purposes.
const (
	Reset   Purpose = "reset"   // a new password, asked for by whoever
	Invite  Purpose = "invite"  // a new password, on the word of an operator
	Confirm Purpose = "confirm" // the address is the person's
)

// Code is one code, without what would open anything.
type Code struct {
	UserID  string
	Purpose Purpose
	Hash    string // base64url of SHA-256: what is guessed has 130 bits, so no salt and no key is needed
	// Email is the address that it was sent to, as the account has it, and which it proves; "" when it was handed over in another way.
	Email     string
	ExpiresAt time.Time
}

// Store keeps codes.
type Store interface {
	// AddMailCode stores a code with its event, in place of the one that the account had for that purpose, in one durable act.
	AddMailCode(ctx context.Context, c Code, e audit.Event) error
	// MailCode returns fault.ErrNotFound when there is none. An expired one is returned as such.
	MailCode(ctx context.Context, hash string) (Code, error)
	// AddSignUp stores a sign-up with its event, in place of the one that the address had, in one durable act.
	AddSignUp(ctx context.Context, s SignUp, e audit.Event) error
	// SignUp returns fault.ErrNotFound when there is none. An expired one is returned as such.
	SignUp(ctx context.Context, hash string) (SignUp, error)
	// FinishSignUp spends the code of an address and adds the account with that address, in one durable act. It returns fault.ErrConflict when the
	// address has no such code, or it has expired when the account is made, and a *user.Taken for a name or an address that another account has; in
	// each case nothing is changed.
	FinishSignUp(ctx context.Context, hash string, a user.Addition) error
}

// newCode makes what stands in a link, and the hash of it.
func newCode() (code, hash string) {
	code = strings.ToLower(rand.Text())
	return code, hashOf(code)
}

func hashOf(code string) string {
	sum := sha256.Sum256([]byte(code))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
