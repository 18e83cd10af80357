package sqlstore

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/pgtest"
)

// collide makes the server fail a transaction with this code, as it would after a collision.
func collide(ctx context.Context, q querier, state string) error {
	_, err := q.exec(ctx, `DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '`+state+`'; END $$`)
	return err
}

func TestACollisionIsTriedAgainFromTheStart(t *testing.T) {
	s := testStore(t, pgtest.Database(t), Options{})
	for _, state := range []string{"40001", "40P01"} {
		before, tries := countEvents(t, s), 0
		err := s.act(t.Context(), "collide", func(ctx context.Context, q querier) error {
			if err := appendEvent(ctx, q, audit.Event{}); err != nil {
				return err
			}
			if tries++; tries < 4 {
				return collide(ctx, q, state)
			}
			return nil
		})
		if err != nil || tries != 4 {
			t.Errorf("%s: %d tries, %v", state, tries, err)
		}
		if n := countEvents(t, s) - before; n != 1 {
			t.Errorf("%s: %d events are stored, want 1", state, n)
		}
	}
}

func TestCollisionsAreTriedAgainForAWhile(t *testing.T) {
	s := testStore(t, pgtest.Database(t), Options{})
	for state, want := range map[string]int{"40001": attempts, "53100": 1} { // 53100: the disk is full
		tries := 0
		err := s.act(t.Context(), "collide", func(ctx context.Context, q querier) error {
			tries++
			return collide(ctx, q, state)
		})
		if !errors.Is(err, fault.ErrUnavailable) || tries != want {
			t.Errorf("%s: %d tries, want %d, %v", state, tries, want, err)
		}
	}
}

func TestAnActWhoseCallerLeavesIsUndone(t *testing.T) {
	s := testStore(t, pgtest.Database(t), Options{})
	before := countEvents(t, s)
	ctx, leave := context.WithCancel(t.Context())
	err := s.act(ctx, "leave", func(_ context.Context, q querier) error {
		if err := appendEvent(t.Context(), q, audit.Event{}); err != nil {
			return err
		}
		leave()
		for { // until the transaction has been rolled back, just before its end
			if _, err := q.exec(t.Context(), `SELECT 1`); err != nil {
				return nil //nolint:nilerr // the act is over by then; what matters is what its commit says
			}
		}
	})
	if !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("error is %v, want unavailable", err)
	}
	if n := countEvents(t, s) - before; n != 0 {
		t.Errorf("%d events are stored, want none", n)
	}
}

func TestPostgreSQLSaysWhatIsWrong(t *testing.T) {
	address := pgtest.Database(t)
	for dsn, cause := range map[string]string{
		"postgres://user:hunter2@127.0.0.1:1/x?connect_timeout=2": "nobody listens",
		"postgres://user:hunter2@127.0.0.1:port/x":                "no port",
		address + "_missing":                                      "no such parameter",
	} {
		s, err := Open(t.Context(), dsn, Options{})
		if err == nil {
			s.Close()
		}
		open, ok := errors.AsType[*OpenError](err)
		if !ok || strings.Contains(open.Error(), "hunter2") {
			t.Errorf("%s: %v", cause, err)
		}
	}
	s := testStore(t, address, Options{})
	if _, ok := errors.AsType[*OpenError](s.Backup(t.Context(), "x")); !ok {
		t.Error("a backup of PostgreSQL is not refused")
	}
}
