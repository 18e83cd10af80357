package grant

import (
	"context"
	"errors"
	"fmt"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// Trade is what a client shows for a code.
type Trade struct {
	Client      client.Client // which has proved who it is, or is public
	Code        string
	RedirectURI string // "" when it did not say (OAuth 2.1); otherwise it must be the one of the request
	Verifier    string
	KeyThumb    string // of the DPoP key that the session is to be bound to, or ""
	// Prove is asked, when the code was found good and before it is spent, whether the proof that came is used for the first time. nil: it is.
	Prove  func() error
	Source audit.Source
}

// Granted is a session of a client, and what was allowed it.
type Granted struct {
	session.Started
	Approval Approval
}

// Redeem trades a code for a session. Every refusal is an [oauth.InvalidGrant], or that of Prove; what it was stands in its cause. A code that is shown by
// somebody whom it does not fit is burned; one that is shown again ends the session that came of it (RFC 6749, section 4.1.2).
func (s *Service) Redeem(ctx context.Context, t Trade) (Granted, error) {
	hash, ok := hashOf(codePrefix, t.Code)
	if !ok {
		return Granted{}, refuse("it is no code of ours")
	}
	code, err := s.Store.Code(ctx, hash)
	if errors.Is(err, fault.ErrNotFound) {
		return Granted{}, refuse("there is no such code")
	}
	if err != nil {
		return Granted{}, fmt.Errorf("find code: %w", err)
	}
	if code.Spent {
		return Granted{}, s.reused(ctx, code, t.Source)
	}
	if why := s.misfit(&code, t); why != "" {
		if err := s.Store.BurnCode(ctx, hash); err != nil {
			return Granted{}, fmt.Errorf("burn code: %w", err)
		}
		return Granted{}, refuse(why)
	}
	spend := func(o session.Opening) error {
		return s.Store.RedeemCode(ctx, Redemption{Hash: hash, Opening: o, At: s.Now()})
	}
	return s.redeem(ctx, code.Approval, t, spend, func() error { return s.reusedMeanwhile(ctx, hash, t.Source) })
}

// misfit says why a code is not for who shows it, or "".
func (s *Service) misfit(c *Code, t Trade) string {
	switch {
	case c.ClientID != t.Client.ID:
		return "it belongs to another client"
	case !s.Now().Before(c.ExpiresAt):
		return "it has expired"
	case t.RedirectURI != "" && t.RedirectURI != c.RedirectURI:
		return "it was asked for with another redirect_uri"
	case c.Challenge == "" && t.Verifier != "":
		return "a verifier came, but no challenge had: it may have been stripped"
	case c.Challenge != "" && !oauth.VerifyChallenge(c.Challenge, t.Verifier):
		return "the verifier does not fit the challenge"
	case c.KeyThumb != "" && c.KeyThumb != t.KeyThumb:
		return "it is bound to another DPoP key"
	}
	return ""
}

// redeem starts the session of an approval by an act that spends what was shown for it; spent answers when that was spent while we looked.
func (s *Service) redeem(ctx context.Context, a Approval, t Trade, spend func(session.Opening) error, spent func() error) (Granted, error) {
	if t.Prove != nil {
		if err := t.Prove(); err != nil {
			return Granted{}, err
		}
	}
	u, err := s.Users.UserByID(ctx, a.UserID)
	if errors.Is(err, fault.ErrNotFound) {
		return Granted{}, refuse("the account is gone")
	}
	if err != nil {
		return Granted{}, fmt.Errorf("find account: %w", err)
	}
	if err := t.Client.CheckRoles(u.Roles); err != nil {
		return Granted{}, inOAuth(oauth.InvalidGrant, err)
	}
	src := t.Source
	src.Actor = u.ID
	b := session.Beginning{
		UserID: u.ID, PasswordAt: a.PasswordAt, ClientID: t.Client.ID, Keep: session.KeepClient, KeyThumb: t.KeyThumb,
		AMR: a.AMR, AuthTime: a.AuthTime, NotAfter: a.NotAfter, NoRefresh: !t.Client.May(oauth.RefreshToken), Source: src,
		Holder: session.Holder{
			Username: u.Username, Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name, Roles: u.Roles, Claims: u.Claims, Disabled: u.Disabled,
			ChangedAt: u.ChangedAt,
		},
	}
	row, err := s.Sessions.Begin(b, spend)
	switch {
	case errors.Is(err, ErrSpent):
		return Granted{}, spent()
	case errors.Is(err, fault.ErrConflict):
		return Granted{}, refuse(err.Error())
	case err != nil:
		return Granted{}, fmt.Errorf("redeem code: %w", err)
	}
	return Granted{s.Sessions.Hand(row), a}, nil
}

func (s *Service) reusedMeanwhile(ctx context.Context, hash Hash, src audit.Source) error {
	code, err := s.Store.Code(ctx, hash)
	if err != nil {
		return fmt.Errorf("find code: %w", err)
	}
	return s.reused(ctx, code, src)
}

// reused ends what came of a code: of the two who showed it, one was not meant to have it.
func (s *Service) reused(ctx context.Context, c Code, src audit.Source) error {
	if !c.Session.IsZero() {
		if err := s.Sessions.EndFor(ctx, c.Session, session.ReasonCodeReuse, audit.CodeReused, src); err != nil {
			return err
		}
	}
	return refuse("it was used before")
}

func refuse(why string) error {
	return oauth.Refuse(oauth.InvalidGrant, "The code is not good: it was used, has expired, or was not made for this request.").Because(errors.New(why))
}
