package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	code "modernc.org/sqlite/lib"
)

// applicationID marks a SQLite file as ours ("LPAI"). The first migration writes it.
const applicationID = 0x4c504149

var sqliteDialect = dialect{
	goose:      goose.DialectSQLite3,
	migrations: migrationsOf("sqlite"),
	ping:       `SELECT count(*) FROM sqlite_schema`,
	migrated:   `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'`,
	alone:      func(context.Context, querier, int64) error { return nil },
	duplicate: func(err error) bool {
		c := sqliteCode(err)
		return c == code.SQLITE_CONSTRAINT_UNIQUE || c == code.SQLITE_CONSTRAINT_PRIMARYKEY
	},
	again: never,
	unavailable: func(err error) bool {
		switch sqliteCode(err) & 0xff {
		case code.SQLITE_BUSY, code.SQLITE_LOCKED, code.SQLITE_FULL, code.SQLITE_IOERR, code.SQLITE_READONLY,
			code.SQLITE_CANTOPEN, code.SQLITE_NOMEM, code.SQLITE_INTERRUPT, code.SQLITE_CORRUPT, code.SQLITE_NOTADB:
			return true
		}
		return errors.Is(err, sql.ErrConnDone)
	},
}

// sqliteCode is the extended result code that err carries, or 0.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

func (s *Store) openSQLite(ctx context.Context, dsn string) error {
	path, err := sqlitePath(dsn)
	if err != nil {
		return err
	}
	s.dialect, s.place = &sqliteDialect, path
	if err := createFile(path); err != nil {
		return s.openError(err)
	}
	if err := s.openPools(ctx, path); err != nil {
		return s.openError(err)
	}
	return s.refuseForeign(ctx)
}

// openPools opens the writing connection first: it alone may have to recover the log of a process that was killed.
func (s *Store) openPools(ctx context.Context, path string) error {
	busy := s.options.busyTimeout()
	db, err := sql.Open("sqlite", sqliteDSN(path, busy, "journal_mode(WAL)"))
	if err != nil {
		return err
	}
	s.admin = db
	s.close = append(s.close, db.Close)
	var conn *sql.Conn
	if err := patiently(ctx, busy, func() (err error) { conn, err = db.Conn(ctx); return err }); err != nil {
		return err
	}
	w := startWriter(conn)
	s.acts = w
	// Waiting acts are finished before anything is closed.
	s.close = append([]func() error{w.close}, s.close...)

	readers, err := sql.Open("sqlite", sqliteDSN(path, busy, "query_only(1)"))
	if err != nil {
		return err
	}
	n := cmp.Or(s.options.Connections, 4)
	readers.SetMaxOpenConns(n)
	readers.SetMaxIdleConns(n)
	kept := &prepared{on: readers}
	s.reads = kept
	s.close = append(s.close, kept.close, readers.Close)
	return readers.PingContext(ctx)
}

// patiently repeats what finds the file locked, for as long as SQLite itself would wait. Where a connection that has read goes on to write,
// as it does to switch a new file to WAL, SQLite does not wait: of two processes that make one file, one would be refused at once.
func patiently(ctx context.Context, wait time.Duration, act func() error) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		err := act()
		if sqliteCode(err)&0xff != code.SQLITE_BUSY || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done(): // once more
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// sqliteDSN names the file with the pragmas that every connection needs; set through the pool they would reach one connection only.
//
// synchronous=FULL makes COMMIT wait for the fsync: what was answered survives a power cut. A checkpoint every 4,000 pages (16 MB)
// instead of 1,000 costs a longer log, and rewrites the pages of busy sessions a quarter as often. A memory map (mmap_size) measured slower.
func sqliteDSN(path string, busy time.Duration, more ...string) string {
	pragmas := append([]string{
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()),
		"synchronous(FULL)",
		"foreign_keys(1)",
		"cache_size(-8192)",
		"temp_store(MEMORY)",
		"wal_autocheckpoint(4000)",
		"trusted_schema(0)",
	}, more...)
	query := url.Values{"_pragma": pragmas, "_dqs": {"0"}}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}).String()
}

// sqlitePath is the absolute path that a dsn names.
func sqlitePath(dsn string) (string, error) {
	path, isURL := strings.CutPrefix(dsn, "sqlite://")
	if isURL {
		unescaped, err := url.PathUnescape(path)
		if err != nil || !filepath.IsAbs(unescaped) {
			return "", &OpenError{Text: "the database address is not of the form sqlite:///absolute/path/to/file: mend it"}
		}
		path = unescaped
	}
	if path == "" {
		return "", &OpenError{Text: "no database is named: give a path or postgres://..."}
	}
	return filepath.Abs(path)
}

// createFile makes sure that the file exists and is readable by its owner only. SQLite gives its log the same mode.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// refuseForeign refuses a database that something else has made: it has tables, but not our mark. The mark is read after the tables:
// another process may be making both, in one commit.
func (s *Store) refuseForeign(ctx context.Context) error {
	tables, err := one(ctx, s.reads, scanValue[int64], `SELECT count(*) FROM sqlite_schema WHERE name NOT IN ('schema_version', 'sqlite_sequence')`)
	if err != nil {
		return s.openError(err)
	}
	id, err := one(ctx, s.reads, scanValue[int64], `PRAGMA application_id`)
	if err != nil {
		return s.openError(err)
	}
	if id != applicationID && (id != 0 || tables > 0) {
		return &OpenError{Text: fmt.Sprintf("%s is a database of another program: name another file", s.place)}
	}
	return nil
}
