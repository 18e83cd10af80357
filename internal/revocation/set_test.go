package revocation_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
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

const lifetime = 10 * time.Minute

// process is one that has the database open.
type process struct {
	*testing.T
	dsn   string
	store *sqlstore.Store
	set   *revocation.Set
}

// inBubble runs a test on a new database, with an account to have sessions.
func inBubble(t *testing.T, run func(p *process)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &process{T: t, dsn: filepath.Join(t.TempDir(), "lingpai.db")}
		p.openStore()
		p.must(p.store.Migrate(t.Context()))
		p.must(p.store.AddUser(t.Context(), user.Addition{
			User: user.User{ID: "alice", Username: "alice"}, CanonicalUsername: "alice", Event: audit.Event{Action: audit.UserAdded},
		}))
		p.openSet()
		run(p)
	})
}

func (p *process) openStore() {
	p.Helper()
	var err error
	p.store, err = sqlstore.Open(p.Context(), p.dsn, sqlstore.Options{})
	p.must(err)
	store := p.store
	p.Cleanup(func() { p.must(store.Close()) })
}

func (p *process) openSet() {
	p.Helper()
	var err error
	p.set, err = revocation.Open(p.Context(), p.store, revoked.Key{}, time.Now)
	p.must(err)
}

// another process opens the same database.
func (p *process) another() *process {
	p.Helper()
	q := &process{T: p.T, dsn: p.dsn}
	q.openStore()
	q.openSet()
	return q
}

// end starts a session and ends it, which calls its tokens back.
func (p *process) end() string {
	p.Helper()
	now := time.Now()
	row := session.Session{ID: session.NewID(), UserID: "alice", Keep: session.KeepStorage, CreatedAt: now, IdleUntil: now.Add(time.Hour), ExpiresAt: now.Add(time.Hour)}
	p.must(p.store.StartSession(p.Context(), session.Opening{Session: row, Event: audit.Event{At: now, Action: audit.SignIn}}))
	_, err := p.store.EndSessions(p.Context(), session.Ending{
		Session: row.ID, At: now, Reason: session.ReasonSignOut, RevokeUntil: now.Add(lifetime), Event: audit.Event{At: now, Action: audit.SignOut},
	})
	p.must(err)
	return row.ID.String()
}

func (p *process) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatalf("unexpected error: %v", err)
	}
}

func (p *process) holds(id string, want bool) {
	p.Helper()
	if rec, ok := p.set.Revoked(revoked.Claims{Session: id}); ok != want {
		p.Fatalf("session %s is called back: %v (%+v), want %v", id, ok, rec, want)
	}
}

func TestWhatAnotherProcessCalledBackIsRefusedAfterCatchingUp(t *testing.T) {
	inBubble(t, func(p *process) {
		q := p.another()
		var ids []string
		for range 5 {
			id := q.end()
			p.holds(id, false)
			p.must(p.set.CatchUp(p.Context()))
			p.holds(id, true)
			ids = append(ids, id)
		}
		for _, id := range ids {
			p.holds(id, true)
		}
		p.holds(session.NewID().String(), false)
		if n := p.set.Len(); n != 5 {
			p.Fatalf("holds %d records, want 5", n)
		}
	})
}

func TestWhatWasCalledBackBeforeARestartIsRefusedAfterIt(t *testing.T) {
	inBubble(t, func(p *process) {
		id := p.end()
		p.another().holds(id, true)
	})
}

func TestRecordTellsWhen(t *testing.T) {
	inBubble(t, func(p *process) {
		at := time.Now()
		id := p.end()
		time.Sleep(time.Second)
		p.must(p.set.CatchUp(p.Context()))
		rec, ok := p.set.Revoked(revoked.Claims{Session: id, Token: "some token"})
		if !ok || rec.Kind != revoked.Session || !rec.Time().Equal(at.Truncate(time.Second)) || rec.Until != revoked.Seconds(at.Add(lifetime)) {
			p.Fatalf("record %+v, %v", rec, ok)
		}
	})
}

func TestRecordsPastTheirTimeAreDropped(t *testing.T) {
	inBubble(t, func(p *process) {
		p.end()
		p.must(p.set.CatchUp(p.Context()))
		time.Sleep(lifetime)
		late := p.end()
		p.must(p.set.CatchUp(p.Context()))
		p.holds(late, true)
		if n := p.set.Len(); n != 1 {
			p.Fatalf("holds %d records, want the one that can still be met", n)
		}
		p.must(p.store.Forget(p.Context(), time.Now().Add(1)))
		p.must(p.set.CatchUp(p.Context()))
		next := p.end() // The log was shortened meanwhile; its numbers go on.
		p.must(p.set.CatchUp(p.Context()))
		p.holds(next, true)
		p.holds(late, true)
	})
}

