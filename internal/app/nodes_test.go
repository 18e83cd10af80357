package app

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/busytest"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/feed"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/pgtest"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/revoked"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	_ = os.RemoveAll(programs) // It is our last act.
	os.Exit(code)
}

// nodes starts two servers on one database.
func nodes(t *testing.T, database string) (a, b *server) {
	t.Helper()
	shared := []string{"data=" + t.TempDir(), "issuer=http://localhost:4401", "database=" + database}
	a = start(t, shared...)
	return a, start(t, shared...)
}

func TestWhoFollowsOneNodeHearsOfALogoutAtAnotherWithinASecond(t *testing.T) {
	for name, database := range map[string]func(t *testing.T) string{
		"SQLite":     func(*testing.T) string { return "" },
		"PostgreSQL": func(t *testing.T) string { return pgtest.Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := nodes(t, database(t))
			a.addUser("alice", battery)
			l := b.listen(t, "?name=notes")
			key := *l.next(revoked.Snapshot).Key
			busytest.Within(t, time.Second, func() time.Duration {
				g := a.program().login("alice", battery, "storage")
				b.program().me(g.Access).wants(t, 200, "")
				began := time.Now()
				a.program().do(http.MethodPost, "/auth/api/logout", "", bearer(g.Access))
				for heard := false; !heard; {
					heard = calls(l.next(revoked.Events), key, g.Session.ID)
				}
				took := time.Since(began)
				b.program().me(g.Access).wants(t, 401, "session_ended")
				return took
			})
		})
	}
}

// A second server on one data folder is no mistake, but whoever made it one reads so.
func TestASecondServerNamesTheFirst(t *testing.T) {
	shared := []string{"data=" + t.TempDir(), "issuer=http://localhost:4401"}
	a := start(t, shared...)
	a.await("the first says that it is there", func() bool {
		names, err := revocation.Present(t.Context(), a.core.Store, a.clock.Now())
		return err == nil && len(names) == 1
	})
	b := start(t, shared...)
	const said = "other servers work on the same database"
	if log := b.log.String(); !strings.Contains(log, said) || !strings.Contains(log, nodeName(a.app.listeners[0])) {
		t.Errorf("the second says %s", log)
	}
	if log := a.log.String(); strings.Contains(log, said) {
		t.Errorf("the first names somebody: %s", log)
	}
}

func TestWhoAsksLearnsOfBothNodes(t *testing.T) {
	a, b := nodes(t, "")
	a.addUser("alice", battery)
	l := b.listen(t, "?name=notes")
	l.next(revoked.Snapshot)
	a.program().login("alice", battery, "storage")
	if _, err := b.core.Sessions.EndEverybody(t.Context(), cli); err != nil {
		t.Fatal(err)
	}
	l.acknowledge(l.next(revoked.Events).Seq)
	r, err := revocation.Await(t.Context(), a.core.Store, time.Minute, a.clock.Now)
	if err != nil || r.Servers != 3 || !r.Complete() {
		t.Errorf("it reaches %+v, %v", r, err)
	}
}

func TestOneFollowerTooManyIsToldWhenToComeBack(t *testing.T) {
	s := start(t, "revocations.subscribers=1")
	s.listen(t, "").next(revoked.Snapshot)
	r := s.program().get(feed.Path)
	r.wants(t, 503, string(fault.TooBusy))
	if r.header.Get("Retry-After") == "" {
		t.Error("it is not told when")
	}
}

// ASVS 7.1.2
func TestASignInTooManyEndsTheOldestSession(t *testing.T) {
	s := start(t, "session.max_per_user=2")
	s.addUser("alice", battery)
	s.addUser("bob", battery)
	theirs := s.program().login("bob", battery, "storage")
	var mine []granted
	for range 3 {
		mine = append(mine, s.program().login("alice", battery, "storage"))
		s.clock.advance(time.Second)
	}
	s.program().refresh(mine[0].Refresh).wants(t, 401, "session_ended")
	for _, g := range []granted{mine[1], mine[2], theirs} {
		s.program().me(g.Access).wants(t, 200, "")
	}
	if err := s.core.Revoked.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.program().me(mine[0].Access).wants(t, 401, "session_ended")
}

