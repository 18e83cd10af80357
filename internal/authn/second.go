package authn

import (
	"context"
	"errors"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/seal"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/user"
)

// How somebody proved who they are (`amr`; RFC 8176, section 2).
var (
	ByPassword        = []string{"pwd"}
	ByPasswordAndCode = []string{"pwd", "otp", session.MethodSeveral}
)

// Need is what a sign-in needs after the password.
type Need int

// The needs.
const (
	Nothing Need = iota
	Code         // of the authenticator app, or a recovery code
	Passkey      // in place of the password: the account must have two factors, and has a passkey and no app
	SetUp        // a second factor, which the account must have and has not
)

// Factors knows second factors. *otp.Service does.
type Factors interface {
	// Has reports whether an account has one.
	Has(ctx context.Context, userID string) (bool, error)
	// Check spends a code. known names the device, if the account has known it since then, or is "". Refusals: code_invalid, rate_limited;
	// fault.ErrNotFound when the account has no second factor.
	Check(ctx context.Context, userID, code string, known func(since time.Time) string, src audit.Source) error
	// Reset takes it off an account and ends all its sessions; fault.ErrNotFound when there is none.
	Reset(ctx context.Context, userID string, src audit.Source) error
}

// SecondStep is what comes after the password. It is safe for concurrent use.
type SecondStep struct {
	Password *Password
	Factors  Factors
	Passkeys interface {
		// Has reports whether somebody can sign in with a passkey.
		Has(ctx context.Context, userID string) (bool, error)
		// Of lists those of an account.
		Of(ctx context.Context, userID string) ([]passkey.Credential, error)
		// Reset removes all of an account and ends all its sessions; fault.ErrNotFound when there is none.
		Reset(ctx context.Context, userID string, src audit.Source) error
	}
	// RequiredFor are the people of whom none is signed in by a password alone.
	RequiredFor Required
	// Box seals what is half done, by a key that all nodes share.
	Box *seal.Box
	Now func() time.Time
}

// After says what somebody needs besides the password that they have shown.
func (s *SecondStep) After(ctx context.Context, u user.User) (Need, error) {
	has, err := s.Factors.Has(ctx, u.ID)
	switch {
	case err != nil:
		return Nothing, err
	case has:
		return Code, nil
	case !s.Requires(u.Roles):
		return Nothing, nil
	}
	if has, err = s.Passkeys.Has(ctx, u.ID); err != nil || has {
		return Passkey, err
	}
	return SetUp, nil
}

// Ask refuses somebody who has shown the password and needs more: code_required, passkey_required, or two_step_required. The audit log has it, or
// else nobody would see that a password is in strange hands, which do not come back with a code.
func (s *SecondStep) Ask(ctx context.Context, u user.User, need Need, src audit.Source) error {
	refusal := fault.Refuse(fault.CodeRequired)
	switch need {
	case Passkey:
		refusal = fault.Refuse(fault.PasskeyRequired)
	case SetUp:
		refusal = fault.Refuse(fault.TwoStepRequired)
	case Nothing, Code:
	}
	return s.Password.reportSome(ctx, &s.Password.halfway, audit.SignInHalfway, u, Attempt{Source: src}, refusal)
}

// Has reports whether an account can show two factors.
func (s *SecondStep) Has(ctx context.Context, userID string) (bool, error) {
	has, err := s.Factors.Has(ctx, userID)
	if err != nil || has {
		return has, err
	}
	return s.Passkeys.Has(ctx, userID)
}

// HasPasskey reports whether it can show a passkey.
func (s *SecondStep) HasPasskey(ctx context.Context, userID string) (bool, error) {
	return s.Passkeys.Has(ctx, userID)
}

// Requires reports whether people with these roles must have a second factor.
func (s *SecondStep) Requires(roles []string) bool { return s.RequiredFor.Of(roles) }

// RequireFactor refuses a session that a password alone began, of an account that a password alone does not open any more: acr_required.
// Whoever stole the password before the factor was there may still be in one, and must not change by what an account is opened: its password, its
// address, its providers, its passkeys.
func (s *SecondStep) RequireFactor(ctx context.Context, who session.Session) error {
	need, err := s.lacks(ctx, who)
	if err == nil && (need == Code || need == Passkey) {
		return fault.Refuse(fault.ACRRequired, token.ACRMFA)
	}
	return err
}

// RequireAll is RequireFactor for who acts on the accounts of others: it also refuses somebody who must have a second factor and has none, since they were
// given the role after they signed in. Who sets up their own could not, if that refused them.
func (s *SecondStep) RequireAll(ctx context.Context, who session.Session) error {
	need, err := s.lacks(ctx, who)
	if err == nil && need != Nothing {
		return fault.Refuse(fault.ACRRequired, token.ACRMFA)
	}
	return err
}

// lacks is what the account of a session needs now besides the password, if the session began with that alone.
func (s *SecondStep) lacks(ctx context.Context, who session.Session) (Need, error) {
	if who.ACR() != token.ACRPassword {
		return Nothing, nil
	}
	return s.After(ctx, user.User{ID: who.UserID, Roles: who.Holder.Roles})
}

// Prove spends a code of an account whose password was shown. Refusals: code_invalid, which is charged, and rate_limited, after which the code is as good as
// before. Both are noted in the audit log.
func (s *SecondStep) Prove(ctx context.Context, u user.User, code string, a Attempt) error {
	// Whoever hangs up while the code is judged pays and leaves a record all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	src := a.Source
	src.Actor = u.ID
	known := func(since time.Time) string { return s.Password.Devices.KnownSince(a.Device, u.ID, since) }
	err := s.Factors.Check(ctx, u.ID, code, known, src)
	switch {
	case errors.Is(err, fault.ErrNotFound): // It was turned off just now. What is needed then is judged from the beginning.
		return fault.Refuse(fault.CodeInvalid).Because(err)
	case fault.Is(err, fault.CodeInvalid):
		return s.Password.report(ctx, audit.SignInFailed, u, a, err)
	case fault.Is(err, fault.RateLimited):
		return s.Password.reportThrottled(ctx, u, a, err)
	}
	return err
}
