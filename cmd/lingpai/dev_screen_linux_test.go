package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lingpai/lingpai/internal/skiptest"
)

// terminal is a pseudo-terminal: what a program takes for a screen with somebody before it.
type terminal struct {
	master, screen *os.File
	mu             sync.Mutex // guards shown
	shown          bytes.Buffer
}

func newTerminal(t *testing.T, columns, rows uint16) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		skiptest.Missing(t, "no pseudo-terminals here: %v", err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	screen, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{master: master, screen: screen}
	x.resize(t, columns, rows)
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			if err != nil {
				return
			}
			x.mu.Lock()
			x.shown.Write(b[:n])
			x.mu.Unlock()
		}
	}()
	t.Cleanup(func() { _ = screen.Close(); _ = master.Close() })
	return x
}

func (x *terminal) resize(t *testing.T, columns, rows uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(x.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}); err != nil {
		t.Fatal(err)
	}
}

// forget begins anew with what was shown.
func (x *terminal) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.shown.Reset()
}

func (x *terminal) shows(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		x.mu.Lock()
		found := bytes.Contains(x.shown.Bytes(), []byte(text))
		x.mu.Unlock()
		if found {
			return
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	t.Fatalf("the terminal never shows %q, but\n%q", text, x.shown.String())
}

func (x *terminal) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

func (x *terminal) settings(t *testing.T) unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(x.screen.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

// runDev starts `lingpai dev` on the terminal. It is stopped with the test, if it still runs.
func (x *terminal) runDev(t *testing.T, folder string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, "dev", "--listen", "127.0.0.1:0")
	cmd.Args[0] = "lingpai" // by which the test program is the command
	cmd.Dir, cmd.Env = folder, []string{"HOME=" + folder, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LINGPAI_PASSWORD_CONCURRENCY=1"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = x.screen, x.screen, x.screen
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func TestTheTerminalShowsWhatHappensTakesKeysAndIsLeftAsItWas(t *testing.T) {
	for name, leave := range map[string]func(x *terminal, p *os.Process){
		"q":       func(x *terminal, _ *os.Process) { x.types(t, "q") },
		"Ctrl-C":  func(x *terminal, _ *os.Process) { x.types(t, "\x03") },
		"SIGTERM": func(_ *terminal, p *os.Process) { _ = p.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "lingpai.dev.yaml"), []byte("backend: http://127.0.0.1:1\nroutes:\n  - { match: /a, mock: { text: a } }\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			x := newTerminal(t, 80, 24)
			before := x.settings(t)
			cmd := x.runDev(t, folder)
			x.shows(t, "/a")
			x.types(t, "\x1b[Bm")
			x.shows(t, "Route 1 is answered by proxy now.")
			x.types(t, "o")
			x.shows(t, "Offline: no request gets an answer")
			x.forget()
			x.resize(t, 120, 40)
			x.shows(t, "\x1b[2J") // drawn anew
			x.shows(t, "\x1b[40;1H")
			leave(x, cmd.Process)
			if err := cmd.Wait(); err != nil {
				t.Errorf("it ends with %v", err)
			}
			x.shows(t, "\x1b[?25h\x1b[?1049l")
			if after := x.settings(t); after != before {
				t.Errorf("the terminal was\n%+v and is\n%+v", before, after)
			}
		})
	}
}
