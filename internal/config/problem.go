package config

import (
	"fmt"
	"slices"
	"strings"
)

// Origin says where a value came from: a place in the file, an environment variable or a flag. The zero value is the default.
type Origin struct {
	File         string // as it was named to Load
	Line, Column int    // from 1
	Variable     string // LINGPAI_...
	Flag         string // --...
}

// String names the place: `lingpai.yaml:3:5`, `LINGPAI_LISTEN`, `--listen` or `default`.
func (o Origin) String() string {
	switch {
	case o.Flag != "":
		return o.Flag
	case o.Variable != "":
		return o.Variable
	case o.Line > 0:
		return fmt.Sprintf("%s:%d:%d", o.File, o.Line, o.Column)
	case o.File != "":
		return o.File
	}
	return "default"
}

// Problem is one thing that is wrong with the configuration.
type Problem struct {
	Origin Origin
	Key    string // such as token.lifetime; "" when no single key is at fault
	Text   string // what is wrong with the value and how to mend it; secrets are never in it
}

// String is one line, or more where lines to add are shown.
func (p Problem) String() string {
	s := p.Text
	if p.Key != "" {
		s = p.Key + " " + s
	}
	if p.Origin != (Origin{}) {
		s = p.Origin.String() + ": " + s
	}
	return s
}

// Problems is the error of [Load]: everything that was found, in the order of the file, then environment, then flags.
type Problems []Problem

// Error lists the problems, one to a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// orNil is the problems as an error, sorted; nil when there are none.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		if d := a.Origin.rank() - b.Origin.rank(); d != 0 {
			return d
		}
		if d := a.Origin.Line - b.Origin.Line; d != 0 {
			return d
		}
		return a.Origin.Column - b.Origin.Column
	})
	return p
}

func (o Origin) rank() int {
	switch {
	case o.Flag != "":
		return 2
	case o.Variable != "":
		return 1
	}
	return 0
}

// Nearest is what a misspelt name was probably meant to be, or "" if nothing is near.
func Nearest(name string, known []string) string {
	best, bestDistance := "", max(2, len(name)/3)+1
	for _, k := range known {
		if d := distance(name, k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
