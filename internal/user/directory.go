package user

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
)

// Passwords makes hashes of passwords that are good enough to be set.
type Passwords interface {
	// Check refuses (password_rejected) what is too short, too common, stolen elsewhere or too near to the words.
	Check(ctx context.Context, password string, words ...string) error
	// Hash encodes a password. It may refuse with too_busy.
	Hash(ctx context.Context, password string) (encoded string, err error)
	// Recognises refuses an encoded hash of a scheme or cost that cannot be verified here.
	Recognises(encoded string) error
}

// Revocations learns at once what this process has called back.
type Revocations interface {
	CatchUp(ctx context.Context) error
}

// Notices tells people what became of their account. Its methods do not wait for that, and do not fail.
type Notices interface {
	// PasswordChanged is called after the account has another password.
	PasswordChanged(ctx context.Context, of User, src audit.Source)
	// EmailChanged is called after the account has another address than was.Email.
	EmailChanged(ctx context.Context, was User, email string, src audit.Source)
}

// Directory adds and changes accounts by the rules of the package. It is safe for concurrent use.
type Directory struct {
	Store       Store
	Passwords   Passwords
	Revocations Revocations
	// RevokeFor is how long a revocation must be remembered.
	RevokeFor time.Duration
	// Notices are told of what people should know; nil for nobody.
	Notices Notices
	// Host of the issuer; a password may not be built on it.
	Host string
	Now  func() time.Time
}

// New is what an account is made from.
type New struct {
	Username, Email, Name string
	EmailVerified         bool // the address is known to be the person's
	Roles                 []string
	Password              secret.String // checked against the policy; empty for an account that cannot sign in with one
	NeedsPassword         bool          // its person chooses one now, so that none is too short
	Imported              string        // or an encoded hash from elsewhere, taken as it is
	First                 bool          // only while there is no account
	Source                audit.Source
}

// Add makes an account.
func (d *Directory) Add(ctx context.Context, n New) (User, error) {
	return d.AddBy(ctx, n, func(a Addition) error { return d.Store.AddUser(ctx, a) })
}

// AddBy is [Directory.Add] as a part of another act, which returns what [Writer.AddUser] does.
func (d *Directory) AddBy(ctx context.Context, n New, act func(Addition) error) (User, error) {
	canonical, err := CanonicalUsername(n.Username)
	if err != nil {
		return User{}, err
	}
	canonicalEmail, err := CanonicalEmail(n.Email)
	if err != nil {
		return User{}, err
	}
	if err := errors.Join(CheckName(n.Name), checkRoles(n.Roles)); err != nil {
		return User{}, err
	}
	encoded, err := d.encode(ctx, n)
	if err != nil {
		return User{}, err
	}
	now := d.Now()
	u := User{
		ID: strings.ToLower(rand.Text()), Username: n.Username, Email: n.Email, EmailVerified: n.EmailVerified && n.Email != "", Name: n.Name,
		Roles:    sortedRoles(n.Roles),
		Password: encoded, CreatedAt: now, ChangedAt: now, PasswordChangedAt: now,
	}
	err = act(Addition{
		User: u, CanonicalUsername: canonical, CanonicalEmail: canonicalEmail, First: n.First,
		Event: audit.Event{At: now, Action: audit.UserAdded, Source: n.Source, UserID: u.ID},
	})
	if errors.Is(err, fault.ErrConflict) && n.First {
		return User{}, fault.Refuse(fault.SetupClosed).Because(err)
	}
	if err != nil {
		return User{}, refuseTaken(fmt.Errorf("add user: %w", err), n.Username, n.Email)
	}
	return u, nil
}

// Check reports what [Directory.Add] would refuse for its form. Whether the names are free, only adding shows.
func (d *Directory) Check(n New) error {
	_, badUsername := CanonicalUsername(n.Username)
	_, badEmail := CanonicalEmail(n.Email)
	var badHash error
	if n.Imported != "" {
		badHash = d.Passwords.Recognises(n.Imported)
	}
	return errors.Join(badUsername, badEmail, CheckName(n.Name), checkRoles(n.Roles), badHash)
}

func (d *Directory) encode(ctx context.Context, n New) (secret.String, error) {
	if n.Imported != "" {
		return secret.New(n.Imported), d.Passwords.Recognises(n.Imported)
	}
	if n.Password.Empty() && !n.NeedsPassword {
		return secret.String{}, nil
	}
	return d.hash(ctx, n.Password, User{Username: n.Username, Email: n.Email, Name: n.Name})
}

func (d *Directory) hash(ctx context.Context, password secret.String, of User) (secret.String, error) {
	words := append([]string{of.Username, of.Email, d.Host}, strings.Fields(of.Name)...)
	if err := d.Passwords.Check(ctx, password.Reveal(), words...); err != nil {
		return secret.String{}, err
	}
	encoded, err := d.Passwords.Hash(ctx, password.Reveal())
	return secret.New(encoded), err
}

// Profile is what people may change about themselves.
type Profile struct{ Name, Email string }

// Check reports what [Directory.SetProfile] would refuse for its form.
func (p Profile) Check() error {
	_, err := CanonicalEmail(p.Email)
	return errors.Join(err, CheckName(p.Name))
}

// SetProfile changes name and email address of an account, as its owner wants it. Another address, or another spelling of it, is not verified.
// was is the account as it was when the change was allowed: if it has another address by now, nothing is changed (fault.ErrConflict).
func (d *Directory) SetProfile(ctx context.Context, was User, p Profile, src audit.Source) error {
	canonical, err := CanonicalEmail(p.Email)
	if err := errors.Join(err, CheckName(p.Name)); err != nil {
		return err
	}
	c := Change{ID: was.ID, Name: &p.Name, Email: &p.Email, CanonicalEmail: &canonical, IfEmail: &was.Email}
	if err := d.change(ctx, c, audit.UserChanged, src); err != nil {
		return err
	}
	d.tellEmail(ctx, was, p.Email, src)
	return nil
}

