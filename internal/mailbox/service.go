package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

// How long links are good.
const (
	ResetFor   = 20 * time.Minute
	ConfirmFor = 24 * time.Hour
	InviteFor  = 72 * time.Hour
)

// Pages are the paths that links lead to.
type Pages struct {
	Forgot, Account, SignIn string // as they are
	Reset, Confirm, Finish  string // with a code
}

// Limiter slows down whoever asks for letters.
type Limiter interface {
	// Begin charges an address for asking. The error is a rate_limited refusal with the wait.
	Begin(ctx context.Context, address string) error
	// Letter charges an account for a letter that it did not ask for as itself. A device that it knows has an allowance of its own.
	Letter(ctx context.Context, userID, knownDevice string) error
	// LetterTo charges an address for a letter that it did not ask for, whoever has it.
	LetterTo(ctx context.Context, email string) error
	// Try charges an address for a try that fails, as charged says. The errors are rate_limited, and those of try.
	Try(ctx context.Context, address string, charged func(error) bool, try func(context.Context) error) error
}

// Service is the rules of the package doc. It is safe for concurrent use.
type Service struct {
	Store   Store
	Users   *user.Directory
	Limiter Limiter
	Events  audit.Log
	// Known returns the name of a device by its cookie, if it has signed in to the account before, and "" otherwise.
	Known func(cookie, userID string) string
	// Post is nil where no letters are sent.
	Post Post
	// Later does something when the request is over. It refuses (too_busy) when too much waits already. nil does it at once.
	Later func(do func(ctx context.Context) error) error
	// SignUps says who may make an account.
	SignUps SignUpRule
	// Notify says whether people are told of what happened to their account.
	Notify bool
	// Issuer is the origin that links begin with, whatever name we were asked by.
	Issuer string
	Pages  Pages
	Logger *slog.Logger
	Now    func() time.Time
}

// Mails reports whether letters are sent.
func (s *Service) Mails() bool { return s != nil && s.Post != nil }

// Ask begins the way to a new password for whoever a name or an address belongs to. What comes of it is decided later, so the answer says
// nothing. Refusals: rate_limited by the address of the client, and too_busy.
func (s *Service) Ask(ctx context.Context, login, device string, src audit.Source) error {
	if !s.Mails() {
		return fault.Refuse(fault.NotFound)
	}
	if err := s.Limiter.Begin(ctx, src.Address); err != nil {
		return err
	}
	return s.soon(ctx, func(ctx context.Context) error { return s.answer(ctx, user.CanonicalLogin(login), device, src) })
}

// soon does something later, or at once where there is nobody to do it later.
func (s *Service) soon(ctx context.Context, do func(ctx context.Context) error) error {
	if s.Later == nil {
		return do(ctx)
	}
	return s.Later(do)
}

// answer writes to the person, if there is one and there is anything to write.
func (s *Service) answer(ctx context.Context, login, device string, src audit.Source) error {
	u, err := s.Users.Store.UserByLogin(ctx, login)
	if errors.Is(err, fault.ErrNotFound) || err == nil && (u.Disabled || u.Email == "") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find user: %w", err)
	}
	known := ""
	if u.EmailVerified { // A stranger's mailbox is not filled by ever more browsers in which the account signs in.
		known = s.Known(device, u.ID)
	}
	err = s.Limiter.Letter(ctx, u.ID, known)
	if fault.Is(err, fault.RateLimited) {
		return nil // The last link is still good.
	}
	if err != nil {
		return err
	}
	if !u.EmailVerified || u.Password.Empty() {
		return s.Post.Write(ctx, Letter{Kind: NoResetLetter, User: u, At: s.Now(), Source: src})
	}
	_, err = s.send(ctx, u, Reset, ResetFor, u.Email, src)
	return err
}

// Invite makes a link by which somebody chooses a password, on the word of an operator, who does not learn it. It is mailed if mail says so, and
// returned for an operator who hands it over in another way.
func (s *Service) Invite(ctx context.Context, u user.User, goodFor time.Duration, mail bool, src audit.Source) (link string, err error) {
	email := ""
	if mail {
		email = u.Email
	}
	return s.send(ctx, u, Invite, goodFor, email, src)
}

// confirming stands for a device in the allowance of these letters: the account has one for all its browsers, which nobody else can use up.
const confirming = "confirming"

