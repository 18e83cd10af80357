package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // the command sql

	"github.com/lingpai/lingpai/internal/smtptest"
)

// TestMain lets scripts call the program by its name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lingpai": main})
}

// TestScripts runs testdata/*.txtar against the real program, in the language of testscript and with these commands beside it:
//
//	code N CMD ARGS...       run a program and expect its exit code
//	write FILE TEXT          write a file
//	server [NAME=VALUE...]   start `lingpai serve` on a free port, with --data data; sets URL
//	end                      end it by SIGTERM and expect that it stops in good order
//	stop-now                 send SIGTERM until it ends, and expect that it did not take its time
//	[!] login NAME PASSWORD  sign in at the server (or be refused); sets ACCESS, ALTERED (the same with another signature) and SESSION
//	get PATH STATUS          call the server with ACCESS and expect a status; the body becomes the standard output
//	follow NAME [silent]     follow the server's feed until the script ends; one that is silent acknowledges nothing
//	key-of NAME              set the variable to the id of the key that signed ACCESS
//	hashing-apart            expect that the server hashes passwords in a process of its own
//	occupy                   listen on a port for the rest of the script; sets ADDR
//	sql FILE STATEMENT       change a database
//	older-schema FILE N      make a database as a Lingpai did that knew the schema N
//	mail-server [CMD REPLY]  start a mail server, which answers an SMTP command so; sets MAIL to its address
//	letter ADDRESS TEXT      expect that the next letter is for an address and says something; sets LINK to what it asks to open
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Values[serverKey{}] = &server{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": expectCode, "write": writeFile, "server": startServer, "end": stopServer, "stop-now": stopServerNow,
			"mail-server": mailServer(t), "letter": letter,
			"login": login, "get": get, "follow": follow, "key-of": keyOf, "hashing-apart": hashingApart, "occupy": occupy, "sql": changeDatabase,
			"older-schema": olderSchema,
		},
	})
}

func expectCode(ts *testscript.TestScript, _ bool, args []string) {
	got, err := 0, ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func writeFile(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]), 0o600))
}

// server is the one that a script has started last.
type server struct {
	mail    *smtptest.Server
	process *exec.Cmd
	log     strings.Builder
}

type serverKey struct{}

func serverOf(ts *testscript.TestScript) *server { return ts.Value(serverKey{}).(*server) }

func mailServer(t *testing.T) func(ts *testscript.TestScript, _ bool, args []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		s := serverOf(ts)
		s.mail = smtptest.Start(t, smtptest.Options{Reply: func(command, _ string) string {
			if len(args) == 2 && command == args[0] {
				return args[1]
			}
			return ""
		}})
		ts.Setenv("MAIL", s.mail.At())
	}
}

var linkInLetter = regexp.MustCompile(`https?://\S+/auth/\S+`)

func letter(ts *testscript.TestScript, _ bool, args []string) {
	all := serverOf(ts).mail.Letters()
	if len(all) == 0 {
		ts.Fatalf("no letter was sent")
	}
	l := all[len(all)-1]
	if l.To != args[0] || !strings.Contains(l.Text, args[1]) {
		ts.Fatalf("the letter is for %s and says:\n%s", l.To, l.Text)
	}
	ts.Setenv("LINK", linkInLetter.FindString(l.Text))
}

func startServer(ts *testscript.TestScript, _ bool, env []string) {
	s := serverOf(ts)
	cmd := exec.Command("lingpai", "serve", "--listen", "127.0.0.1:0", "--data", "data")
	cmd.Dir, cmd.Stderr = ts.MkAbs("."), &s.log
	cmd.Env = append([]string{"HOME=" + ts.Getenv("HOME"), "PATH=" + ts.Getenv("PATH")}, env...)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	s.process = cmd
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		ts.Logf("server:\n%s", s.log.String())
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, found := strings.CutPrefix(lines.Text(), "Lingpai is ready at "); found {
			ts.Setenv("URL", url)
			return
		}
	}
	ts.Fatalf("the server did not start: %v", cmd.Wait())
}

func stopServer(ts *testscript.TestScript, _ bool, _ []string) {
	s := serverOf(ts)
	ts.Check(s.process.Process.Signal(syscall.SIGTERM))
	ts.Check(s.process.Wait())
}

