package doctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/skiptest"
)

func need(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			skiptest.Missing(t, "%s is not installed", tool)
		}
	}
}

// build compiles a package, or a file, of this module. The server is that of LINGPAI_TEST_PROGRAM, if there is one.
func build(t *testing.T, to, what string) {
	t.Helper()
	if program := os.Getenv("LINGPAI_TEST_PROGRAM"); program != "" && what == "./cmd/lingpai" {
		if err := os.Symlink(program, to); err != nil {
			t.Fatal(err)
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", to, what)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
}

func TestExamplesDoWhatTheirPageSays(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program many times")
	}
	need(t, "bash", "curl")
	programs := t.TempDir()
	build(t, filepath.Join(programs, "lingpai"), "./cmd/lingpai")
	for _, p := range pages(t) {
		if slices.ContainsFunc(p.fences, func(f fence) bool { return strings.HasPrefix(f.mark, "run") }) {
			t.Run(p.name, func(t *testing.T) { newSession(t, programs).work(p) })
		}
	}
}

// work goes through a page. It stops at the first example that fails, since those after it build on it.
func (s *session) work(p page) {
	var said func(f fence) bool // whether the example before printed this
	for _, f := range p.fences {
		action, port, _ := strings.Cut(f.mark, " ")
		switch {
		case f.mark == "prints" && said == nil:
			s.Fatalf("%s:%d: nothing was run that could print this", p.name, f.line)
		case f.mark == "prints":
			if !said(f) {
				s.Fatalf("%s:%d: not what is printed", p.name, f.line)
			}
		case f.mark == "run", f.mark == "run: fails":
			said = s.example(p, f)
		case action == "run:" && strings.HasPrefix(port, "server "):
			said = s.serve(p, f, strings.TrimPrefix(port, "server "))
		case action == "run:" && strings.HasPrefix(port, "page "):
			s.show(f, strings.TrimPrefix(port, "page "))
		case action == "run:":
			s.Fatalf("%s:%d: no such mark: %s", p.name, f.line, f.mark)
		}
	}
}

func (s *session) example(p page, f fence) func(fence) bool {
	got, status := s.run(f.text)
	if fails := f.mark == "run: fails"; (status != 0) != fails {
		s.Fatalf("%s:%d: exit status %d:\n%s", p.name, f.line, status, got)
	}
	return func(want fence) bool {
		if printed(want, got) {
			return true
		}
		s.Logf("%s:%d: got\n%s", p.name, want.line, got)
		return false
	}
}

func (s *session) serve(p page, f fence, port string) func(fence) bool {
	command := "exec " + f.text
	switch {
	case f.language == "go":
		source, program := filepath.Join(s.TempDir(), "main.go"), filepath.Join(s.TempDir(), "program")
		if err := os.WriteFile(source, []byte(s.inFact(f.text)), 0o600); err != nil {
			s.Fatal(err)
		}
		build(s.T, program, source)
		command = "exec " + program
	case strings.Contains(strings.TrimSpace(f.text), "\n"), strings.Contains(f.text, "="):
		command = f.text
	}
	s.start(port, command)
	srv := s.servers[port]
	return func(want fence) bool {
		return s.until(p.name+" prints that", srv, func() bool { return printed(want, s.asWritten(srv.out.String())) })
	}
}
