package archtest

import (
	"go/ast"
	"strings"
	"testing"
)

// The longest that may be read at a stretch.
const (
	functionLines = 100
	fileLines     = 600
	mainLines     = 60
)

func TestFunctionsAndFilesFitInAHead(t *testing.T) { hold(t, sizes, nil) }

func sizes(s *source) (found []violation) {
	for _, p := range s.packages {
		for _, f := range p.code() {
			limit := fileLines
			if strings.HasPrefix(f.name, "cmd/") && strings.HasSuffix(f.name, "/main.go") {
				limit = mainLines
			}
			if f.lines > limit {
				found = append(found, f.at(f.ast.Pos(), "the file has %d lines, more than %d; divide it by topic", f.lines, limit))
			}
			found = append(found, longFunctions(f)...)
		}
	}
	return found
}

func longFunctions(f *file) (found []violation) {
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1; n > functionLines {
			found = append(found, f.at(fn.Pos(), "%s has %d lines, more than %d; name its parts", fn.Name.Name, n, functionLines))
		}
	}
	return found
}
