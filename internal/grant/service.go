package grant

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// Users finds accounts.
type Users interface {
	// UserByID returns fault.ErrNotFound when there is none.
	UserByID(ctx context.Context, id string) (user.User, error)
}

// Factors knows who can show more than a password.
type Factors interface {
	// Has reports whether an account can show two factors.
	Has(ctx context.Context, userID string) (bool, error)
	// HasPasskey reports whether it can show a passkey.
	HasPasskey(ctx context.Context, userID string) (bool, error)
}

// Service applies the rules of the package doc. It is safe for concurrent use.
type Service struct {
	Store    Store
	Requests Requests
	Consents Consents
	Devices  Devices
	Guesses  Guesses
	Users    Users
	Factors  Factors
	Clients  *client.Registry
	Sessions *session.Service
	// Key seals marks and proofs, 32 bytes, which all nodes share. Salt makes pairwise subjects, and never changes.
	Key, Salt []byte
	// Local says that the issuer is an address of this machine. Then other addresses of it are as good as https, for development.
	Local bool
	Now   func() time.Time
}

// Step is what a request needs next.
type Step int

// The steps.
const (
	_        Step = iota
	SignIn        // the person proves who they are, again if need be
	TurnAway      // the client is not for this person
	Ask           // the person is asked whether the client may
	Approve       // nothing is missing
)

// Decide says what a request needs next from whoever is signed in; nil is nobody. began is when the request began; see [Service.Began].
// subject must be who is signed in, if it is not empty. The error is for the client: with prompt=none it takes the place of asking.
func (s *Service) Decide(ctx context.Context, req *Request, who *session.Session, subject string, began time.Time) (Step, error) {
	silent := req.Prompts(oauth.PromptNone)
	if s.mustSignIn(req, who, subject, began) {
		switch {
		case silent:
			return 0, oauth.Refuse(oauth.LoginRequired, "nobody is signed in, or not as the request wants it")
		case who != nil && !who.AuthTime.Before(began):
			return 0, oauth.Refuse(oauth.LoginRequired, "somebody else signed in than the request is for")
		}
		return SignIn, nil
	}
	if denied := Denied(&req.Client, *who); denied != nil {
		if silent {
			return 0, denied
		}
		return TurnAway, nil
	}
	if again, err := s.mustProveMore(ctx, req, who, began); err != nil {
		return 0, err
	} else if again {
		return SignIn, nil
	}
	ask, err := s.mustAsk(ctx, req, who.UserID)
	switch {
	case err != nil:
		return 0, err
	case ask && silent:
		return 0, oauth.Refuse(oauth.ConsentRequired, "the person has not allowed this yet")
	case ask:
		return Ask, nil
	}
	return Approve, nil
}

// mustSignIn holds when nobody is signed in, or not lately enough, or somebody else. A sign-in since the request began is new enough for
// anything.
func (s *Service) mustSignIn(req *Request, who *session.Session, subject string, began time.Time) bool {
	if who == nil || subject != "" && !s.IsSubject(&req.Client, subject, who.UserID) {
		return true
	}
	if !who.AuthTime.Before(began) {
		return false
	}
	tooOld := req.MaxAge >= 0 && s.Now().Sub(who.AuthTime) > req.MaxAge
	return tooOld || req.Prompts(oauth.PromptLogin) || req.Prompts(oauth.PromptSelect)
}

// IsSubject reports whether a subject is what a client knows an account by. A pairwise client learns nothing by naming other subjects.
func (s *Service) IsSubject(c *client.Client, subject, userID string) bool {
	return subject == c.Subject(userID, s.Salt)
}

// tell notes in an approval what a client knows the person by, if that is not the id of the account, and whether it wants to be told of
// the end.
func (s *Service) tell(a *Approval, c *client.Client) {
	a.Notify = c.BackchannelLogoutURI != ""
	if c.Pairwise {
		a.Subject = c.Subject(a.UserID, s.Salt)
	}
}

