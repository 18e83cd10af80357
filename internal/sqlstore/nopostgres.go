//go:build !postgres

package sqlstore

import (
	"context"
	"strings"
)

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func (s *Store) openPostgres(context.Context, string) error {
	return &OpenError{Text: "this binary was built without PostgreSQL: build it with -tags postgres, or name a file for SQLite"}
}
