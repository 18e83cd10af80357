package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/pgtest"
	"github.com/lingpai/lingpai/internal/revocation"
)

// knowing is a binary that knows the migrations before the version until, and those that are added.
func knowing(t *testing.T, until int64, added ...string) *dialect {
	t.Helper()
	return knowingOf(t, sqliteDialect, until, added...)
}

func knowingOf(t *testing.T, d dialect, until int64, added ...string) *dialect {
	t.Helper()
	known := fstest.MapFS{}
	for _, m := range sources(t, d) {
		if m.version < until {
			known[m.name] = &fstest.MapFile{Data: m.text}
		}
	}
	for i := 0; i < len(added); i += 2 {
		known[added[i]] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + added[i+1])}
	}
	d.migrations = known
	return &d
}

type migration struct {
	version int64
	name    string
	text    []byte
}

func sources(t *testing.T, d dialect) (all []migration) {
	t.Helper()
	names, err := fs.Glob(d.migrations, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(d.migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, migration{version, name, text})
	}
	return all
}

const always = 1 << 40

// binary opens the database as a binary that knows d does, without migrating. Its log is returned.
func binary(t *testing.T, path string, d *dialect) (*Store, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	s, err := Open(t.Context(), path, Options{Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.dialect = d
	return s, log
}

// oldDatabase is one that the binary before the newest schema has made, with an event in it.
func oldDatabase(t *testing.T) (path string, before int64) {
	t.Helper()
	all := sources(t, sqliteDialect)
	path, before = filepath.Join(t.TempDir(), "lingpai.db"), all[len(all)-2].version
	s, _ := binary(t, path, knowing(t, all[len(all)-1].version))
	for _, err := range []error{s.Migrate(t.Context()), s.Append(t.Context(), audit.Event{Action: "kept"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return path, before
}

func schemaOf(t *testing.T, s *Store) int64 {
	t.Helper()
	current, _, err := s.MigrationStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return current
}

// savedIn lists what lies in the folder of the database besides it and its log.
func savedIn(t *testing.T, path string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "lingpai.db") {
			names = append(names, e.Name())
		}
	}
	return names
}

func wantSaved(t *testing.T, path string, want ...string) {
	t.Helper()
	if got := savedIn(t, path); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("saved are %q, want %q", got, want)
	}
}

func TestANewDatabaseIsNotSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lingpai.db")
	s, log := binary(t, path, &sqliteDialect)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantSaved(t, path)
	if log.Len() > 0 {
		t.Errorf("the log says %s", log)
	}
}

func TestADatabaseIsSavedBeforeItsSchemaChanges(t *testing.T) {
	path, before := oldDatabase(t)
	s, log := binary(t, path, knowing(t, always))
	saved := s.SavedBefore(before)
	if err := os.WriteFile(saved+".saving", []byte("of a process that was killed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantSaved(t, path, filepath.Base(saved))
	if info, err := os.Stat(saved); err != nil {
		t.Fatal(err)
	} else if info.Mode().Perm() != 0o600 {
		t.Errorf("what was saved has mode %v", info.Mode())
	}
	if !strings.Contains(log.String(), saved) || !strings.Contains(log.String(), "way_back") {
		t.Errorf("the log does not say how to go back:\n%s", log)
	}

	restored := filepath.Join(t.TempDir(), "lingpai.db")
	past := revocation.Record{Kind: revocation.All}
	asItIs := func(context.Context, *Store) error { return nil }
	if err := Restore(t.Context(), saved, restored, past, asItIs); err != nil {
		t.Fatal(err)
	}
	older := &Store{dialect: knowing(t, before+1), place: path, reads: s.reads, admin: s.admin}
	if err := older.refuseNewer(t.Context()); err == nil || !strings.HasSuffix(err.Error(), "lingpai restore "+saved) {
		t.Errorf("the older binary does not name the way back: %v", err)
	}
	old, _ := binary(t, saved, knowing(t, before+1))
	if got := schemaOf(t, old); got != before {
		t.Errorf("saved is schema %d, want %d", got, before)
	}
	if n := countEvents(t, old); n != 1 {
		t.Errorf("saved are %d events, want 1", n)
	}
}

// Whoever goes back, works on and comes again shall find that work in what is saved.
func TestWhatIsSavedIsAsNewAsTheChange(t *testing.T) {
	path, before := oldDatabase(t)
	s, _ := binary(t, path, knowing(t, always))
	if err := os.WriteFile(s.SavedBefore(before), []byte("of an earlier change"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if old, _ := binary(t, s.SavedBefore(before), knowing(t, before+1)); countEvents(t, old) != 1 {
		t.Error("what was saved before an earlier change is still there")
	}
}

func TestOnlyTheNewestSavedDatabaseIsKept(t *testing.T) {
	path, before := oldDatabase(t)
	newest := func(added ...string) *Store {
		s, _ := binary(t, path, knowing(t, always, added...))
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := newest()
	now := schemaOf(t, s)
	for _, foreign := range []string{"other-before-schema-1.db", "a note"} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), foreign), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	newest() // nothing to do
	wantSaved(t, path, "a note", filepath.Base(s.SavedBefore(before)), "other-before-schema-1.db")
	newest("00777_more.sql", "CREATE TABLE more (id INTEGER);")
	wantSaved(t, path, "a note", filepath.Base(s.SavedBefore(now)), "other-before-schema-1.db")
}

// A binary that brings two versions, of which the second fails, leaves neither.
func TestAChangeOfTheSchemaThatFailsLeavesTheDatabaseAsItWas(t *testing.T) {
	path, before := oldDatabase(t)
	s, _ := binary(t, path, knowing(t, always))
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "lingpai-before-schema-1.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.dialect = knowing(t, always, "00777_fails.sql", "CREATE TABLE half (id INTEGER); INSERT INTO half VALUES (1); SELECT * FROM nowhere;")
	err := s.Migrate(t.Context())
	if open, ok := errors.AsType[*OpenError](err); !ok || !strings.Contains(open.Text, "nothing was: mend the cause") || !strings.Contains(open.Text, "00777_fails.sql") {
		t.Errorf("the error is %v", err)
	}
	if got := schemaOf(t, s); got != before {
		t.Errorf("the schema is %d, want %d", got, before)
	}
	wantSaved(t, path, "lingpai-before-schema-1.db", filepath.Base(s.SavedBefore(before)))
	old, _ := binary(t, path, knowing(t, before+1))
	if err := errors.Join(old.Migrate(t.Context()), old.Append(t.Context(), audit.Event{})); err != nil {
		t.Errorf("the older binary does not go on: %v", err)
	}
	mended, _ := binary(t, path, knowing(t, always, "00777_fails.sql", "CREATE TABLE half (id INTEGER);"))
	if err := mended.Migrate(t.Context()); err != nil {
		t.Errorf("the mended binary does not go on: %v", err)
	}
}

func TestWithoutRoomToSaveItTheSchemaIsNotChanged(t *testing.T) {
	path, before := oldDatabase(t)
	s, _ := binary(t, path, knowing(t, always))
	s.free = func(string) (uint64, bool) { return 4096, true }
	err := s.Migrate(t.Context())
	if open, ok := errors.AsType[*OpenError](err); !ok || !strings.Contains(open.Text, "takes 1 MB in "+filepath.Dir(path)+", where 0 MB are free") {
		t.Errorf("the error is %v", err)
	}
	if got := schemaOf(t, s); got != before {
		t.Errorf("the schema is %d, want %d", got, before)
	}
	wantSaved(t, path)
	s.free = func(string) (uint64, bool) { return 0, false } // not known is no reason
	if err := s.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestManyMayChangeTheSchemaAtOnceAndItIsSavedOnce(t *testing.T) {
	path, before := oldDatabase(t)
	d := knowing(t, always)
	var all sync.WaitGroup
	told := make(chan int, 4)
	for range 4 {
		s, log := binary(t, path, d)
		all.Go(func() {
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
			told <- strings.Count(log.String(), "the schema was changed")
		})
	}
	all.Wait()
	close(told)
	sum := 0
	for n := range told {
		sum += n
	}
	s, _ := binary(t, path, d)
	wantSaved(t, path, filepath.Base(s.SavedBefore(before)))
	if sum != 1 {
		t.Errorf("the log says %d times that the schema was changed", sum)
	}
}

// What another server was told is done is in what is saved, or was done after the change.
func TestNobodyWritesBetweenSavingAndChanging(t *testing.T) {
	path, before := oldDatabase(t)
	older, _ := binary(t, path, knowing(t, before+1))
	s, _ := binary(t, path, knowing(t, always))
	written := make(chan error, 1)
	s.free = func(string) (uint64, bool) { // is asked when saving begins
		go func() { written <- older.Append(context.Background(), audit.Event{Action: "late"}) }()
		select {
		case err := <-written:
			t.Errorf("the older server wrote meanwhile: %v", err)
			written <- err
		case <-time.After(100 * time.Millisecond):
		}
		return 0, false
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-written; err != nil {
		t.Errorf("the older server cannot go on: %v", err)
	}
	saved, _ := binary(t, s.SavedBefore(before), knowing(t, before+1))
	if inFile, inDatabase := countEvents(t, saved), countEvents(t, s); inFile != 1 || inDatabase != 2 {
		t.Errorf("%d events are saved and %d are in the database, want 1 and 2", inFile, inDatabase)
	}
}

// The files are carried out as they are, so none may ask goose for more.
func TestMigrationsOfSQLiteAreNothingButSQL(t *testing.T) {
	for _, m := range sources(t, sqliteDialect) {
		if n := strings.Count(string(m.text), "+goose"); n != 1 || !strings.Contains(string(m.text), "-- +goose Up\n") {
			t.Errorf("%s has %d marks for goose; the only one may be: -- +goose Up", m.name, n)
		}
	}
}

// PostgreSQL has tools of its own to save it, and the log says so once, to who changes the schema of data that is there.
func TestOnPostgreSQLTheLogSaysThatTheSchemaWasChanged(t *testing.T) {
	dsn := pgtest.Database(t)
	all := sources(t, postgresDialect)
	old, oldLog := binary(t, dsn, knowingOf(t, postgresDialect, all[len(all)-1].version))
	if err := old.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, log := binary(t, dsn, &postgresDialect)
	for range 2 {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if oldLog.Len() > 0 || strings.Count(log.String(), "pg_dump") != 1 {
		t.Errorf("the log of the first says %q, of the second %q", oldLog, log)
	}
}