func TestAKeyOfIDTokensIsWithdrawn(t *testing.T) {
	t.Parallel()
	s := start(t)
	old, err := s.core.IDKeys.Signing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.takeOverWhenPublished(s.core.IDKeys.Opened())
	signing, err := s.core.WithdrawKey(t.Context(), old.ID(), cli)
	if err != nil {
		t.Fatal(err)
	}
	if now, err := s.core.IDKeys.Signing(t.Context()); err != nil || now.ID() != signing || signing == old.ID() {
		t.Errorf("%s signs, %v; want %s", now.ID(), err, signing)
	}
	if jwks := s.program().get("/.well-known/jwks.json").body; strings.Contains(jwks, old.ID()) || !strings.Contains(jwks, signing) {
		t.Errorf("published is %s", jwks)
	}
	if _, err := s.core.WithdrawKey(t.Context(), old.ID(), cli); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("withdrawn twice: %v", err)
	}
}

// takeOverWhenPublished sets the clock on as soon as a ring has another key, to when that one signs. It is for whoever waits until then.
func (s *server) takeOverWhenPublished(ring *keys.Ring) {
	had, done := len(ring.List()), make(chan struct{})
	go func() {
		defer close(done)
		for len(ring.List()) == had && s.Context().Err() == nil {
			<-time.After(time.Millisecond)
		}
		s.clock.advance(takeOver)
	}()
	s.Cleanup(func() { <-done })
}

// crowd adds n sessions of a user, as if they had signed in as often.
func (s *server) crowd(name string, n int) {
	s.Helper()
	like := s.program().login(name, battery, "storage").Session.ID
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.core.Config.Data, "lingpai.db")+"?_pragma=busy_timeout(20000)")
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`INSERT INTO sessions (id, user_id, client_id, keep, confirms, counter, rotated_at, confirmed_at, auth_time,
			amr, created_at, seen_at, idle_until, expires_at, address, agent, ended_at, end_reason, jkt)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT substr(replace(replace(id, '-', 'a'), '_', 'b'), 1, 8) || printf('%012dAA', i), user_id, client_id, keep, confirms, counter, rotated_at, confirmed_at, auth_time,
			amr, created_at, seen_at, idle_until, expires_at, address, agent, ended_at, end_reason, jkt
		FROM n, sessions WHERE id = ?`, n, like)
	if err != nil {
		s.Fatal(err)
	}
}

// many is how many sessions end at once in the tests of a burst. LINGPAI_TEST_MANY overrides it.
func many(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("LINGPAI_TEST_MANY"), "20000"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// However many sessions end, others sign in and out meanwhile, a subscriber gets a few entries, and nothing piles up.
func TestABurstOfEndingsHoldsUpNobodyAndLeavesFewRevocations(t *testing.T) {
	const allowed = 10 * time.Second // for one sign-in and sign-out on a machine that is not very busy; alone they take milliseconds
	for name, end := range map[string]func(s *server, userID string) (int, error){
		"everybody": func(s *server, _ string) (int, error) { return s.core.Sessions.EndEverybody(s.Context(), cli) },
		"one user":  func(s *server, id string) (int, error) { return s.core.Sessions.EndAllByOperator(s.Context(), id, cli) },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, "throttle.address_burst=100000")
			crowd, n := s.addUser("crowd", battery), many(t)
			s.addUser("alice", battery)
			s.crowd("crowd", n)
			l := s.listen(t, "")
			l.next(revoked.Snapshot)
			before := heap()
			done := make(chan error, 1)
			began := time.Now()
			go func() {
				ended, err := end(s, crowd.ID)
				if err == nil && ended < n {
					err = fmt.Errorf("%d of %d ended", ended, n)
				}
				done <- err
			}()
			var slowest time.Duration
			for over := false; !over; {
				at := time.Now()
				g := s.program().login("alice", battery, "storage")
				if r := s.program().do(http.MethodPost, "/auth/api/logout", "", bearer(g.Access)); r.status != 204 && r.status != 401 {
					t.Errorf("a sign-out meanwhile is answered with %d %s", r.status, r.body)
				}
				slowest = max(slowest, time.Since(at))
				select {
				case err := <-done:
					if over = true; err != nil {
						t.Fatal(err)
					}
				default:
				}
			}
			took := time.Since(began)
			t.Logf("%d sessions in %v; the slowest sign-in and sign-out meanwhile took %v; %d revocations; heap %+d kB", n, took, slowest, s.core.Revoked.Len(), (heap()-before)>>10)
			if slowest > max(allowed, took*3/4) { // Who is held up waits for all of it.
				t.Errorf("a sign-in and sign-out took %v", slowest)
			}
			if held := s.core.Revoked.Len(); held > 2000 {
				t.Errorf("%d revocations are held", held)
			}
			if grown := heap() - before; grown > 64<<20 {
				t.Errorf("the heap has grown by %d MB", grown>>20)
			}
			if m := l.next(revoked.Events); len(m.Entries) == 0 {
				t.Error("who follows hears of nothing")
			}
		})
	}
}

// heap is how many bytes are in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