// stopServerNow repeats the signal, since the second one counts only after the server has taken notice of the first.
func stopServerNow(ts *testscript.TestScript, _ bool, _ []string) {
	s := serverOf(ts)
	ended := make(chan error, 1)
	go func() { ended <- s.process.Wait() }()
	for {
		_ = s.process.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Exited() {
				ts.Fatalf("the server took its time: %v", err)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func login(ts *testscript.TestScript, refused bool, args []string) {
	body := fmt.Sprintf(`{"username":%q,"password":%q,"keep":"storage"}`, args[0], args[1])
	res, err := http.Post(ts.Getenv("URL")+"/auth/api/login", "application/json", strings.NewReader(body))
	ts.Check(err)
	defer res.Body.Close()
	if signedIn := res.StatusCode == http.StatusOK; signedIn == refused {
		ts.Fatalf("signing in is answered with %d", res.StatusCode)
	}
	if refused {
		return
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		Session     struct{ ID string }
	}
	ts.Check(json.NewDecoder(res.Body).Decode(&answer))
	ts.Setenv("ACCESS", answer.AccessToken)
	ts.Setenv("SESSION", answer.Session.ID)
	ts.Setenv("ALTERED", altered(answer.AccessToken))
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

func get(ts *testscript.TestScript, _ bool, args []string) {
	r, err := http.NewRequest(http.MethodGet, ts.Getenv("URL")+args[0], http.NoBody)
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+ts.Getenv("ACCESS"))
	res, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer res.Body.Close()
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
	if strconv.Itoa(res.StatusCode) != args[1] {
		ts.Fatalf("answered with %d", res.StatusCode)
	}
}

func keyOf(ts *testscript.TestScript, _ bool, args []string) {
	part, _, _ := strings.Cut(ts.Getenv("ACCESS"), ".")
	text, err := base64.RawURLEncoding.DecodeString(part)
	ts.Check(err)
	var head struct{ Kid string }
	ts.Check(json.Unmarshal(text, &head))
	ts.Setenv(args[0], head.Kid)
}

// follow is another server that listens to the feed. It has read the snapshot when the script goes on.
func follow(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithCancel(context.Background())
	ts.Defer(cancel)
	base := ts.Getenv("URL") + "/auth/revocations"
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"?name="+args[0], http.NoBody)
	ts.Check(err)
	res, err := http.DefaultClient.Do(r)
	ts.Check(err)
	ts.Defer(func() { _ = res.Body.Close() })
	id := res.Header.Get("Lingpai-Subscriber")
	lines := bufio.NewScanner(res.Body)
	lines.Scan()
	if len(args) == 1 {
		go acknowledge(base+"/ack", id, lines)
	}
}

// acknowledge says of each message that it was applied, until the stream ends.
func acknowledge(address, id string, lines *bufio.Scanner) {
	for ok := true; ok; ok = lines.Scan() {
		parts := strings.Split(lines.Text(), ".")
		if len(parts) != 3 {
			continue
		}
		var message struct{ Seq int64 }
		if payload, err := base64.RawURLEncoding.DecodeString(parts[1]); err != nil || json.Unmarshal(payload, &message) != nil {
			return
		}
		res, err := http.Post(address, "application/json", strings.NewReader(fmt.Sprintf(`{"subscriber":%q,"seq":%d}`, id, message.Seq)))
		if err != nil {
			return
		}
		_ = res.Body.Close()
	}
}

func hashingApart(ts *testscript.TestScript, _ bool, _ []string) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", serverOf(ts).process.Process.Pid))
	ts.Check(err)
	if tasks == nil {
		return // Only Linux tells.
	}
	for _, task := range tasks {
		if children, err := os.ReadFile(task); err == nil && len(children) > 0 {
			return
		}
	}
	ts.Fatalf("the server has no process beside it")
}

func occupy(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv("ADDR", l.Addr().String())
}

func changeDatabase(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[1])
	ts.Check(err)
}

func olderSchema(ts *testscript.TestScript, _ bool, args []string) {
	newest, err := strconv.Atoi(args[1])
	ts.Check(err)
	files, err := filepath.Glob("../../internal/sqlstore/migrations/sqlite/*.sql")
	ts.Check(err)
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o700))
	changeDatabase(ts, false, []string{args[0], `CREATE TABLE schema_version (id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`})
	for _, file := range files {
		number, _, _ := strings.Cut(filepath.Base(file), "_")
		version, err := strconv.Atoi(number)
		ts.Check(err)
		if version > newest {
			continue
		}
		text, err := os.ReadFile(file)
		ts.Check(err)
		changeDatabase(ts, false, []string{args[0], string(text)})
		changeDatabase(ts, false, []string{args[0], fmt.Sprintf("INSERT INTO schema_version (version_id, is_applied) VALUES (%d, 1)", version)})
	}
}
