package passkey

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
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
	h := holder{o, has}
	options, begun, err := s.party.BeginRegistration(h, webauthn.WithCredentialParameters(algorithms),
		webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Begun{}, fmt.Errorf("begin adding passkey: %w", err)
	}
	sealed, err := s.seal(begun.Challenge, toAdd(o.ID))
	return Begun{options, sealed}, err
}

// Add adds the passkey that a device answered with. sealed is what has begun in this browser, name what its person calls it. Refusals: challenge_void,
// body_malformed, passkey_invalid, and passkey_known, when it is there already.
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
	if errors.Is(err, fault.ErrConflict) {
		return Credential{}, fault.Refuse(fault.PasskeyKnown).Because(err)
	}
	if err != nil {
		return Credential{}, fmt.Errorf("add passkey: %w", err)
	}
	s.tell(ctx, o.ID, Added, src)
	return c, nil
}

// made judges an answer that makes a passkey (Web Authentication, section 7.1).
func (s *Service) made(o Owner, begun challenge, answer string) (Credential, error) {
	if err := strict(answer); err != nil {
		return Credential{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return Credential{}, malformed(err)
	}
	if err := s.party.checkAsked(begun, parsed.Response.CollectedClientData); err != nil {
		return Credential{}, err
	}
	made, err := s.party.CreateCredential(holder{owner: o}, begun.begun([]byte(o.ID)), parsed)
	if err != nil {
		return Credential{}, fault.Refuse(fault.PasskeyInvalid).Because(reason(err))
	}
	c := Credential{
		ID: base64.RawURLEncoding.EncodeToString(made.ID), UserID: o.ID, PublicKey: made.PublicKey, SignCount: made.Authenticator.SignCount,
		AAGUID: hex.EncodeToString(made.Authenticator.AAGUID), BackupEligible: made.Flags.BackupEligible, BackedUp: made.Flags.BackupState,
	}
	for _, t := range made.Transport {
		if isTransport(string(t)) && len(c.Transports) < maxTransports {
			c.Transports = append(c.Transports, string(t))
		}
	}
	return c, nil
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
