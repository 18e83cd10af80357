package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestMain lets the test binary be the program itself, when it is called by that name.
func TestMain(m *testing.M) {
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == "lingpai" {
		main()
	}
	os.Exit(m.Run())
}

// TestScripts runs testdata/*.txtar against the real program. A script is a txtar archive: commands, then the files that they find. The
// language is that of testscript as far as it is needed:
//
//	[!] exec CMD ARGS...  run a program that succeeds (or fails)
//	code N CMD ARGS...    run a program and expect its exit code
//	stdin FILE            give FILE to the next program; "stdout" is what the last one wrote
//	[!] stdout REGEXP     look into what the last program wrote; stderr likewise
//	cmp stdout FILE       compare all of it
//	[!] exists FILE       look whether it is there
//	chmod MODE FILE, cp FROM TO, rm FILE, mkdir DIR, write FILE TEXT, env NAME=VALUE
//
// and beside it what commands_test.go says.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	bin := linkProgram(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runScript(t, bin, file) })
	}
}

// linkProgram gives the test binary the name of the program, in a folder of its own.
func linkProgram(t *testing.T) string {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	name := filepath.Join(bin, "lingpai")
	if os.Link(self, name) == nil {
		return bin
	}
	data, err := os.ReadFile(self)
	if err == nil {
		err = os.WriteFile(name, data, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// script is one that runs.
type script struct {
	t              *testing.T
	dir, bin       string
	env            map[string]string
	stdin          string
	stdout, stderr string
	at             string // file and line, for failures
	server         *server
}

func runScript(t *testing.T, bin, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := &script{t: t, dir: t.TempDir(), bin: bin}
	s.env = map[string]string{"HOME": s.dir, "PATH": bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "WORK": s.dir}
	commands := s.unpack(string(text))
	for i, line := range strings.Split(commands, "\n") {
		words := s.words(line)
		if len(words) == 0 {
			continue
		}
		s.at = fmt.Sprintf("%s:%d: %s", file, i+1, line)
		negated := words[0] == "!"
		if negated {
			words = words[1:]
		}
		s.do(negated, words[0], words[1:])
	}
}

// unpack writes the files of the archive and returns what stands before them.
func (s *script) unpack(text string) string {
	parts := regexp.MustCompile(`(?m)^-- (.+) --\n`).Split(text, -1)
	names := regexp.MustCompile(`(?m)^-- (.+) --\n`).FindAllStringSubmatch(text, -1)
	for i, name := range names {
		s.check(os.WriteFile(filepath.Join(s.dir, name[1]), []byte(parts[i+1]), 0o600))
	}
	return parts[0]
}

// words takes a line apart: at blanks, but not within single quotes, which also keep $ as it is. # begins a comment.
func (s *script) words(line string) (out []string) {
	for _, m := range regexp.MustCompile(`'[^']*'|#.*|[^\s']+`).FindAllString(line, -1) {
		switch m[0] {
		case '#':
			return out
		case '\'':
			out = append(out, m[1:len(m)-1])
		default:
			out = append(out, os.Expand(m, func(name string) string { return s.env[name] }))
		}
	}
	return out
}

func (s *script) do(negated bool, name string, args []string) {
	switch name {
	case "exec":
		if err := s.run(args...); (err != nil) != negated {
			s.fail("ended with %v", err)
		}
	case "code":
		s.expectCode(args[0], args[1:])
	case "stdin":
		s.stdin = s.content(args[0])
	case "stdout", "stderr":
		found := regexp.MustCompile("(?m)" + args[0]).MatchString(s.content(name))
		if found == negated {
			s.fail("%s is not as expected", name)
		}
	case "cmp":
		if got, want := s.content(args[0]), s.content(args[1]); got != want {
			s.fail("got\n%s\nwant\n%s", got, want)
		}
	case "exists":
		if _, err := os.Stat(s.path(args[0])); (err == nil) == negated {
			s.fail("%v", err)
		}
	case "chmod":
		mode, err := strconv.ParseUint(args[0], 8, 32)
		s.check(errors.Join(err, os.Chmod(s.path(args[1]), os.FileMode(mode))))
	case "cp":
		s.check(os.WriteFile(s.path(args[1]), []byte(s.content(args[0])), 0o600))
	case "rm":
		s.check(os.Remove(s.path(args[0])))
	case "mkdir":
		s.check(os.Mkdir(s.path(args[0]), 0o700))
	case "write":
		s.check(os.WriteFile(s.path(args[0]), []byte(args[1]), 0o600))
	case "env":
		key, value, _ := strings.Cut(args[0], "=")
		s.env[key] = value
	default:
		s.own(negated, name, args)
	}
}

func (s *script) run(args ...string) error {
	cmd := s.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(s.stdin), &stdout, &stderr
	err := cmd.Run()
	s.stdin, s.stdout, s.stderr = "", stdout.String(), stderr.String()
	return err
}

func (s *script) command(args ...string) *exec.Cmd {
	program := args[0]
	if program == "lingpai" {
		program = filepath.Join(s.bin, program)
	}
	cmd := exec.CommandContext(s.t.Context(), program, args[1:]...)
	cmd.Dir = s.dir
	for k, v := range maps.All(s.env) {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

func (s *script) expectCode(want string, args []string) {
	got, err := 0, s.run(args...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		s.check(err)
	}
	if strconv.Itoa(got) != want {
		s.fail("exit code %d, want %s", got, want)
	}
}

func (s *script) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

func (s *script) content(name string) string {
	switch name {
	case "stdout":
		return s.stdout
	case "stderr":
		return s.stderr
	}
	data, err := os.ReadFile(s.path(name))
	s.check(err)
	return string(data)
}

func (s *script) check(err error) {
	s.t.Helper()
	if err != nil {
		s.fail("%v", err)
	}
}

func (s *script) fail(format string, args ...any) {
	s.t.Helper()
	log := ""
	if s.server != nil {
		log = "\nserver:\n" + s.server.log.String()
	}
	s.t.Fatalf("%s\n%s\nstdout:\n%s\nstderr:\n%s%s", s.at, fmt.Sprintf(format, args...), s.stdout, s.stderr, log)
}
