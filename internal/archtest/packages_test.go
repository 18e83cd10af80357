package archtest

import (
	"slices"
	"strings"
	"testing"
)

// empty are names that say nothing of what is inside, so everything ends up there.
var empty = []string{"util", "utils", "common", "helper", "helpers", "manager", "types", "models", "pkg", "core", "misc", "shared", "base"}

func TestEveryPackageHasOneDoc(t *testing.T)       { hold(t, oneDoc, nil) }
func TestNamesOfPackagesSaySomething(t *testing.T) { hold(t, tellingNames, nil) }

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
