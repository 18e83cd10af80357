package session_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/sqlstore"
	"github.com/lingpai/lingpai/internal/user"
)

// The limits of the house. The windows are those of a server that was told nothing.
const (
	idle, lifetime           = 30 * 24 * time.Hour, 90 * 24 * time.Hour
	shortIdle, shortLifetime = 12 * time.Hour, 24 * time.Hour
	overlap, grace           = 10 * time.Second, 60 * time.Second
	revokeFor                = 10 * time.Minute
	tick                     = time.Microsecond // the resolution of stored times
)

// src is where everything in these tests comes from.
var src = audit.Source{Address: "192.0.2.7", Agent: "Browser", RequestID: "r1"}

// house is a service on a real database, in a bubble whose clock the test moves by sleeping.
type house struct {
	*testing.T
	*session.Service
	dsn     string
	store   *sqlstore.Store
	revoked *revocation.Set
	failing string // the act that fails, when it is not ""
	stage   sqlstore.Stage
	waiting func() // what happens while the next rotation waits for the store
}

// inHouse runs a test in a bubble of its own.
func inHouse(t *testing.T, run func(h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{T: t, dsn: filepath.Join(t.TempDir(), "lingpai.db")}
		h.store = h.open(sqlstore.Options{Fault: h.fault})
		h.must(h.store.Migrate(t.Context()))
		h.Service, h.revoked = h.node(h.store, time.Now)
		h.addUser("alice")
		h.addUser("bob")
		run(h)
	})
}

func (h *house) open(o sqlstore.Options) *sqlstore.Store {
	h.Helper()
	store, err := sqlstore.Open(h.Context(), h.dsn, o)
	h.must(err)
	h.Cleanup(func() { h.must(store.Close()) })
	return store
}

// node is what one process has: a service and its set of revocations.
func (h *house) node(store *sqlstore.Store, now func() time.Time) (*session.Service, *revocation.Set) {
	h.Helper()
	revoked, err := revocation.Open(h.Context(), store, revoked.Key{}, now)
	h.must(err)
	return &session.Service{
		Store: store, Revocations: revoked, Sealed: session.NewSealed(make([]byte, 32)),
		Long: session.Limits{Idle: idle, Lifetime: lifetime}, Short: session.Limits{Idle: shortIdle, Lifetime: shortLifetime},
		Overlap: overlap, Grace: grace, RevokeFor: revokeFor, Now: now,
	}, revoked
}

func (h *house) fault(act string, stage sqlstore.Stage) error {
	if wait := h.waiting; wait != nil && act == "rotate session" && stage == sqlstore.BeforeEffect {
		h.waiting = nil
		wait()
	}
	if act == h.failing && stage == h.stage {
		return fault.ErrUnavailable
	}
	return nil
}

func (h *house) addUser(id string) {
	h.Helper()
	h.must(h.store.AddUser(h.Context(), user.Addition{
		User: user.User{ID: id, Username: id, CreatedAt: time.Now()}, CanonicalUsername: id, Event: audit.Event{Action: audit.UserAdded, UserID: id},
	}))
}

// start signs alice in.
func (h *house) start(keep session.Keep, confirms bool) session.Started {
	h.Helper()
	return h.startFor("alice", session.Beginning{Keep: keep, Confirms: confirms})
}

func (h *house) startFor(userID string, b session.Beginning) session.Started {
	h.Helper()
	b.UserID, b.ClientID, b.Source = userID, "web", src
	st, err := h.Start(h.Context(), b)
	h.must(err)
	return st
}

// refresh presents the token numbered n of a session.
func (h *house) refresh(id session.ID, n uint32) (uint32, error) { return h.refreshBy("", id, n) }

// refreshBy presents the token numbered n with a proof by a key.
func (h *house) refreshBy(key string, id session.ID, n uint32) (uint32, error) {
	st, err := h.Refresh(h.Context(), h.Sealed.Refresh(id, n).Reveal(), key, src)
	if err != nil {
		return 0, err
	}
	got, counter, ok := h.Sealed.OpenRefresh(st.Refresh.Reveal())
	if !ok || got != id || counter != st.Counter {
		h.Fatalf("the answer to number %d carries a token that is not its own", n)
	}
	return counter, nil
}

// gives holds that number n is answered with number want.
func (h *house) gives(id session.ID, n, want uint32) {
	h.Helper()
	got, err := h.refresh(id, n)
	h.must(err)
	if got != want {
		h.Fatalf("number %d gave number %d, want %d", n, got, want)
	}
}

// refuses holds that number n is refused with a code.
func (h *house) refuses(id session.ID, n uint32, code fault.Code) {
	h.Helper()
	_, err := h.refresh(id, n)
	h.wants(err, code)
}

func (h *house) confirm(id session.ID, n uint32) {
	h.Helper()
	h.must(h.Confirm(h.Context(), h.Sealed.Refresh(id, n).Reveal()))
}

// row is the session as it is stored.
func (h *house) row(id session.ID) session.Session {
	h.Helper()
	row, err := h.store.Session(h.Context(), id)
	h.must(err)
	return row
}

// lives holds that a session has not ended, and is not called back.
func (h *house) lives(id session.ID) {
	h.Helper()
	if row := h.row(id); !row.EndedAt.IsZero() {
		h.Fatalf("the session ended: %s", row.EndReason)
	}
	if _, ok := h.revoked.Revoked(revoked.Claims{Session: id.String()}); ok {
		h.Fatal("the session is called back")
	}
}

// ended holds that a session has ended for a reason, that its access tokens are refused at once, and that the audit log says so once.
func (h *house) ended(id session.ID, reason string, action audit.Action) {
	h.Helper()
	if row := h.row(id); row.EndedAt.IsZero() || row.EndReason != reason {
		h.Fatalf("the session ended at %v for %q, want reason %q", row.EndedAt, row.EndReason, reason)
	}
	rec, ok := h.revoked.Revoked(revoked.Claims{Session: id.String()})
	if !ok || rec.Until-rec.At < uint32(revokeFor.Seconds()) {
		h.Fatalf("revocation %+v (%v), want one that lasts %v", rec, ok, revokeFor)
	}
	if n := len(h.events(id, action)); n != 1 {
		h.Fatalf("%d events %s of the session, want 1", n, action)
	}
}

func (h *house) events(id session.ID, action audit.Action) (of []audit.Event) {
	h.Helper()
	all, err := h.store.Events(h.Context(), audit.Query{Action: action, Limit: 1000})
	h.must(err)
	for _, e := range all {
		if e.SessionID == id.String() {
			of = append(of, e)
		}
	}
	return of
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("unexpected error: %v", err)
	}
}

func (h *house) wants(err error, code fault.Code) {
	h.Helper()
	if !fault.Is(err, code) {
		h.Fatalf("error is %v, want %s", err, code)
	}
}
