package mailbox

import (
	"context"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/user"
)

// Kind is what a letter says.
type Kind string

// The kinds.
const (
	ResetLetter     Kind = "reset"            // the link for a new password
	NoResetLetter   Kind = "no_reset"         // why there is none
	InviteLetter    Kind = "invite"           // the link for the first password, or for another, from an operator
	ConfirmLetter   Kind = "confirm"          // the link that confirms the address
	SignUpLetter    Kind = "sign_up"          // the link by which an account is made
	KnownLetter     Kind = "sign_up_known"    // that the address has one
	PasswordChanged Kind = "password_changed" // a notice
	EmailChanged    Kind = "email_changed"    // a notice to the address that the account had
	NewPlace        Kind = "new_place"        // a notice of a sign-in

	// Those of the second factor and of passkeys are what packages otp and passkey have to tell: a notice each.
)

// Letter is what somebody is to be told. Its words are chosen by who writes it.
type Letter struct {
	Kind Kind
	// User is whom it is for, at the address of the account. Who is about to make one has an address alone.
	User user.User
	// Link is what to open, or "". It is good for GoodFor.
	Link    string
	GoodFor time.Duration
	// At is when that happened which it tells of, Source from where.
	At     time.Time
	Source audit.Source
	// Email is the address that the account has now (EmailChanged).
	Email string
}

// Post has letters written and sent. In a server it does not wait for the mail server.
type Post interface {
	Write(ctx context.Context, l Letter) error
}
