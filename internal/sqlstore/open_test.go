package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/skiptest"
	"github.com/lingpai/lingpai/internal/sqlstore"
	_ "modernc.org/sqlite"
)

// wantsSentence checks for an OpenError that says all the words, in one line.
func wantsSentence(t *testing.T, err error, words ...string) {
	t.Helper()
	open, ok := errors.AsType[*sqlstore.OpenError](err)
	if !ok {
		t.Fatalf("error is %v, want an OpenError", err)
	}
	for _, word := range append(words, ": ") {
		if !strings.Contains(open.Error(), word) {
			t.Errorf("the sentence lacks %q: %s", word, open)
		}
	}
	if strings.Contains(open.Error(), "\n") {
		t.Errorf("the sentence has more than one line: %s", open)
	}
}

func openFails(t *testing.T, dsn string, words ...string) {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), dsn, sqlstore.Options{BusyTimeout: time.Millisecond})
	if err == nil {
		s.Close()
	}
	wantsSentence(t, err, words...)
}

// raw is the file without this package.
func raw(t *testing.T, path string, statements ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "lingpai.db") }

func TestOpenSaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(folder, "foreign.db")
	raw(t, foreign, "CREATE TABLE mine (id INTEGER)")
	openFails(t, garbage, "garbage.db", "is not a database")
	openFails(t, foreign, "foreign.db", "another program")
	openFails(t, folder, "is a folder")
	openFails(t, filepath.Join(folder, "missing", "x.db"), "does not exist", "create it")
	openFails(t, "sqlite://relative/x.db", "sqlite:///")
	openFails(t, "", "no database is named")
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	path := file(t)
	newDatabase(t, path)
	raw(t, path, "INSERT INTO schema_version (version_id, is_applied) VALUES (77, 1)")
	openFails(t, path, "newer Lingpai", "schema 77", "upgrade the binary")
}

