package doctest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shownBy is a test of the repository.
type shownBy struct {
	name, file string   // the file from the root of the repository
	asvs       []string // what its annotation says: // ASVS 10.4.1, 10.4.2
}

// An annotation is a line of its own, directly above a test.
var (
	annotation = regexp.MustCompile(`(?m)^[ \t]*// ASVS ([\d., ]+)$`)
	scriptTest = regexp.MustCompile("(?m)^[ \t]*// ASVS ([\\d., ]+)\n[ \t]*(?:test|it)\\((?:'([^'\n]*)'|\"([^\"\n]*)\"|`([^`\n]*)`)")
)

// allTests are the tests of the repository in Go, and those in TypeScript that are annotated.
func allTests(t *testing.T) (found []shownBy) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "node_modules", "dist", "bin"}, entry.Name()):
			return fs.SkipDir
		case !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, ".test.ts"):
			return nil
		}
		short, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		tests := testsOf(t, filepath.ToSlash(short), string(data))
		found = append(found, tests...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func testsOf(t *testing.T, file, text string) (found []shownBy) {
	t.Helper()
	if strings.HasSuffix(file, ".ts") {
		found = scriptTests(file, text)
	} else {
		found = goTests(t, file, text)
	}
	attached := 0
	for _, test := range found {
		if test.asvs != nil {
			attached++
		}
	}
	if n := len(annotation.FindAllString(text, -1)); n != attached {
		t.Errorf("%s: %d annotations, of which %d stand directly above a test", file, n, attached)
	}
	return found
}

func goTests(t *testing.T, file, text string) (found []shownBy) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Test") && !strings.HasPrefix(fn.Name.Name, "Fuzz") {
			continue
		}
		test := shownBy{name: fn.Name.Name, file: file}
		if fn.Doc != nil {
			for _, c := range fn.Doc.List {
				if m := annotation.FindStringSubmatch(c.Text); m != nil {
					test.asvs = numbers(m[1])
				}
			}
		}
		found = append(found, test)
	}
	return found
}

func scriptTests(file, text string) (found []shownBy) {
	for _, m := range scriptTest.FindAllStringSubmatch(text, -1) {
		found = append(found, shownBy{name: m[2] + m[3] + m[4], file: file, asvs: numbers(m[1])})
	}
	return found
}

func numbers(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// shownASVS are the tests by the requirements that they are annotated with.
func shownASVS(tests []shownBy) map[string][]shownBy {
	shown := map[string][]shownBy{}
	for _, test := range tests {
		for _, number := range test.asvs {
			shown[number] = append(shown[number], test)
		}
	}
	return shown
}

func TestAnnotationsAreReadInBothLanguages(t *testing.T) {
	got := shownASVS(append(
		goTests(t, "a_test.go", "package a\n\n// TestA: why.\n//\n// ASVS 1.1, 1.2\nfunc TestA() {}\n\nfunc TestB() {}\n"),
		scriptTests("a.test.ts", "// ASVS 1.2\ntest('it works', async () => {})\n")...))
	if len(got) != 2 || len(got["1.1"]) != 1 || len(got["1.2"]) != 2 || got["1.2"][1].name != "it works" {
		t.Errorf("%+v", got)
	}
}
