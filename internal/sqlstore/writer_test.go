package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
)

func testStore(t *testing.T, path string, options Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func countEvents(t *testing.T, s *Store) int {
	t.Helper()
	events, err := s.Events(t.Context(), audit.Query{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return len(events)
}

// lock holds the file as another process would, until the function it returns is called.
func lock(t *testing.T, s *Store) (release func()) {
	t.Helper()
	conn, err := s.admin.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAnActThatWaitsCanBeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStore(t, filepath.Join(t.TempDir(), "x.db"), Options{})
		release := make(chan struct{})
		go s.act(t.Context(), "block the writer", func(context.Context, querier) error {
			<-release
			return nil
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		var left sync.WaitGroup
		for range 3 {
			left.Go(func() {
				if err := s.Append(ctx, audit.Event{}); !errors.Is(err, context.Canceled) {
					t.Errorf("error is %v, want canceled", err)
				}
			})
		}
		stays := make(chan error)
		go func() { stays <- s.Append(t.Context(), audit.Event{}) }()
		synctest.Wait() // all four wait for the writer
		cancel()
		left.Wait()
		close(release)
		if err := <-stays; err != nil {
			t.Error(err)
		}
		if n := countEvents(t, s); n != 1 {
			t.Errorf("%d events are stored, want the one whose caller stayed", n)
		}
	})
}

func TestAnActThatWasTakenIsAnsweredTruly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testStore(t, filepath.Join(t.TempDir(), "x.db"), Options{})
		release, answer := make(chan struct{}), make(chan error)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			answer <- s.act(ctx, "append slowly", func(ctx context.Context, q querier) error {
				<-release
				return appendEvent(ctx, q, audit.Event{})
			})
		}()
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(release)
		if err := <-answer; err != nil {
			t.Errorf("the act took effect, and its caller was told %v", err)
		}
		if n := countEvents(t, s); n != 1 {
			t.Errorf("%d events are stored, want 1", n)
		}
	})
}

func TestALockThatStaysMakesTheStoreUnavailable(t *testing.T) {
	s := testStore(t, filepath.Join(t.TempDir(), "x.db"), Options{BusyTimeout: time.Millisecond})
	release := lock(t, s)
	if err := s.Append(t.Context(), audit.Event{}); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("error is %v, want unavailable", err)
	}
	if n := countEvents(t, s); n != 0 { // readers do not wait
		t.Errorf("%d events are stored", n)
	}
	release()
	if err := s.Append(t.Context(), audit.Event{}); err != nil {
		t.Error(err)
	}
}

// A full disk fails whole batches; what was answered stays, and the store works again when there is space.
func TestAFullDiskLosesNothing(t *testing.T) {
	s := testStore(t, filepath.Join(t.TempDir(), "x.db"), Options{})
	w := s.acts.(*writer)
	setPages := func(n int) {
		if err := w.do(t.Context(), func(ctx context.Context, q querier) error {
			_, err := w.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", n))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	setPages(1) // as many as there are
	answered := 0
	full := false
	for range 200 {
		var all sync.WaitGroup
		var mu sync.Mutex
		for range 8 {
			all.Go(func() {
				err := s.Append(t.Context(), audit.Event{Detail: strings.Repeat("x", 500)})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					answered++
				case errors.Is(err, fault.ErrUnavailable):
					full = true
				default:
					t.Errorf("error is %v, want unavailable", err)
				}
			})
		}
		all.Wait()
		if full {
			break
		}
	}
	if !full {
		t.Fatal("the disk never got full")
	}
	if n := countEvents(t, s); n != answered {
		t.Errorf("%d events were answered, %d are stored", answered, n)
	}
	setPages(1 << 20)
	if err := s.Append(t.Context(), audit.Event{}); err != nil {
		t.Error(err)
	}
}

func TestEveryConnectionHasThePragmas(t *testing.T) {
	s := testStore(t, filepath.Join(t.TempDir(), "x.db"), Options{})
	w := s.acts.(*writer)
	for name, q := range map[string]querier{"writer": w.q, "reader": s.reads} {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
			got, err := one(t.Context(), q, scanValue[string], "PRAGMA "+pragma)
			if err != nil || got != want {
				t.Errorf("%s: %s is %s, %v; want %s", name, pragma, got, err, want)
			}
		}
	}
	if _, err := s.reads.exec(t.Context(), `DELETE FROM events`); err == nil {
		t.Error("a reading connection writes")
	}
}
