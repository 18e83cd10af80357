package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/statuslist"
)

// ID names a session: 16 random bytes, written as 22 characters of base64url in tokens, rows and answers.
type ID [16]byte

// NewID makes a random id.
func NewID() (id ID) {
	rand.Read(id[:]) // never fails since Go 1.24
	return id
}

// String is the written form.
func (id ID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// IsZero reports whether id is the zero value, which no session has.
func (id ID) IsZero() bool { return id == ID{} }

// ParseID reads the written form, strictly: what it accepts, String gives back unchanged.
func ParseID(s string) (id ID, ok bool) {
	if len(s) != 22 {
		return ID{}, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(id[:], []byte(s))
	return id, err == nil && n == len(id)
}

// Keep says where the client holds what it was given.
type Keep string

// The ways to keep a session.
const (
	KeepCookie  Keep = "cookie"  // one opaque HttpOnly cookie; no token reaches the page
	KeepMemory  Keep = "memory"  // refresh token in an HttpOnly cookie, access token in page memory
	KeepStorage Keep = "storage" // both tokens in the body
	// KeepClient is a session of an OAuth client, which holds both tokens. Its refresh tokens are good at the token endpoint only, where
	// the client proves who it is, and its access tokens do what their scope says: they are not good at the first-party API.
	KeepClient Keep = "client"
)

// Session is one signed-in browser or program: one row, whatever its age and however often it was refreshed.
type Session struct {
	ID       ID
	UserID   string
	ClientID string
	Keep     Keep
	// Confirms says that this client confirms a refresh after it has stored the successor.
	Confirms bool
	// KeyThumb is the thumbprint of the DPoP key that the session is bound to (RFC 9449): its refresh tokens are good only with a proof by
	// that key; or that of a client certificate, as [ByCertificate] writes it (RFC 8705). "" for none. It never
	// changes: whoever holds a token that is not bound could bind it to a key of their own.
	KeyThumb string
	// Counter numbers the refresh token that was issued last. It starts at 1; 0 means that the session has no refresh tokens (KeepCookie).
	Counter uint32
	// RotatedAt is when Counter reached its value. ConfirmedAt is when the client showed that it holds that token; zero until then.
	RotatedAt, ConfirmedAt time.Time

	AuthTime  time.Time // when the person last proved who they are
	AMR       []string  // how (RFC 8176)
	CreatedAt time.Time
	SeenAt    time.Time // last use, to the minute
	IdleUntil time.Time // over when not used until then; moves with use
	ExpiresAt time.Time // over then, whatever happens; never moves

	// StatusPlace is where the lists of sessions that were ended have a bit for this one; 0 if they have none. It never changes.
	StatusPlace statuslist.Place

	Address string // last seen
	Agent   string // last seen, User-Agent cut to 256 bytes

	EndedAt   time.Time // zero while it lives
	EndReason string

	// Holder is the account as it is now. The store fills it on every read; it is never written through a session.
	Holder Holder
}

// OverAt is when it is over if nobody uses it.
func (s *Session) OverAt() time.Time { return earlier(s.IdleUntil, s.ExpiresAt) }

// Holder is what tokens and answers say of the account.
type Holder struct {
	Username      string
	Email         string
	EmailVerified bool // the address is known to be the person's; see user.User
	Name          string
	Roles         []string
	Claims        map[string]string // what else is known of the person: user.Claims
	Disabled      bool
	ChangedAt     time.Time // when the account was changed last
}

// VerifiedEmail is the address, if it is known to be the person's, or "".
func (h *Holder) VerifiedEmail() string {
	if !h.EmailVerified {
		return ""
	}
	return h.Email
}

// Opening is the act of starting a session.
type Opening struct {
	Session Session
	// PasswordAt is when the password that was shown had been set. Checking one takes its time, and what was begun with the old password
	// must not outlive a change that ended everything else.
	PasswordAt time.Time
	Event      audit.Event
	// Most is how many living sessions the account may have with this one; 0 for any number. Those beyond, seen least recently, end in the same
	// act, with a revocation until RevokeUntil. Of sign-ins at the same moment, some may be overlooked until the next.
	Most        int
	RevokeUntil time.Time
}

// ErrPasswordChanged says that the account has another password by now. It is a fault.ErrConflict.
var ErrPasswordChanged = fmt.Errorf("the password is another by now: %w", fault.ErrConflict)

// ErrPlaceTaken says that tokens of another session may be about that name the same [Session.StatusPlace]. It is a fault.ErrConflict.
var ErrPlaceTaken = fmt.Errorf("the place on the status lists is taken: %w", fault.ErrConflict)

// Rotation is the act of advancing a session's counter.
type Rotation struct {
	ID        ID
	Counter   uint32    // the presented one
	At        time.Time // now
	IdleUntil time.Time // new idle limit; the store caps it at ExpiresAt
	KeyThumb  string    // of the key that was shown to be held, "" for none
	Address   string
	Agent     string
}

// Ending is the act of ending sessions: one (Session), all of a user (User), all of a user but one (User and Except), those of a user at
// one client (User and Client), or all of a client (Client). What was granted from a browser's session ends with it, unless it was
// allowed to go on.
type Ending struct {
	Session ID
	User    string
	Except  ID
	Client  string
	// Heir takes over what was granted from Session: the same person goes on there. Zero when nobody does.
	Heir        ID
	At          time.Time
	Reason      string
	RevokeUntil time.Time // Until of the revocation that is appended for each ended session
	// Event is stored once for each ended session, with its SessionID and UserID filled in by the store.
	Event audit.Event
}

// Reader finds sessions, their holders filled in.
type Reader interface {
	// Session returns fault.ErrNotFound when there is none. Ended and expired sessions are returned as such.
	Session(ctx context.Context, id ID) (Session, error)
	// SessionsOf lists a user's sessions that are neither ended nor past a limit at now, most recently seen first.
	SessionsOf(ctx context.Context, userID string, now time.Time) ([]Session, error)
}

// Writer changes sessions. Every method is one atomic, durable act.
type Writer interface {
	// StartSession inserts a session with its event, provided that the user still exists and is not disabled, else fault.ErrConflict, and
	// still has the password that was shown, else ErrPasswordChanged.
	StartSession(ctx context.Context, o Opening) error
	// RotateSession advances the counter by one if, and only if, it equals r.Counter, the session has not ended, neither limit has
	// passed at r.At, and the session is bound to no key or to that of r.KeyThumb; RotatedAt, SeenAt and IdleUntil move and ConfirmedAt is
	// cleared with it. It returns the row as it stands after that, and whether it was advanced. Of any number of concurrent calls with one
	// counter exactly one advances.
	// fault.ErrNotFound when there is no such session.
	RotateSession(ctx context.Context, r Rotation) (s Session, advanced bool, err error)
	// ConfirmSession notes that the client holds the token numbered counter, if that is the current one and not yet confirmed.
	// Otherwise it does nothing.
	ConfirmSession(ctx context.Context, id ID, counter uint32, at time.Time) error
	// TouchSession moves SeenAt, IdleUntil (capped at ExpiresAt), Address and Agent of a living session.
	TouchSession(ctx context.Context, id ID, at, idleUntil time.Time, address, agent string) error
	// EndSessions ends those that still live, appends a revocation and an event for each, and returns the ids of those it ended.
	EndSessions(ctx context.Context, e Ending) ([]ID, error)
}

// Everybody is for what concerns the sessions of all accounts.
type Everybody interface {
	// LivingSessions lists what the query selects of those that are neither ended nor past a limit at now, the newest first.
	LivingSessions(ctx context.Context, q Query, now time.Time) ([]Session, error)
	// EndSome ends, in one act, up to most living sessions whose ids come after one (the zero ID: all), of one account (e.User) or of all, each
	// with an event, and returns how many it ended and the last of them. If it ended as many as it might, one revocation of what was
	// issued to that account, or at all, until e.At stands for those of each.
	EndSome(ctx context.Context, e Ending, after ID, most int) (ended int, last ID, err error)
}

// Store is what sessions need.
type Store interface {
	Reader
	Writer
	Everybody
}
