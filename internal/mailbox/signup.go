package mailbox

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/user"
)

// SignUpFor is how long the link is good by which an account is made.
const SignUpFor = ResetFor

// SignUpRule says who may make an account, and with what.
type SignUpRule struct {
	Enabled bool
	// Domains are those that addresses must be of, in small letters; empty for all.
	Domains []string
	// Roles are what a new account has.
	Roles []string
}

// admits reports whether an account may be made with an address. An address has one @, which [user.CanonicalEmail] sees to.
func (r SignUpRule) admits(canonicalEmail string) bool {
	_, domain, _ := strings.Cut(canonicalEmail, "@")
	return len(r.Domains) == 0 || slices.Contains(r.Domains, domain)
}

// SignUp is an account that somebody has asked for.
type SignUp struct {
	// Email is where the code was sent, as it was typed. An address has one code, by its canonical form.
	Email, CanonicalEmail string
	Hash                  string // of the code, as that of a [Code]
	// ReturnTo is where the person goes when they have the account. Whoever asked has chosen it, so it is checked when it is followed.
	ReturnTo  string
	ExpiresAt time.Time
}

// SignsUp reports whether people make accounts of their own.
func (s *Service) SignsUp() bool { return s.Mails() && s.SignUps.Enabled }

// AskToSignUp begins the way to an account for whoever reads the mail of an address. What is mailed is decided later, so the answer does not say
// whether the address has an account. Refusals: field_invalid for what is no address, or none of the domains; rate_limited by the address of the
// client, and too_busy.
func (s *Service) AskToSignUp(ctx context.Context, email, returnTo string, src audit.Source) error {
	if !s.SignsUp() {
		return fault.Refuse(fault.NotFound)
	}
	email = strings.TrimSpace(email)
	canonical, err := s.mayBe(email)
	if err != nil {
		return err
	}
	if err := s.Limiter.Begin(ctx, src.Address); err != nil {
		return err
	}
	up := SignUp{Email: email, CanonicalEmail: canonical, ReturnTo: returnTo}
	return s.soon(ctx, func(ctx context.Context) error { return s.answerSignUp(ctx, up, src) })
}

// mayBe is the canonical form of an address that accounts may be made with.
func (s *Service) mayBe(email string) (canonical string, err error) {
	canonical, err = user.CanonicalEmail(email)
	if err == nil && canonical == "" {
		err = badEmail("An email address belongs here.")
	}
	if err == nil && !s.SignUps.admits(canonical) {
		err = badEmail("Accounts are made with an address of " + strings.Join(s.SignUps.Domains, ", ") + " here.").Because(ErrDomain)
	}
	return canonical, err
}

// ErrDomain is why an address was refused that is of none of the domains.
var ErrDomain = errors.New("the address is of another domain")

func badEmail(text string) *fault.Refusal {
	r := fault.Refuse(fault.FieldInvalid, text)
	r.Fields = map[string]string{"email": text}
	return r
}

// answerSignUp mails the link, or, to whoever has an account, that they have one.
func (s *Service) answerSignUp(ctx context.Context, up SignUp, src audit.Source) error {
	err := s.Limiter.LetterTo(ctx, up.CanonicalEmail)
	if fault.Is(err, fault.RateLimited) {
		return nil // The last link is still good.
	}
	if err != nil {
		return err
	}
	now := s.Now()
	u, err := s.Users.Store.UserByLogin(ctx, up.CanonicalEmail)
	if err == nil {
		return s.Post.Write(ctx, Letter{Kind: KnownLetter, User: u, Link: s.Issuer + s.Pages.SignIn, At: now, Source: src})
	}
	if !errors.Is(err, fault.ErrNotFound) {
		return fmt.Errorf("find user: %w", err)
	}
	var code string
	code, up.Hash = newCode()
	up.ExpiresAt = now.Add(SignUpFor)
	if err := s.Store.AddSignUp(ctx, up, audit.Event{At: now, Action: audit.LinkSent, Source: src, Detail: "sign-up"}); err != nil {
		return fmt.Errorf("store sign-up: %w", err)
	}
	link := s.Issuer + s.Pages.Finish + "?" + url.Values{"code": {code}}.Encode()
	return s.Post.Write(ctx, Letter{Kind: SignUpLetter, User: user.User{Email: up.Email}, Link: link, GoodFor: SignUpFor, At: now, Source: src})
}

// OpenSignUp looks a link for a new account up, and changes nothing. The refusal of one that is not good (any more) is link_void.
func (s *Service) OpenSignUp(ctx context.Context, code string) (SignUp, error) {
	if !s.SignsUp() {
		return SignUp{}, fault.Refuse(fault.NotFound)
	}
	up, err := s.Store.SignUp(ctx, hashOf(code))
	if errors.Is(err, fault.ErrNotFound) || err == nil && (!s.Now().Before(up.ExpiresAt) || !s.SignUps.admits(up.CanonicalEmail)) {
		return SignUp{}, fault.Refuse(fault.LinkVoid).Because(err)
	}
	if err != nil {
		return SignUp{}, fmt.Errorf("find sign-up: %w", err)
	}
	return up, nil
}

// FinishSignUp makes the account by a link, which it spends. n has the names and the password; the rest is not the person's to say. What is refused
// spends nothing. Asking which usernames are taken is charged to the address of the client.
func (s *Service) FinishSignUp(ctx context.Context, code string, n user.New) (u user.User, err error) {
	err = s.Limiter.Try(ctx, n.Source.Address, isTaken, func(ctx context.Context) error {
		u, err = s.finishSignUp(ctx, code, n)
		return err
	})
	if fault.Is(err, fault.EmailTaken) { // by whoever wrote it into their profile since
		return u, fault.Refuse(fault.LinkVoid).Because(err)
	}
	return u, void(err)
}

func isTaken(err error) bool { return fault.Is(err, fault.UsernameTaken) }

func (s *Service) finishSignUp(ctx context.Context, code string, n user.New) (user.User, error) {
	up, err := s.OpenSignUp(ctx, code)
	if err != nil {
		return user.User{}, err
	}
	n.Email, n.EmailVerified, n.Roles, n.NeedsPassword = up.Email, true, s.SignUps.Roles, true
	return s.Users.AddBy(ctx, n, func(a user.Addition) error {
		a.Event.Actor, a.Event.Detail = a.User.ID, "sign-up"
		return s.Store.FinishSignUp(ctx, up.Hash, a)
	})
}
