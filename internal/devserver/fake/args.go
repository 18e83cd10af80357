package fake

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// sort is what an argument is.
type sort int

const (
	text sort = iota
	whole
	decimal
	instant // a date, a date with time, "now", or days, hours or minutes from now: -30d, 12h, 5m
	rest    // this argument and all that follow are texts
)

// param is an argument that a kind takes. All arguments may be left out, from the last.
type param struct {
	name      string
	is        sort
	otherwise string  // what it is when it is left out
	least     float64 // of a number
	most      float64
	above     bool   // it is not less than the argument before it
	oneOf     string // what a text may be, divided by spaces; empty: anything
}

// arg is an argument that has been read: in all forms that its sort has.
type arg struct {
	text string
	i    int
	n    float64
	at   time.Time
}

type args []arg

// read reads what was given for the params of a kind, and what is otherwise for the rest.
func (k *kind) read(given []string, now func() time.Time) (args, error) {
	open := len(k.params) > 0 && k.params[len(k.params)-1].is == rest
	if len(given) > len(k.params) && !open {
		return nil, fmt.Errorf("it takes %s, not %d", counted(len(k.params)), len(given))
	}
	read := make(args, 0, len(k.params))
	for i, p := range k.params {
		if p.is == rest {
			return appendRest(read, given, i), nil
		}
		from, own := p.otherwise, i < len(given)
		if own {
			from = given[i]
		}
		a, err := p.read(from, now)
		if err != nil {
			return nil, fmt.Errorf("%s is %q, which is %w", p.name, from, err)
		}
		if p.above && a.n < read[i-1].n {
			if own {
				return nil, fmt.Errorf("%s, %s, is less than %s, %s", p.name, a.text, k.params[i-1].name, read[i-1].text)
			}
			a = read[i-1] // what was given is more than what is otherwise the most
		}
		read = append(read, a)
	}
	return read, nil
}

func appendRest(read args, given []string, from int) args {
	for _, text := range given[min(from, len(given)):] {
		read = append(read, arg{text: text})
	}
	return read
}

func counted(n int) string {
	switch n {
	case 0:
		return "no values"
	case 1:
		return "one value"
	}
	return fmt.Sprintf("%d values", n)
}

func (p *param) read(from string, now func() time.Time) (arg, error) {
	a := arg{text: from}
	var err error
	switch p.is {
	case whole:
		if a.i, err = strconv.Atoi(from); err != nil {
			return a, fmt.Errorf("no whole number")
		}
		a.n = float64(a.i)
	case decimal:
		if a.n, err = strconv.ParseFloat(from, 64); err != nil || math.IsNaN(a.n) {
			return a, fmt.Errorf("no number")
		}
	case instant:
		if a.at, err = moment(from, now); err != nil {
			return a, err
		}
		a.n = float64(a.at.UnixMilli())
		return a, nil
	default:
		if p.oneOf != "" && from != p.otherwise && !strings.Contains(" "+p.oneOf+" ", " "+from+" ") {
			return a, fmt.Errorf("none of %s", p.oneOf)
		}
		return a, nil
	}
	if a.n < p.least || a.n > p.most {
		return a, fmt.Errorf("not from %s to %s", short(p.least), short(p.most))
	}
	return a, nil
}

// short is a number as one writes it.
func short(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
