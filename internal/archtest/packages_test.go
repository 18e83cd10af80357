package archtest

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// empty are names that say nothing of what is inside, so everything ends up there.
var empty = []string{"util", "utils", "common", "helper", "helpers", "manager", "types", "models", "pkg", "core", "misc", "shared", "base"}

func TestEveryPackageHasOneDoc(t *testing.T)       { hold(t, oneDoc, nil) }
func TestNamesOfPackagesSaySomething(t *testing.T) { hold(t, tellingNames, nil) }
func TestEveryPackageIsInTheTable(t *testing.T)    { hold(t, inTheTable, nil) }

func oneDoc(s *source) (found []violation) {
	for _, p := range s.packages {
		var docs []*file
		for _, f := range p.files {
			if f.ast.Doc != nil && !f.isTest {
				docs = append(docs, f)
			}
		}
		if len(docs) == 0 {
			found = append(found, violation{p.path, 0, "has no package doc; say what the package is for, by which rules, next to whom"})
			continue
		}
		begin := "Package " + p.name() + " "
		if docs[0].ast.Name.Name == "main" {
			begin = "Command " + p.name() + " "
		}
		if !strings.HasPrefix(docs[0].ast.Doc.Text(), begin) {
			found = append(found, docs[0].at(docs[0].ast.Doc.Pos(), "the package doc does not begin with %q", begin))
		}
		for _, second := range docs[1:] {
			found = append(found, second.at(second.ast.Doc.Pos(), "is a second package doc beside %s; a reader looks in one place", docs[0].name))
		}
	}
	return found
}

func tellingNames(s *source) (found []violation) {
	for _, p := range s.packages {
		for part := range strings.SplitSeq(p.path, "/") {
			if slices.Contains(empty, part) {
				found = append(found, violation{p.path, 0, "is called " + part + "; name a package after what it provides"})
			}
		}
	}
	return found
}

// drawing is the page with the table of all packages below internal.
const drawing = "docs/ARCHITECTURE.md"

// inTheTable holds the table against the folders: whoever reads it sees the whole house, and nothing that is gone.
func inTheTable(s *source) (found []violation) {
	told := map[string]bool{}
	for _, f := range s.texts {
		if f.name == drawing {
			told = tabled(string(f.data))
		}
	}
	for _, p := range s.packages {
		below, ok := strings.CutPrefix(p.path, "internal/")
		if ok && !told[below] {
			found = append(found, violation{p.path, 0, "is missing in the table of packages in " + drawing})
		}
		delete(told, below)
	}
	for gone := range told {
		found = append(found, violation{drawing, 0, "has the package " + gone + " in its table, which there is not"})
	}
	return found
}

// tabled are the packages of a table that begins with "| package |". A row that begins with "x/…" names packages below x in its text.
func tabled(page string) map[string]bool {
	told := map[string]bool{}
	_, table, _ := strings.Cut(page, "| package |")
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		cells := strings.SplitN(line, "|", 3)
		if len(cells) < 3 {
			continue
		}
		names, parent := cells[1], ""
		if above, ok := strings.CutSuffix(strings.Trim(names, " `"), "/…"); ok {
			names, parent = cells[2], above
		}
		for i, name := range strings.Split(names, "`") {
			if i%2 == 1 { // between backquotes
				told[path.Join(parent, name)] = true
			}
		}
	}
	return told
}
