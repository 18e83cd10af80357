package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/lingpai/lingpai/internal/fault"
)

// page is where a command writes what it has to say: plain text, and on a terminal in colour.
type page struct {
	io.Writer
	colour bool
	wide   int // columns of the terminal; 0 elsewhere, where nothing is wrapped
	now    time.Time
}

// newPage honours NO_COLOR (https://no-color.org) and terminals that know no colours.
func newPage(w io.Writer) *page {
	colour := isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return &page{Writer: w, colour: colour, wide: columnsOf(w), now: time.Now()}
}

// columnsOf is how wide a terminal is, 0 for what is none.
func columnsOf(w any) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// isTerminal reports whether a reader or writer is a screen with somebody before it.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// style is a way to write: the parameters of the escape sequence that asks for it (ECMA-48, SGR).
type style string

// The styles. Red, purple and blue are kept for the three parts of a token, in shades that read on light and on dark.
const (
	strong    style = "1"
	faint     style = "2"
	good      style = "32"
	warn      style = "33"
	bad       style = "31"
	header    style = "38;5;197"
	payload   style = "38;5;135"
	signature style = "38;5;33"
)

func (p *page) paint(s style, text string) string {
	if !p.colour || text == "" || s == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// unbroken is the space within what stays on one line.
const unbroken = "\u00a0"

// prose writes a sentence, wrapped to the terminal with each line indented.
func (p *page) prose(indent, text string) {
	for _, line := range wrap(text, p.wide-len(indent)) {
		p.printf("%s%s\n", indent, strings.ReplaceAll(line, unbroken, " "))
	}
}

// json writes what programs read: member names are part of the interface, times are RFC 3339 in UTC. What could steer a terminal is
// escaped: people read it, too, and a User-Agent is what a stranger wrote.
func (p *page) json(v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	if _, err := io.WriteString(p, escaped(text.String())); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// table writes rows under a head, columns aligned. Cells may be painted. A terminal gets no column that is empty, and where the rows do not fit into it,
// each row by itself.
func (p *page) table(head []string, rows [][]string) {
	if p.wide > 0 {
		head, rows = withoutEmpty(head, rows)
	}
	if !p.fits(append([][]string{head}, rows...)) {
		p.records(head, rows)
		return
	}
	painted := make([]string, len(head))
	for i, h := range head {
		painted[i] = p.paint(faint, h)
	}
	p.columns("", append([][]string{painted}, rows...))
}

// withoutEmpty leaves out the columns in which no row has anything.
func withoutEmpty(head []string, rows [][]string) ([]string, [][]string) {
	var shown []int
	for i := range head {
		if slices.ContainsFunc(rows, func(row []string) bool { return i < len(row) && row[i] != "" }) {
			shown = append(shown, i)
		}
	}
	pick := func(row []string) (out []string) {
		for _, i := range shown {
			if i < len(row) {
				out = append(out, row[i])
			}
		}
		return out
	}
	picked := make([][]string, len(rows))
	for i, row := range rows {
		picked[i] = pick(row)
	}
	return pick(head), picked
}

// records writes the rows of a table one below the other: the first cell, and under it the others with what their column is called.
func (p *page) records(head []string, rows [][]string) {
	for i, row := range rows {
		if i > 0 {
			p.printf("\n")
		}
		p.printf("%s  %s\n", p.paint(strong, row[0]), p.paint(faint, head[0]))
		var cells [][2]string
		for j, cell := range row[1:] {
			cells = append(cells, [2]string{strings.ToLower(head[j+1]), cell})
		}
		p.pairs(cells...)
	}
}

// pairs writes a label and its value to a line. Pairs without a value are left out. A value of several lines goes on below its beginning.
func (p *page) pairs(rows ...[2]string) {
	var out [][]string
	for _, r := range rows {
		if r[1] == "" {
			continue
		}
		label := p.paint(faint, r[0])
		for line := range strings.SplitSeq(r[1], "\n") {
			out = append(out, []string{label, line})
			label = ""
		}
	}
	p.columns("  ", out)
}

// leastRoom is how many columns of a terminal text needs that is wrapped; with fewer, the terminal may break it where it will.
const leastRoom = 20

// columns writes rows with their cells aligned. What does not fit into the last column goes on below its beginning.
func (p *page) columns(indent string, rows [][]string) {
	widths := widthsOf(rows)
	room := p.wide - len(indent)
	for _, w := range widths[:max(0, len(widths)-1)] {
		room -= w + gap
	}
	for _, row := range rows {
		if last := len(row) - 1; p.wide == 0 || len(row) < len(widths) || room < leastRoom {
			p.row(indent, widths, row)
		} else {
			for _, part := range wrap(row[last], room) {
				p.row(indent, widths, append(slices.Clone(row[:last]), part))
				row = make([]string, len(row))
			}
		}
	}
}

// gap is between columns.
const gap = 2

func (p *page) row(indent string, widths []int, cells []string) {
	var line strings.Builder
	line.WriteString(indent)
	for i, cell := range cells {
		line.WriteString(cell)
		line.WriteString(strings.Repeat(" ", widths[i]-min(widths[i], width(cell))+gap))
	}
	fmt.Fprintln(p, strings.TrimRight(line.String(), " "))
}

func widthsOf(rows [][]string) (widths []int) {
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	return widths
}

// fits reports whether rows can be read in columns: all but the last stand beside one another, and what is left is enough for the last.
func (p *page) fits(rows [][]string) bool {
	if p.wide == 0 {
		return true
	}
	widths := widthsOf(rows)
	used := 0
	for _, w := range widths {
		used += w + gap
	}
	last := 0
	if len(widths) > 0 {
		last = widths[len(widths)-1]
	}
	return used-gap <= p.wide || p.wide-(used-gap-last) >= leastRoom
}

// ago says when something was, as people do; JSON has the exact time.
func (p *page) ago(t time.Time) string {
	switch d := p.now.Sub(t).Round(time.Second); {
	case t.IsZero():
		return ""
	case d < 0:
		return "in " + fault.Span(nearest(-d))
	case d < 2*time.Second:
		return "just now"
	default:
		return fault.Span(d) + " ago"
	}
}

// nearest rounds what is to come to the unit that it is said in: a token of five minutes that was issued just now is good for five.
func nearest(d time.Duration) time.Duration {
	for _, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		if d >= 2*unit {
			return d.Round(unit)
		}
	}
	return d
}

// exactly says when something was or will be, with the date.
func (p *page) exactly(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime) + " UTC, " + p.ago(t)
}

// count says how many, in words that agree.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
