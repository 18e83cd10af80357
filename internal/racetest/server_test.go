package racetest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/porttest"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/sqlstore"
	"github.com/lingpai/lingpai/internal/user"
)

// The windows of the servers. They are short so that thieves need not wait long, and long enough for an honest request on a busy machine.
const (
	overlap = 12 * time.Second
	grace   = 15 * time.Second
)

const (
	issuer   = "http://localhost:4401" // what all servers go by, whatever their ports
	username = "alice"
	passcode = "four words make one passphrase"
)

// place is what the servers share: a data folder, a configuration, and in it perhaps another database.
type place struct {
	*testing.T
	data, config string
	database     string
}

// newPlace makes one with an account.
func newPlace(t *testing.T, database string) *place {
	t.Helper()
	p := emptyPlace(t, database)
	p.addUser()
	return p
}

// emptyPlace makes one that no server has seen. database is "" for SQLite in the folder.
func emptyPlace(t *testing.T, database string) *place {
	t.Helper()
	p := &place{T: t, data: t.TempDir(), database: database}
	p.config = filepath.Join(p.data, "lingpai.yaml")
	text := fmt.Sprintf("issuer: %s\nsession:\n  overlap: %s\n  grace: %s\npassword:\n  argon2_memory_kib: 7168\n  argon2_time: 5\nlog:\n  level: warn\n",
		issuer, overlap, grace)
	if database != "" {
		text += fmt.Sprintf("database: %q\n", database)
	}
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) open() *sqlstore.Store {
	p.Helper()
	dsn := p.database
	if dsn == "" {
		dsn = filepath.Join(p.data, "lingpai.db")
	}
	store, err := sqlstore.Open(p.Context(), dsn, sqlstore.Options{})
	if err != nil {
		p.Fatal(err)
	}
	return store
}

func (p *place) addUser() {
	p.Helper()
	store := p.open()
	defer store.Close()
	if err := store.Migrate(p.Context()); err != nil {
		p.Fatal(err)
	}
	hasher, err := password.NewHasher(password.Options{Params: password.Params{MemoryKiB: 7168, Time: 5, Threads: 1}})
	if err != nil {
		p.Fatal(err)
	}
	encoded, err := hasher.Hash(p.Context(), passcode)
	if err != nil {
		p.Fatal(err)
	}
	err = store.AddUser(p.Context(), user.Addition{
		User:              user.User{ID: "alice", Username: username, Password: secret.New(encoded), CreatedAt: time.Now()},
		CanonicalUsername: username, Event: audit.Event{At: time.Now(), Action: audit.UserAdded, UserID: "alice"},
	})
	if err != nil {
		p.Fatal(err)
	}
}

// reuses counts the events of reuse, by session id.
func (p *place) reuses() map[string]int {
	p.Helper()
	store := p.open()
	defer store.Close()
	events, err := store.Events(p.Context(), audit.Query{Action: audit.RefreshReused, Limit: 1000})
	if err != nil {
		p.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range events {
		count[e.SessionID]++
	}
	return count
}

// server is a process, or the gap between two of them at one address.
type server struct {
	*testing.T
	place   *place
	address string
	proc    *process // changed by the goroutine of the test alone
}

type process struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
	ready  chan struct{} // closed when it says so
	exited chan error
}

// serve starts servers at once and waits until all are ready.
func (p *place) serve(n int) []*server {
	p.Helper()
	servers := make([]*server, n)
	for i := range servers {
		servers[i] = &server{T: p.T, place: p, address: porttest.Address(p.T)}
		servers[i].launch()
	}
	for _, s := range servers {
		s.wait()
		p.Cleanup(s.stop)
	}
	return servers
}

func (s *server) launch() {
	proc := &process{
		cmd:   exec.Command(executable, "serve", "--listen", s.address, "--data", s.place.data, "--config", s.place.config),
		ready: make(chan struct{}), exited: make(chan error, 1),
	}
	proc.cmd.Stderr = &proc.stderr
	stdout, err := proc.cmd.StdoutPipe()
	if err == nil {
		err = proc.cmd.Start()
	}
	if err != nil {
		s.Fatalf("start server: %v", err)
	}
	go proc.follow(stdout)
	s.proc = proc
}

// follow reads what a process prints until it exits.
func (p *process) follow(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	said := false
	for lines.Scan() {
		if !said && strings.Contains(lines.Text(), "is ready") {
			said = true
			close(p.ready)
		}
	}
	p.exited <- p.cmd.Wait()
}

func (s *server) wait() {
	s.Helper()
	select {
	case <-s.proc.ready:
	case err := <-s.proc.exited:
		s.Fatalf("the server ended instead of starting: %v\n%s", err, &s.proc.stderr)
	case <-time.After(time.Minute):
		s.Fatal("the server was not ready within a minute")
	}
}

// kill ends the process without a chance to tidy up, and starts the next one at the same address.
func (s *server) kill() {
	s.Helper()
	if err := s.proc.cmd.Process.Kill(); err != nil {
		s.Fatalf("kill server: %v", err)
	}
	<-s.proc.exited
	s.check()
	s.launch()
	s.wait()
}

// stop asks the process to end, which it does without an error.
func (s *server) stop() {
	if err := s.proc.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.Errorf("stop server: %v", err)
	}
	select {
	case err := <-s.proc.exited:
		if err != nil {
			s.Errorf("the server did not end well: %v\n%s", err, &s.proc.stderr)
		}
	case <-time.After(time.Minute):
		s.Error("the server did not end within a minute")
		_ = s.proc.cmd.Process.Kill() // The test has failed already.
	}
	s.check()
}

// check fails the test if the process, which has exited, complained about itself. That it could not answer somebody who hung up is no fault.
func (s *server) check() {
	for line := range strings.Lines(s.proc.stderr.String()) {
		if strings.Contains(line, "panic") || strings.Contains(line, "status=500") {
			s.Errorf("a server complained: %s", line)
		}
	}
}

// pause lets time pass: it is the latency of the network, the patience of a client.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return errors.New("the test is over")
	}
}
