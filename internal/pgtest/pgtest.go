// Package pgtest gives tests a PostgreSQL of their own: one scratch cluster a test binary, one empty database a test.
//
// A package that uses it has
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
// The cluster is made with initdb when the first test asks for a database, listens on a free loopback port, is owned by the user
// postgres when the tests run as root, and is gone when the tests are over. It never fsyncs: tests of durability do not belong here.
// Where PostgreSQL is not installed, tests skip; with CI=true or LINGPAI_TEST_REQUIRE=1 they fail.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lingpai/lingpai/internal/porttest"
	"github.com/lingpai/lingpai/internal/skiptest"
)

var (
	errMissing = errors.New("PostgreSQL is not installed (Debian: apt-get install postgresql)")
	errEnded   = errors.New("the server ended")
)

var (
	inMain   atomic.Bool
	made     atomic.Int64
	start    = sync.OnceValues(startCluster)
	running  *cluster
	starting sync.Mutex
)

// Main runs the tests and stops the cluster. It returns the exit code.
func Main(m *testing.M) int {
	inMain.Store(true)
	defer stop()
	return m.Run()
}

// Database makes an empty database and returns its address (postgres://...).
func Database(t testing.TB) string {
	t.Helper()
	return database(t, "template1")
}

// Copy makes a database like one that was made here, to which nobody is connected, and returns its address. It is quicker than what filled
// the other one.
func Copy(t testing.TB, address string) string {
	t.Helper()
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	return database(t, config.Database)
}

func database(t testing.TB, like string) string {
	t.Helper()
	if !inMain.Load() {
		t.Fatal("pgtest: TestMain must call pgtest.Main")
	}
	c, err := start()
	if errors.Is(err, errMissing) {
		skiptest.Missing(t, "%v", err)
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("test_%d", made.Add(1))
	if err := c.execute(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+like); err != nil {
		t.Fatalf("create database: %v", err)
	}
	return c.address(name)
}

// cluster is a running server.
type cluster struct {
	folder string
	port   int
	server *exec.Cmd
	output *bytes.Buffer
	exited chan struct{}
}

func startCluster() (*cluster, error) {
	starting.Lock()
	defer starting.Unlock()
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "lingpai-pg")
	if err != nil {
		return nil, err
	}
	c := &cluster{folder: folder}
	if err := c.open(programs); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	running = c
	return c, nil
}

// open makes the cluster and starts its server. The port was free when it was chosen, and another program may have taken it since; then the
// server ends, and another port is tried.
func (c *cluster) open(programs string) error {
	attr, err := c.owner()
	if err != nil {
		return err
	}
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", c.data(), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = attr, c.folder
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	for tries := 5; ; tries-- {
		if err = c.start(programs, attr); err == nil || !errors.Is(err, errEnded) || tries == 1 {
			return err
		}
	}
}

func (c *cluster) data() string { return filepath.Join(c.folder, "data") }

// findPrograms returns the folder with initdb and postgres: the newest that Debian installed, or the one on the PATH.
func findPrograms() (string, error) {
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	if onPath, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(onPath))
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder, nil
		}
	}
	return "", errMissing
}

// version is the number in /usr/lib/postgresql/15/bin.
func version(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder))) // 0 for what has none
	return n
}

func (c *cluster) start(programs string, attr *syscall.SysProcAttr) (err error) {
	if c.port, err = porttest.Free(); err != nil {
		return err
	}
	c.exited, c.output = make(chan struct{}), new(bytes.Buffer)
	c.server = exec.Command(filepath.Join(programs, "postgres"), "-D", c.data(), "-p", strconv.Itoa(c.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "shared_buffers=32MB",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off")
	c.server.SysProcAttr, c.server.Dir, c.server.Stderr = attr, c.folder, c.output
	if err := c.server.Start(); err != nil {
		return err
	}
	go func() {
		defer close(c.exited)
		_ = c.server.Wait() // stopped by a signal, as intended, or ready says what it printed
	}()
	return c.ready()
}

// owner gives the folder to the user postgres when the tests run as root, for which the server refuses to run.
func (c *cluster) owner() (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return processOf(-1, -1), nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("the server does not run as root: %w", err)
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(account.Gid)
	if err != nil {
		return nil, err
	}
	return processOf(uid, gid), os.Chown(c.folder, uid, gid)
}

// ready waits until the server answers, and sees that it is this one.
func (c *cluster) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for {
		err := c.execute(ctx, fmt.Sprintf("SELECT 1 / (current_setting('data_directory') = '%s')::int", c.data()))
		if err == nil {
			return nil
		}
		select {
		case <-c.exited:
			return fmt.Errorf("%w: %s", errEnded, c.output)
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (c *cluster) address(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", c.port, database)
}

func (c *cluster) execute(ctx context.Context, text string) (err error) {
	conn, err := pgx.Connect(ctx, c.address("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, text)
	return err
}

// stop ends the server without ceremony: nothing in it is wanted any more.
func stop() {
	starting.Lock()
	defer starting.Unlock()
	if running == nil {
		return
	}
	if err := running.server.Process.Signal(syscall.SIGQUIT); err == nil {
		<-running.exited
	}
	if err := os.RemoveAll(running.folder); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
	}
}
