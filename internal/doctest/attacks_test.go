package doctest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const attacksHead = `# Attacks

<!-- Made from the names of tests (TestAttack42…) and internal/doctest/testdata/attacks.txt; change those, then run:
     go test ./internal/doctest -run TestAttacksPage -update -->

What is known to go wrong with tokens, OAuth, sign-in and gateways, case by case, and the tests that try it here. A test carries the number of its case in
its name, and fails when the attack works.

`

func attacksPage(c catalogue, shown map[string][]shownBy) string {
	var b strings.Builder
	b.WriteString(attacksHead)
	for i, ch := range c {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "## %s\n\n| case | attack | tests |\n|---|---|---|\n", ch.title)
		for _, r := range ch.requirements {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", r.number, r.text, r.evidence(shown[r.number]))
		}
	}
	return b.String()
}

func TestAttacksPage(t *testing.T) {
	c, shown := readCatalogue(t, "attacks.txt"), shownAttacks(t, allTests(t))
	for _, w := range c.wrong(shown) {
		t.Error(w)
	}
	holdPage(t, "attacks.md", attacksPage(c, shown))
}

// attackName names cases of the catalogue: TestAttack42…, TestAttack86And87…, TestAttack08To10….
var attackName = regexp.MustCompile(`^(?:Test|Fuzz)Attack(\d+)(?:(And|To)(\d+))?`)

// shownAttacks are the tests by the cases in their names.
func shownAttacks(t *testing.T, tests []shownBy) map[string][]shownBy {
	t.Helper()
	shown := map[string][]shownBy{}
	for _, test := range tests {
		m := attackName.FindStringSubmatch(test.name)
		if m == nil {
			continue
		}
		first, _ := strconv.Atoi(m[1])
		last := first
		if m[3] != "" {
			last, _ = strconv.Atoi(m[3])
		}
		for n := first; n <= last; n++ {
			shown[strconv.Itoa(n)] = append(shown[strconv.Itoa(n)], test)
		}
	}
	return shown
}

func TestCasesAreReadFromNames(t *testing.T) {
	named := shownAttacks(t, []shownBy{{name: "TestAttack08To10Keys"}, {name: "TestAttack100Feeds"}, {name: "TestAttack86And87X"}})
	for _, want := range []string{"8", "9", "10", "100", "86", "87"} {
		if len(named[want]) != 1 {
			t.Errorf("case %s: %+v", want, named[want])
		}
	}
}
