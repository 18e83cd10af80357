package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"

	"github.com/pressly/goose/v3"
)

// Migrate brings the schema to the newest version that this binary knows. Several processes may do so at once.
//
// On SQLite it changes everything or nothing, and saves what there was beside the database before: see [Store.SavedBefore]. On PostgreSQL,
// which is saved by tools of its own, each version is a transaction.
func (s *Store) Migrate(ctx context.Context) error {
	current, latest, err := s.MigrationStatus(ctx)
	if err != nil || current == latest {
		return err
	}
	if s.dialect.goose == goose.DialectPostgres {
		return s.migratePostgres(ctx, current, latest)
	}
	return s.upgrade(ctx, true)
}

func (s *Store) migratePostgres(ctx context.Context, from, to int64) error {
	provider, err := s.provider()
	if err != nil {
		return err
	}
	done, err := provider.Up(ctx) // of several processes, the others wait and find nothing to do
	if err != nil {
		return s.openError(err)
	}
	if from > 0 && len(done) > 0 {
		s.options.Logger.Warn("the schema was changed; an older Lingpai does not open this database any more",
			slog.Int64("from", from), slog.Int64("to", to),
			slog.String("way_back", "put back what pg_dump saved before, and start the older Lingpai"))
	}
	return nil
}

// MigrationStatus returns the version of the schema in the database, 0 if it is empty, and the newest that this binary knows.
func (s *Store) MigrationStatus(ctx context.Context) (current, latest int64, err error) {
	provider, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	sources := provider.ListSources()
	if current, err = s.version(ctx); err != nil {
		return 0, 0, s.openError(err)
	}
	return current, sources[len(sources)-1].Version, nil
}

const versionTable = "schema_version"

func (s *Store) provider() (*goose.Provider, error) {
	options := []goose.ProviderOption{goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true)}
	if s.dialect.goose == goose.DialectPostgres {
		options = append(options, goose.WithSessionLocker(migrationLock{}))
	}
	provider, err := goose.NewProvider(s.dialect.goose, s.admin, s.dialect.migrations, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// version reads without making the table, as goose would: asking for the state must not change it.
func (s *Store) version(ctx context.Context) (int64, error) {
	tables, err := one(ctx, s.reads, scanValue[int64], s.dialect.migrated)
	if err != nil || tables == 0 {
		return 0, err
	}
	return one(ctx, s.reads, scanValue[int64], `SELECT COALESCE(MAX(version_id), 0) FROM schema_version WHERE is_applied`)
}

// refuseNewer refuses a schema that this binary does not know, and names the way back if there is one.
func (s *Store) refuseNewer(ctx context.Context) error {
	current, latest, err := s.MigrationStatus(ctx)
	if err != nil || current <= latest {
		return err
	}
	err = newerSchema(s.place, current, latest)
	if s.dialect.goose == goose.DialectPostgres {
		return err
	}
	if _, missing := os.Stat(s.SavedBefore(latest)); missing != nil {
		return err
	}
	return &OpenError{Text: fmt.Sprintf("%v; or go back to what was saved before the change: move the database away with its -wal and -shm, "+
		"then run lingpai restore %s", err, s.SavedBefore(latest))}
}

func newerSchema(place string, current, latest int64) error {
	return &OpenError{Text: fmt.Sprintf("%s was written by a newer Lingpai (schema %d, this one knows %d): upgrade the binary", place, current, latest)}
}

// migrationLock lets one process at a time migrate PostgreSQL; the others wait.
type migrationLock struct{}

// SessionLock implements lock.SessionLocker of goose.
func (migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, migrating)
	return err
}

// SessionUnlock implements lock.SessionLocker of goose.
func (migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, migrating)
	return err
}
