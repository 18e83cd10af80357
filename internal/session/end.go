package session

import (
	"context"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
)

// Scope says which sessions a sign-out ends.
type Scope string

// The scopes of a sign-out.
const (
	This   Scope = "this"
	Others Scope = "others"
	All    Scope = "all"
)

// ParseScope reads a scope; "" means This.
func ParseScope(s string) (Scope, bool) {
	switch sc := Scope(s); sc {
	case "":
		return This, true
	case This, Others, All:
		return sc, true
	}
	return "", false
}

// SignOut ends sessions of the user of a session, seen from that session, and returns how many it ended. When it returns, this
// process refuses their access tokens.
func (s *Service) SignOut(ctx context.Context, row Session, scope Scope, src audit.Source) (int, error) {
	e := s.ending(src, audit.SignOut, ReasonSignOut)
	switch scope {
	case This:
		e.Session = row.ID
	case Others:
		e.User, e.Except = row.UserID, row.ID
	case All:
		e.User = row.UserID
		return s.endInParts(ctx, e)
	}
	return s.end(ctx, e)
}

// Fresh is for how long after a sign-in somebody may do what a session that was left open, or stolen, must not be enough for.
const Fresh = 10 * time.Minute

// RequireFresh refuses a session whose holder proved who they are longer ago than Fresh: step_up_required. It is asked before somebody ends other
// sessions than the one they are at, or else whoever holds a stolen one could keep the owner out. Signing out is nobody's privilege.
func (s *Service) RequireFresh(row Session) error {
	if s.Now().Sub(row.AuthTime) > Fresh {
		return fault.Refuse(fault.StepUpRequired, Fresh)
	}
	return nil
}

// GiveWay ends a session because its user signs in again at the same place: what clients were granted from it goes over to heir, so that
// proving who one is once more signs nobody out of their apps.
func (s *Service) GiveWay(ctx context.Context, row Session, heir ID, src audit.Source) error {
	e := s.ending(src, audit.SignOut, ReasonSignOut)
	e.Session, e.Heir = row.ID, heir
	_, err := s.end(ctx, e)
	return err
}

// EndOne ends one session of a user. fault.ErrNotFound when it is not theirs or does not live.
func (s *Service) EndOne(ctx context.Context, userID string, id ID, src audit.Source) error {
	row, err := s.Store.Session(ctx, id)
	if err != nil {
		return err
	}
	if row.UserID != userID {
		return fmt.Errorf("session of another user: %w", fault.ErrNotFound)
	}
	e := s.ending(src, audit.SessionEnded, ReasonEndedByUser)
	e.Session = id
	n, err := s.end(ctx, e)
	if err == nil && n == 0 {
		return fmt.Errorf("session is over: %w", fault.ErrNotFound)
	}
	return err
}

// EndByOperator ends one session on the word of whoever runs the server, and returns how many that were: none if it does not live.
func (s *Service) EndByOperator(ctx context.Context, id ID, src audit.Source) (int, error) {
	e := s.ending(src, audit.SessionEnded, ReasonEndedByOperator)
	e.Session = id
	return s.end(ctx, e)
}

// EndAllByOperator ends all sessions of a user on the word of whoever runs the server, and returns how many it ended.
func (s *Service) EndAllByOperator(ctx context.Context, userID string, src audit.Source) (int, error) {
	e := s.ending(src, audit.SessionEnded, ReasonEndedByOperator)
	e.User = userID
	return s.endInParts(ctx, e)
}

// EndFor ends one session for a reason that a grant has: its code was reused, or its client gave the token back.
func (s *Service) EndFor(ctx context.Context, id ID, reason string, action audit.Action, src audit.Source) error {
	e := s.ending(src, action, reason)
	e.Session = id
	_, err := s.end(ctx, e)
	return err
}

// TakingBack prepares the end of what a user has at a client, for who makes it a part of another act. [Service.Ended] follows it.
func (s *Service) TakingBack(userID, clientID string, src audit.Source) Ending {
	e := s.ending(src, audit.SessionEnded, ReasonTakenBack)
	e.User, e.Client = userID, clientID
	return e
}

// Ended applies what another act has called back: when it returns, this process refuses the tokens.
func (s *Service) Ended(ctx context.Context) error {
	if err := s.Revocations.CatchUp(ctx); err != nil {
		return fmt.Errorf("apply revocations: %w", err)
	}
	return nil
}

// endAtOnce is how many sessions end in one act when all do: a few milliseconds, between which others get their turn.
const endAtOnce = 1000

// EndEverybody ends all sessions on the word of whoever runs the server, and returns how many it ended. However many there are, the log of
// revocations gains one entry for each thousand.
func (s *Service) EndEverybody(ctx context.Context, src audit.Source) (int, error) {
	return s.endInParts(ctx, s.ending(src, audit.SessionEnded, ReasonEndedByOperator))
}

// endInParts ends all sessions of an account (e.User), or of everybody. What is issued between two parts is called back by the second.
func (s *Service) endInParts(ctx context.Context, e Ending) (total int, err error) {
	last := ID{}
	for n := endAtOnce; n >= endAtOnce; total += n {
		e.At = s.Now()
		e.RevokeUntil, e.Event.At = e.At.Add(s.RevokeFor), e.At
		if n, last, err = s.Store.EndSome(ctx, e, last, endAtOnce); err != nil {
			return total, fmt.Errorf("end all sessions: %w", err)
		}
	}
	if err := s.Revocations.CatchUp(ctx); err != nil {
		return total, fmt.Errorf("apply revocations: %w", err)
	}
	return total, nil
}

func (s *Service) ending(src audit.Source, action audit.Action, reason string) Ending {
	now := s.Now()
	return Ending{
		At: now, Reason: reason, RevokeUntil: now.Add(s.RevokeFor),
		Event: audit.Event{At: now, Action: action, Source: src, Detail: reason},
	}
}

func (s *Service) end(ctx context.Context, e Ending) (int, error) {
	ended, err := s.Store.EndSessions(ctx, e)
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	if len(ended) == 0 {
		return 0, nil
	}
	if err := s.Revocations.CatchUp(ctx); err != nil {
		return 0, fmt.Errorf("apply revocations: %w", err)
	}
	return len(ended), nil
}
