package passkey

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/webauthn"
)

// BeginAdding asks for a new passkey of an account, and stores nothing. Refusals: passkeys_unavailable, passkey_limit.
func (s *Service) BeginAdding(ctx context.Context, o Owner) (Begun, error) {
	if err := s.available(); err != nil {
		return Begun{}, err
	}
	has, err := s.Of(ctx, o.ID)
	if err != nil {
		return Begun{}, err
	}
	if len(has) >= Most {
		return Begun{}, fault.Refuse(fault.PasskeyLimit)
	}
	text := webauthn.NewChallenge()
	return Begun{s.party.Creation(text, o.user(), records(has)), s.seal(text, toAdd(o.ID))}, nil
}

// Add adds the passkey that a device answered with. sealed is what has begun in this browser, name what its person calls it. Refusals: challenge_void,
// body_malformed, passkey_invalid, passkey_known, when it is there already, and passkey_limit, when others were added meanwhile.
func (s *Service) Add(ctx context.Context, o Owner, sealed, answer, name string, src audit.Source) (Credential, error) {
	if err := s.available(); err != nil {
		return Credential{}, err
	}
	begun, err := s.open(sealed, toAdd(o.ID))
	if err != nil {
		return Credential{}, err
	}
	c, err := s.made(o, begun, answer)
	if err != nil {
		return Credential{}, err
	}
	if c.Name = CleanName(name); c.Name == "" {
		c.Name = "Passkey"
	}
	c.AddedAt = s.Now()
	err = s.Store.AddPasskey(ctx, Addition{
		Credential: c, Challenge: begun.spentAs(), ChallengeEnds: begun.ends,
		Event: audit.Event{At: c.AddedAt, Action: audit.PasskeyAdded, Source: src, UserID: o.ID, Detail: c.Name},
	})
	switch {
	case errors.Is(err, fault.ErrConflict):
		return Credential{}, fault.Refuse(fault.PasskeyKnown).Because(err)
	case errors.Is(err, ErrFull):
		return Credential{}, fault.Refuse(fault.PasskeyLimit).Because(err)
	case err != nil:
		return Credential{}, fmt.Errorf("add passkey: %w", err)
	}
	s.tell(ctx, o.ID, Added, src)
	return c, nil
}

// made judges an answer that makes a passkey (Web Authentication, section 7.1).
func (s *Service) made(o Owner, begun challenge, answer string) (Credential, error) {
	r, err := webauthn.ParseRegistration([]byte(answer))
	if err != nil {
		return Credential{}, refusal(err)
	}
	made, err := s.party.Register(r, begun.text)
	if err != nil {
		return Credential{}, refusal(err)
	}
	return Credential{
		ID: base64.RawURLEncoding.EncodeToString(made.ID), UserID: o.ID, PublicKey: made.PublicKey, SignCount: made.SignCount,
		Transports: transports(made.Transports), AAGUID: hex.EncodeToString(made.AAGUID[:]), BackupEligible: made.BackupEligible, BackedUp: made.BackedUp,
	}, nil
}

// transports are those of a list that are kept.
func transports(said []string) (kept []string) {
	for _, t := range said {
		if isTransport(t) && len(kept) < maxTransports {
			kept = append(kept, t)
		}
	}
	return kept
}

// maxTransports bounds what is kept of a list that the browser sends.
const maxTransports = 8

// isTransport reports whether it is a word such as there are (Web Authentication, section 5.8.4). Those of tomorrow are kept too.
func isTransport(word string) bool {
	for _, c := range word {
		if c != '-' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return word != "" && len(word) <= 20
}