func TestProbesSeeEverythingCaughtUpWhileOthersCatchUp(t *testing.T) {
	inBubble(t, func(p *process) {
		q := p.another()
		first := p.end()
		p.must(p.set.CatchUp(p.Context()))
		var busy atomic.Bool
		busy.Store(true)
		var probes, writers sync.WaitGroup
		for range 4 {
			probes.Go(func() {
				for busy.Load() {
					if _, ok := p.set.Revoked(revoked.Claims{Session: first}); !ok {
						p.Error("a record is missed while others are read")
						return
					}
				}
			})
		}
		for range 4 {
			writers.Go(func() {
				for range 10 {
					id := q.end()
					if err := p.set.CatchUp(p.Context()); err != nil {
						p.Error(err)
					}
					if _, ok := p.set.Revoked(revoked.Claims{Session: id}); !ok {
						p.Errorf("session %s was committed before catching up, and is not called back after it", id)
					}
				}
			})
		}
		writers.Wait()
		busy.Store(false)
		probes.Wait()
		if n := p.set.Len(); n != 41 {
			p.Errorf("holds %d records, want 41", n)
		}
	})
}

// log is a log in memory, for what no act of the store appends yet, and for failing.
type log struct {
	records []revocation.Record
	err     error
	asked   []int64
}

func (l *log) Since(_ context.Context, seq int64) ([]revocation.Record, error) {
	l.asked = append(l.asked, seq)
	if l.err != nil {
		return nil, l.err
	}
	return l.records[seq:], nil
}

func (l *log) Forget(context.Context, time.Time) error { return nil }

func (l *log) add(kind revocation.Kind, key string) {
	now := time.Now()
	l.records = append(l.records, revocation.Record{Seq: int64(len(l.records) + 1), Kind: kind, Key: key, At: now, Until: now.Add(lifetime)})
}

func TestTokenIsCalledBackByItsSessionOrByItself(t *testing.T) {
	l := &log{}
	l.add(revocation.Token, "t1")
	set, err := revocation.Open(t.Context(), l, revoked.Key{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	l.add(revocation.Session, "s1")
	l.add(revocation.Kind("of a later version"), "x1")
	if err := set.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		session, token string
		want           revocation.Kind
	}{
		{"s1", "t9", revocation.Session}, {"s9", "t1", revocation.Token}, {"s1", "t1", revocation.Session}, {"", "t1", revocation.Token}, {"s1", "", revocation.Session},
		{"s9", "t9", ""}, {"", "", ""}, {"t1", "s1", ""}, {"x1", "x1", ""},
	} {
		if rec, ok := set.Revoked(revoked.Claims{Session: c.session, Token: c.token, IssuedAt: time.Now().Add(time.Minute)}); ok != (c.want != "") || ok && rec.Kind.String() != string(c.want) {
			t.Errorf("session %q, token %q: %+v, %v, want %q", c.session, c.token, rec, ok, c.want)
		}
	}
}

func TestEmptyKeyCallsNothingBack(t *testing.T) {
	l := &log{}
	l.add(revocation.Session, "")
	l.add(revocation.Token, "")
	set, err := revocation.Open(t.Context(), l, revoked.Key{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if rec, ok := set.Revoked(revoked.Claims{}); ok {
		t.Errorf("a token without session and id is called back by %+v", rec)
	}
}

func TestLogIsReadFromWhereItWasLeft(t *testing.T) {
	l := &log{}
	set, err := revocation.Open(t.Context(), l, revoked.Key{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		l.add(revocation.Session, strconv.Itoa(i))
		if err := set.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i, seq := range l.asked {
		if want := int64(max(0, i-1)); seq != want {
			t.Errorf("reading %d began after %d, want %d", i, seq, want)
		}
	}
}

func TestFailureToReadTheLogForgetsNothing(t *testing.T) {
	l := &log{}
	l.add(revocation.Session, "s1")
	set, err := revocation.Open(t.Context(), l, revoked.Key{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	l.add(revocation.Session, "s2")
	l.err = fault.ErrUnavailable
	if err := set.CatchUp(t.Context()); !errors.Is(err, fault.ErrUnavailable) {
		t.Fatalf("error is %v, want unavailable", err)
	}
	if _, ok := set.Revoked(revoked.Claims{Session: "s1"}); !ok {
		t.Error("what was known is forgotten")
	}
	l.err = nil
	if err := set.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := set.Revoked(revoked.Claims{Session: "s2"}); !ok {
		t.Error("what was missed is not read again")
	}
}

func TestNobodyStartsWithAnUnreadLog(t *testing.T) {
	if set, err := revocation.Open(t.Context(), &log{err: fault.ErrUnavailable}, revoked.Key{}, time.Now); !errors.Is(err, fault.ErrUnavailable) || set != nil {
		t.Fatalf("opened as %v, %v", set, err)
	}
}

// A later version may write what this one does not know. It must not be passed over, unless its name says that it may.
func TestAKindOfALaterVersionStandsForAll(t *testing.T) {
	inBubble(t, func(p *process) {
		at := time.Now()
		revoke := func(kind revocation.Kind) (calledBack bool) {
			p.must(p.store.Revoke(p.Context(), revocation.Record{Kind: kind, Key: "x", At: at, Until: at.Add(lifetime)}))
			p.must(p.set.CatchUp(p.Context()))
			_, calledBack = p.set.Revoked(revoked.Claims{Session: "s", IssuedAt: at})
			return calledBack
		}
		if revoke("note?") {
			p.Error("a note calls tokens back")
		}
		if !revoke("novel") {
			p.Error("a kind that is not known calls nothing back")
		}
	})
}
