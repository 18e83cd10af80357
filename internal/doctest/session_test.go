package doctest

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/porttest"
)

// patience is how long an example may take to say what the page says, and a server to take connections.
const patience = 2 * time.Minute

// session is one reader at a terminal, who works through a page from the top.
type session struct {
	*testing.T
	home  string
	env   []string
	ports map[string]string // as written on the page -> in fact
	names map[string]string // the way back

	in      io.Writer // of bash
	out     *bufio.Reader
	servers map[string]*server // by the port as written
	blocks  int
}

// server is a program that an example left running.
type server struct {
	cmd  *exec.Cmd
	out  *output
	done chan error
}

// output gathers what a program prints. It is safe for concurrent use.
type output struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func newSession(t *testing.T, programs string) *session {
	t.Helper()
	s := &session{T: t, home: t.TempDir(), ports: map[string]string{}, names: map[string]string{}, servers: map[string]*server{}}
	for _, p := range []string{"4401", "5173", "8080"} {
		port, err := porttest.Free()
		if err != nil {
			t.Fatal(err)
		}
		s.ports[p] = strconv.Itoa(port)
		s.names[s.ports[p]] = p
	}
	s.env = append(os.Environ(),
		"HOME="+s.home, "XDG_DATA_HOME=", "LINGPAI_LISTEN=localhost:"+s.ports["4401"],
		"PATH="+programs+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_COLOR=1", "PS1=", "no_proxy=*")
	bash := exec.CommandContext(t.Context(), "bash", "--norc", "--noprofile")
	bash.Dir, bash.Env = s.home, s.env
	in, err := bash.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	bash.Stdout, bash.Stderr = w, w
	if err := errors.Join(bash.Start(), w.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(in.Close(), bash.Wait(), r.Close()) }) // how bash ends says nothing
	s.in, s.out = in, bufio.NewReader(r)
	t.Cleanup(s.stopAll)
	return s
}

// inFact is an example with the ports that it gets here; asWritten is the way back.
func (s *session) inFact(text string) string { return exchange(text, s.ports) }

func (s *session) asWritten(text string) string { return exchange(text, s.names) }

var number = regexp.MustCompile(`\d+`)

// exchange exchanges whole numbers: the digits of a port may stand in another one, or in a time.
func exchange(text string, with map[string]string) string {
	return number.ReplaceAllStringFunc(text, func(n string) string { return cmp.Or(with[n], n) })
}

// run runs a shell example and returns what it printed and its exit status.
func (s *session) run(text string) (string, int) {
	s.Helper()
	s.blocks++
	name := filepath.Join(s.home, fmt.Sprintf(".example-%d", s.blocks))
	if err := os.WriteFile(name, []byte(s.inFact(text)), 0o600); err != nil {
		s.Fatal(err)
	}
	const end = "\x01end of example "
	fmt.Fprintf(s.in, ". %s </dev/null\nprintf '%s%%s\\n' $?\n", name, end)
	var b strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		before, status, found := strings.Cut(line, end)
		b.WriteString(before)
		if found {
			code, err := strconv.Atoi(strings.TrimSpace(status))
			if err != nil {
				s.Fatal(err)
			}
			return s.asWritten(b.String()), code
		}
		if err != nil {
			s.Fatalf("bash ended in an example: %v\n%s", err, b.String())
		}
	}
}

// start leaves a program running and waits until its port takes connections.
func (s *session) start(port, command string) {
	s.Helper()
	s.stop(port)
	cmd := exec.CommandContext(s.Context(), "bash", "-c", s.inFact(command))
	cmd.Dir, cmd.Env = s.home, s.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that what bash starts is stopped with it
	out := &output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	srv := &server{cmd, out, make(chan error, 1)}
	go func() { srv.done <- cmd.Wait() }()
	s.servers[port] = srv
	s.until("port "+port+" takes connections", srv, func() bool {
		c, err := net.Dial("tcp", "localhost:"+s.ports[port])
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// until waits for a condition that a server brings about.
func (s *session) until(what string, srv *server, holds func() bool) bool {
	s.Helper()
	tick, late := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case err := <-srv.done:
			srv.done <- err
			s.Fatalf("the server ended before %s: %v\n%s", what, err, srv.out)
		case <-late:
			s.Errorf("not within %v: %s\n%s", patience, what, srv.out)
			return false
		}
	}
	return true
}

func (s *session) stop(port string) {
	srv := s.servers[port]
	if srv == nil {
		return
	}
	delete(s.servers, port)
	_ = syscall.Kill(-srv.cmd.Process.Pid, syscall.SIGTERM) // it may have ended by itself
	<-srv.done
}

func (s *session) stopAll() {
	for port := range s.servers {
		s.stop(port)
	}
}

// A port in fact may end with one that is written, and its digits may stand in a time.
func TestOnlyWholeNumbersAreExchanged(t *testing.T) {
	ports := map[string]string{"4401": "25173", "5173": "24401"}
	const text = "http://localhost:4401/?to=http%3A%2F%2Flocalhost%3A5173 1785173000"
	if got := exchange(text, ports); got != "http://localhost:25173/?to=http%3A%2F%2Flocalhost%3A24401 1785173000" {
		t.Errorf("got %s", got)
	}
}
