package sqlstore_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/sqlstore"
	"github.com/lingpai/lingpai/internal/storetest"
)

func TestSQLite(t *testing.T) {
	migrated := filepath.Join(t.TempDir(), "lingpai.db")
	migrate(t, migrated)
	content, err := os.ReadFile(migrated)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(t *testing.T) storetest.Database {
		file := filepath.Join(t.TempDir(), "lingpai.db")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return database{file}
	})
}

// migrate makes a database once, of which tests get copies.
func migrate(t *testing.T, dsn string) {
	t.Helper()
	t.Run("migrated", func(t *testing.T) { newDatabase(t, dsn) }) // and closed
}

// database is one that any number of stores open.
type database struct{ dsn string }

func newDatabase(t *testing.T, dsn string) database {
	t.Helper()
	db := database{dsn}
	if err := db.open(t, sqlstore.Options{}).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func (db database) Node(t *testing.T, fault storetest.Fault) storetest.Stores {
	t.Helper()
	options := sqlstore.Options{Connections: 8}
	if fault != nil {
		options.Fault = func(act string, stage sqlstore.Stage) error { return fault(act, moments[stage]) }
	}
	return db.open(t, options)
}

var moments = map[sqlstore.Stage]storetest.Moment{
	sqlstore.BeforeEffect: storetest.Before, sqlstore.BeforeCommit: storetest.Within, sqlstore.AfterCommit: storetest.After,
}

func (db database) open(t *testing.T, options sqlstore.Options) *sqlstore.Store {
	t.Helper()
	options.BusyTimeout = time.Minute // Two stores that write without pause, under the race detector, let each other in late.
	s, err := sqlstore.Open(t.Context(), db.dsn, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}
