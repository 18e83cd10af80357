package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/lingpai/lingpai"

// source is what the rules read: all text files of the repository, and the Go packages of the main module among them.
type source struct {
	texts    []text
	packages []*pkg
}

// text is a file that a person reads.
type text struct {
	name string // from the root of the repository, with slashes
	data []byte
}

// pkg is a folder with Go files.
type pkg struct {
	path  string // from the root of the module: "internal/jose", and "." for the public package
	files []*file
}

// file is a Go file. Its build tags do not matter: the rules hold on every platform.
type file struct {
	name   string
	isTest bool
	lines  int
	ast    *ast.File
	set    *token.FileSet
}

// violation is one place where a rule is broken, and why the rule stands.
type violation struct {
	file string
	line int // 0 where the whole file or folder is meant
	what string
}

func (v violation) String() string {
	if v.line == 0 {
		return v.file + ": " + v.what
	}
	return fmt.Sprintf("%s:%d: %s", v.file, v.line, v.what)
}

// rule finds all places where it is broken.
type rule func(s *source) []violation

// exceptions are the files for which a rule does not hold, each with the reason.
type exceptions map[string]string

var house = sync.OnceValues(func() (*source, error) { return read(os.DirFS("../..")) })

// hold fails the test at each violation, and at each exception that excuses nothing.
func hold(t *testing.T, r rule, excused exceptions) {
	t.Helper()
	s, err := house()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.packages) < 20 {
		t.Fatalf("read only %d packages: the rules did not see the house", len(s.packages))
	}
	needed := map[string]bool{}
	for _, v := range r(s) {
		needed[v.file] = true
		if excused[v.file] == "" {
			t.Error(v)
		}
	}
	for name := range excused {
		if !needed[name] {
			t.Errorf("%s: the exception is not needed any more; take it out of the table", name)
		}
	}
}

// read reads a repository. What version control does not keep (.gitignore) is left out.
func read(root fs.FS) (*source, error) {
	s := new(source)
	byPath := map[string]*pkg{}
	var nested []string
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "bin", "dist", "node_modules"}, d.Name()) {
				return fs.SkipDir
			}
			if _, err := fs.Stat(root, path.Join(name, "go.mod")); err == nil && name != "." {
				nested = append(nested, name+"/")
			}
			return nil
		}
		return s.add(root, name, byPath, nested)
	})
	return s, err
}

func (s *source) add(root fs.FS, name string, byPath map[string]*pkg, nested []string) error {
	if strings.HasSuffix(name, ".test") || name == "coverage.out" {
		return nil
	}
	data, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil
	}
	s.texts = append(s.texts, text{name, data})
	foreign := slices.ContainsFunc(nested, func(dir string) bool { return strings.HasPrefix(name, dir) })
	if path.Ext(name) != ".go" || foreign || slices.Contains(strings.Split(name, "/"), "testdata") {
		return nil
	}
	f, err := parse(name, data)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	if byPath[dir] == nil {
		byPath[dir] = &pkg{path: dir}
		s.packages = append(s.packages, byPath[dir])
	}
	byPath[dir].files = append(byPath[dir].files, f)
	return nil
}

func parse(name string, data []byte) (*file, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &file{
		name: name, isTest: strings.HasSuffix(name, "_test.go"), lines: bytes.Count(data, []byte("\n")), ast: parsed, set: set,
	}, nil
}

// name is the last element of the path; that of the public package is the module's.
func (p *pkg) name() string {
	if p.path == "." {
		return path.Base(module)
	}
	return path.Base(p.path)
}

// code are the files that are not tests.
func (p *pkg) code() []*file {
	return slices.DeleteFunc(slices.Clone(p.files), func(f *file) bool { return f.isTest })
}

func (f *file) at(pos token.Pos, format string, args ...any) violation {
	return violation{f.name, f.set.Position(pos).Line, fmt.Sprintf(format, args...)}
}

// imported is the path of an import. The parser has seen that it is a string.
func imported(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value)
	return p
}

// ours returns the path of a package of this module from its root.
func ours(imp string) (string, bool) {
	if imp == module {
		return ".", true
	}
	return strings.CutPrefix(imp, module+"/")
}
