package lingpai_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

var update = flag.Bool("update", false, "write docs/verdicts.md")

// class is one reason for which we and another library judge a token differently.
type class struct {
	accepts bool // we accept it, and the other does not
	// why matches our reason when we refuse, and the other's when we accept.
	why   *regexp.Regexp
	title string
	text  string
}

func refuses(why, title, text string) class {
	return class{false, regexp.MustCompile(why), title, text}
}
func accepts(why, title, text string) class { return class{true, regexp.MustCompile(why), title, text} }

// classes are all of them, the first that matches counts. A difference without a class fails the test.
var classes = []class{
	refuses(`^token_type`, "Type", "`typ` must be `at+jwt` (RFC 9068, section 4), so that no ID token, logout token or proof passes for an access token. The others leave it to their caller."),
	refuses(`no published key has this kid`, "Key id", "`kid` must name the key. The others were given one key and try it on any token."),
	refuses(`occurs twice`, "A name twice", "Two members of one name: the last of them counts here, the first there, and an attacker writes both (RFC 8725, section 2.6)."),
	refuses(`differs from another one only in letter case`, "Names that differ in case", "`SUB` beside `sub`: encoding/json takes either for the other."),
	refuses(`invalid UTF-8`, "Invalid UTF-8", "RFC 8259, section 8.1. Others replace the bytes silently, so that two different names become one."),
	refuses(`lone surrogate`, "Half a character", "A lone surrogate stands for no character; readers differ in what they make of it."),
	refuses(`is missing$`, "Required claims", "`iss`, `aud`, `exp` and `iat` must be there (RFC 9068, section 2.2)."),
	refuses(`lacks sub, jti or client_id`, "Required names", "`sub`, `jti` and `client_id` must be there and say something (RFC 9068, section 2.2)."),
	refuses(`want .*, got |claim aud: empty`, "Claims of another type", "A claim that has a type by its RFC must have it, whether the caller reads it or not; null is no value, and an empty audience none."),
	refuses(`(not a time after 1970|up to the year 9999)`, "Absurd times", "A time is after 1970 and before the year 10000, so milliseconds are not taken for seconds."),
	refuses(`live for more than a day`, "Lifetime", "An access token that lives for more than a day is a mistake or an attack."),
	refuses(`is not base64url`, "Base64 in several spellings", "Padding, line breaks, and bits left over: one token would have many spellings, and a list of refused tokens would miss all but one."),
	refuses(`^token_expired`, "The last second", "A token is over at the very second of `exp` (RFC 7519, section 4.1.4); go-jose counts that second in."),
	refuses(`text after the end|want a|line break|nested|too long|number is out of range|byte order mark`, "JSON that is none", "Anything but one JSON object by the grammar of RFC 8259, in bounds."),
	refuses(`header.*: (crit|b64|zip|enc): not supported`, "Extensions", "`crit`, `b64`, `zip` and `enc` change what a token means; we know none of them (RFC 7515, section 4.1.11)."),
	refuses(`the header does not read`, "Header of another form", "Members of the header must have their types."),
	accepts(`JWK|x5c|jwk`, "Keys that the token brings along", "`jwk` and `x5c` are not read at all, so whatever stands there is passed over; go-jose reads them, and refuses nonsense."),
	accepts(`not valid yet|not yet valid|before issued|in the future|"iat" not satisfied`, "Clock skew", "`nbf` and `iat` may lie up to 30 seconds ahead, since clocks differ. The others were given no leeway."),
	accepts(`expired`, "Fractions of a second", "`exp` with a fraction is read exactly; the others cut the fraction off, and so end the token early."),
}

func find(accepts bool, why string) int {
	for n, c := range classes {
		if c.accepts == accepts && c.why.MatchString(why) {
			return n
		}
	}
	return -1
}

// tally counts, for each class, the mutants that each of the other libraries judges differently.
type tally struct {
	mutants, accepted, alike int
	differ                   [][]int
}

// TestVerdictsBesideOtherLibraries asks golang-jwt, go-jose and jwx about thousands of tokens that differ a little from a good one. Where
// they disagree with us, we know why: docs/verdicts.md is made of it.
func TestVerdictsBesideOtherLibraries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // whose clock always starts alike
		got := verdictsPage(t, judgeMutants(t))
		const page = "docs/verdicts.md"
		if *update {
			if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s is out of date; go test . -run TestVerdicts -update (-want +got):\n%s", page, diff)
		}
	})
}

