package doctest

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// catalogue is a list of what somebody asks of a server, chapter by chapter, in a text file:
//
//	## V6 Authentication
//	6.2.1 L1 Passwords have 8 characters or more.
//	  page: [Passwords](passwords.md)
//
// What is shown by tests needs no line of its own: the tests say it. A requirement without a test says why.
type catalogue []chapter

type chapter struct {
	title        string
	requirements []requirement
}

type requirement struct {
	number, level, text string
	remarks             []remark
}

// remark is a sentence beside the tests of a requirement, or instead of them.
type remark struct{ kind, text string }

// The kinds of remarks, and how a page shows them.
var kinds = map[string]string{
	"page": "Page: ",             // a page says it, and saying it is all that is asked
	"met":  "Met: ",              // by what is not there; the sentence says what
	"open": "**Open:** ",         // it is not met, or not wholly
	"out":  "*Does not apply:* ", // there is nothing here that it could be asked of
	"note": "",                   // more to know; it stands for no test
}

var (
	entryLine  = regexp.MustCompile(`^([\d.]+) (?:L(\d) )?(\S.*)$`)
	remarkLine = regexp.MustCompile(`^ +(\w+): (\S.*)$`)
)

func readCatalogue(t *testing.T, name string) (c catalogue) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, line := range strings.Split(string(data), "\n") {
		entry, said := entryLine.FindStringSubmatch(line), remarkLine.FindStringSubmatch(line)
		switch title, isTitle := strings.CutPrefix(line, "## "); {
		case line == "":
		case isTitle:
			c = append(c, chapter{title: title})
		case entry != nil && c != nil && !seen[entry[1]]:
			seen[entry[1]] = true
			last := &c[len(c)-1]
			last.requirements = append(last.requirements, requirement{number: entry[1], level: entry[2], text: entry[3]})
		case said != nil && c.last() != nil && known(said[1]):
			c.last().remarks = append(c.last().remarks, remark{said[1], said[2]})
		default:
			t.Fatalf("%s:%d: no chapter, no new requirement and no remark: %q", name, i+1, line)
		}
	}
	return c
}

func (c catalogue) last() *requirement {
	if len(c) == 0 || len(c[len(c)-1].requirements) == 0 {
		return nil
	}
	all := c[len(c)-1].requirements
	return &all[len(all)-1]
}

func known(kind string) bool {
	_, ok := kinds[kind]
	return ok
}

func (r requirement) has(kinds ...string) bool {
	return slices.ContainsFunc(r.remarks, func(said remark) bool { return slices.Contains(kinds, said.kind) })
}

// wrong is what is the matter with a catalogue and the tests that were found for its numbers.
func (c catalogue) wrong(shown map[string][]shownBy) (found []string) {
	numbers := map[string]bool{}
	for _, ch := range c {
		for _, r := range ch.requirements {
			numbers[r.number] = true
			switch tests := shown[r.number]; {
			case len(tests) == 0 && !r.has("page", "met", "open", "out"):
				found = append(found, r.number+" has neither a test nor a reason")
			case len(tests) > 0 && r.has("out"):
				found = append(found, r.number+" does not apply, and yet is shown by "+tests[0].name)
			}
		}
	}
	for number, tests := range shown {
		if !numbers[number] {
			found = append(found, fmt.Sprintf("%s: %s shows %s, which nobody asks", tests[0].file, tests[0].name, number))
		}
	}
	slices.Sort(found)
	return found
}

// evidence is the cell of a table that says how a requirement is met.
func (r requirement) evidence(tests []shownBy) string {
	slices.SortFunc(tests, func(a, b shownBy) int {
		return cmp.Or(strings.Compare(a.file, b.file), strings.Compare(a.name, b.name))
	})
	var links, said []string
	for _, test := range tests {
		links = append(links, fmt.Sprintf("[%s](../%s)", strings.ReplaceAll(test.name, "|", `\|`), test.file))
	}
	if links != nil {
		said = append(said, strings.Join(links, ", "))
	}
	for _, m := range r.remarks {
		said = append(said, kinds[m.kind]+m.text)
	}
	return strings.Join(said, ". ")
}

func TestACatalogueSeesWhatIsMissing(t *testing.T) {
	c := catalogue{{title: "A", requirements: []requirement{
		{number: "1.1"},
		{number: "1.2", remarks: []remark{{"note", "more"}}},
		{number: "1.3", remarks: []remark{{"out", "nothing there"}}},
		{number: "1.4", remarks: []remark{{"open", "not yet"}}},
		{number: "1.5"},
	}}}
	one := []shownBy{{name: "TestX", file: "x_test.go"}}
	got := c.wrong(map[string][]shownBy{"1.3": one, "1.4": one, "1.5": one, "9.9": one})
	want := []string{
		"1.1 has neither a test nor a reason", "1.2 has neither a test nor a reason", "1.3 does not apply, and yet is shown by TestX",
		"x_test.go: TestX shows 9.9, which nobody asks",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q", got)
	}
}