func (d *Directory) tellEmail(ctx context.Context, was User, email string, src audit.Source) {
	if d.Notices != nil && email != was.Email {
		d.Notices.EmailChanged(ctx, was, email, src)
	}
}

// ConfirmEmail notes that the address of an account is the person's, by the code that was mailed there. fault.ErrConflict when the code is not good
// any more, or the address is another.
func (d *Directory) ConfirmEmail(ctx context.Context, u User, codeHash string, src audit.Source) error {
	return d.change(ctx, Change{ID: u.ID, EmailVerified: new(true), IfEmail: &u.Email, IfCode: codeHash}, audit.EmailConfirmed, src)
}

// Vouch says that an address is the person's, in a spelling that is known to be right. It does nothing if the account has another address, or has it
// verified already.
func (d *Directory) Vouch(ctx context.Context, u User, email string, src audit.Source) error {
	has, err := CanonicalEmail(u.Email)
	if err != nil {
		return err
	}
	canonical, err := CanonicalEmail(email)
	if err != nil || canonical == "" || canonical != has || u.EmailVerified {
		return err
	}
	c := Change{ID: u.ID, Email: &email, CanonicalEmail: &canonical, EmailVerified: new(true), IfEmail: &u.Email}
	err = d.change(ctx, c, audit.UserChanged, src)
	if errors.Is(err, fault.ErrConflict) { // The account has another address by now.
		return nil
	}
	return err
}

// SetPassword checks and sets a new password and ends the account's sessions, but for the one named (or ""). was is the account as it was when
// the change was allowed: if it has another password by now, nothing is changed (fault.ErrConflict), since of two who change it at the
// same time the second would undo the first.
func (d *Directory) SetPassword(ctx context.Context, was User, password secret.String, keepSession string, src audit.Source) error {
	encoded, err := d.hash(ctx, password, was)
	if err != nil {
		return err
	}
	c := Change{ID: was.ID, Password: &encoded, IfPassword: &was.Password, Ending: d.ending(EndedByPassword, keepSession)}
	return d.renew(ctx, was, c, audit.PasswordChanged, src)
}

// ResetPassword is [Directory.SetPassword] by a mailed code, which it spends. email is the address that the code proves to be the person's, or "".
// fault.ErrConflict when the code is not good any more, or something else has changed.
func (d *Directory) ResetPassword(ctx context.Context, was User, codeHash, email string, password secret.String, src audit.Source) error {
	encoded, err := d.hash(ctx, password, was)
	if err != nil {
		return err
	}
	c := Change{ID: was.ID, Password: &encoded, IfPassword: &was.Password, IfCode: codeHash, Ending: d.ending(EndedByPassword, "")}
	if email != "" {
		c.IfEmail, c.EmailVerified = &email, new(true)
	}
	return d.renew(ctx, was, c, audit.PasswordReset, src)
}

func (d *Directory) renew(ctx context.Context, was User, c Change, action audit.Action, src audit.Source) error {
	if err := d.change(ctx, c, action, src); err != nil {
		return err
	}
	if d.Notices != nil {
		d.Notices.PasswordChanged(ctx, was, src)
	}
	return nil
}

// SetDisabled closes an account for now, which ends its sessions at once, or opens it again.
func (d *Directory) SetDisabled(ctx context.Context, id string, disabled bool, src audit.Source) error {
	return d.Amend(ctx, id, Amendment{Disabled: &disabled}, src)
}

// Remove deletes an account with its sessions, for good.
func (d *Directory) Remove(ctx context.Context, id string, src audit.Source) error {
	now := d.Now()
	err := d.Store.RemoveUser(ctx, Removal{
		ID: id, Ending: *d.ending(EndedByRemoval, ""), At: now,
		Event: audit.Event{At: now, Action: audit.UserRemoved, Source: src, UserID: id},
	})
	if err != nil {
		return fmt.Errorf("remove user: %w", err)
	}
	return d.catchUp(ctx)
}

func (d *Directory) ending(reason, except string) *Ending {
	return &Ending{Except: except, Reason: reason, RevokeUntil: d.Now().Add(d.RevokeFor)}
}

func (d *Directory) change(ctx context.Context, c Change, action audit.Action, src audit.Source) error {
	c.At = d.Now()
	c.Event = &audit.Event{At: c.At, Action: action, Source: src, UserID: c.ID}
	if action == audit.UserChanged {
		c.Event.Detail = strings.Join(c.members(), ", ")
	}
	if err := d.Store.ChangeUser(ctx, c); err != nil {
		return refuseTaken(fmt.Errorf("change user: %w", err), valueOf(c.Username), valueOf(c.Email))
	}
	if c.Ending == nil {
		return nil
	}
	return d.catchUp(ctx)
}

func valueOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (d *Directory) catchUp(ctx context.Context) error {
	if err := d.Revocations.CatchUp(ctx); err != nil {
		return fmt.Errorf("apply revocations: %w", err)
	}
	return nil
}

// refuseTaken words the conflict of a unique name for whoever asked for it.
func refuseTaken(err error, username, email string) error {
	taken, ok := errors.AsType[*Taken](err)
	if !ok {
		return err
	}
	code, value := fault.UsernameTaken, username
	if taken.Field == "email" {
		code, value = fault.EmailTaken, email
	}
	r := fault.Refuse(code, value).Because(err)
	r.Fields = map[string]string{taken.Field: r.Detail()}
	return r
}
