package sqlstore

import (
	"context"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrationFiles embed.FS

// dialect is all that differs between the databases, besides how they are opened and how acts are committed.
type dialect struct {
	goose      goose.Dialect
	migrations fs.FS
	ping       string
	// migrated counts the tables named schema_version: 0 or 1.
	migrated string
	// share and update are appended to a SELECT to lock its rows until the act is over: against change, and against being shared.
	share, update string
	// alone makes the rest of an act wait for every other act that named the same purpose. SQLite has one writer anyway.
	alone func(ctx context.Context, q querier, purpose int64) error
	// duplicate: a unique value exists. again: nothing was done, and the act may succeed at once when tried again.
	// unavailable: the database, not the statement, is at fault.
	duplicate, again, unavailable func(error) bool
}

// The purposes for which an act runs alone.
const (
	firstUser int64 = 0x4c504149_0001 // is there no account yet?
	revoking  int64 = 0x4c504149_0002 // revocations are numbered in the order of commits
	newKey    int64 = 0x4c504149_0003 // which key is the newest?
	migrating int64 = 0x4c504149_0004
	placing   int64 = 0x4c504149_0005 // is a place on the status lists free?
)

func never(error) bool { return false }

func migrationsOf(name string) fs.FS {
	sub, err := fs.Sub(migrationFiles, "migrations/"+name)
	if err != nil {
		panic(err) // the path is a constant
	}
	return sub
}
