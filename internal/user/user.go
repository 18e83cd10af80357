// Package user holds the people who sign in: who they are, what they are called, which roles they have.
//
// Names are unique in their canonical form (see [CanonicalUsername]); a name never contains "@" and an email address always does, so one
// field serves both at sign-in. A change that must end sessions (password, disabling, removal) ends them in the same transaction.
package user

import (
	"context"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/secret"
)

// User is one account.
type User struct {
	ID       string // random, never reused; the `sub` of tokens
	Username string // as shown; unique in canonical form
	Email    string // as shown, or ""; unique in canonical form when not ""
	// EmailVerified says that the address is known to be the person's: the operator wrote it, a provider vouched for it, or a link that was mailed
	// there was opened. People may write any address into their profile, so apps must not believe one that is not verified.
	EmailVerified bool
	Name          string // what people call the person, or ""
	Roles         []string
	Claims        Claims // nil for none
	Disabled      bool
	// Password is the encoded hash (PHC string), or empty when the account has none.
	Password          secret.String
	CreatedAt         time.Time
	ChangedAt         time.Time
	PasswordChangedAt time.Time
}

// State is whether an account may be signed in to.
type State string

// The states.
const (
	Enabled  State = "enabled"
	Disabled State = "disabled"
)

// Query selects users for a listing, ordered by canonical username.
type Query struct {
	Search string // part of a username, email address or name, any case; "" for all
	Role   string // who has this role; "" for all
	State  State  // "" for all
	After  string // canonical username to continue after; "" for the first page
	Limit  int    // 1 to 1000; 0 means 100
}

// Reader finds accounts.
type Reader interface {
	// UserByID returns fault.ErrNotFound when there is none.
	UserByID(ctx context.Context, id string) (User, error)
	// UserByLogin finds by canonical username, or by canonical email address if login contains "@". fault.ErrNotFound when there is none.
	UserByLogin(ctx context.Context, login string) (User, error)
	// Users lists accounts.
	Users(ctx context.Context, q Query) ([]User, error)
	// Roles lists the roles that accounts have, in order, each once.
	Roles(ctx context.Context) ([]string, error)
	// AnyUser reports whether there is at least one account.
	AnyUser(ctx context.Context) (bool, error)
}

// Addition is the act of adding an account.
type Addition struct {
	User User
	// CanonicalUsername and CanonicalEmail are what uniqueness is judged by.
	CanonicalUsername, CanonicalEmail string
	// First makes the act succeed only while there is no account at all: the setup link works once, whoever races.
	First bool
	Event audit.Event
}

// Change is the act of changing one account. Nil members stay as they are.
type Change struct {
	ID                string
	Username          *string // with CanonicalUsername
	CanonicalUsername *string
	Email             *string // with CanonicalEmail
	CanonicalEmail    *string
	// EmailVerified is about the address that the account has after the change. With nil, what was known of an address stays while it is spelled the
	// same, and goes with another.
	EmailVerified *bool
	Name          *string
	Roles         *[]string
	Claims        *Claims // all of them
	Disabled      *bool
	Password      *secret.String
	// IfPassword, when not nil, makes the act succeed only while the stored hash is this one. A re-hash after sign-in must not undo a
	// change of password that came between.
	IfPassword *secret.String
	// IfEmail, when not nil, makes the act succeed only while the account has this address: nobody vouches for one that they did not see.
	IfEmail *string
	// IfRoles, when not nil, makes the act succeed only while the account has these roles.
	IfRoles *[]string
	// IfCode, when not "", makes the act succeed only while the account holds the mailed code with this hash and it has not expired at At; the act
	// spends it. Whatever sets another password, or closes the account, voids all mailed codes of it; another address voids those that prove one.
	IfCode string
	// KeepPasswordTime leaves PasswordChangedAt alone: a re-hash is no change of password.
	KeepPasswordTime bool
	Ending           *Ending
	At               time.Time
	// Event is stored with the change; nil for a re-hash, which is no news to anybody.
	Event *audit.Event
	// Also is the action of a second event, for a change that is two things to whoever reads the log; "" for none.
	Also audit.Action
}

// Ending says that the act also ends sessions of the account, each with its revocation.
type Ending struct {
	Except      string    // session id that stays, or ""
	Reason      string    // stored with each ended session
	RevokeUntil time.Time // Until of the revocations
}

// Reasons why a change of the account ended its sessions, as stored and as the audit log says them.
const (
	EndedByPassword  = "password changed"
	EndedByDisabling = "account disabled"
	EndedByRemoval   = "account removed"
)

// Removal is the act of deleting an account with all its sessions.
type Removal struct {
	ID     string
	Ending Ending
	At     time.Time
	Event  audit.Event
}

// Writer changes accounts. Every method is one atomic, durable act.
type Writer interface {
	// AddUser returns a *Taken for a name or address that another account has, fault.ErrConflict when Addition.First and an account exists.
	AddUser(ctx context.Context, a Addition) error
	// ChangeUser returns fault.ErrNotFound, a *Taken, or fault.ErrConflict when an If of the change does not hold; in each case nothing is changed.
	ChangeUser(ctx context.Context, c Change) error
	// RemoveUser returns fault.ErrNotFound when there is none.
	RemoveUser(ctx context.Context, r Removal) error
}

// Store is what the directory of people needs.
type Store interface {
	Reader
	Writer
}

// Taken is the conflict of a unique name.
type Taken struct{ Field string } // "username" or "email"

// Error implements error.
func (t *Taken) Error() string { return t.Field + " is taken" }
