package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/throttle"
	"github.com/lingpai/lingpai/internal/trace"
	"github.com/lingpai/lingpai/internal/user"
)

var (
	_ user.Store        = (*Store)(nil)
	_ session.Store     = (*Store)(nil)
	_ session.Presences = (*Store)(nil)
	_ keys.Store        = (*Store)(nil)
	_ revocation.Store  = (*Store)(nil)
	_ revocation.Board  = (*Store)(nil)
	_ audit.Log         = (*Store)(nil)
	_ throttle.Store    = (*Store)(nil)
	_ client.Store      = (*Store)(nil)
	_ grant.Store       = (*Store)(nil)
	_ grant.Consents    = (*Store)(nil)
	_ grant.Devices     = (*Store)(nil)
)

// Options adjust a store. The zero value is what a server wants.
type Options struct {
	// SessionKeep is how long [Store.Prune] leaves sessions that are over; 0 means 30 days.
	SessionKeep time.Duration
	// AuditKeep is how long Prune leaves events; 0 means for ever.
	AuditKeep time.Duration
	// Connections bounds the connections that read (SQLite) or do everything (PostgreSQL); 0 means 4 and 16.
	Connections int
	// BusyTimeout is how long SQLite waits for another process that writes; 0 means 10 seconds.
	BusyTimeout time.Duration
	// Logger is told when the schema changes; nil tells nobody.
	Logger *slog.Logger
	// Fault makes acts fail. It is for tests of what happens then, and nil elsewhere.
	Fault Fault
}

func (o Options) busyTimeout() time.Duration { return cmp.Or(o.BusyTimeout, 10*time.Second) }

// Store is a database. All methods may be called concurrently. Other processes may have the same database open.
type Store struct {
	options Options
	dialect *dialect
	place   string // for error messages: the file, or the server without credentials
	reads   querier
	acts    actor
	admin   *sql.DB // migrations and backup
	free    func(folder string) (bytes uint64, known bool)
	closed  atomic.Bool
	close   []func() error
}

// Open opens the database that dsn names: "postgres://..." for PostgreSQL, "sqlite:///path/to/file" or a plain path for SQLite, whose
// file is created if there is none. It does not migrate. An [*OpenError] says in one sentence what is wrong and how to mend it.
func Open(ctx context.Context, dsn string, options Options) (*Store, error) {
	s := &Store{options: options, free: FreeBytes}
	if options.Logger == nil {
		s.options.Logger = slog.New(slog.DiscardHandler)
	}
	open := s.openSQLite
	if isPostgres(dsn) {
		open = s.openPostgres
	}
	if err := open(ctx, dsn); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.refuseNewer(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close finishes the acts that wait, refuses new ones, and closes the database. It may be called again, but not at the same time.
func (s *Store) Close() error {
	s.closed.Store(true)
	var errs []error
	for _, c := range s.close {
		errs = append(errs, c())
	}
	s.close = nil
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	_, err := one(ctx, s.reads, scanValue[int64], s.dialect.ping)
	return s.mean("ping", err)
}

// act runs f as one act. The name is for errors and for tests that inject faults.
func (s *Store) act(ctx context.Context, name string, f func(ctx context.Context, q querier) error) error {
	if err := s.options.Fault.at(name, BeforeEffect); err != nil {
		return s.mean(name, err)
	}
	ctx, span := trace.Start(ctx, name, trace.Client)
	err := s.acts.do(ctx, func(ctx context.Context, q querier) error {
		if err := f(ctx, q); err != nil {
			return err
		}
		return s.options.Fault.at(name, BeforeCommit)
	})
	span.End(err)
	if err == nil {
		err = s.options.Fault.at(name, AfterCommit)
	}
	return s.mean(name, err)
}

// mean turns what a driver says into the inner kinds of package fault, and names the act.
func (s *Store) mean(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case isKind(err):
		return fmt.Errorf("%s: %w", name, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), s.closed.Load(), s.dialect.unavailable(err):
		return fmt.Errorf("%s: %w: %w", name, fault.ErrUnavailable, err)
	case s.dialect.duplicate(err):
		return fmt.Errorf("%s: %w: %w", name, fault.ErrConflict, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// isKind reports whether err already says what it means to the caller.
func isKind(err error) bool {
	if _, taken := errors.AsType[*user.Taken](err); taken {
		return true
	}
	return errors.Is(err, fault.ErrNotFound) || errors.Is(err, fault.ErrConflict) || errors.Is(err, fault.ErrUnavailable)
}
