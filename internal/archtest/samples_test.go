package archtest

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lingpai/lingpai/internal/httpd"
)

// samples break one rule each. The file is called by the place where the rule looks for it.
var samples = []struct {
	name string
	rule rule
	file string
	text string
	want string // part of what the rule says
}{
	{"upward import", importsPointDown, "internal/user/a.go", importing(module + "/internal/httpd"), "higher floor"},
	{"sideways import", importsPointDown, "internal/login/a.go", importing(module + "/internal/api"), "same floor"},
	{"import of test support", importsPointDown, "internal/app/a.go", importing(module + "/internal/storetest"), "for tests"},
	{"import of an unknown package", importsPointDown, "internal/app/a.go", importing(module + "/internal/news"), "no floor"},
	{"unknown package", importsPointDown, "internal/news/a.go", "package news\n\nvar x int\n", "no floor"},
	{"public package imports the server", importsKeepWithinBounds, "a.go", importing(module + "/internal/session"), "no dependency"},
	{"token imports more", importsKeepWithinBounds, "internal/token/a.go", importing(module + "/internal/secret"), "stands on it"},
	{"leaf imports a leaf", importsKeepWithinBounds, "internal/secret/a.go", importing(module + "/internal/fault"), "a leaf knows nothing"},
	{"store knows HTTP", importsKeepWithinBounds, "internal/sqlstore/a.go", importing(module + "/internal/httpd"), "neither HTTP"},
	{"command imports an adapter", onlyAppKnowsAdapters, "cmd/lingpai/a.go", importing(module + "/internal/sqlstore"), "only app"},
	{"capability reads the configuration", onlyAppKnowsAdapters, "internal/user/a.go", importing(module + "/internal/config"), "passed to it"},
	{"SQL elsewhere", librariesInTheirPlace, "internal/user/a.go", importing("database/sql"), "one place with SQL"},
	{"driver elsewhere", librariesInTheirPlace, "internal/app/a.go", importing("modernc.org/sqlite/lib"), "one place with SQL"},
	{"new library", librariesInTheirPlace, "internal/app/a.go", importing("example.com/x"), "new library"},
	{"library in a leaf", librariesInTheirPlace, "internal/jose/a.go", importing("golang.org/x/crypto/sha3"), "one place"},
	{"test code in the program", librariesInTheirPlace, "internal/user/a.go", importing("testing"), "test code"},
	{"global logger", librariesInTheirPlace, "internal/user/a.go", importing("log"), "passed in"},

	{"no doc", oneDoc, "internal/user/a.go", "package user\n", "no package doc"},
	{"doc of another", oneDoc, "internal/user/a.go", "// Package users is.\npackage user\n", `"Package user "`},
	{"doc of a command", oneDoc, "cmd/lingpai/a.go", "// Package main is.\npackage main\n", `"Command lingpai "`},
	{"empty name", tellingNames, "internal/util/a.go", "package util\n", "called util"},

	{"go statement", goroutines, "internal/user/a.go", calling("go f()"), "starts a goroutine"},
	{"group", goroutines, "internal/user/a.go", calling("wg.Go(f)"), "starts a goroutine"},
	{"timer", goroutines, "internal/user/a.go", calling("time.AfterFunc(1, f)"), "starts a goroutine"},
	{"clock", clocks, "internal/user/a.go", calling("_ = time.Now()"), "time.Now"},
	{"clock as a value", clocks, "internal/user/a.go", calling("g(time.Now)"), "time.Now"},
	{"hidden clock", clocks, "internal/user/a.go", calling("_ = time.Since(t)"), "time.Since"},
	{"printing", printing, "internal/user/a.go", calling("fmt.Println()"), "fmt.Println"},
	{"printing by the compiler", printing, "internal/user/a.go", calling("println()"), "println"},
	{"sleeping", sleeping, "internal/user/a_test.go", calling("time.Sleep(1)"), "time.Sleep"},
	{"sleeping in the program", sleeping, "internal/user/a.go", "package p\n\nimport \"testing/synctest\"\n\nfunc f() { time.Sleep(1) }\n", "time.Sleep"},

	{"address of a page", addresses, "internal/user/a.go", calling(`f("/auth/account?done=1")`), "httpd/pages.go"},

	{"pattern of a start", earlyPatterns, "internal/user/a.go", "package user\n\nvar x = regexp.MustCompile(`x`)\n", "pattern.Lazy"},

	{"long function", sizes, "internal/user/a.go", calling(strings.Repeat("f()\n", functionLines)), "name its parts"},
	{"long file", sizes, "internal/user/a.go", "package user\n" + strings.Repeat("// x\n", fileLines), "divide it"},
	{"long main", sizes, "cmd/lingpai/main.go", "package main\n" + strings.Repeat("// x\n", mainLines), "divide it"},

	{"note to self", unsaid, "README.md", "one\nTO" + "DO: two\n", "issue"},
	{"folder of the writer", unsaid, "docs/a.md", "see /wo" + "rk/main\n", "folder of the machine"},
	{"registry", unsaid, "scripts/a.sh", "curl https://proxy.gol" + "ang.org/x\n", "registry"},
	{"unfinished merge", unsaid, "docs/a.md", "<<<<<<<" + " HEAD\n", "merge"},
	{"replace", noReplace, "tools/go.mod", "module x\n\nreplace y => ../y\n", "replace"},
	{"replace in a block", noReplace, "go.mod", "module x\n\nreplace (\n\ty => ../y\n)\n", "replace"},
}

