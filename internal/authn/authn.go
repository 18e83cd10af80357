// Package authn proves who somebody is:
//
//   - by password: [Password.Verify] slows guessing down, takes the same time for names that exist and names that do not, tells nobody which
//     of the two was wrong, and re-hashes what was hashed by yesterday's parameters. What else is needed then, [SecondStep] says, and judges.
//   - by passkey: [Passkeys.Verify], which is two factors in one.
//
// It says what a session begins with ([Devices.Beginning]); beginning it is the caller's.
package authn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/throttle"
	"github.com/lingpai/lingpai/internal/user"
)

// Store is what proving needs of the directory of people.
type Store interface {
	UserByLogin(ctx context.Context, login string) (user.User, error)
	UserByID(ctx context.Context, id string) (user.User, error)
	ChangeUser(ctx context.Context, c user.Change) error
}

// Password proves by password. It is safe for concurrent use.
type Password struct {
	Users   Store
	Hasher  *password.Hasher
	Limiter *throttle.Limiter
	Devices *Devices
	Audit   audit.Log
	Logger  *slog.Logger
	Now     func() time.Time

	underWay  crowd
	throttled ration // of events about attempts that were throttled
	halfway   ration // of those about right passwords that were not enough
}

// settleWithin bounds what is written after a password was judged.
const settleWithin = 10 * time.Second

// Attempt is one try.
type Attempt struct {
	Login    string // username or email address, as typed
	Password secret.String
	Device   string // value of the device cookie, or ""
	Source   audit.Source
}

// Verify returns the account whose password it is. Refusals: rate_limited and too_busy (the password was not looked at),
// credentials_invalid, and account_disabled, which only somebody with the right password learns.
func (p *Password) Verify(ctx context.Context, a Attempt) (user.User, error) {
	login := user.CanonicalLogin(a.Login)
	u, err := p.find(ctx, login)
	if err != nil {
		return user.User{}, err
	}
	device := p.Devices.Known(a.Device, u.ID)
	who := party{login, device != ""}
	if err := p.underWay.enter(who); err != nil {
		return user.User{}, err
	}
	defer p.underWay.leave(who)
	ticket, err := p.Limiter.Admit(ctx, throttle.Attempt{Account: login, Address: parseAddress(a.Source.Address), KnownDevice: device})
	if err != nil {
		return user.User{}, p.reportThrottled(ctx, u, a, err)
	}
	defer p.Limiter.Release(ticket)
	verdict, err := p.verify(ctx, u, a.Password)
	if err != nil { // Nothing was learnt about the password, so the try does not count.
		return user.User{}, err
	}
	// Whoever hangs up while the password is judged pays and leaves a record all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if !verdict.Match {
		return user.User{}, p.fail(ctx, ticket, u, a)
	}
	if u.Disabled {
		return user.User{}, p.report(ctx, audit.SignInFailed, u, a, fault.Refuse(fault.AccountDisabled))
	}
	if verdict.Outdated {
		u.Password = p.rehash(ctx, u, a.Password)
	}
	return u, nil
}

// Confirm checks the password of somebody who is signed in, as before a change of it, and returns the account as it was checked. It is
// throttled like a sign-in.
func (p *Password) Confirm(ctx context.Context, userID string, a Attempt) (user.User, error) {
	u, err := p.Users.UserByID(ctx, userID)
	if err != nil {
		return user.User{}, fmt.Errorf("find user: %w", err)
	}
	a.Login = u.Username
	return p.Verify(ctx, a)
}

// find returns the zero User when there is none.
func (p *Password) find(ctx context.Context, login string) (user.User, error) {
	u, err := p.Users.UserByLogin(ctx, login)
	if errors.Is(err, fault.ErrNotFound) {
		return user.User{}, nil
	}
	if err != nil {
		return user.User{}, fmt.Errorf("find user: %w", err)
	}
	return u, nil
}

// verify costs the same for an account that does not exist or has no password.
func (p *Password) verify(ctx context.Context, u user.User, pw secret.String) (password.Verdict, error) {
	if u.Password.Empty() {
		return password.Verdict{}, p.Hasher.VerifyUnknown(ctx, pw.Reveal())
	}
	return p.Hasher.Verify(ctx, u.Password.Reveal(), pw.Reveal())
}

// fail charges a wrong password. Where that cannot be stored, the answer is the one that a right password gets, whose session cannot be either.
func (p *Password) fail(ctx context.Context, t throttle.Ticket, u user.User, a Attempt) error {
	if err := p.Limiter.Fail(ctx, t); err != nil {
		return err
	}
	return p.report(ctx, audit.SignInFailed, u, a, fault.Refuse(fault.CredentialsInvalid))
}

// report stores what was refused and returns the refusal. The name that was typed is not stored: people type passwords into that field.
func (p *Password) report(ctx context.Context, action audit.Action, u user.User, a Attempt, refusal error) error {
	return p.reportAs(ctx, action, u, a, refusal, string(fault.From(refusal).Code))
}

func (p *Password) reportThrottled(ctx context.Context, u user.User, a Attempt, refusal error) error {
	return p.reportSome(ctx, &p.throttled, audit.SignInThrottled, u, a, refusal)
}

// reportSome is report for attempts that cost whoever makes them nothing. Each would be a row that is kept for a year, so only a
// ration of them is stored; the log has them all.
func (p *Password) reportSome(ctx context.Context, of *ration, action audit.Action, u user.User, a Attempt, refusal error) error {
	omitted, ok := of.take(p.Now())
	if !ok {
		return refusal
	}
	detail := string(fault.From(refusal).Code)
	if omitted > 0 {
		detail += fmt.Sprintf(", after %d more that are not listed", omitted)
	}
	return p.reportAs(ctx, action, u, a, refusal, detail)
}

func (p *Password) reportAs(ctx context.Context, action audit.Action, u user.User, a Attempt, refusal error, detail string) error {
	if u.ID == "" {
		detail += ", no such account"
	}
	err := p.Audit.Append(ctx, audit.Event{At: p.Now(), Action: action, Source: a.Source, UserID: u.ID, ClientID: client.OwnID, Detail: detail})
	if err != nil {
		return fmt.Errorf("audit refused sign-in: %w", err)
	}
	return refusal
}

// rehash stores the password under today's parameters, and returns the hash that is stored then. A sign-in does not fail for it: when the
// server is busy or the password was changed in between, the next sign-in tries again.
func (p *Password) rehash(ctx context.Context, u user.User, pw secret.String) secret.String {
	encoded, err := p.Hasher.Hash(ctx, pw.Reveal())
	fresh := secret.New(encoded)
	if err == nil {
		err = p.Users.ChangeUser(ctx, user.Change{ID: u.ID, Password: &fresh, IfPassword: &u.Password, KeepPasswordTime: true, At: p.Now()})
	}
	if err != nil {
		p.Logger.LogAttrs(ctx, slog.LevelWarn, "password not re-hashed, next sign-in tries again", slog.String("user", u.ID), slog.Any("error", err))
		return u.Password
	}
	return fresh
}
