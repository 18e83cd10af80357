package sqlstore_test

import (
	"os"
	"testing"

	"github.com/lingpai/lingpai/internal/pgtest"
	"github.com/lingpai/lingpai/internal/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestPostgreSQL(t *testing.T) {
	migrated := pgtest.Database(t)
	migrate(t, migrated)
	storetest.Run(t, func(t *testing.T) storetest.Database { return database{pgtest.Copy(t, migrated)} })
}
