package authn

import (
	"context"
	"errors"
	"fmt"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// ByPasskey are the methods of a passkey: its device has signed (`pop`), somebody was there (`user`), and was made sure of there, so that it is two
// factors (`mfa`). By what, a finger or a PIN, and what keeps the key, the device does not say for certain, so neither do we.
var ByPasskey = []string{session.MethodKey, "user", session.MethodSeveral}

// Passkeys proves by passkey. It is safe for concurrent use.
type Passkeys struct {
	Password *Password // for what both have: people, limits, the audit log
	Keys     *passkey.Service

	free ration // of events about good answers that are refused, as often as one is sent
}

// Proven is somebody whose passkey was good. It is to be spent.
type Proven struct {
	User user.User
	use  passkey.Use
}

// Verify returns the account whose passkey has answered. sealed is what has begun in this browser. Refusals: passkeys_unavailable, rate_limited,
// challenge_void and body_malformed, by which only who knows the random id of a passkey learns anything; passkey_invalid, which is charged to the
// address; and account_disabled.
func (p *Passkeys) Verify(ctx context.Context, sealed, answer string, a Attempt) (Proven, error) {
	// Whoever hangs up while the answer is judged pays and leaves a record all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	var use passkey.Use
	wrong := func(err error) bool { return fault.Is(err, fault.PasskeyInvalid) }
	err := p.Password.Limiter.Try(ctx, a.Source.Address, wrong, func(ctx context.Context) (err error) {
		use, err = p.Keys.Judge(ctx, sealed, answer)
		return err
	})
	switch {
	case wrong(err):
		return Proven{}, p.failed(ctx, use, a, err)
	case fault.Is(err, fault.RateLimited):
		return Proven{}, p.Password.reportThrottled(ctx, user.User{}, a, err)
	case err != nil:
		return Proven{}, err
	}
	u, err := p.Password.Users.UserByID(ctx, use.UserID)
	if errors.Is(err, fault.ErrNotFound) { // It was removed just now.
		return Proven{}, fault.Refuse(fault.PasskeyInvalid).Because(err)
	}
	if err != nil {
		return Proven{}, fmt.Errorf("find user: %w", err)
	}
	if u.Disabled {
		return Proven{}, p.Password.reportSome(ctx, &p.free, audit.SignInFailed, u, a, fault.Refuse(fault.AccountDisabled))
	}
	return Proven{u, use}, nil
}

// failed notes what was wrong. An account is named if the passkey was one of its.
func (p *Passkeys) failed(ctx context.Context, use passkey.Use, a Attempt, err error) error {
	action := audit.SignInFailed
	if errors.Is(err, passkey.ErrCopied) {
		action = audit.PasskeyCopied
	}
	return p.Password.report(ctx, action, user.User{ID: use.UserID}, a, err)
}

// Spend notes the use, last, when nothing else is missing. The refusal is challenge_void: what was proven has begun a session already, or the passkey
// is gone.
func (p *Passkeys) Spend(ctx context.Context, proven Proven, a Attempt) error {
	err := p.Keys.Spend(ctx, proven.use)
	if fault.Is(err, fault.ChallengeVoid) {
		return p.Password.reportSome(ctx, &p.free, audit.SignInFailed, proven.User, a, err)
	}
	return err
}
