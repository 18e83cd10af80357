package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
)

// touchEvery keeps SeenAt to the minute without a write for each request.
const touchEvery = time.Minute

// Reasons why a session ended, as stored and as the audit log says them. Changes of the account have their own in package user.
const (
	ReasonSignOut         = "signed out"
	ReasonEndedByUser     = "ended by its user"
	ReasonEndedByOperator = "ended by an operator"
	ReasonReuse           = "refresh token reused"
)

// Limits bounds the life of sessions.
type Limits struct {
	Idle     time.Duration // over when not used for so long
	Lifetime time.Duration // over after so long, used or not
}

// Revocations learns at once what this process has called back; other processes follow the log.
type Revocations interface {
	// CatchUp reads what the log has gained. After it returns, this process refuses every token of the sessions ended before the call.
	CatchUp(ctx context.Context) error
}

// Service applies the rules of the package doc. It is safe for concurrent use.
type Service struct {
	Store       Store
	Revocations Revocations
	Sealed      *Sealed
	// Long and Short bound sessions that stay signed in, and those of a browser that was told not to.
	Long, Short Limits
	// Overlap is how long the predecessor of a confirmed refresh token still gets the same successor (10 s by default).
	Overlap time.Duration
	// Grace is how long that is so for a client that does not confirm, counted from the rotation (60 s by default).
	Grace time.Duration
	// RevokeFor is how long a revocation must be remembered: the lifetime of an access token and the leeway of its judges.
	RevokeFor time.Duration
	Now       func() time.Time
}

// Beginning is what a new session is started with.
type Beginning struct {
	UserID     string
	PasswordAt time.Time // see [Opening]
	ClientID   string
	Keep       Keep
	Confirms   bool
	KeyThumb   string // binds the session to a DPoP key; see [Session]
	Short      bool   // the shorter limits, for a browser that is not to stay signed in
	AMR        []string
	Holder     Holder
	Source     audit.Source
}

// Started is a session with the token that its client now holds.
type Started struct {
	Session
	// Refresh is the refresh token; empty for KeepCookie.
	Refresh secret.String
}

// Start begins a session and stores the sign-in with it. An account that was disabled, or got another password, in the meantime is
// refused.
func (s *Service) Start(ctx context.Context, b Beginning) (Started, error) {
	now, limits := s.Now(), s.Long
	if b.Short {
		limits = s.Short
	}
	row := Session{
		ID: NewID(), UserID: b.UserID, ClientID: b.ClientID, Keep: b.Keep, Confirms: b.Confirms, KeyThumb: b.KeyThumb,
		AuthTime: now, AMR: b.AMR, CreatedAt: now, SeenAt: now, RotatedAt: now,
		IdleUntil: now.Add(min(limits.Idle, limits.Lifetime)), ExpiresAt: now.Add(limits.Lifetime),
		Address: b.Source.Address, Agent: b.Source.Agent, Holder: b.Holder,
	}
	if b.Keep != KeepCookie {
		row.Counter = 1
	}
	event := audit.Event{At: now, Action: audit.SignIn, Source: b.Source, UserID: b.UserID, SessionID: row.ID.String(), ClientID: b.ClientID}
	err := s.Store.StartSession(ctx, Opening{Session: row, PasswordAt: b.PasswordAt, Event: event})
	if errors.Is(err, ErrPasswordChanged) {
		return Started{}, fault.Refuse(fault.CredentialsInvalid).Because(err)
	}
	if errors.Is(err, fault.ErrConflict) {
		return Started{}, fault.Refuse(fault.AccountDisabled).Because(err)
	}
	if err != nil {
		return Started{}, fmt.Errorf("start session: %w", err)
	}
	return s.started(row), nil
}

func (s *Service) started(row Session) Started {
	st := Started{Session: row}
	if row.Counter > 0 {
		st.Refresh = s.Sealed.Refresh(row.ID, row.Counter)
	}
	return st
}

// Refresh takes a refresh token and returns the session with its successor, by the rules of the package doc. keyThumb is the thumbprint of
// the DPoP key that its bearer was found to hold, "" for none.
func (s *Service) Refresh(ctx context.Context, token, keyThumb string, src audit.Source) (Started, error) {
	id, n, ok := s.Sealed.OpenRefresh(token)
	if !ok {
		return Started{}, fault.Refuse(fault.RefreshInvalid)
	}
	now := s.Now()
	row, advanced, err := s.Store.RotateSession(ctx, Rotation{
		ID: id, Counter: n, At: now, IdleUntil: now.Add(s.Long.Idle), KeyThumb: keyThumb, Address: src.Address, Agent: src.Agent,
	})
	if errors.Is(err, fault.ErrNotFound) { // ended so long ago that the row is gone
		return Started{}, fault.Refuse(fault.RefreshInvalid).Because(err)
	}
	if err != nil {
		return Started{}, fmt.Errorf("rotate session: %w", err)
	}
	if advanced {
		return s.started(row), nil
	}
	if err := Alive(row, now); err != nil {
		return Started{}, err
	}
	if err := Holds(row, keyThumb); err != nil {
		return Started{}, err
	}
	if n == row.Counter-1 && s.sameSuccessor(row, now) {
		return s.started(row), nil
	}
	return Started{}, s.reuse(ctx, row, src)
}