// AskToConfirm mails a person the link that shows their address to be theirs. It refuses (rate_limited) who has asked too often.
func (s *Service) AskToConfirm(ctx context.Context, userID string, src audit.Source) error {
	if !s.Mails() {
		return fault.Refuse(fault.NotFound)
	}
	u, err := s.Users.Store.UserByID(ctx, userID)
	if err != nil {
		return fmt.Errorf("find user: %w", err)
	}
	if u.Email == "" || u.EmailVerified {
		return nil
	}
	if err := s.Limiter.Letter(ctx, u.ID, confirming); err != nil {
		return err
	}
	_, err = s.send(ctx, u, Confirm, ConfirmFor, u.Email, src)
	return err
}

// send stores a code, and mails it to email unless that is "".
func (s *Service) send(ctx context.Context, u user.User, p Purpose, goodFor time.Duration, email string, src audit.Source) (link string, err error) {
	now := s.Now()
	code, hash := newCode()
	c := Code{UserID: u.ID, Purpose: p, Hash: hash, Email: email, ExpiresAt: now.Add(goodFor)}
	e := audit.Event{At: now, Action: audit.LinkSent, Source: src, UserID: u.ID, Detail: string(p)}
	if email == "" {
		e.Detail += ", handed over"
	}
	if err := s.Store.AddMailCode(ctx, c, e); err != nil {
		return "", fmt.Errorf("store mailed code: %w", err)
	}
	path, kind := s.Pages.Reset, map[Purpose]Kind{Reset: ResetLetter, Invite: InviteLetter, Confirm: ConfirmLetter}[p]
	if p == Confirm {
		path = s.Pages.Confirm
	}
	link = s.Issuer + path + "?" + url.Values{"code": {code}}.Encode()
	if email == "" {
		return link, nil
	}
	return link, s.Post.Write(ctx, Letter{Kind: kind, User: u, Link: link, GoodFor: goodFor, At: now, Source: src})
}

// Opened is a link that is good. If the code proves an address, User has it.
type Opened struct {
	Code Code
	User user.User
}

// Open looks a link for a new password up, and changes nothing. The refusal of one that is not good (any more) is link_void.
func (s *Service) Open(ctx context.Context, code string) (Opened, error) {
	return s.open(ctx, code, Reset, Invite)
}

// OpenConfirm is [Service.Open] for the link that confirms the address of somebody who is signed in.
func (s *Service) OpenConfirm(ctx context.Context, userID, code string) (Opened, error) {
	o, err := s.open(ctx, code, Confirm)
	if err == nil && o.User.ID != userID {
		return Opened{}, fault.Refuse(fault.LinkVoid)
	}
	return o, err
}

func (s *Service) open(ctx context.Context, code string, purposes ...Purpose) (Opened, error) {
	c, err := s.Store.MailCode(ctx, hashOf(code))
	if errors.Is(err, fault.ErrNotFound) {
		return Opened{}, fault.Refuse(fault.LinkVoid).Because(err)
	}
	if err != nil {
		return Opened{}, fmt.Errorf("find mailed code: %w", err)
	}
	meant := false
	for _, p := range purposes {
		meant = meant || c.Purpose == p
	}
	if !meant || !s.Now().Before(c.ExpiresAt) {
		return Opened{}, fault.Refuse(fault.LinkVoid)
	}
	u, err := s.Users.Store.UserByID(ctx, c.UserID)
	if errors.Is(err, fault.ErrNotFound) || err == nil && (u.Disabled || c.Email != "" && c.Email != u.Email) {
		return Opened{}, fault.Refuse(fault.LinkVoid)
	}
	if err != nil {
		return Opened{}, fmt.Errorf("find user: %w", err)
	}
	return Opened{c, u}, nil
}

// Reset sets a new password by a link, which it spends, and ends all sessions of the account. A password that is refused spends nothing.
func (s *Service) Reset(ctx context.Context, code string, password secret.String, src audit.Source) (user.User, error) {
	o, err := s.Open(ctx, code)
	if err != nil {
		return user.User{}, err
	}
	src.Actor = o.User.ID
	if err := s.Users.ResetPassword(ctx, o.User, o.Code.Hash, o.Code.Email, password, src); err != nil {
		return user.User{}, void(err)
	}
	return o.User, nil
}

// ConfirmEmail notes that the address of somebody who is signed in is theirs, by a link, which it spends.
func (s *Service) ConfirmEmail(ctx context.Context, userID, code string, src audit.Source) error {
	o, err := s.OpenConfirm(ctx, userID, code)
	if err != nil {
		return err
	}
	return void(s.Users.ConfirmEmail(ctx, o.User, o.Code.Hash, src))
}

// void words the conflict of a code that somebody else has spent just now.
func void(err error) error {
	if errors.Is(err, fault.ErrConflict) {
		return fault.Refuse(fault.LinkVoid).Because(err)
	}
	return err
}
