package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/pressly/goose/v3"

	"github.com/lingpai/lingpai/internal/revocation"
)

// Backup writes a copy of the database, as it is at this moment, to a new file that only its owner may read. It does not stop other
// work. It exists for SQLite; PostgreSQL has tools of its own.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.dialect.goose == goose.DialectPostgres {
		return errPgDump
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find backup file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return targetError(path, err)
	}
	if err = s.copyInto(ctx, f); err != nil {
		return errors.Join(targetError(path, err), f.Close(), os.Remove(path))
	}
	return errors.Join(f.Close(), syncFolder(path))
}

// BackupSize is how many bytes a backup takes, as good as that is known before: what is in the database now.
func (s *Store) BackupSize(ctx context.Context) (int64, error) {
	if s.dialect.goose == goose.DialectPostgres {
		return 0, errPgDump
	}
	bytes, err := one(ctx, s.reads, scanValue[int64],
		`SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size`)
	return bytes, s.openError(err)
}

var errPgDump = &OpenError{Text: "the database is PostgreSQL: save it with pg_dump"}

// copyInto fills the empty file f. A copy of the pages would be quicker, but hold what was removed from them as well; neither is felt by who
// writes meanwhile. SQLite does not fsync what VACUUM INTO writes.
func (s *Store) copyInto(ctx context.Context, f *os.File) error {
	if _, err := s.admin.ExecContext(ctx, `VACUUM INTO $1`, f.Name()); err != nil {
		return err
	}
	return f.Sync()
}

// Restore puts a file that [Store.Backup] wrote in the place of target, which must not exist, nor be made by another process meanwhile. The
// backup is checked first: it must be a whole Lingpai database, of a schema that this binary knows. Target appears complete, or not at all.
//
// The backup does not know what was called back after it was made. So target gets one more revocation, past, which must call back
// everything that was issued until now, and a new feed, because it will give numbers of the old one a second time. Nor does it know which
// signing keys were withdrawn since, so all of them are over: the next start makes new ones. Nor which of the links that were mailed were used, so
// none of them opens anything. What else is to be done before anybody finds the database at target, prepare does, with the newest schema.
func Restore(ctx context.Context, backup, target string, past revocation.Record, prepare func(context.Context, *Store) error) error {
	backup, err := sqlitePath(backup)
	if err != nil {
		return err
	}
	if target, err = sqlitePath(target); err != nil {
		return err
	}
	if err := refuseRestore(backup, target); err != nil {
		return err
	}
	work := RestoringFile(target)
	if err := copyFile(work, backup); err != nil {
		return err
	}
	if err := checkBackup(ctx, work, backup); err != nil {
		return errors.Join(err, os.Remove(work))
	}
	if err = prepareCopy(ctx, work, prepare); err == nil {
		err = breakWithThePast(ctx, work, past)
	}
	if err != nil {
		return errors.Join(err, removeDatabase(work))
	}
	if err := putInPlace(work, target); err != nil {
		return err
	}
	return syncFolder(target)
}

// RestoringFile is where [Restore] makes target until it is complete.
func RestoringFile(target string) string { return target + ".restoring" }

// putInPlace gives a finished copy its name. Renaming it would replace what another process has made there meanwhile, and leave that one's log
// beside the wrong file; a link fails then.
func putInPlace(work, target string) error {
	err := os.Link(work, target)
	switch {
	case errors.Is(err, fs.ErrExist):
		err = existsError(target, err)
	case err != nil:
		err = fileError(target, err)
	}
	return errors.Join(err, os.Remove(work))
}

// prepareCopy changes a restored copy through the store. What it writes may stand in a log beside the file when it closes.
func prepareCopy(ctx context.Context, path string, prepare func(context.Context, *Store) error) (err error) {
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.upgrade(ctx, false); err != nil { // the backup stays
		return err
	}
	if err := s.voidAllMailCodes(ctx); err != nil {
		return err
	}
	return prepare(ctx, s)
}

// besides are the endings of the files that a database may have: its own, and those that SQLite puts beside it.
var besides = []string{"", "-wal", "-shm"}