// mustAsk holds unless the client is ours, or the person has allowed all of it before; and always when the answer could reach somebody else
// than the client (RFC 8252, section 8.6).
func (s *Service) mustAsk(ctx context.Context, req *Request, userID string) (bool, error) {
	switch {
	case req.Prompts(oauth.PromptConsent):
		return true, nil
	case !s.assured(req):
		return true, nil
	case req.Client.FirstParty:
		return false, nil
	case len(req.Details) > 0:
		return true, nil // each is allowed for once: no two need mean the same
	}
	given, err := s.Consents.Consent(ctx, userID, req.Client.ID)
	if errors.Is(err, fault.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("find consent: %w", err)
	}
	return !given.Scope.Covers(req.Scope) || given.Addresses != addressesOf(&req.Client), nil
}

// addressesOf stands for the redirect addresses of a client that describes itself: who was asked about it was asked about these.
func addressesOf(c *client.Client) string {
	if c.Self == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(c.RedirectURIs)), "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (s *Service) assured(req *Request) bool {
	return req.Client.Assured(req.RedirectURI) || s.Local && req.Client.Profile != client.Native && strings.HasPrefix(req.RedirectURI, "http://")
}

// Allow remembers that a person has allowed what a request asks, beside what they had allowed before.
func (s *Service) Allow(ctx context.Context, req *Request, who session.Session, src audit.Source) error {
	scope := req.Scope
	before, err := s.Consents.Consent(ctx, who.UserID, req.Client.ID)
	if err == nil {
		scope = before.Scope.With(scope)
	} else if !errors.Is(err, fault.ErrNotFound) {
		return fmt.Errorf("find consent: %w", err)
	}
	now := s.Now()
	event := audit.Event{At: now, Action: audit.ConsentGiven, Source: src, UserID: who.UserID, SessionID: who.ID.String(), ClientID: req.Client.ID}
	event.Detail = scope.String()
	return s.Consents.GiveConsent(ctx, Consent{UserID: who.UserID, ClientID: req.Client.ID, Scope: scope, At: now, Addresses: addressesOf(&req.Client)}, event)
}

// TakeBack removes what a person has allowed a client, and ends what the client has of them.
func (s *Service) TakeBack(ctx context.Context, userID, clientID string, src audit.Source) error {
	event := audit.Event{At: s.Now(), Action: audit.ConsentRevoked, Source: src, UserID: userID, ClientID: clientID}
	if err := s.Consents.RevokeConsent(ctx, s.Sessions.TakingBack(userID, clientID, src), event); err != nil {
		return err
	}
	return s.Sessions.Ended(ctx)
}

// Code writes the code of a request that needs nothing more.
func (s *Service) Code(ctx context.Context, req *Request, who session.Session) (string, error) {
	u, err := s.Users.UserByID(ctx, who.UserID)
	if err != nil {
		return "", fmt.Errorf("find who allowed it: %w", err)
	}
	a := Approval{
		ClientID: req.Client.ID, UserID: who.UserID, RedirectURI: req.RedirectURI, Scope: req.Scope, Resources: req.Resources,
		Nonce: req.Nonce, Challenge: req.Challenge, KeyThumb: req.KeyThumb, Claims: req.Claims, Details: req.Details,
		Parent: who.ID, AuthTime: who.AuthTime, AMR: who.AMR, PasswordAt: u.PasswordChangedAt,
	}
	s.tell(&a, &req.Client)
	if !a.Offline() {
		a.NotAfter = who.ExpiresAt
	}
	code, hash := newCode(codePrefix)
	c := Code{Approval: a, ExpiresAt: s.Now().Add(CodeLifetime)}
	if h, ok := pushedHash(req.Params); ok {
		c.Answers = h
	}
	err = s.Store.AddCode(ctx, hash, c)
	if errors.Is(err, ErrAnswered) {
		return "", fault.Refuse(fault.RequestMalformed, "it was answered before; begin again at the app").Because(err)
	}
	if err != nil {
		return "", fmt.Errorf("store code: %w", err)
	}
	return code, nil
}
