package doctest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const asvsHead = `# ASVS

<!-- Made from the annotations of tests (// ASVS 10.4.1) and internal/doctest/testdata/asvs.txt; change those, then run:
     go test ./internal/doctest -run TestASVSPage -update -->

What the OWASP Application Security Verification Standard 5.0 asks of authentication (V6), sessions (V7), self-contained tokens (V9) and OAuth (V10), and
the tests that show it. The requirements are in our words; [the standard](https://github.com/OWASP/ASVS) (CC BY-SA 4.0) has them in full. Levels: 1 for
everybody, 3 for the highest demands.

- A **test** was read before it was named here: it fails when the requirement is no longer met.
- **Page:** the requirement is that something be written down, and there it is.
- **Met:** by what is not there, so there is nothing to test.
- **Open:** it is not met, or not wholly. Beside tests, it says what is missing.
- *Does not apply:* there is nothing here that it could be asked of.

`

func asvsPage(c catalogue, shown map[string][]shownBy) string {
	var b strings.Builder
	b.WriteString(asvsHead)
	b.WriteString("| chapter | requirements | shown by tests | by a page, or by what is not there | open | do not apply |\n|---|---|---|---|---|---|\n")
	for _, ch := range c {
		var tests, said, open, out int
		for _, r := range ch.requirements {
			switch {
			case r.has("open"):
				open++
			case r.has("out"):
				out++
			case len(shown[r.number]) > 0:
				tests++
			default:
				said++
			}
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %d | %d | %d | %d | %d |\n", ch.title, slug(ch.title), len(ch.requirements), tests, said, open, out)
	}
	for _, ch := range c {
		fmt.Fprintf(&b, "\n## %s\n\n| no. | level | asks | shown by |\n|---|---|---|---|\n", ch.title)
		for _, r := range ch.requirements {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.number, r.level, r.text, r.evidence(shown[r.number]))
		}
	}
	return b.String()
}

func TestASVSPage(t *testing.T) {
	c, shown := readCatalogue(t, "asvs.txt"), shownASVS(allTests(t))
	for _, w := range c.wrong(shown) {
		t.Error(w)
	}
	holdPage(t, "asvs.md", asvsPage(c, shown))
}

// holdPage compares a page of docs/ with what it should be, and with -update makes it so.
func holdPage(t *testing.T, name, want string) {
	t.Helper()
	at := filepath.Join(root, "docs", name)
	if *update {
		if err := os.WriteFile(at, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/%s is stale; run: go test ./internal/doctest -run %s -update\n%s", name, t.Name(), diff)
	}
}
