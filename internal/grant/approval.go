package grant

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// CodeLifetime is how long a code is good (FAPI 2.0, section 5.3.2.1: at most a minute).
const CodeLifetime = 60 * time.Second

// Approval is what a person has allowed a client. It waits with the code, and stays with the session that comes of it.
type Approval struct {
	ClientID    string      `json:"client_id"`
	UserID      string      `json:"user_id"`
	RedirectURI string      `json:"redirect_uri"`
	Scope       oauth.Scope `json:"scope,omitzero"`
	Resources   []string    `json:"resources,omitzero"`
	Nonce       string      `json:"nonce,omitzero"`
	Challenge   string      `json:"challenge"`         // of PKCE, by S256
	KeyThumb    string      `json:"dpop_jkt,omitzero"` // the DPoP key that the code is bound to (RFC 9449, section 10), or ""
	Claims      Claims      `json:"claims,omitzero"`   // asked for one by one
	Details     Details     `json:"authorization_details,omitzero"`
	Notify      bool        `json:"notify,omitzero"`  // the client wants to be told when the session ends
	Subject     string      `json:"subject,omitzero"` // what the client knows the person by; "" for the id of the account
	Parent      session.ID  `json:"-"`                // the browser's session
	AuthTime    time.Time   `json:"auth_time"`
	AMR         []string    `json:"amr,omitzero"`
	NotAfter    time.Time   `json:"not_after,omitzero"` // when the browser's session expires, if this one ends with it
	// PasswordAt is when the password had been set; see session.Opening.
	PasswordAt time.Time `json:"password_at"`
	// Device says that it was given to a device (RFC 8628), which is another place than the browser that it was given at.
	Device bool `json:"device,omitzero"`
}

// Offline reports whether the session outlives the browser's.
func (a *Approval) Offline() bool { return a.Device || a.Scope.Has(oauth.ScopeOffline) }

// Code is a stored code.
type Code struct {
	Approval
	ExpiresAt time.Time
	// Spent says that it was redeemed, or burned. Session is what came of it, or zero.
	Spent   bool
	Session session.ID
	// Answers is the pushed request that the code is the answer to, or zero. It is only written.
	Answers Hash
}

// Hash names a code in the store, which does not hold what can be redeemed.
type Hash [sha256.Size]byte

// IsZero reports whether h names nothing.
func (h Hash) IsZero() bool { return h == Hash{} }

// String is the written form.
func (h Hash) String() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

const codePrefix = "lpc_"

// newCode makes a code of 256 random bits.
func newCode(prefix string) (code string, hash Hash) {
	b := make([]byte, 32)
	rand.Read(b) // never fails since Go 1.24
	code = prefix + base64.RawURLEncoding.EncodeToString(b)
	return code, sha256.Sum256([]byte(code))
}

// hashOf reads a code.
func hashOf(prefix, code string) (Hash, bool) {
	ok := strings.HasPrefix(code, prefix) && len(code) == len(prefix)+43
	return sha256.Sum256([]byte(code)), ok
}

// Child is a session of a client that was granted from a session of the browser.
type Child struct {
	ID       session.ID
	ClientID string
}

// Consent is what a person has allowed a client, to be remembered.
type Consent struct {
	UserID, ClientID string
	Scope            oauth.Scope
	At               time.Time
	// Addresses stands for the redirect addresses of a client that describes itself, as they were then; "" for other clients.
	Addresses string
}

// Redemption is the act of trading a code for a session.
type Redemption struct {
	Hash    Hash
	Opening session.Opening
	At      time.Time
}

// ErrSpent says that a code was redeemed or burned before. It is a fault.ErrConflict.
var ErrSpent = fmt.Errorf("the code was used before: %w", fault.ErrConflict)

// ErrAnswered says that a pushed request was answered before. It is a fault.ErrConflict.
var ErrAnswered = fmt.Errorf("the request was answered before: %w", fault.ErrConflict)

// Store keeps codes and what came of them. Every method that writes is one atomic, durable act.
type Store interface {
	// AddCode stores a code, and forgets the pushed request that it answers, in one act; ErrAnswered when that is gone.
	AddCode(ctx context.Context, h Hash, c Code) error
	// Code finds a code, spent or not; fault.ErrNotFound when there is none.
	Code(ctx context.Context, h Hash) (Code, error)
	// RedeemCode spends a code and starts a session with its approval, in one act, if the code is not spent and has not expired, the
	// browser's session lives, and the session may start (session.Writer). Of any number of concurrent calls one succeeds; ErrSpent
	// when the code is spent, fault.ErrConflict for any other reason.
	RedeemCode(ctx context.Context, r Redemption) error
	// BurnCode spends a code for nothing, if it is not spent.
	BurnCode(ctx context.Context, h Hash) error
	// GrantedFrom lists the living sessions of clients that end with a session of the browser, newest first, at most 100.
	GrantedFrom(ctx context.Context, browser session.ID) ([]Child, error)
	// Approval finds what a session was granted; fault.ErrNotFound when it was not granted anything.
	Approval(ctx context.Context, id session.ID) (Approval, error)
}

// Consents remembers what was allowed. Every method that writes is one atomic, durable act.
type Consents interface {
	// GiveConsent stores a consent in place of the one of that user and client; fault.ErrConflict when either does not exist any more.
	GiveConsent(ctx context.Context, c Consent, e audit.Event) error
	// Consent returns fault.ErrNotFound when there is none.
	Consent(ctx context.Context, userID, clientID string) (Consent, error)
	// ConsentsOf lists what a user has allowed, in the order of the client ids.
	ConsentsOf(ctx context.Context, userID string) ([]Consent, error)
	// RevokeConsent removes a consent and ends the sessions of that user at that client.
	RevokeConsent(ctx context.Context, end session.Ending, e audit.Event) error
}