func importing(imp string) string { return "package p\n\nimport \"" + imp + "\"\n" }

func calling(body string) string { return "package p\n\nfunc sample() {\n" + body + "\n}\n" }

func TestRulesSeeWhatBreaksThem(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample.name, func(t *testing.T) {
			s := readSample(t, sample.file, sample.text)
			if found := sample.rule(s); len(found) != 1 || !strings.Contains(found[0].String(), sample.want) {
				t.Errorf("the rule found %q, want one violation about %q", found, sample.want)
			}
		})
	}
}

func TestASecondPackageDocIsSeen(t *testing.T) {
	s, err := read(fstest.MapFS{
		"internal/user/a.go": {Data: []byte("// Package user is.\npackage user\n")},
		"internal/user/b.go": {Data: []byte("// Package user is too.\npackage user\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if found := oneDoc(s); len(found) != 1 || found[0].file != "internal/user/b.go" {
		t.Errorf("found %q, want the second doc", found)
	}
}

// What looks like a breach and is none must pass, or people learn to write around the rules.
func TestRulesLeaveHonestCodeAlone(t *testing.T) {
	honest := []struct {
		name string
		rule rule
		file string
		text string
	}{
		{"downward import", importsPointDown, "internal/user/a.go", importing(module + "/internal/fault")},
		{"package of tests", importsPointDown, "internal/newstest/doc.go", "// Package newstest is.\npackage newstest\n"},
		{"test that joins parts", importsPointDown, "internal/user/a_test.go", importing(module + "/internal/app")},
		{"newer random numbers", librariesInTheirPlace, "internal/user/a.go", importing("math/rand/v2")},
		{"structured log", librariesInTheirPlace, "internal/user/a.go", importing("log/slog")},
		{"app joins adapters", onlyAppKnowsAdapters, "internal/app/a.go", importing(module + "/internal/api")},
		{"app starts work", goroutines, "internal/app/a.go", calling("go f()")},
		{"command prints", printing, "cmd/lingpai/a.go", calling("fmt.Println()")},
		{"bubble", sleeping, "internal/user/a_test.go", "package p\n\nimport \"testing/synctest\"\n\nfunc f() { time.Sleep(1) }\n"},
		{"name of another's", unsaid, "a.yaml", "context.TO" + "DO\n"},
		{"path of an address", unsaid, "docs/a.md", "https://app.example/wo" + "rk/1\n"},
		{"samples of another module", oneDoc, "internal/user/testdata/a.go", "package x\n"},
	}
	for _, c := range honest {
		t.Run(c.name, func(t *testing.T) {
			if found := c.rule(readSample(t, c.file, c.text)); len(found) != 0 {
				t.Errorf("found %q", found)
			}
		})
	}
}

func TestATableThatIsNotTheHouseIsSeen(t *testing.T) {
	s, err := read(fstest.MapFS{
		"docs/ARCHITECTURE.md":      {Data: []byte("| package | is for |\n|---|---|\n| `user` | people |\n| `old` | a past |\n| `dev/…` | `in` inside |\n\nIt says `more`.\n")},
		"internal/user/a.go":        {Data: []byte("// Package user is.\npackage user\n")},
		"internal/dev/in/a.go":      {Data: []byte("// Package in is.\npackage in\n")},
		"internal/newcomer/a.go":    {Data: []byte("// Package newcomer is.\npackage newcomer\n")},
		"cmd/lingpai/not_inside.go": {Data: []byte("// Command lingpai is.\npackage main\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	found := inTheTable(s)
	if len(found) != 2 || found[0].file != "internal/newcomer" || !strings.Contains(found[1].what, "old") {
		t.Errorf("found %q, want the package that is missing and the one that is gone", found)
	}
}

func TestUnrulyRoutesAreSeen(t *testing.T) {
	sound := httpd.Route{
		Pattern: "GET /auth/api/me", Surface: httpd.API, Auth: httpd.Signed, CSRF: httpd.Safe, CORS: httpd.Configured,
		Cache: httpd.NoStore, Body: httpd.NoBody, Handle: func(http.ResponseWriter, *http.Request) error { return nil },
	}
	if found := unruly([]httpd.Route{sound}); len(found) != 0 {
		t.Fatalf("a sound route is refused: %q", found)
	}
	open, elsewhere, readable, stored := sound, sound, sound, sound
	open.CSRF = 0
	elsewhere.Pattern = "GET /me"
	readable.CORS = httpd.AnyOrigin
	stored.Auth, stored.Cache = httpd.Public, httpd.PublicFor(1)
	for _, r := range []httpd.Route{open, elsewhere, readable, stored} {
		if found := unruly([]httpd.Route{r}); len(found) != 1 {
			t.Errorf("found %q in %+v, want one breach", found, r.Pattern)
		}
	}
	if found := twice([]httpd.Route{sound, sound}); len(found) != 1 {
		t.Errorf("a pattern that is there twice was not seen")
	}
}

func readSample(t *testing.T, name, content string) *source {
	t.Helper()
	s, err := read(fstest.MapFS{name: {Data: []byte(content)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
