package passkey

import (
	"context"
	"errors"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
)

// Most is how many passkeys an account may have.
const Most = 20

// ErrFull says that it has as many.
var ErrFull = errors.New("the account has as many passkeys as it may")

// Credential is a passkey as we know it (Web Authentication, section 4, credential record).
type Credential struct {
	// ID is what the device calls it, in base64url.
	ID     string
	UserID string
	// PublicKey is a COSE_Key (RFC 9052, section 7).
	PublicKey []byte
	// SignCount is how often the device signed; 0 for one that does not count.
	SignCount uint32
	// Transports are how the device is reached, as the browser said.
	Transports []string
	// AAGUID is the model, in hexadecimal; zeros where the device does not say.
	AAGUID string
	// BackupEligible says that it may be copied to other devices of its person, BackedUp that it was.
	BackupEligible, BackedUp bool
	// Name is what its person calls it.
	Name    string
	AddedAt time.Time
	// UsedAt is when it last signed somebody in; zero for never.
	UsedAt time.Time
}

// Addition is the act of adding a passkey.
type Addition struct {
	Credential Credential
	// Challenge is spent by it, and may be forgotten after ChallengeEnds.
	Challenge     string
	ChallengeEnds time.Time
	Event         audit.Event
}

// Use is the act of signing in.
type Use struct {
	ID, UserID string
	SignCount  uint32
	BackedUp   bool
	At         time.Time
	// Challenge is spent by it, and may be forgotten after ChallengeEnds.
	Challenge     string
	ChallengeEnds time.Time
}

// Removal is the act of removing passkeys.
type Removal struct {
	UserID string
	// ID is the one to remove; "" for all.
	ID string
	// Others are the issuers whose people come in without a passkey. They count when one is removed.
	Others []string
	Event  audit.Event
	// EndReason, when not "", ends all sessions of the account in the same act, each with its revocation until RevokeUntil.
	EndReason   string
	RevokeUntil time.Time
}

// Reader finds passkeys.
type Reader interface {
	// Passkeys lists those of an account, the oldest first.
	Passkeys(ctx context.Context, userID string) ([]Credential, error)
	// Passkey returns fault.ErrNotFound when there is none with this id.
	Passkey(ctx context.Context, id string) (Credential, error)
}

// Writer changes them. Every method is one atomic, durable act.
type Writer interface {
	// AddPasskey returns fault.ErrConflict when the id is known or the challenge was spent, ErrFull when the account has Most already, and fault.ErrNotFound
	// when there is no such account.
	AddPasskey(ctx context.Context, a Addition) error
	// UsePasskey notes a use. fault.ErrConflict when the challenge was spent, the passkey is gone, or it counted as far before: of any number of
	// concurrent calls with one challenge one succeeds.
	UsePasskey(ctx context.Context, u Use) error
	// RenamePasskey returns fault.ErrNotFound when the account has none with this id.
	RenamePasskey(ctx context.Context, userID, id, name string) error
	// RemovePasskey removes one. fault.ErrNotFound when the account has none with this id, and fault.ErrConflict when nothing would open the account any
	// more: it has no password, comes from no provider and has no other passkey.
	RemovePasskey(ctx context.Context, r Removal) error
	// RemovePasskeys removes all of an account, whatever else opens it. fault.ErrNotFound when there is none.
	RemovePasskeys(ctx context.Context, r Removal) error
}

// Store is what passkeys need.
type Store interface {
	Reader
	Writer
}
