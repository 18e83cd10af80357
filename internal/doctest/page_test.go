package doctest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is where the repository begins, seen from this folder.
const root = "../.."

// fence is one block of code on a page.
type fence struct {
	line     int    // of its opening, from 1
	language string // "sh", "go", "json", ...
	mark     string // what the comment before it says, or ""
	text     string
}

// page is one Markdown file.
type page struct {
	name   string // from the root of the repository
	text   string
	fences []fence
}

// pages are all that we write for readers. Decisions are records of their day and show no examples.
func pages(t *testing.T) (found []page) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			found = append(found, readPage(t, name))
		}
	}
	if len(found) < 3 {
		t.Fatalf("only %d pages: the tests do not see the documentation", len(found))
	}
	return found
}

func readPage(t *testing.T, name string) page {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	short, err := filepath.Rel(root, name)
	if err != nil {
		t.Fatal(err)
	}
	p := page{name: filepath.ToSlash(short), text: string(data)}
	p.fences = fences(p.text)
	return p
}

var (
	opening = regexp.MustCompile("^(```+)(\\w*)")
	comment = regexp.MustCompile(`^<!-- (run|prints|not run)(: .*)? -->$`)
)

// fences reads the blocks of a page. Only blocks that begin in the first column are examples.
func fences(text string) (found []fence) {
	mark, end := "", ""
	for i, line := range strings.Split(text, "\n") {
		switch {
		case end != "" && line == end:
			end = ""
		case end != "":
			found[len(found)-1].text += line + "\n"
		case comment.MatchString(line):
			mark = strings.TrimSuffix(strings.TrimPrefix(line, "<!-- "), " -->")
		case opening.MatchString(line):
			m := opening.FindStringSubmatch(line)
			found = append(found, fence{line: i + 1, language: m[2], mark: mark})
			mark, end = "", m[1]
		}
	}
	return found
}

// generated pages, and those of other places, are not ours to mark.
var unmarked = []string{"docs/commands.md", "docs/configuration.md", "docs/benchmarks.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}

func TestEveryExampleIsRunOrSaysWhyNot(t *testing.T) {
	for _, p := range pages(t) {
		if slices.Contains(unmarked, p.name) {
			continue
		}
		for _, f := range p.fences {
			if (f.language == "sh" || f.language == "go") && f.mark == "" {
				t.Errorf("%s:%d: the example is neither run nor says why not; see the package doc", p.name, f.line)
			}
		}
	}
}

func TestFencesAreReadWithTheirMarks(t *testing.T) {
	got := fences("text\n<!-- run -->\n```sh\nls\n\nls\n```\n\n<!-- prints -->\n```\na\n```\n\n```text\nb\n```\n")
	want := []fence{{3, "sh", "run", "ls\n\nls\n"}, {10, "", "prints", "a\n"}, {14, "text", "", "b\n"}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
