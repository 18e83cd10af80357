package otp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
)

// Sealer encrypts what must not be read in the database. *keys.Sealer does.
type Sealer interface {
	// Seal encrypts for one place in the database.
	Seal(table, column, row string, plain []byte) []byte
	// Open decrypts what Seal made for the same place.
	Open(table, column, row string, sealed []byte) ([]byte, error)
}

// Limiter slows guessing down.
type Limiter interface {
	// Code lets somebody try a code of an account. Only what was not good is charged, to the account and to the address; a device that has signed in
	// to the account before, if it is known, has an allowance of its own. The refusal is rate_limited, and the code was not looked at then.
	Code(ctx context.Context, userID, knownDevice, address string, try func() (good bool, err error)) error
	// RecoveryCode is Code for what nobody can guess: it is charged to the address or the device, and never to the account.
	RecoveryCode(ctx context.Context, userID, knownDevice, address string, try func() (good bool, err error)) error
}

// Revocations learns at once what this process has called back.
type Revocations interface {
	CatchUp(ctx context.Context) error
}

// News is what people are told of their second factor.
type News string

// The news.
const (
	TurnedOn     News = "two_step_on"
	TurnedOff    News = "two_step_off"
	CodesRenewed News = "recovery_renewed"
	CodeUsed     News = "recovery_used"
)

// Notices tells people. It does not wait for that, and does not fail.
type Notices interface {
	FactorChanged(ctx context.Context, userID string, n News, src audit.Source)
}

// Service is the rules of the package doc. It is safe for concurrent use.
type Service struct {
	Store       Store
	Sealer      Sealer
	Limiter     Limiter
	Revocations Revocations
	// Notices may be nil.
	Notices Notices
	// Key is of the hashes of recovery codes and of offers, 32 bytes, which all nodes share.
	Key []byte
	// Name is what people sign in to, as apps show it.
	Name string
	// RevokeFor is how long a revocation must be remembered.
	RevokeFor time.Duration
	// InsecureReuse lets a code be used again, in `lingpai dev`: people sign in there more often than codes come, and the clock goes back.
	InsecureReuse bool
	Now           func() time.Time
}

// Where the secret of an app is stored, which it is sealed for.
const (
	factorsTable = "second_factors"
	secretColumn = "secret"
)

// ReasonReset is why sessions ended whose second factor an operator took off.
const ReasonReset = "second factor reset"

// Of returns the second factor of an account; fault.ErrNotFound when it has none.
func (s *Service) Of(ctx context.Context, userID string) (Factor, error) {
	f, err := s.Store.Factor(ctx, userID)
	if err != nil {
		return Factor{}, fmt.Errorf("find second factor: %w", err)
	}
	return f, nil
}

