package otp

import (
	"context"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
)

// Factor is the second factor of an account.
type Factor struct {
	UserID string
	// Secret is that of the app, sealed for this row.
	Secret []byte
	// LastStep is the last step whose code was used.
	LastStep int64
	// AddedAt tells a factor from one that the account had before.
	AddedAt time.Time
	// RecoveryLeft is how many recovery codes were not used yet.
	RecoveryLeft int
}

// Addition is the act of turning a second factor on.
type Addition struct {
	Factor Factor   // RecoveryLeft does not count
	Hashes []string // of the recovery codes
	Event  audit.Event
}

// Removal is the act of turning it off.
type Removal struct {
	UserID string
	Event  audit.Event
	// EndReason, when not "", ends all sessions of the account in the same act, each with its revocation until RevokeUntil.
	EndReason   string
	RevokeUntil time.Time
}

// Factors keeps second factors. Every method is one atomic, durable act.
type Factors interface {
	// Factor returns fault.ErrNotFound when the account has none.
	Factor(ctx context.Context, userID string) (Factor, error)
	// AddFactor returns fault.ErrConflict when the account has one, and fault.ErrNotFound when there is no such account.
	AddFactor(ctx context.Context, a Addition) error
	// RemoveFactor returns fault.ErrNotFound when the account has none, and changes nothing then.
	RemoveFactor(ctx context.Context, r Removal) error
}

// Spender spends what is good once. Every method is one atomic, durable act.
type Spender interface {
	// SpendStep notes that the code of a step was used. fault.ErrConflict when the factor is not the one that was read (by its AddedAt), or when this
	// step or a later one was used before: of any number of concurrent calls with one step one succeeds.
	SpendStep(ctx context.Context, userID string, addedAt time.Time, step int64) error
	// SpendRecovery removes the recovery code with this hash. fault.ErrConflict when there is none: of any number of concurrent calls one succeeds.
	SpendRecovery(ctx context.Context, userID, hash string, e audit.Event) error
	// RenewRecovery puts new recovery codes in the place of all. fault.ErrNotFound when the account has no second factor.
	RenewRecovery(ctx context.Context, userID string, hashes []string, e audit.Event) error
}

// Store is what second factors need.
type Store interface {
	Factors
	Spender
}