// sameSuccessor reports whether the token before the current one still gets the current one.
func (s *Service) sameSuccessor(row Session, now time.Time) bool {
	switch {
	case row.KeyThumb != "":
		return true
	case !row.Confirms:
		return now.Before(row.RotatedAt.Add(s.Grace))
	case row.ConfirmedAt.IsZero():
		return true
	}
	return now.Before(row.ConfirmedAt.Add(s.Overlap))
}

func (s *Service) reuse(ctx context.Context, row Session, src audit.Source) error {
	e := s.ending(src, audit.RefreshReused, ReasonReuse)
	e.Session = row.ID
	if _, err := s.end(ctx, e); err != nil {
		return fmt.Errorf("end session after reuse: %w", err)
	}
	return fault.Refuse(fault.RefreshReused)
}

// Confirm notes that the client holds this refresh token. A token that is not the current one changes nothing: the client will
// have confirmed, or be about to confirm, the current one.
func (s *Service) Confirm(ctx context.Context, token string) error {
	id, n, ok := s.Sealed.OpenRefresh(token)
	if !ok {
		return fault.Refuse(fault.RefreshInvalid)
	}
	return s.Store.ConfirmSession(ctx, id, n, s.Now())
}

// Alive returns the refusal for a session that is over, or nil.
func Alive(row Session, now time.Time) error {
	switch {
	case !row.EndedAt.IsZero() && row.EndReason == ReasonReuse:
		return fault.Refuse(fault.RefreshReused)
	case !row.EndedAt.IsZero():
		return fault.Refuse(fault.SessionEnded, max(0, now.Sub(row.EndedAt)))
	case !now.Before(row.ExpiresAt):
		return fault.Refuse(fault.SessionExpired, "reached its end "+fault.Span(now.Sub(row.ExpiresAt))+" ago")
	case !now.Before(row.IdleUntil):
		return fault.Refuse(fault.SessionExpired, "was not used for too long")
	case row.Holder.Disabled:
		return fault.Refuse(fault.AccountDisabled)
	}
	return nil
}

// Holds returns the refusal for who does not hold the key that a session is bound to, or nil. It never ends the session: a token without
// its key is a thief's, and of no use to them.
func Holds(row Session, keyThumb string) error {
	switch row.KeyThumb {
	case "", keyThumb:
		return nil
	}
	if keyThumb == "" {
		return fault.Refuse(fault.DPoPProofInvalid, "it is missing, and the session is bound to a key")
	}
	return fault.Refuse(fault.DPoPProofInvalid, "another key made it than the one that the session is bound to")
}

// Living returns the session of that id, or the refusal that says why it is over.
func (s *Service) Living(ctx context.Context, id ID) (Session, error) {
	row, err := s.Store.Session(ctx, id)
	if errors.Is(err, fault.ErrNotFound) {
		return Session{}, fault.Refuse(fault.SessionExpired, "ended, and nothing is kept of it any more").Because(err)
	}
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", err)
	}
	return row, Alive(row, s.Now())
}

// Use returns the living session behind a session cookie, and notes that it was seen (at most once a minute).
func (s *Service) Use(ctx context.Context, cookie string, src audit.Source) (Session, error) {
	id, ok := s.Sealed.OpenCookie(cookie)
	if !ok {
		return Session{}, fault.Refuse(fault.TokenMissing)
	}
	row, err := s.Living(ctx, id)
	if err != nil {
		return Session{}, err
	}
	now := s.Now()
	if now.Sub(row.SeenAt) < touchEvery {
		return row, nil
	}
	idle := row.IdleUntil.Sub(row.SeenAt) // the limit that it was started with
	row.SeenAt, row.IdleUntil = now, now.Add(idle)
	if err := s.Store.TouchSession(ctx, id, now, row.IdleUntil, src.Address, src.Agent); err != nil {
		return Session{}, fmt.Errorf("touch session: %w", err)
	}
	return row, nil
}

// Seen takes an access token that came with refresh token number counter as the confirmation that its client holds that token. It notes
// nothing where nothing hangs on it.
func (s *Service) Seen(ctx context.Context, row Session, counter uint32) error {
	if !row.Confirms || row.KeyThumb != "" || counter == 0 || counter != row.Counter || !row.ConfirmedAt.IsZero() {
		return nil
	}
	if err := s.Store.ConfirmSession(ctx, row.ID, counter, s.Now()); err != nil {
		return fmt.Errorf("confirm session: %w", err)
	}
	return nil
}

// OfRefresh returns the living session of a refresh token without using the token up. fresh reports whether the token
// is the current one or the one before: an older one may end its session, which is all that it would do anyway, and nothing else.
func (s *Service) OfRefresh(ctx context.Context, token string) (row Session, fresh bool, err error) {
	id, n, ok := s.Sealed.OpenRefresh(token)
	if !ok {
		return Session{}, false, fault.Refuse(fault.RefreshInvalid)
	}
	row, err = s.Living(ctx, id)
	return row, n+1 >= row.Counter, err
}

// Of lists the living sessions of a user, most recently seen first.
func (s *Service) Of(ctx context.Context, userID string) ([]Session, error) {
	return s.Store.SessionsOf(ctx, userID, s.Now())
}
