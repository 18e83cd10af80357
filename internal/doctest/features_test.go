package doctest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// featurePages say what a part can do and which tests show it, by rows with a number, and which failures of others it does not have, by
// rows with a P before the number.
var featurePages = []struct {
	name, below       string // below is where the files of the page begin
	rows, firstP, toP int
	alsoP, notBuilt   []int
}{
	{name: "docs/client-features.md", below: "web", rows: 52, firstP: 1, toP: 45, alsoP: []int{51, 52, 53, 54}},
	{name: "docs/dev-features.md", rows: 39, firstP: 46, toP: 55, notBuilt: []int{15, 35}},
}

var (
	claim      = regexp.MustCompile("`([\\w/.-]+\\.(?:ts|go))` ?([^|<\n]*)")
	featureRow = regexp.MustCompile(`(?m)^\| (P?)(\d+) \| .* \| (.*) \|$`)
)

func TestFeaturesNameTestsThatAreThere(t *testing.T) {
	for _, want := range featurePages {
		p := readPage(t, filepath.Join(root, want.name))
		for _, m := range claim.FindAllStringSubmatch(p.text, -1) {
			file, name := filepath.Join(root, want.below, m[1]), strings.TrimSpace(m[2])
			data, err := os.ReadFile(file)
			if err != nil {
				t.Errorf("%s: %v", p.name, err)
			}
			said := name
			if strings.HasSuffix(file, ".go") {
				said = "func " + name + "("
			}
			if name == "" || !strings.Contains(string(data), said) {
				t.Errorf("%s: there is no test %q in %s", p.name, name, m[1])
			}
		}
	}
}

func TestNoFeatureAndNoFailureIsLeftOut(t *testing.T) {
	for _, want := range featurePages {
		rows, failures := numbersTo(1, want.rows), append(numbersTo(want.firstP, want.toP), want.alsoP...)
		for _, m := range featureRow.FindAllStringSubmatch(readPage(t, filepath.Join(root, want.name)).text, -1) {
			kind, shown := &rows, m[3]
			if m[1] == "P" {
				kind = &failures
			}
			n, _ := strconv.Atoi(m[2])
			i := slices.Index(*kind, n)
			if i < 0 {
				t.Errorf("%s: %s%d is there twice, or is none", want.name, m[1], n)
				continue
			}
			*kind = slices.Delete(*kind, i, i+1)
			if missing := m[1] == "" && slices.Contains(want.notBuilt, n); missing != (shown == "not built") || !missing && !claim.MatchString(shown) {
				t.Errorf("%s: row %s%d is shown by %q", want.name, m[1], n, shown)
			}
		}
		if left := fmt.Sprint(rows, failures); left != "[] []" {
			t.Errorf("%s: rows and failures that are left out: %s", want.name, left)
		}
	}
}

func numbersTo(first, last int) (all []int) {
	for n := first; n <= last; n++ {
		all = append(all, n)
	}
	return all
}
