package keys

import (
	"context"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
)

// Record is one signing key as it is stored.
//
// Which key signs follows from the times alone, so that all nodes agree without talking: the one created last of those whose
// ActivatesAt has passed. A key is published from its creation until ExpiresAt.
type Record struct {
	ID          string // RFC 7638 thumbprint, the `kid`
	Purpose     string // what it signs; keys of one purpose follow one another, and know nothing of others
	Algorithm   string // RFC 7518 / RFC 9864 name; a key has exactly one
	Sealed      []byte // private JWK, sealed under the master key with the row named as additional data
	CreatedAt   time.Time
	ActivatesAt time.Time
	ExpiresAt   time.Time // zero while no successor is set; then: when the last token it can have signed is over
}

// Store keeps keys and other sealed secrets. Every method is one atomic, durable act.
type Store interface {
	// SigningKeys lists all keys that are stored, oldest ActivatesAt first.
	SigningKeys(ctx context.Context) ([]Record, error)
	// AddSigningKey inserts r if the key of its purpose with the latest ActivatesAt is still the one with the id newest ("" for none), and
	// sets the ExpiresAt of every key of that purpose that has none, other than r, to predecessorsExpire. The other nodes learn of it.
	// fault.ErrConflict when another node was quicker: read again.
	AddSigningKey(ctx context.Context, r Record, newest string, predecessorsExpire time.Time, e audit.Event) error
	// WithdrawSigningKey deletes a key and calls back, until then, every token that it signed. fault.ErrNotFound when there is none, and
	// fault.ErrConflict unless a key that was created later signs by now: there must be one to go on with.
	WithdrawSigningKey(ctx context.Context, id string, now, until time.Time, e audit.Event) error
	// RemoveSigningKeys deletes keys whose ExpiresAt has passed.
	RemoveSigningKeys(ctx context.Context, now time.Time) error
	// SealedSecret returns the sealed secret of that name, storing offered first if there is none: of many callers all get the same.
	SealedSecret(ctx context.Context, name string, offered []byte) ([]byte, error)
}
