package sqlstore_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/sqlstore"
	"github.com/lingpai/lingpai/internal/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Database { return newDatabase(t, filepath.Join(t.TempDir(), "lingpai.db")) })
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
