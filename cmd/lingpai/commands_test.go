package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the command sql
)

// own runs the commands that scripts have for Lingpai:
//
//	server [ARGS...]         start `lingpai serve` on a free port, with --data data; sets URL
//	stop                     end it by SIGTERM and expect that it stops in good order
//	stop-now                 send SIGTERM until it ends, and expect that it did not take its time
//	[!] login NAME PASSWORD  sign in at the server (or be refused); sets ACCESS, ALTERED (the same with another signature) and SESSION
//	get PATH STATUS          call the server with ACCESS and expect a status; the body becomes the standard output
//	hashing-apart            expect that the server hashes passwords in a process of its own
//	occupy                   listen on a port for the rest of the script; sets ADDR
//	sql FILE STATEMENT       change a database
func (s *script) own(negated bool, name string, args []string) {
	switch name {
	case "server":
		s.startServer(args)
	case "stop":
		s.check(s.server.process.Process.Signal(syscall.SIGTERM))
		s.check(s.server.process.Wait())
	case "stop-now":
		s.stopNow()
	case "login":
		s.login(negated, args[0], args[1])
	case "get":
		s.get(args[0], args[1])
	case "hashing-apart":
		s.hashingApart()
	case "occupy":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		s.check(err)
		s.t.Cleanup(func() { _ = l.Close() })
		s.env["ADDR"] = l.Addr().String()
	case "sql":
		db, err := sql.Open("sqlite", s.path(args[0]))
		s.check(err)
		defer db.Close()
		_, err = db.Exec(args[1])
		s.check(err)
	default:
		s.fail("there is no such command")
	}
}

// server is the one that the script has started last.
type server struct {
	process *exec.Cmd
	log     strings.Builder
}

func (s *script) startServer(args []string) {
	cmd := s.command(append([]string{"lingpai", "serve", "--listen", "127.0.0.1:0", "--data", "data"}, args...)...)
	s.server = &server{process: cmd}
	cmd.Stderr = &s.server.log
	out, err := cmd.StdoutPipe()
	s.check(err)
	s.check(cmd.Start())
	s.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, found := strings.CutPrefix(lines.Text(), "Lingpai is ready at "); found {
			s.env["URL"] = url
			return
		}
	}
	_ = cmd.Wait()
	s.fail("the server did not start")
}

// stopNow repeats the signal, since the second one counts only after the server has taken notice of the first.
func (s *script) stopNow() {
	ended := make(chan error, 1)
	go func() { ended <- s.server.process.Wait() }()
	for {
		_ = s.server.process.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Exited() {
				s.fail("the server took its time: %v", err)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *script) login(refused bool, name, password string) {
	body := fmt.Sprintf(`{"username":%q,"password":%q,"keep":"storage"}`, name, password)
	res, err := http.Post(s.env["URL"]+"/auth/api/login", "application/json", strings.NewReader(body))
	s.check(err)
	defer res.Body.Close()
	if signedIn := res.StatusCode == http.StatusOK; signedIn == refused {
		s.fail("signing in is answered with %d", res.StatusCode)
	}
	if refused {
		return
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		Session     struct{ ID string }
	}
	s.check(json.NewDecoder(res.Body).Decode(&answer))
	s.env["ACCESS"], s.env["SESSION"], s.env["ALTERED"] = answer.AccessToken, answer.Session.ID, altered(answer.AccessToken)
}

// altered is the token with another signature.
func altered(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	other := "A"
	if token[at] == 'A' {
		other = "B"
	}
	return token[:at] + other + token[at+1:]
}

func (s *script) get(path, status string) {
	r, err := http.NewRequest(http.MethodGet, s.env["URL"]+path, http.NoBody)
	s.check(err)
	r.Header.Set("Authorization", "Bearer "+s.env["ACCESS"])
	res, err := http.DefaultClient.Do(r)
	s.check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	s.check(err)
	s.stdout = string(body)
	if strconv.Itoa(res.StatusCode) != status {
		s.fail("answered with %d", res.StatusCode)
	}
}

func (s *script) hashingApart() {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.server.process.Process.Pid))
	s.check(err)
	if tasks == nil {
		return // Only Linux tells.
	}
	for _, task := range tasks {
		if children, err := os.ReadFile(task); err == nil && len(children) > 0 {
			return
		}
	}
	s.fail("the server has no process beside it")
}