// removeDatabase removes a file and what SQLite may have left beside it.
func removeDatabase(path string) (err error) {
	for _, suffix := range besides {
		if e := os.Remove(path + suffix); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// refuseRestore refuses to overwrite, and to read what is no backup but a database in use: part of that may be in its log.
func refuseRestore(backup, target string) error {
	for _, suffix := range besides {
		if _, err := os.Lstat(target + suffix); err == nil {
			return existsError(target+suffix, fs.ErrExist)
		}
	}
	if log, err := os.Stat(backup + "-wal"); err == nil && log.Size() > 0 {
		return &OpenError{Text: fmt.Sprintf("%s is a database in use, not a backup: write one with lingpai backup, and restore that", backup)}
	}
	return nil
}

func existsError(path string, err error) error {
	return &OpenError{Text: fmt.Sprintf("%s exists: restore into another folder with --data, "+
		"or stop the server and move the database away, with its -wal and -shm", path), Cause: err}
}

// targetError is the sentence for a file that is to be written.
func targetError(path string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return &OpenError{Text: fmt.Sprintf("%s exists: name another file, or move it away", path), Cause: err}
	}
	return fileError(path, err)
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return &OpenError{Text: fmt.Sprintf("there is no file %s: name the backup", from), Cause: err}
	}
	if err != nil {
		return &OpenError{Text: fmt.Sprintf("%s cannot be read: make it readable for the user who runs Lingpai", from), Cause: err}
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return targetError(to, err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(fileError(to, err), os.Remove(to))
	}
	return nil
}

// checkBackup examines the copy at path; name is what the sentence calls it.
func checkBackup(ctx context.Context, path, name string) (err error) {
	uri := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "mode=ro&immutable=1"}
	db, err := sql.Open("sqlite", uri.String())
	if err != nil {
		return fileError(name, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s := &Store{dialect: &sqliteDialect, place: name, reads: plain{db}, admin: db}
	if err := s.refuseForeign(ctx); err != nil {
		return err
	}
	current, latest, err := s.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	if current == 0 {
		return &OpenError{Text: fmt.Sprintf("%s is not a Lingpai database: name a file that lingpai backup wrote", name)}
	}
	if current > latest {
		return newerSchema(name, current, latest)
	}
	verdict, err := one(ctx, s.reads, scanValue[string], `PRAGMA integrity_check(1)`)
	if err != nil {
		return s.openError(err)
	}
	if verdict != "ok" {
		return &OpenError{Text: fmt.Sprintf("%s is damaged: restore another backup", name), Cause: errors.New(verdict)}
	}
	return nil
}

// breakWithThePast changes a restored copy as [Restore] says, and leaves all of it in one file.
func breakWithThePast(ctx context.Context, path string, past revocation.Record) (err error) {
	uri := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "mode=rw&_pragma=synchronous(full)"}
	db, err := sql.Open("sqlite", uri.String())
	if err != nil {
		return fileError(path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	mode, err := one(ctx, plain{db}, scanValue[string], `PRAGMA journal_mode = delete`) // moves into the file what its log has, and removes that
	if err != nil {
		return fileError(path, err)
	}
	if mode != "delete" {
		return fmt.Errorf("restored copy %s keeps its log: journal mode %q", path, mode)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fileError(path, err)
	}
	q := plain{tx}
	_, err = q.exec(ctx, `DELETE FROM sealed_secrets WHERE name = $1`, FeedSecret)
	if err == nil {
		_, err = q.exec(ctx, `UPDATE signing_keys SET expires_at = 1`) // long ago, whatever a clock says
	}
	if err == nil {
		_, err = q.exec(ctx, `DELETE FROM nodes`) // servers of the other database: nobody waits for them here
	}
	if err == nil {
		err = appendRevocation(ctx, q, past)
	}
	if err != nil {
		return errors.Join(fileError(path, err), tx.Rollback())
	}
	return tx.Commit()
}

// syncFolder makes a new name in the folder of path durable.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there, and need not be
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
