package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// User is an account.
type User struct {
	ID                string            `json:"id"`
	Username          string            `json:"username"`
	Email             string            `json:"email"`
	EmailVerified     bool              `json:"email_verified"`
	Name              string            `json:"name"`
	Roles             []string          `json:"roles"`
	Disabled          bool              `json:"disabled"`
	Claims            map[string]string `json:"claims,omitzero"`
	HasPassword       bool              `json:"has_password"`
	CreatedAt         time.Time         `json:"created_at"`
	ChangedAt         time.Time         `json:"changed_at"`
	PasswordChangedAt time.Time         `json:"password_changed_at"`
}

// OfUser makes the record of an account.
func OfUser(u user.User) User {
	return User{
		u.ID, u.Username, u.Email, u.EmailVerified, u.Name, List(u.Roles), u.Disabled, u.Claims, !u.Password.Empty(),
		UTC(u.CreatedAt), UTC(u.ChangedAt), UTC(u.PasswordChangedAt),
	}
}

// ListedUser is an account in a list.
type ListedUser struct {
	User
	Passkeys int `json:"passkeys"` // how many
}

// Ways are those in which somebody signs in, besides the password.
type Ways struct {
	SecondFactor *Factor   `json:"second_factor"` // null for none
	Passkeys     []Passkey `json:"passkeys"`
	Links        []Link    `json:"links"`
}

// Openers knows by what accounts are opened. *sqlstore.Store does.
type Openers interface {
	// Factor returns the second factor of an account; fault.ErrNotFound when it has none.
	Factor(ctx context.Context, userID string) (otp.Factor, error)
	// Passkeys lists those of an account, the oldest first.
	Passkeys(ctx context.Context, userID string) ([]passkey.Credential, error)
	// LinksOf lists what providers call its person.
	LinksOf(ctx context.Context, userID string) ([]provider.Link, error)
}

// WaysOf looks up in which ways somebody signs in. providerOf names the provider of an issuer, as OfLinks asks it.
func WaysOf(ctx context.Context, of Openers, userID string, providerOf func(issuer string) string) (Ways, error) {
	var w Ways
	factor, err := of.Factor(ctx, userID)
	switch {
	case err == nil:
		w.SecondFactor = OfFactor(factor)
	case !errors.Is(err, fault.ErrNotFound):
		return Ways{}, fmt.Errorf("find second factor: %w", err)
	}
	passkeys, err := of.Passkeys(ctx, userID)
	if err != nil {
		return Ways{}, fmt.Errorf("list passkeys: %w", err)
	}
	links, err := of.LinksOf(ctx, userID)
	if err != nil {
		return Ways{}, fmt.Errorf("list links: %w", err)
	}
	w.Passkeys, w.Links = OfPasskeys(passkeys), OfLinks(links, providerOf)
	return w, nil
}

// WholeUser is an account with all that belongs to it.
type WholeUser struct {
	User
	Ways
	Sessions []Session `json:"sessions"`
}

// Factor is a second factor.
type Factor struct {
	AddedAt      time.Time `json:"added_at"`
	RecoveryLeft int       `json:"recovery_codes_left"`
}

// OfFactor makes the record of a second factor.
func OfFactor(f otp.Factor) *Factor { return &Factor{UTC(f.AddedAt), f.RecoveryLeft} }

// Passkey is a passkey.
type Passkey struct {
	Name    string    `json:"name"`
	AddedAt time.Time `json:"added_at"`
	UsedAt  time.Time `json:"used_at,omitzero"`
	Synced  bool      `json:"synced"`
}

// OfPasskeys makes the records of passkeys.
func OfPasskeys(list []passkey.Credential) []Passkey {
	return each(list, func(k passkey.Credential) Passkey {
		return Passkey{k.Name, UTC(k.AddedAt), UTC(k.UsedAt), k.BackupEligible}
	})
}

// Link is the way by which somebody comes from a provider.
type Link struct {
	Provider string    `json:"provider"` // "" when the configuration has it no more
	Issuer   string    `json:"issuer"`
	Subject  string    `json:"subject"`
	LinkedAt time.Time `json:"linked_at"`
}

// OfLinks makes the records of links; name is that of the provider of an issuer, or "".
func OfLinks(links []provider.Link, name func(issuer string) string) []Link {
	return each(links, func(l provider.Link) Link { return Link{name(l.Issuer), l.Issuer, l.Subject, UTC(l.At)} })
}

// Session is a session that lives.
type Session struct {
	ID         string    `json:"id"`
	UserID     string    `json:"user_id"`
	Username   string    `json:"username"`
	ClientID   string    `json:"client_id"`
	Keep       string    `json:"keep"`
	AMR        []string  `json:"amr"`
	SignedInAt time.Time `json:"signed_in_at"`
	SeenAt     time.Time `json:"seen_at"`
	IdleUntil  time.Time `json:"idle_until"`
	ExpiresAt  time.Time `json:"expires_at"`
	Address    string    `json:"address"`
	Agent      string    `json:"user_agent"`
}

// OfSessions makes the records of sessions.
func OfSessions(list []session.Session) []Session {
	return each(list, func(s session.Session) Session {
		return Session{
			s.ID.String(), s.UserID, s.Holder.Username, s.ClientID, string(s.Keep), List(s.AMR),
			UTC(s.CreatedAt), UTC(s.SeenAt), UTC(s.IdleUntil), UTC(s.ExpiresAt), s.Address, s.Agent,
		}
	})
}
