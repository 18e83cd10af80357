package passkey

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/webauthn"
)

// Begin asks whoever is there for a passkey, and stores nothing. The refusal is passkeys_unavailable.
func (s *Service) Begin() (Begun, error) {
	if err := s.available(); err != nil {
		return Begun{}, err
	}
	text := webauthn.NewChallenge()
	return Begun{s.party.Request(text), s.seal(text, toSignIn)}, nil
}

// Judge says which passkey an answer is by (Web Authentication, section 7.2). Nobody is signed in by it before [Service.Spend]. Refusals:
// challenge_void, body_malformed, and passkey_invalid, whatever it is that is wrong; then the account is known if the passkey is.
func (s *Service) Judge(ctx context.Context, sealed, answer string) (Use, error) {
	if err := s.available(); err != nil {
		return Use{}, err
	}
	begun, err := s.open(sealed, toSignIn)
	if err != nil {
		return Use{}, err
	}
	a, err := webauthn.ParseAssertion([]byte(answer))
	if err != nil {
		return Use{}, refusal(err)
	}
	known, err := s.Store.Passkey(ctx, base64.RawURLEncoding.EncodeToString(a.CredentialID))
	if errors.Is(err, fault.ErrNotFound) {
		return Use{}, fault.Refuse(fault.PasskeyInvalid).Because(err)
	}
	if err != nil {
		return Use{}, fmt.Errorf("find passkey: %w", err)
	}
	u := Use{ID: known.ID, UserID: known.UserID, At: s.Now(), Challenge: begun.spentAs(), ChallengeEnds: begun.ends}
	now, err := s.party.Verify(a, known.record(), []byte(known.UserID), begun.text)
	if err != nil {
		return u, refusal(err)
	}
	u.SignCount, u.BackedUp = now.SignCount, now.BackedUp
	return u, nil
}

// Spend notes a use that was judged, which cannot be noted again. The refusal is challenge_void.
func (s *Service) Spend(ctx context.Context, u Use) error {
	err := s.Store.UsePasskey(ctx, u)
	if errors.Is(err, fault.ErrConflict) {
		return fault.Refuse(fault.ChallengeVoid).Because(err)
	}
	if err != nil {
		return fmt.Errorf("note use of passkey: %w", err)
	}
	return nil
}

// spentAs names a challenge in the memory of what was spent.
func (c challenge) spentAs() string { return "passkey " + c.text }