func TestOpenRefusesALockedDatabase(t *testing.T) {
	path := file(t)
	t.Run("made", func(t *testing.T) { newDatabase(t, path) }) // and closed
	raw(t, path, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE")
	openFails(t, path, "locked by another process")
}

// Of two processes that make one file, the second waits, although SQLite refuses at once to switch a locked file to WAL.
func TestOpenWaitsForAnotherProcessThatMakesTheFile(t *testing.T) {
	path := file(t)
	other := raw(t, path, "BEGIN IMMEDIATE", "CREATE TABLE schema_version (id INTEGER)")
	opened := make(chan error)
	go func() {
		s, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		t.Errorf("opened beside a process that makes the file: %v", err)
	case <-time.After(100 * time.Millisecond):
		if _, err := other.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		if err := <-opened; err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefusesAReadOnlyFolder(t *testing.T) {
	if !skiptest.Unprivileged(t) {
		return
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	openFails(t, filepath.Join(folder, "x.db"), "cannot be written", "writable")
}

func TestAttack85OnlyItsOwnerReadsTheDatabase(t *testing.T) {
	path := file(t)
	db := newDatabase(t, path)
	db.open(t, sqlstore.Options{})
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}

func TestPathsAreTakenAsTheyAre(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "ü 100% #1?mode=ro&x")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "灵 牌.db")
	newDatabase(t, path)
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Fatalf("the database is not at its path: %v", err)
	}
}

func TestMigratingIsSafeForManyAtOnce(t *testing.T) {
	db := database{file(t)}
	var all sync.WaitGroup
	for range 4 {
		s := db.open(t, sqlstore.Options{})
		all.Go(func() {
			if err := s.Migrate(t.Context()); err != nil {
				t.Errorf("migrate: %v", err)
			}
		})
	}
	all.Wait()
	current, latest, err := db.open(t, sqlstore.Options{}).MigrationStatus(t.Context())
	if err != nil || current != latest || latest < 1 {
		t.Errorf("schema %d of %d, %v", current, latest, err)
	}
}

func TestStatusOfAnEmptyDatabaseChangesNothing(t *testing.T) {
	s := database{file(t)}.open(t, sqlstore.Options{})
	for range 2 {
		current, latest, err := s.MigrationStatus(t.Context())
		if err != nil || current != 0 || latest < 1 {
			t.Errorf("schema %d of %d, %v", current, latest, err)
		}
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	db := newDatabase(t, file(t))
	s := db.open(t, sqlstore.Options{})
	var all sync.WaitGroup
	var stored sync.Map
	for i := range 50 {
		all.Go(func() {
			err := s.Append(t.Context(), audit.Event{Action: "a"})
			switch {
			case err == nil:
				stored.Store(i, true)
			case !errors.Is(err, fault.ErrUnavailable):
				t.Errorf("error is %v, want unavailable", err)
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	all.Wait()
	if err := s.Append(t.Context(), audit.Event{}); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("act: %v", err)
	}
	if _, err := s.AnyUser(t.Context()); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("read: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
	told := 0
	stored.Range(func(any, any) bool { told++; return true })
	events, err := db.open(t, sqlstore.Options{}).Events(t.Context(), audit.Query{})
	if err != nil || len(events) != told {
		t.Errorf("%d events were answered, %d are stored, %v", told, len(events), err)
	}
}

func TestAStoreWorksInABubble(t *testing.T) {
	path := file(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Error(err)
		}
		began := time.Now()
		time.Sleep(time.Hour)
		if err := s.Append(t.Context(), audit.Event{At: time.Now()}); err != nil {
			t.Error(err)
		}
		events, err := s.Events(t.Context(), audit.Query{})
		if err != nil || len(events) != 1 || events[0].At.Sub(began) != time.Hour {
			t.Errorf("%v, %v", events, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAClosedDatabaseIsOneFile(t *testing.T) {
	path := file(t)
	s, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{s.Migrate(t.Context()), s.Append(t.Context(), audit.Event{Action: "kept"})} {
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Events(t.Context(), audit.Query{}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + suffix); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the file %s is left: %v", suffix, err)
		}
	}
}

func TestABackupCanBeRestored(t *testing.T) {
	path := file(t)
	s := newDatabase(t, path).open(t, sqlstore.Options{})
	if err := s.Append(t.Context(), audit.Event{Action: "kept"}); err != nil {
		t.Fatal(err)
	}
	key := keys.Record{ID: "k1", Algorithm: "ES256", Sealed: []byte("sealed"), CreatedAt: time.Unix(1, 0), ActivatesAt: time.Unix(1, 0)}
	if err := s.AddSigningKey(t.Context(), key, "", time.Unix(1, 0), audit.Event{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Tell(t.Context(), revocation.Report{Node: "n1", Name: "host:4401", At: time.Unix(1_800_000_000, 0)}); err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "it's saved.db")
	if err := s.Backup(t.Context(), saved); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(saved)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the backup has mode %v, %v", info.Mode(), err)
	}
	wantsSentence(t, s.Backup(t.Context(), saved), "exists")
	if err := s.Append(t.Context(), audit.Event{Action: "later"}); err != nil {
		t.Fatal(err)
	}

	wantsSentence(t, sqlstore.Restore(t.Context(), saved, path, past, asItIs), "exists")
	target := file(t)
	failing := func(context.Context, *sqlstore.Store) error { return errors.ErrUnsupported }
	if err := sqlstore.Restore(t.Context(), saved, target, past, failing); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("what was to be done first has failed, and restoring has %v", err)
	}
	if err := sqlstore.Restore(t.Context(), saved, target, past, asItIs); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{target + ".restoring", target + ".restoring-wal", target + ".restoring-shm"} {
		if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", left, err)
		}
	}
	restored := database{target}.open(t, sqlstore.Options{})
	if found, err := restored.SigningKeys(t.Context()); err != nil || len(found) != 1 || found[0].ExpiresAt.Year() != 1970 {
		t.Errorf("the restored keys are %+v, %v; want the one of before, and over", found, err)
	}
	if log, err := restored.Since(t.Context(), 0); err != nil || len(log) != 2 || log[1].Kind != revocation.All {
		t.Errorf("the restored log is %+v, %v; want everything of before called back", log, err)
	}
	if feed, err := restored.SealedSecret(t.Context(), sqlstore.FeedSecret, []byte("new")); err != nil || string(feed) != "new" {
		t.Errorf("the restored feed goes on as %q, %v", feed, err)
	}
	if servers, err := restored.Reports(t.Context(), time.Unix(0, 0)); err != nil || len(servers) != 0 {
		t.Errorf("the restored database knows the servers %+v of the other one, %v", servers, err)
	}
	events, err := restored.Events(t.Context(), audit.Query{})
	if err != nil || len(events) != 2 || events[1].Action != "kept" {
		t.Errorf("restored %v, %v", events, err)
	}
	if info, err = os.Stat(target); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the restored file has mode %v, %v", info.Mode(), err)
	}
}

// Who saves a database before an upgrade, or while another process makes it, is told which master key it needs, if it needs one.
func TestTheNewestSealedKeyIsReadFromEverySchema(t *testing.T) {
	path := file(t)
	s := database{path}.open(t, sqlstore.Options{})
	reads := func(want string) {
		t.Helper()
		if sealed, err := s.NewestSealedKey(t.Context()); err != nil || string(sealed) != want {
			t.Errorf("%q, %v; want %q", sealed, err, want)
		}
	}
	reads("")
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	reads("")
	key := keys.Record{ID: "k1", Algorithm: "ES256", Sealed: []byte("sealed"), CreatedAt: time.Unix(1, 0), ActivatesAt: time.Unix(1, 0)}
	if err := s.AddSigningKey(t.Context(), key, "", time.Unix(1, 0), audit.Event{}); err != nil {
		t.Fatal(err)
	}
	raw(t, path, "ALTER TABLE signing_keys DROP COLUMN purpose", "DELETE FROM schema_version WHERE version_id >= 4") // as it was before clients
	reads("sealed")
}

// A server or a command may start in the folder while a backup is restored into it. Its database stays, and so does its log.
func TestRestoreLeavesWhatAnotherProcessHasMadeMeanwhile(t *testing.T) {
	saved, target := filepath.Join(t.TempDir(), "saved.db"), file(t)
	if err := newDatabase(t, file(t)).open(t, sqlstore.Options{}).Backup(t.Context(), saved); err != nil {
		t.Fatal(err)
	}
	var other *sqlstore.Store
	starting := func(ctx context.Context, _ *sqlstore.Store) error {
		other = newDatabase(t, target).open(t, sqlstore.Options{})
		return other.Append(ctx, audit.Event{Action: "theirs"})
	}
	wantsSentence(t, sqlstore.Restore(t.Context(), saved, target, past, starting), "exists")
	if err := other.Append(t.Context(), audit.Event{Action: "theirs"}); err != nil {
		t.Error(err)
	}
	if events, err := (database{target}).open(t, sqlstore.Options{}).Events(t.Context(), audit.Query{}); err != nil || len(events) != 2 {
		t.Errorf("of the other process there are %v, %v", events, err)
	}
	if _, err := os.Stat(target + ".restoring"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the copy is left: %v", err)
	}
}

// asItIs changes nothing more in what is restored.
func asItIs(context.Context, *sqlstore.Store) error { return nil }

// past calls back what a backup may not know of.
var past = revocation.Record{Kind: revocation.All, At: time.Unix(1_800_000_000, 0), Until: time.Unix(1_800_003_600, 0)}

func TestRestoreRefusesWhatIsNoBackup(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	if err := os.WriteFile(in("garbage"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("empty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	raw(t, in("foreign"), "CREATE TABLE mine (id INTEGER)")
	s := newDatabase(t, in("live")).open(t, sqlstore.Options{})
	if err := s.Append(t.Context(), audit.Event{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"newer", "damaged"} {
		if err := s.Backup(t.Context(), in(name)); err != nil {
			t.Fatal(err)
		}
	}
	raw(t, in("newer"), "INSERT INTO schema_version (version_id, is_applied) VALUES (77, 1)").Close()
	damage(t, in("damaged"))

	target := in("target")
	for name, words := range map[string][]string{
		"missing": {"no file"}, "garbage": {"not a database"}, "empty": {"not a Lingpai database"}, "foreign": {"another program"},
		"live": {"in use"}, "newer": {"schema 77"}, "damaged": {"damaged"},
	} {
		wantsSentence(t, sqlstore.Restore(t.Context(), in(name), target, past, asItIs), words...)
		for _, left := range []string{target, target + ".restoring"} {
			if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %s is there: %v", name, left, err)
			}
		}
	}
}

// damage overwrites the pages in the middle of the file.
func damage(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096 * 3; i < len(b); i++ {
		b[i] ^= 0x5a
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