func judgeMutants(t *testing.T) *tally {
	sum := &tally{differ: make([][]int, len(classes))}
	for n := range sum.differ {
		sum.differ[n] = make([]int, len(rivals))
	}
	verify := map[jose.Algorithm][]func(string) error{}
	m := newMutants(t, nil)
	for _, k := range []rivalKey{m.transit, m.resign} {
		for _, r := range rivals {
			verify[k.alg] = append(verify[k.alg], r.verify(k))
		}
	}
	m.each = func(k rivalKey, tok string) {
		_, ours := k.rules().Judge(t.Context(), tok)
		alike := true
		for n, r := range rivals {
			theirs := verify[k.alg][n](tok)
			if (ours == nil) == (theirs == nil) {
				continue
			}
			alike = false
			why := reason(ours, theirs)
			at := find(ours == nil, why)
			if at < 0 {
				t.Errorf("no class for this difference with %s: %s\n%s", r.name, why, tok)
				continue
			}
			sum.differ[at][n]++
		}
		sum.count(ours == nil, alike)
	}
	m.all()
	if sum.mutants < 20_000 || sum.accepted == 0 {
		t.Errorf("only %d mutants, %d accepted", sum.mutants, sum.accepted)
	}
	return sum
}

func (s *tally) count(accepted, alike bool) {
	s.mutants++
	if accepted {
		s.accepted++
	}
	if alike {
		s.alike++
	}
}

// reason is the error of who refused. Ours is given with the code and the inner cause.
func reason(ours, theirs error) string {
	if ours == nil {
		return theirs.Error()
	}
	r := fault.From(ours)
	return fmt.Sprintf("%s: %s: %v", r.Code, r.Detail(), r.Cause)
}

func verdictsPage(t *testing.T, s *tally) string {
	var b strings.Builder
	b.WriteString(`# Verdicts beside other libraries

<!-- Made by a test; to renew it: go test . -run TestVerdicts -update -->

`)
	fmt.Fprintf(&b, "Of %d tokens that differ a little from a good one, our verifier accepts %d. Three other libraries were asked the same,\n"+
		"with an issuer, an audience, no leeway, a required `exp` where that can be asked, and their strictest decoding: they all say the same of %d. Each difference is of one of these classes.\n\n",
		s.mutants, s.accepted, s.alike)
	b.WriteString("The tokens are always the same ones: characters changed in transit; and headers and claims changed *before* signing, which shows who reads\n" +
		"strictly what the issuer, or one of two readers of the same bytes, got wrong.\n")
	s.table(t, &b, false, "We refuse, they accept")
	s.table(t, &b, true, "We accept, they refuse")
	return b.String()
}

func (s *tally) table(t *testing.T, b *strings.Builder, accepts bool, title string) {
	fmt.Fprintf(b, "\n## %s\n\n| class |", title)
	for _, r := range rivals {
		fmt.Fprintf(b, " %s %s |", r.name, versionOf(t, r.name))
	}
	b.WriteString(" why |\n|---|--:|--:|--:|---|\n")
	for n, c := range classes {
		if c.accepts != accepts {
			continue
		}
		if slices.Max(s.differ[n]) == 0 {
			t.Errorf("nothing is of the class %q any more", c.title)
		}
		fmt.Fprintf(b, "| %s |", c.title)
		for _, count := range s.differ[n] {
			fmt.Fprintf(b, " %d |", count)
		}
		fmt.Fprintf(b, " %s |\n", c.text)
	}
}

// versionOf reads the version of a library from go.mod.
func versionOf(t *testing.T, name string) string {
	t.Helper()
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	path := map[string]string{"golang-jwt": "golang-jwt/jwt/v5", "go-jose": "go-jose/go-jose/v4", "jwx": "lestrrat-go/jwx/v3"}[name]
	found := regexp.MustCompile(regexp.QuoteMeta(path) + ` v([0-9.]+)`).FindSubmatch(mod)
	if found == nil {
		t.Fatalf("go.mod does not know %s", path)
	}
	return string(found[1])
}
