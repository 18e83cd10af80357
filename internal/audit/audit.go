// Package audit names what happened, to whom, and from where. An [Event] that reports a change is stored in the same transaction as the
// change, so that neither exists without the other; an event without a change (a refused sign-in) goes through [Log.Append].
package audit

import (
	"context"
	"time"
)

// Action is the stable name of what happened.
type Action string

// The actions.
const (
	SignIn          Action = "sign_in"
	SignInFailed    Action = "sign_in_failed"
	SignInThrottled Action = "sign_in_throttled"
	SignInHalfway   Action = "sign_in_halfway" // the password was right, and more is asked for; the detail says what
	SignOut         Action = "sign_out"
	SessionEnded    Action = "session_ended"
	RefreshReused   Action = "refresh_reused"
	UserAdded       Action = "user_added"
	UserChanged     Action = "user_changed"
	UserDisabled    Action = "user_disabled"
	UserEnabled     Action = "user_enabled"
	UserRemoved     Action = "user_removed"
	PasswordChanged Action = "password_changed"
	PasswordReset   Action = "password_reset" // by a link that was mailed
	LinkSent        Action = "link_sent"      // by mail; the detail says what it is for
	EmailConfirmed  Action = "email_confirmed"
	KeyRotated      Action = "key_rotated"
	KeyWithdrawn    Action = "key_withdrawn"
	ClientAdded     Action = "client_added"
	ClientChanged   Action = "client_changed"
	ClientRemoved   Action = "client_removed"
	ConsentGiven    Action = "consent_given"
	ConsentRevoked  Action = "consent_revoked"
	CodeReused      Action = "code_reused"
	DeviceAllowed   Action = "device_allowed"
	DeviceDenied    Action = "device_denied"
	AccountLinked   Action = "account_linked"
	AccountUnlinked Action = "account_unlinked"

	FactorAdded          Action = "factor_added" // a second factor
	FactorRemoved        Action = "factor_removed"
	FactorReset          Action = "factor_reset" // removed by an operator
	RecoveryCodesRenewed Action = "recovery_codes_renewed"
	RecoveryCodeUsed     Action = "recovery_code_used"

	PasskeyAdded   Action = "passkey_added"
	PasskeyRemoved Action = "passkey_removed"
	PasskeysReset  Action = "passkeys_reset" // all removed by an operator
	PasskeyCopied  Action = "passkey_copied" // perhaps: one was shown whose device did not count on
)

// Actions lists every action, in the order above.
func Actions() []Action {
	return []Action{
		SignIn, SignInFailed, SignInThrottled, SignInHalfway, SignOut, SessionEnded, RefreshReused,
		UserAdded, UserChanged, UserDisabled, UserEnabled, UserRemoved, PasswordChanged, PasswordReset, LinkSent, EmailConfirmed, KeyRotated, KeyWithdrawn,
		ClientAdded, ClientChanged, ClientRemoved, ConsentGiven, ConsentRevoked, CodeReused, DeviceAllowed, DeviceDenied,
		AccountLinked, AccountUnlinked, FactorAdded, FactorRemoved, FactorReset, RecoveryCodesRenewed, RecoveryCodeUsed,
		PasskeyAdded, PasskeyRemoved, PasskeysReset, PasskeyCopied,
	}
}

// The actors that are no user.
const (
	CommandLine = "cli"
	System      = "system" // Lingpai itself
)

// Source says where a request came from. It is carried from the edge into every event that the request causes.
type Source struct {
	// Address is the client's IP address as judged by trusted_proxies, or "" for the command line.
	Address string
	// Agent is the User-Agent header, cut to 256 bytes.
	Agent string
	// RequestID ties the event to the log line of the request.
	RequestID string
	// Languages are those that the person reads, best first, in the form of Accept-Language (RFC 9110, section 12.5.4). It is not stored.
	Languages string
	// Actor is the user id on whose word it happened; "" for somebody not signed in, or [CommandLine] or [System].
	Actor string
}

// Event is one row of the audit log. It never holds a password, a token, or a name that no account has (people type passwords into
// the name field).
type Event struct {
	ID     int64 // given by the store, rising
	At     time.Time
	Action Action
	Source
	UserID    string // whom it concerns
	SessionID string
	ClientID  string
	Detail    string // a few plain words of our own, e.g. the reason why a session ended
}

// Query selects events, newest first.
type Query struct {
	UserID string    // "" for all
	Action Action    // "" for all
	Since  time.Time // what happened then or later; zero for all
	Before int64     // events with a smaller ID only; 0 for the newest
	Limit  int       // 1 to 1000; 0 means 100
}

// Log stores events.
type Log interface {
	// Append stores one event durably.
	Append(ctx context.Context, e Event) error
	// Events returns what the query selects, newest first.
	Events(ctx context.Context, q Query) ([]Event, error)
}
