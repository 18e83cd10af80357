package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/statuslist"
)

// touchEvery keeps SeenAt to the minute without a write for each request.
const touchEvery = time.Minute

// Reasons why a session ended, as stored and as the audit log says them. Changes of the account have their own in package user.
const (
	ReasonSignOut         = "signed out"
	ReasonEndedByUser     = "ended by its user"
	ReasonEndedByOperator = "ended by an operator"
	ReasonReuse           = "refresh token reused"
	ReasonCrowded         = "too many sessions"
	ReasonCodeReuse       = "authorization code reused"
	ReasonRevoked         = "token revoked by its client"
	ReasonTakenBack       = "permission taken back"
	ReasonClientRemoved   = "client removed"
	ReasonProvider        = "signed out at the provider"
	ReasonRoleMissing     = "role missing"
	ReasonProviderRefused = "no longer let in by the provider"
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

// Notices learns of sign-ins, to tell people. It does not wait for that.
type Notices interface {
	// SignedIn is called after a session began. knownDevice says that its browser has signed in to the account before.
	SignedIn(s Session, knownDevice bool, src audit.Source)
}

// Service applies the rules of the package doc. It is safe for concurrent use.
type Service struct {
	Store       Store
	Revocations Revocations
	// Notices may be nil.
	Notices Notices
	Sealed  *Sealed
	// Long and Short bound sessions that stay signed in, and those of a browser that was told not to.
	Long, Short Limits
	// Overlap is how long the predecessor of a confirmed refresh token still gets the same successor (10 s by default).
	Overlap time.Duration
	// Grace is how long that is so for a client that does not confirm, counted from the rotation (60 s by default).
	Grace time.Duration
	// Most is how many sessions one account may have (200 by default); 0 for any number.
	Most int
	// RevokeFor is how long a revocation must be remembered: the lifetime of an access token and the leeway of its judges.
	RevokeFor time.Duration
	// StatusLists is on how many lists sessions get a place; 0 for none. See package statuslist.
	StatusLists int
	Now         func() time.Time
}

// Beginning is what a new session is started with.
type Beginning struct {
	ID         ID // chosen before; zero for a new one
	UserID     string
	PasswordAt time.Time // see [Opening]
	ClientID   string
	Keep       Keep
	Confirms   bool
	KeyThumb   string // binds the session to a DPoP key or a certificate; see [Session]
	Short      bool   // the shorter limits, for a browser that is not to stay signed in
	AMR        []string
	AuthTime   time.Time // when the person proved who they are; zero for now
	NotAfter   time.Time // caps the lifetime; zero for no cap
	Known      bool      // the browser is one that has signed in to the account before
	NoRefresh  bool      // a session of an OAuth client that may not refresh
	Holder     Holder
	Source     audit.Source
}

// Started is a session with the token that its client now holds.
type Started struct {
	Session
	// Refresh is the refresh token; empty for KeepCookie.
	Refresh secret.String
}

// placeTries is how often a session looks for a free place on the status lists. They are half empty in any sound house; where they are not, a
// session does without rather than not begin.
const placeTries = 20

// Begin carries out an act that starts a session, whether as a part of another act or by itself, and returns the session.
func (s *Service) Begin(b Beginning, act func(Opening) error) (Session, error) {
	o := s.opening(b)
	for range placeTries {
		if s.StatusLists > 0 {
			o.Session.StatusPlace = statuslist.Random(s.StatusLists)
		}
		if err := act(o); !errors.Is(err, ErrPlaceTaken) {
			return o.Session, err
		}
	}
	o.Session.StatusPlace = 0
	return o.Session, act(o)
}

// opening prepares the act of starting a session.
func (s *Service) opening(b Beginning) Opening {
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
	if !b.AuthTime.IsZero() {
		row.AuthTime = b.AuthTime
	}
	if !b.NotAfter.IsZero() && b.NotAfter.Before(row.ExpiresAt) {
		row.ExpiresAt = b.NotAfter
		row.IdleUntil = earlier(row.IdleUntil, b.NotAfter)
	}
	if b.Keep != KeepCookie && !b.NoRefresh {
		row.Counter = 1
	}
	if !b.ID.IsZero() {
		row.ID = b.ID
	}
	event := audit.Event{At: now, Action: audit.SignIn, Source: b.Source, UserID: b.UserID, SessionID: row.ID.String(), ClientID: b.ClientID}
	return Opening{
		Session: row, PasswordAt: b.PasswordAt, Event: event, Most: s.Most, RevokeUntil: now.Add(s.RevokeFor),
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Start begins a session and stores the sign-in with it. An account that was disabled, or got another password, in the meantime is
// refused.
func (s *Service) Start(ctx context.Context, b Beginning) (Started, error) {
	return s.StartBy(b, func(o Opening) error { return s.Store.StartSession(ctx, o) })
}

// StartBy is [Service.Start] by another act.
func (s *Service) StartBy(b Beginning, act func(Opening) error) (Started, error) {
	row, err := s.Begin(b, act)
	if errors.Is(err, ErrPasswordChanged) {
		return Started{}, fault.Refuse(fault.CredentialsInvalid).Because(err)
	}
	if errors.Is(err, fault.ErrConflict) {
		return Started{}, fault.Refuse(fault.AccountDisabled).Because(err)
	}
	if err != nil {
		return Started{}, fmt.Errorf("start session: %w", err)
	}
	if s.Notices != nil {
		s.Notices.SignedIn(row, b.Known, b.Source)
	}
	return s.Hand(row), nil
}

// Hand returns a session with the refresh token that its counter stands for.
func (s *Service) Hand(row Session) Started {
	st := Started{Session: row}
	switch {
	case row.Counter == 0:
	case row.Keep == KeepClient:
		st.Refresh = s.Sealed.ClientRefresh(row.ID, row.Counter)
	default:
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
	return s.rotate(ctx, id, n, keyThumb, src)
}

// RefreshClient is [Service.Refresh] for an OAuth client that has proved to be clientID. Without rotate, for a client that keeps its token by
// a secret of its own, the same token stays good and nothing is written but that the session was used.
func (s *Service) RefreshClient(ctx context.Context, token, clientID, keyThumb string, rotate bool, src audit.Source) (Started, error) {
	id, n, ok := s.Sealed.OpenClientRefresh(token)
	if !ok {
		return Started{}, fault.Refuse(fault.RefreshInvalid)
	}
	row, err := s.Living(ctx, id)
	if err == nil && row.ClientID != clientID {
		return Started{}, fault.Refuse(fault.RefreshInvalid).Because(errors.New("it belongs to another client"))
	}
	if err != nil {
		return Started{}, err
	}
	if rotate || n != row.Counter {
		return s.rotate(ctx, id, n, keyThumb, src)
	}
	if err := Holds(row, keyThumb); err != nil {
		return Started{}, err
	}
	row, err = s.touch(ctx, row, s.Long.Idle, src)
	return s.Hand(row), err
}

// rotate follows the state machine of the package doc.
func (s *Service) rotate(ctx context.Context, id ID, n uint32, keyThumb string, src audit.Source) (Started, error) {
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
		return s.Hand(row), nil
	}
	if err := Alive(row, now); err != nil {
		return Started{}, err
	}
	if err := Holds(row, keyThumb); err != nil {
		return Started{}, err
	}
	if n == row.Counter-1 && s.sameSuccessor(row, now) {
		return s.Hand(row), nil
	}
	if now.Before(row.RotatedAt) {
		return Started{}, fault.Refuse(fault.Unavailable).Because(errOvertaken)
	}
	return Started{}, s.reuse(ctx, row, src)
}

// errOvertaken says that the counter moved between a request's arrival and its judgement, so that its number, which may have been good, tells
// nothing. Who asks again is judged by what the counter is then.
var errOvertaken = errors.New("other refreshes of the session overtook this one")

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
	return s.touch(ctx, row, row.IdleUntil.Sub(row.SeenAt), src) // the limit that it was started with
}

// touch notes that a session was seen, and moves its idle limit.
func (s *Service) touch(ctx context.Context, row Session, idle time.Duration, src audit.Source) (Session, error) {
	now := s.Now()
	if now.Sub(row.SeenAt) < touchEvery {
		return row, nil
	}
	row.SeenAt, row.IdleUntil = now, earlier(now.Add(idle), row.ExpiresAt)
	if err := s.Store.TouchSession(ctx, row.ID, now, row.IdleUntil, src.Address, src.Agent); err != nil {
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

// List lists what the query selects of the living sessions, the newest first.
func (s *Service) List(ctx context.Context, q Query) ([]Session, error) {
	return s.Store.LivingSessions(ctx, q, s.Now())
}

// All lists the living sessions of everybody, by username, most recently seen first.
func (s *Service) All(ctx context.Context) (list []Session, err error) {
	now, q := s.Now(), Query{Limit: MostListed}
	for full := true; full; {
		page, err := s.Store.LivingSessions(ctx, q, now)
		if err != nil {
			return nil, err
		}
		list = append(list, page...)
		if full = len(page) == q.Limit; full {
			q.After = page[len(page)-1].Cursor()
		}
	}
	slices.SortStableFunc(list, func(a, b Session) int {
		return cmp.Or(strings.Compare(a.Holder.Username, b.Holder.Username), b.SeenAt.Compare(a.SeenAt))
	})
	return list, nil
}

// Of lists the living sessions of a user, most recently seen first.
func (s *Service) Of(ctx context.Context, userID string) ([]Session, error) {
	return s.Store.SessionsOf(ctx, userID, s.Now())
}
