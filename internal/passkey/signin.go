package passkey

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// ErrCopied is why a passkey is refused whose device did not count on.
var ErrCopied = errors.New("the signature counter went back: there may be a copy of the passkey")

// Begin asks whoever is there for a passkey, and stores nothing. The refusal is passkeys_unavailable.
func (s *Service) Begin() (Begun, error) {
	if err := s.available(); err != nil {
		return Begun{}, err
	}
	options, begun, err := s.party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Begun{}, fmt.Errorf("begin sign-in by passkey: %w", err)
	}
	sealed, err := s.seal(begun.Challenge, toSignIn)
	return Begun{options, sealed}, err
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
	if err := strict(answer); err != nil {
		return Use{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return Use{}, malformed(err)
	}
	if err := s.party.checkAsked(begun, parsed.Response.CollectedClientData); err != nil {
		return Use{}, err
	}
	known, err := s.Store.Passkey(ctx, base64.RawURLEncoding.EncodeToString(parsed.RawID))
	if errors.Is(err, fault.ErrNotFound) {
		return Use{}, fault.Refuse(fault.PasskeyInvalid).Because(err)
	}
	if err != nil {
		return Use{}, fmt.Errorf("find passkey: %w", err)
	}
	return s.verify(known, begun, parsed)
}

func (s *Service) verify(known Credential, begun challenge, parsed *protocol.ParsedCredentialAssertionData) (Use, error) {
	owner := holder{Owner{ID: known.UserID}, []Credential{known}}
	whose := func([]byte, []byte) (webauthn.User, error) { return owner, nil } // the library compares the user handle with it
	_, now, err := s.party.ValidatePasskeyLogin(whose, begun.begun(nil), parsed)
	u := Use{ID: known.ID, UserID: known.UserID, At: s.Now(), Challenge: begun.spentAs(), ChallengeEnds: begun.ends}
	switch {
	case err != nil:
		return u, fault.Refuse(fault.PasskeyInvalid).Because(reason(err))
	case now.Authenticator.CloneWarning:
		return u, fault.Refuse(fault.PasskeyInvalid).Because(ErrCopied)
	}
	u.SignCount, u.BackedUp = now.Authenticator.SignCount, now.Flags.BackupState
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

// checkAsked refuses an answer to another challenge, and one that was given to another page.
func (p *party) checkAsked(c challenge, said protocol.CollectedClientData) error {
	switch ours, origin := p.asked(c, said); {
	case !ours:
		return fault.Refuse(fault.ChallengeVoid).Because(errors.New("it answers another challenge"))
	case !origin:
		return fault.Refuse(fault.PasskeyInvalid).Because(fmt.Errorf("it was made at the origin %q", said.Origin))
	}
	return nil
}

// strict refuses JSON that two readers could take differently, which the library would read.
func strict(answer string) error {
	if err := strictjson.ParseObject([]byte(answer), func(string, strictjson.Value) error { return nil }); err != nil {
		return malformed(err)
	}
	return nil
}

func malformed(err error) error {
	return fault.Refuse(fault.BodyMalformed, "it has no answer of a passkey").Because(reason(err))
}

// reason is what the library found, for the log: its errors say the half of it apart.
func reason(err error) error {
	if e, ok := errors.AsType[*protocol.Error](err); ok && e.DevInfo != "" {
		return fmt.Errorf("%w: %s", err, e.DevInfo)
	}
	return err
}
