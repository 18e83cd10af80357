package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// verifyRow is one line of BenchmarkCompare: who did it, and each one's figures by unit ("ns", "ratio", "B", "allocs").
type verifyRow struct {
	goroutines, what, alg string
	figures               map[string]map[string]float64
}

// contenders in the order of the table's columns, by the names in BenchmarkCompare.
var contenders = []struct{ name, title string }{
	{"bare", "bare call"}, {"ours", "Lingpai"}, {"seen", "seen before"}, {"golang-jwt", "golang-jwt"}, {"go-jose", "go-jose"}, {"jwx", "jwx"},
}

// measureVerify runs the benchmark of the main module, which can import what this module cannot.
func measureVerify(s settings, _ string, r *report) error {
	turns := max(20, int(20*s.seconds.Seconds()))
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkCompare$", "-benchtime", strconv.Itoa(turns)+"x", ".")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	r.turns = turns
	for line := range bytes.Lines(out) {
		if row, ok := parseRow(string(line)); ok {
			r.verify = append(r.verify, row)
		}
	}
	if len(r.verify) == 0 {
		return fmt.Errorf("no figures in:\n%s", out)
	}
	r.rivals, err = versions("../go.mod")
	return err
}

// parseRow reads "BenchmarkCompare/one/verify/ES256-2  50  115859 bare-ns  1.015 ours-ratio ...".
func parseRow(line string) (verifyRow, bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || !strings.HasPrefix(fields[0], "BenchmarkCompare/") {
		return verifyRow{}, false
	}
	name, _, _ := strings.Cut(fields[0], "-")
	parts := strings.Split(name, "/")
	if len(parts) != 4 {
		return verifyRow{}, false
	}
	row := verifyRow{parts[1], parts[2], parts[3], map[string]map[string]float64{}}
	for i := 2; i+1 < len(fields); i += 2 {
		value, err := strconv.ParseFloat(fields[i], 64)
		cut := strings.LastIndexByte(fields[i+1], '-')
		if err != nil || cut < 0 {
			continue
		}
		who, unit := fields[i+1][:cut], fields[i+1][cut+1:]
		if row.figures[who] == nil {
			row.figures[who] = map[string]float64{}
		}
		row.figures[who][unit] = value
	}
	return row, true
}

// versions reads from go.mod which libraries took part.
func versions(mod string) (string, error) {
	data, err := os.ReadFile(mod)
	if err != nil {
		return "", err
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		for path, name := range map[string]string{
			"github.com/golang-jwt/jwt/v5": "golang-jwt", "github.com/go-jose/go-jose/v4": "go-jose", "github.com/lestrrat-go/jwx/v3": "jwx",
		} {
			if fields[0] == path {
				out = append(out, name+" "+fields[1])
			}
		}
	}
	return strings.Join(out, ", "), nil
}

func (r *report) printVerify(w io.Writer) {
	if len(r.verify) == 0 {
		return
	}
	fmt.Fprintf(w, "\n## Verify and sign, beside other libraries\n\n"+
		"A token of about 400 bytes; %s. All do the whole work: parse, signature, issuer, audience, times, claims in a struct. They take\n"+
		"turns of a few milliseconds in one process, %d turns each, so that what else the machine does meets all alike; the figure is the lower quartile,\n"+
		"the ratio is to the bare call of the standard library (hashing included, no parsing). *Seen before* is a whole `Verifier` with its cache.\n\n"+
		"Targets: at most 1.10 x the bare call for ES256, EdDSA, RS256; HS256 at most 2.5 us; seen before at most 300 ns without allocation.\n", r.rivals, r.turns)
	for _, group := range []struct{ name, title string }{{"one", "One goroutine"}, {"many", "16 goroutines (time divided by operations)"}} {
		fmt.Fprintf(w, "\n### %s\n\n|", group.title)
		for _, c := range contenders {
			fmt.Fprintf(w, " | %s", c.title)
		}
		fmt.Fprintf(w, " |\n|---%s|\n", strings.Repeat("|--:", len(contenders)))
		for _, what := range []string{"verify", "sign"} {
			for _, row := range r.verify {
				if row.goroutines == group.name && row.what == what {
					row.print(w)
				}
			}
		}
	}
	r.printMemory(w)
}

func (row verifyRow) print(w io.Writer) {
	fmt.Fprintf(w, "| %s %s", row.what, row.alg)
	for _, c := range contenders {
		f := row.figures[c.name]
		switch {
		case f == nil:
			fmt.Fprint(w, " |")
		case c.name == "bare", c.name == "seen":
			fmt.Fprintf(w, " | %s", nanoseconds(f["ns"]))
		default:
			fmt.Fprintf(w, " | %s (%.2f x)", nanoseconds(f["ns"]), f["ratio"])
		}
	}
	fmt.Fprintln(w, " |")
}

func (r *report) printMemory(w io.Writer) {
	fmt.Fprint(w, "\n### Memory of one operation: bytes, allocations\n\n|")
	for _, c := range contenders {
		fmt.Fprintf(w, " | %s", c.title)
	}
	fmt.Fprintf(w, " |\n|---%s|\n", strings.Repeat("|--:", len(contenders)))
	for _, row := range r.verify {
		if row.goroutines != "one" {
			continue
		}
		fmt.Fprintf(w, "| %s %s", row.what, row.alg)
		for _, c := range contenders {
			if f := row.figures[c.name]; f != nil {
				fmt.Fprintf(w, " | %.0f, %.0f", f["B"], f["allocs"])
			} else {
				fmt.Fprint(w, " |")
			}
		}
		fmt.Fprintln(w, " |")
	}
}

func nanoseconds(ns float64) string {
	if ns < 1000 {
		return fmt.Sprintf("%.0f ns", ns)
	}
	return fmt.Sprintf("%.1f us", ns/1000)
}
