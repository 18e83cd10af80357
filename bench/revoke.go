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

// revokeFigures are those of the stopwatch and of the checks, by the names of the benchmarks.
type revokeFigures struct {
	stopwatch map[string]float64 // milliseconds by "p50-ms", "p99-ms", "max-ms"
	checks    []checkRow
}

// checkRow is what one check costs, among so many revocations.
type checkRow struct {
	entries               int
	first, again          float64 // nanoseconds of the probe alone, for a token that comes for the first time and for one that was here before
	seen, seenAllocations float64 // nanoseconds and allocations of a whole verification of the latter
}

// measureRevoke runs benchmarks of the main module: the stopwatch starts a server with 50 verifiers, and the checks need its set.
func measureRevoke(s settings, _ string, r *report) error {
	r.revoke.stopwatch = map[string]float64{}
	if err := benchmark("./internal/app", "^BenchmarkRevoke$", "1x", func(_ string, figures map[string]float64) {
		r.revoke.stopwatch = figures
	}); err != nil {
		return err
	}
	rows := map[int]*checkRow{}
	row := func(name string) *checkRow {
		n, _ := strconv.Atoi(name)
		if rows[n] == nil {
			rows[n] = &checkRow{entries: n}
		}
		return rows[n]
	}
	d := s.seconds.String()
	if err := benchmark("./internal/revoked", "^BenchmarkFindWhileEventsArrive$", d, func(name string, f map[string]float64) { row(name).first = f["ns/op"] }); err != nil {
		return err
	}
	if err := benchmark("./internal/revoked", "^BenchmarkFindAgainWhileEventsArrive$", d, func(name string, f map[string]float64) { row(name).again = f["ns/op"] }); err != nil {
		return err
	}
	if err := benchmark(".", "^BenchmarkVerifyFollowed$", d, func(name string, f map[string]float64) {
		row(name).seen, row(name).seenAllocations = f["ns/op"], f["allocs/op"]
	}); err != nil {
		return err
	}
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		r.revoke.checks = append(r.revoke.checks, *row(strconv.Itoa(n)))
	}
	return nil
}

// benchmark runs one benchmark of the main module and calls found with the last part of each name and its figures by unit.
func benchmark(pkg, name, long string, found func(name string, figures map[string]float64)) error {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", name, "-benchtime", long, "-cpu", "2", pkg)
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go test -bench %s: %w\n%s", name, err, out)
	}
	some := false
	for line := range bytes.Lines(out) {
		fields := strings.Fields(string(line))
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		figures := map[string]float64{}
		for i := 2; i+1 < len(fields); i += 2 {
			figures[fields[i+1]], _ = strconv.ParseFloat(fields[i], 64)
		}
		full, _, _ := strings.Cut(fields[0], "-")
		found(full[strings.LastIndexByte(full, '/')+1:], figures)
		some = true
	}
	if !some {
		return fmt.Errorf("no figures of %s in:\n%s", name, out)
	}
	return nil
}

func (r *report) printRevoke(w io.Writer) {
	if r.revoke.stopwatch == nil {
		return
	}
	f := r.revoke.stopwatch
	fmt.Fprintf(w, "\n## Logout is now: 200 revocations of every kind, 50 verifiers in one process with the server\n\n"+
		"From the beginning of the call that revokes until each of the verifiers refuses the token; each is asked every 2 ms.\n\n"+
		"| p50 | p99 | max | target |\n|--:|--:|--:|---|\n| %.1f ms | %.1f ms | %.1f ms | p99 < 100 ms |\n", f["p50-ms"], f["p99-ms"], f["max-ms"])
	fmt.Fprint(w, "\nWhat a check costs while 1,000 revocations a second arrive. Targets: a probe < 50 ns; a token seen before <= 300 ns without allocation, its probe included.\n"+
		"The names of a token are hashed when it comes for the first time, which then costs a signature as well; later probes have the hashes.\n\n"+
		"| revocations | probe, first time | probe, again | token seen before | allocations |\n|--:|--:|--:|--:|--:|\n")
	for _, c := range r.revoke.checks {
		fmt.Fprintf(w, "| %d | %s | %s%s | %s%s | %.0f |\n", c.entries, nanoseconds(c.first), nanoseconds(c.again), goal(c.again < 50, ""),
			nanoseconds(c.seen), goal(c.seen <= 300, ""), c.seenAllocations)
	}
}
