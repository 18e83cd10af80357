package authn

import (
	"context"
	"errors"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
)

// Taken is what was taken off an account.
type Taken struct {
	Passkeys     int // how many
	SecondFactor bool
}

// TakeOff takes passkeys and second factor off an account on the word of an operator, for who has lost them, and ends all its sessions if there was any
// of both. Passkeys go first: whoever is cut short begins again.
func (s *SecondStep) TakeOff(ctx context.Context, userID string, src audit.Source) (Taken, error) {
	var t Taken
	passkeys, err := s.Passkeys.Of(ctx, userID)
	if err != nil {
		return t, err
	}
	switch err := s.Passkeys.Reset(ctx, userID, src); {
	case err == nil:
		t.Passkeys = len(passkeys)
	case !errors.Is(err, fault.ErrNotFound):
		return t, err
	}
	switch err := s.Factors.Reset(ctx, userID, src); {
	case err == nil:
		t.SecondFactor = true
	case !errors.Is(err, fault.ErrNotFound):
		return t, err
	}
	return t, nil
}
