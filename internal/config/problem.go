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
