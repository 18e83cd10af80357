package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3/database"
)

// upgrade brings the schema of SQLite to the newest version: all of it in one transaction, so whatever fails on the way leaves the older
// binary a database that it opens. With saving, the database is saved before, unless it is new, while nobody else can write: what another
// server was told is done is either saved, or done after the change.
func (s *Store) upgrade(ctx context.Context, saving bool) (err error) {
	conn, err := s.admin.Conn(ctx)
	if err != nil {
		return s.openError(err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return s.openError(err)
	}
	from, to, err := s.MigrationStatus(ctx) // of two processes that come at once, the second finds that it is done
	saving = saving && 0 < from && from < to
	if err == nil && from > to {
		err = newerSchema(s.place, from, to)
	}
	if err == nil && saving {
		err = s.saveBefore(ctx, from)
	}
	if err == nil {
		err = s.change(ctx, conn, from, to)
	}
	if err != nil {
		_, undone := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(err, undone)
	}
	if saving {
		s.tellChange(from, to)
		s.removeOlder(from)
	}
	return nil
}

// change carries out the migrations after from and commits them.
func (s *Store) change(ctx context.Context, conn *sql.Conn, from, to int64) error {
	err := s.applyAfter(ctx, conn, from)
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err == nil || from == 0 {
		return s.openError(err)
	}
	return &OpenError{
		Text: fmt.Sprintf("the schema of %s could not be changed from %d to %d, and nothing was: mend the cause and start again, "+
			"or go on with the older Lingpai (%v)", s.place, from, to, s.openError(err)),
		Cause: err,
	}
}

func (s *Store) tellChange(from, to int64) {
	s.options.Logger.Warn("the schema was changed; an older Lingpai does not open this database any more",
		slog.Int64("from", from), slog.Int64("to", to), slog.String("saved", s.SavedBefore(from)),
		slog.String("way_back", "stop, move the database away with its -wal and -shm, and let the older Lingpai restore what was saved"))
}

// applyAfter carries out the files whose versions are above from. Each is SQL as a whole, and goose's mark for that is a comment in it.
// The versions are noted as goose does, whose table it is: an older binary that restores what was saved goes on by goose.
func (s *Store) applyAfter(ctx context.Context, conn *sql.Conn, from int64) error {
	provider, err := s.provider()
	if err != nil {
		return err
	}
	versions, err := database.NewStore(s.dialect.goose, versionTable)
	if err != nil {
		return fmt.Errorf("open schema versions: %w", err)
	}
	if from == 0 {
		if err := errors.Join(versions.CreateVersionTable(ctx, conn), versions.Insert(ctx, conn, database.InsertRequest{})); err != nil {
			return fmt.Errorf("make %s: %w", versionTable, err)
		}
	}
	for _, m := range provider.ListSources() {
		if m.Version <= from {
			continue
		}
		text, err := fs.ReadFile(s.dialect.migrations, m.Path)
		if err != nil {
			return fmt.Errorf("read migration: %w", err)
		}
		if _, err := conn.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		if err := versions.Insert(ctx, conn, database.InsertRequest{Version: m.Version}); err != nil {
			return fmt.Errorf("note %s: %w", m.Path, err)
		}
	}
	return nil
}

// SavedBefore is the file beside the database in which [Store.Migrate] saves it before it changes the schema with that version. It is a backup as
// [Store.Backup] writes it, and complete or not there. Only the one of the last change is kept.
func (s *Store) SavedBefore(version int64) string {
	return s.savedPrefix() + strconv.FormatInt(version, 10) + ".db"
}

// savedPrefix names the database, since there may be others in its folder.
func (s *Store) savedPrefix() string { return strings.TrimSuffix(s.place, ".db") + "-before-schema-" }

// saveBefore saves the database with schema from. One that was saved before the same change is replaced: what it lacks was written since, by an older
// binary that somebody went back to, or that went on after a change that failed.
func (s *Store) saveBefore(ctx context.Context, from int64) error {
	to := s.SavedBefore(from)
	bytes, err := s.requireRoom(ctx)
	if err != nil {
		return err
	}
	s.options.Logger.Info("saving the database before its schema changes", slog.String("file", to), slog.Int64("bytes", bytes))
	work := to + ".saving"
	if err := os.Remove(work); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a process that was killed: no other saves now
		return fileError(work, err)
	}
	if err := s.Backup(ctx, work); err != nil {
		return err
	}
	if err := os.Rename(work, to); err != nil {
		return errors.Join(fileError(to, err), os.Remove(work))
	}
	return syncFolder(to)
}

// requireRoom refuses to fill the disk with a copy, and says how large that is.
func (s *Store) requireRoom(ctx context.Context) (bytes int64, err error) {
	if bytes, err = s.BackupSize(ctx); err != nil {
		return 0, err
	}
	folder := filepath.Dir(s.place)
	if free, known := s.free(folder); known && free < uint64(bytes) {
		return 0, &OpenError{Text: fmt.Sprintf("the database is saved before its schema changes, which takes %d MB in %s, where %d MB are free: "+
			"make room there and start again, or go on with the older Lingpai; nothing was changed", bytes>>20+1, folder, free>>20)}
	}
	return bytes, nil
}

// removeOlder removes what was saved before earlier changes than the one from that version. That it cannot is no reason not to start.
func (s *Store) removeOlder(from int64) {
	folder, prefix := filepath.Split(s.savedPrefix())
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		name, saved := strings.CutPrefix(e.Name(), prefix)
		version, bad := strconv.ParseInt(strings.TrimSuffix(name, ".db"), 10, 64)
		if saved && bad == nil && version < from {
			err = errors.Join(err, os.Remove(filepath.Join(folder, e.Name())))
		}
	}
	if err != nil {
		s.options.Logger.Warn("what was saved before earlier changes of the schema could not be removed", slog.Any("error", err))
	}
}
