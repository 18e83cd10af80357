// Package storetest is the suite that every store passes: what the Store interfaces of the capability packages promise, one test a
// promise, with real concurrency, two nodes on one database, and acts that fail at every stage.
//
// A store runs it with [Run]. The suite knows nothing of SQL.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/backchannel"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/throttle"
	"github.com/lingpai/lingpai/internal/user"
)

// Stores is all that is stored.
type Stores interface {
	people
	sessions
	keys.Store
	revocations
	audit.Log
	throttle.Store
	oauthStores
	provider.Links
	provider.Connections
	// Prune removes what nobody needs any more at a time.
	Prune(ctx context.Context, now time.Time) error
}

// sessions is what is stored of who is signed in.
type sessions interface {
	session.Store
	session.Presences
}

// people is what is stored of those who sign in.
type people interface {
	user.Store
	mailbox.Store
	otp.Store
	passkey.Store
	// ChangedUsers returns up to most accounts that were changed at or after a time, with when.
	ChangedUsers(ctx context.Context, since time.Time, most int) (map[string]time.Time, error)
}

// oauthStores is what is stored of clients and of what they are granted.
type oauthStores interface {
	client.Store
	grant.Store
	grant.Consents
	grant.Devices
	grant.Requests
	backchannel.Store
}

type revocations interface {
	revocation.Store
	revocation.Board
	revocation.Lifetimes
	// Revoke appends a record by itself.
	Revoke(ctx context.Context, r revocation.Record) error
}

// Moment is when an act is made to fail.
type Moment int

// The moments.
const (
	Before Moment = iota // before it has done anything
	Within               // after all it does, before that is committed
	After                // when it is committed; the caller is told that it failed
)

// Fault is asked at each moment of each act, and makes it fail by returning an error.
type Fault func(act string, at Moment) error

// Database is an empty, migrated database.
type Database interface {
	// Node opens one more store on it, which fails as fault says (never, if nil). It is closed when the test ends.
	Node(t *testing.T, fault Fault) Stores
}

// Run runs the suite; fresh makes a new database.
func Run(t *testing.T, fresh func(t *testing.T) Database) {
	t.Helper()
	groups := []struct {
		name  string
		tests []test
	}{
		{"Users", userTests}, {"Sessions", sessionTests}, {"Rotation", rotationTests}, {"Endings", endingTests}, {"Nodes", nodeTests},
		{"Keys", keyTests}, {"Audit", auditTests}, {"Throttle", throttleTests}, {"Clients", clientTests}, {"Grants", grantTests},
		{"Devices", deviceTests}, {"Logouts", logoutTests}, {"Providers", providerTests}, {"MailCodes", mailCodeTests}, {"SignUps", signUpTests},
		{"SecondFactors", factorTests}, {"Passkeys", passkeyTests}, {"Faults", faultTests},
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) {
					db := fresh(t)
					test.run(&suite{T: t, fresh: fresh, db: db, s: db.Node(t, nil)})
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(*suite)
}

// suite is one test with its database.
type suite struct {
	*testing.T
	fresh func(t *testing.T) Database
	db    Database
	s     Stores
}

// start is the time at which tests begin; its microseconds are not whole milliseconds.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123_457_000, time.UTC)

// Awkward text, which must come back as it went in.
const awkward = `Ünï "quoted" {"a":[1,2]} '; DROP TABLE users; -- 灵牌 🪪 \ % _ ` + "\t\n"

func (t *suite) node() Stores { return t.db.Node(t.T, nil) }

// must ends the test on an error.
func (t *suite) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// wants checks for an error kind; nil wants none.
func (t *suite) wants(err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("error is %v, want %v", err, kind)
	}
}

// wantsTaken checks for the conflict of a field.
func (t *suite) wantsTaken(err error, field string) {
	t.Helper()
	taken, ok := errors.AsType[*user.Taken](err)
	if !ok || taken.Field != field {
		t.Fatalf("error is %v, want %s is taken", err, field)
	}
}

// equal compares what is stored with what should be.
func (t *suite) equal(got, want any) {
	t.Helper()
	byValue := cmp.Comparer(func(a, b secret.String) bool { return a.Reveal() == b.Reveal() })
	if diff := cmp.Diff(want, got, byValue); diff != "" {
		t.Fatalf("want -, got +:\n%s", diff)
	}
}

func (t *suite) addUser(name string) user.User {
	t.Helper()
	u := newUser(name)
	t.must(t.s.AddUser(t.Context(), addition(u)))
	return u
}

func newUser(name string) user.User {
	return user.User{
		ID: "id-" + name, Username: name, Name: "Person " + name, Roles: []string{"member"},
		Claims: user.Claims{"nickname": awkward}, Password: secret.New("$hash$" + name),
		CreatedAt: start, ChangedAt: start, PasswordChangedAt: start,
	}
}

func addition(u user.User) user.Addition {
	return user.Addition{User: u, CanonicalUsername: u.Username, CanonicalEmail: u.Email, Event: event(audit.UserAdded, u.ID)}
}

func event(action audit.Action, userID string) audit.Event {
	return audit.Event{At: start, Action: action, UserID: userID, Source: audit.Source{Address: "192.0.2.7", Agent: "suite", RequestID: "r1", Actor: "cli"}}
}

// newSession is a living session of u with the given counter.
func newSession(u user.User, counter uint32) session.Session {
	return session.Session{
		ID: session.NewID(), UserID: u.ID, ClientID: "web", Keep: session.KeepMemory, Confirms: true, Counter: counter,
		RotatedAt: start, AuthTime: start, AMR: []string{"pwd", "otp"}, CreatedAt: start, SeenAt: start,
		IdleUntil: start.Add(time.Hour), ExpiresAt: start.Add(24 * time.Hour), Address: "192.0.2.1", Agent: "Browser",
		Holder: session.Holder{
			Username: u.Username, Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name, Roles: u.Roles, Claims: u.Claims, Disabled: u.Disabled,
			ChangedAt: u.ChangedAt,
		},
	}
}

// opening starts a session with the password that the account of newUser has.
func opening(n session.Session) session.Opening {
	return session.Opening{Session: n, PasswordAt: start, Event: event(audit.SignIn, n.UserID)}
}

func (t *suite) startSession(u user.User) session.Session {
	t.Helper()
	n := newSession(u, 1)
	t.must(t.s.StartSession(t.Context(), opening(n)))
	return n
}

// minutes is a time after the start.
func minutes(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }

// session reads one that exists.
func (t *suite) session(id session.ID) session.Session {
	t.Helper()
	row, err := t.s.Session(t.Context(), id)
	t.must(err)
	return row
}

func (t *suite) events(q audit.Query) []audit.Event {
	t.Helper()
	list, err := t.s.Events(t.Context(), q)
	t.must(err)
	return list
}

func (t *suite) revocations() []revocation.Record {
	t.Helper()
	list, err := t.s.Since(t.Context(), 0)
	t.must(err)
	return list
}

// rotation presents a counter a minute after the start.
func rotation(id session.ID, counter uint32) session.Rotation {
	at := start.Add(time.Minute)
	return session.Rotation{ID: id, Counter: counter, At: at, IdleUntil: at.Add(time.Hour), Address: "192.0.2.2", Agent: "Browser 2"}
}

func ending(id session.ID) session.Ending {
	at := start.Add(2 * time.Minute)
	return session.Ending{Session: id, At: at, Reason: "signed out", RevokeUntil: at.Add(5 * time.Minute), Event: audit.Event{At: at, Action: audit.SignOut}}
}