// Has reports whether an account has a second factor.
func (s *Service) Has(ctx context.Context, userID string) (bool, error) {
	_, err := s.Of(ctx, userID)
	if errors.Is(err, fault.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Add turns an offered secret on, confirmed by a code of the app, and returns the recovery codes, which nobody can read again. Refusals: offer_void,
// code_invalid. fault.ErrConflict when the account has a second factor.
func (s *Service) Add(ctx context.Context, userID, token, code string, src audit.Source) (recovery []string, err error) {
	key, err := s.opened(userID, token)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	step, ok := matches(key, typed(code), now)
	if !ok {
		return nil, fault.Refuse(fault.CodeInvalid)
	}
	codes := newRecoveryCodes()
	err = s.Store.AddFactor(ctx, Addition{
		Factor: Factor{UserID: userID, Secret: s.Sealer.Seal(factorsTable, secretColumn, userID, key), LastStep: step, AddedAt: now},
		Hashes: s.hashesOf(userID, codes), Event: audit.Event{At: now, Action: audit.FactorAdded, Source: src, UserID: userID},
	})
	if err != nil {
		return nil, fmt.Errorf("add second factor: %w", err)
	}
	s.tell(ctx, userID, TurnedOn, src)
	return codes, nil
}

// Check spends a code of the app, or a recovery code. known names the device that it comes from, if the account has known it since then, or is "": who
// signed in before the factor was there has not shown it, and guesses among strangers. Refusals: code_invalid, and rate_limited, after which the code
// is as good as before. fault.ErrNotFound when the account has no second factor.
func (s *Service) Check(ctx context.Context, userID, code string, known func(since time.Time) string, src audit.Source) error {
	f, err := s.Of(ctx, userID)
	if err != nil {
		return err
	}
	code = typed(code)
	limit := s.Limiter.RecoveryCode
	if isOfApp(code) {
		limit = s.Limiter.Code
	}
	good := false
	err = limit(ctx, userID, known(f.AddedAt), src.Address, func() (bool, error) {
		good, err = s.spend(ctx, f, code, src)
		return good, err
	})
	if err == nil && !good {
		return fault.Refuse(fault.CodeInvalid)
	}
	return err
}

// spend reports whether a code was good, which it is not again.
func (s *Service) spend(ctx context.Context, f Factor, code string, src audit.Source) (bool, error) {
	if isOfApp(code) {
		return s.spendStep(ctx, f, code)
	}
	err := s.Store.SpendRecovery(ctx, f.UserID, s.hashOf(f.UserID, code), audit.Event{
		At: s.Now(), Action: audit.RecoveryCodeUsed, Source: src, UserID: f.UserID,
	})
	if good, err := spent(err); !good {
		return false, err
	}
	s.tell(ctx, f.UserID, CodeUsed, src)
	return true, nil
}

func (s *Service) spendStep(ctx context.Context, f Factor, code string) (bool, error) {
	key, err := s.Sealer.Open(factorsTable, secretColumn, f.UserID, f.Secret)
	if err != nil {
		return false, fmt.Errorf("open second factor: %w", err)
	}
	step, ok := matches(key, code, s.Now())
	if !ok || s.InsecureReuse {
		return ok, nil
	}
	return spent(s.Store.SpendStep(ctx, f.UserID, f.AddedAt, step))
}

// spent reads what became of spending: a conflict says that there was nothing to spend.
func spent(err error) (bool, error) {
	if errors.Is(err, fault.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("spend code: %w", err)
	}
	return true, nil
}

// InsecureCode is what the app of an account shows now. It takes the place of the phone where passwords are known to everybody, too, in `lingpai dev`.
// fault.ErrNotFound when the account has no second factor.
func (s *Service) InsecureCode(ctx context.Context, userID string) (string, error) {
	f, err := s.Of(ctx, userID)
	if err != nil {
		return "", err
	}
	key, err := s.Sealer.Open(factorsTable, secretColumn, userID, f.Secret)
	if err != nil {
		return "", fmt.Errorf("open second factor: %w", err)
	}
	return codeOf(key, stepAt(s.Now())), nil
}

// Renew makes new recovery codes, and the old ones void. fault.ErrNotFound when the account has no second factor.
func (s *Service) Renew(ctx context.Context, userID string, src audit.Source) (recovery []string, err error) {
	codes := newRecoveryCodes()
	err = s.Store.RenewRecovery(ctx, userID, s.hashesOf(userID, codes), audit.Event{
		At: s.Now(), Action: audit.RecoveryCodesRenewed, Source: src, UserID: userID,
	})
	if err != nil {
		return nil, fmt.Errorf("renew recovery codes: %w", err)
	}
	s.tell(ctx, userID, CodesRenewed, src)
	return codes, nil
}

// Remove turns the second factor of an account off. It ends no session. fault.ErrNotFound when there is none.
func (s *Service) Remove(ctx context.Context, userID string, src audit.Source) error {
	return s.remove(ctx, Removal{UserID: userID}, audit.FactorRemoved, src)
}

// Reset is [Service.Remove] on the word of an operator, for who has lost app and recovery codes. It ends all sessions of the account: whoever has
// the app may be in one.
func (s *Service) Reset(ctx context.Context, userID string, src audit.Source) error {
	err := s.remove(ctx, Removal{UserID: userID, EndReason: ReasonReset, RevokeUntil: s.Now().Add(s.RevokeFor)}, audit.FactorReset, src)
	if err != nil {
		return err
	}
	if err := s.Revocations.CatchUp(ctx); err != nil {
		return fmt.Errorf("apply revocations: %w", err)
	}
	return nil
}

func (s *Service) remove(ctx context.Context, r Removal, action audit.Action, src audit.Source) error {
	r.Event = audit.Event{At: s.Now(), Action: action, Source: src, UserID: r.UserID}
	if err := s.Store.RemoveFactor(ctx, r); err != nil {
		return fmt.Errorf("remove second factor: %w", err)
	}
	s.tell(ctx, r.UserID, TurnedOff, src)
	return nil
}

func (s *Service) tell(ctx context.Context, userID string, n News, src audit.Source) {
	if s.Notices != nil {
		s.Notices.FactorChanged(ctx, userID, n, src)
	}
}
