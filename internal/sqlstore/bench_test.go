package sqlstore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// BenchmarkRotate measures durable rotations on SQLite, each caller rotating sessions of its own. The file lies beside this test,
// because a temporary folder may be in memory, where an fsync costs nothing.
func BenchmarkRotate(b *testing.B) {
	for _, callers := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) { benchmarkRotate(b, callers) })
	}
}

func benchmarkRotate(b *testing.B, callers int) {
	s := benchStore(b)
	sessions := make([]session.Session, callers)
	for i := range sessions {
		sessions[i] = benchSession(b, s, i)
	}
	var left sync.WaitGroup
	b.ResetTimer()
	before := cpuTime(b)
	for i := range callers {
		left.Go(func() {
			row := sessions[i]
			for range b.N/callers + 1 {
				next, advanced, err := s.RotateSession(b.Context(), session.Rotation{
					ID: row.ID, Counter: row.Counter, At: row.RotatedAt.Add(time.Second), IdleUntil: row.IdleUntil, Address: row.Address, Agent: row.Agent,
				})
				if err != nil || !advanced {
					b.Errorf("rotate: advanced %v, %v", advanced, err)
					return
				}
				row = next
			}
		})
	}
	left.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rotations/s")
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
}

// BenchmarkReadSession measures the read that every request with a session makes, with a context as net/http gives it.
func BenchmarkReadSession(b *testing.B) {
	s := benchStore(b)
	n := benchSession(b, s, 0)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	before := cpuTime(b)
	for b.Loop() {
		if _, err := s.Session(ctx, n.ID); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
}

// BenchmarkStartSession measures a sign-in of somebody who has signed out often before, as programs do.
func BenchmarkStartSession(b *testing.B) {
	for _, past := range []int{0, 10_000} {
		b.Run(fmt.Sprint(past), func(b *testing.B) {
			s := benchStore(b)
			n := benchSession(b, s, 0)
			for range past / 100 {
				startAndEnd(b, s, n)
			}
			before := cpuTime(b)
			for b.Loop() {
				n.ID = session.NewID()
				if err := s.StartSession(b.Context(), session.Opening{Session: n, Event: audit.Event{At: n.CreatedAt, Action: audit.SignIn}, Most: 200}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
		})
	}
}

// startAndEnd leaves 100 sessions like n behind that have ended.
func startAndEnd(b *testing.B, s *Store, n session.Session) {
	b.Helper()
	var left sync.WaitGroup
	for range 100 {
		one := n
		one.ID = session.NewID()
		left.Go(func() {
			if err := s.StartSession(b.Context(), session.Opening{Session: one, Event: audit.Event{At: n.CreatedAt, Action: audit.SignIn}}); err != nil {
				b.Error(err)
			}
		})
	}
	left.Wait()
	if _, err := s.EndSessions(b.Context(), session.Ending{User: n.UserID, At: n.CreatedAt, Reason: session.ReasonSignOut, Event: audit.Event{At: n.CreatedAt, Action: audit.SessionEnded}}); err != nil {
		b.Fatal(err)
	}
}

func benchStore(b *testing.B) *Store {
	b.Helper()
	folder, err := os.MkdirTemp(".", "bench")
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(b.Context(), filepath.Join(folder, "lingpai.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
		if err := os.RemoveAll(folder); err != nil {
			b.Error(err)
		}
	})
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

func benchSession(b *testing.B, s *Store, i int) session.Session {
	b.Helper()
	now := time.Now()
	name := fmt.Sprint("user", i)
	u := user.User{ID: name, Username: name, Name: "A Person", Roles: []string{"member"}, CreatedAt: now}
	if err := s.AddUser(b.Context(), user.Addition{User: u, CanonicalUsername: name}); err != nil {
		b.Fatal(err)
	}
	n := session.Session{
		ID: session.NewID(), UserID: name, ClientID: "web", Keep: session.KeepMemory, Confirms: true, Counter: 1, RotatedAt: now, AuthTime: now,
		AMR: []string{"pwd"}, CreatedAt: now, SeenAt: now, IdleUntil: now.AddDate(10, 0, 0), ExpiresAt: now.AddDate(20, 0, 0),
		Address: "192.0.2.1", Agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	}
	if err := s.StartSession(b.Context(), session.Opening{Session: n, Event: audit.Event{At: now, Action: audit.SignIn}}); err != nil {
		b.Fatal(err)
	}
	return n
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
