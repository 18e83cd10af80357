package passkey

import (
	"context"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/seal"
	"github.com/lingpai/lingpai/internal/webauthn"
)

// Revocations learns at once what this process has called back.
type Revocations interface {
	CatchUp(ctx context.Context) error
}

// News is what people are told of their passkeys.
type News string

// The news.
const (
	Added   News = "passkey_added"
	Removed News = "passkey_removed"
)

// Notices tells people. It does not wait for that, and does not fail.
type Notices interface {
	PasskeyChanged(ctx context.Context, userID string, n News, src audit.Source)
}

// Service is the rules of the package doc. It is safe for concurrent use once it serves.
type Service struct {
	Store       Store
	Revocations Revocations
	// Notices may be nil.
	Notices Notices
	// Others lists the issuers that people may come from; nil for none.
	Others func() []string
	// Box seals what has begun, by a key that all nodes share.
	Box *seal.Box
	// RevokeFor is how long a revocation must be remembered.
	RevokeFor time.Duration
	Now       func() time.Time

	party *webauthn.Party
}

// Serve says under which name and address people meet us. Until then, and where the address is one of numbers, nobody is asked for a passkey.
func (s *Service) Serve(name, issuer string) (err error) {
	s.party, err = newParty(name, issuer)
	return err
}

// Available reports whether people can have passkeys here.
func (s *Service) Available() bool { return s.party != nil }

// RPID is the host that passkeys are bound to; "" where there can be none.
func (s *Service) RPID() string {
	if s.party == nil {
		return ""
	}
	return s.party.ID
}

// available returns the refusal passkeys_unavailable where people can have none.
func (s *Service) available() error {
	if s.party == nil {
		return fault.Refuse(fault.PasskeysUnavailable)
	}
	return nil
}

// Of lists the passkeys of an account, the oldest first.
func (s *Service) Of(ctx context.Context, userID string) ([]Credential, error) {
	list, err := s.Store.Passkeys(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return list, nil
}

// Has reports whether somebody can sign in with a passkey here.
func (s *Service) Has(ctx context.Context, userID string) (bool, error) {
	if s.party == nil {
		return false, nil
	}
	list, err := s.Of(ctx, userID)
	return len(list) > 0, err
}
