package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
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

// table writes rows under a head, columns aligned. Cells may be painted.
func (p *page) table(head []string, rows [][]string) {
	painted := make([]string, len(head))
	for i, h := range head {
		painted[i] = p.paint(faint, h)
	}
	p.columns("", append([][]string{painted}, rows...))
}

// pairs writes a label and its value to a line. Pairs without a value are left out. A value of several lines, or that is too long for the terminal,
// goes on below its beginning.
func (p *page) pairs(rows ...[2]string) {
	const indent = "  "
	room := p.wide
	for _, r := range rows {
		room = min(room, p.wide-len(indent)-width(r[0])-2)
	}
	var out [][]string
	for _, r := range rows {
		label := p.paint(faint, r[0])
		for _, line := range p.wrapped(r[1], room) {
			out = append(out, []string{label, line})
			label = ""
		}
	}
	p.columns(indent, out)
}

// wrapped are the lines of a text, each wrapped if there are so few columns; none for "".
func (p *page) wrapped(text string, columns int) (out []string) {
	if text == "" {
		return nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		if p.wide > 0 {
			out = append(out, wrap(line, max(columns, 20))...)
		} else {
			out = append(out, line)
		}
	}
	return out
}

func (p *page) columns(indent string, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		line.WriteString(indent)
		for i, cell := range row {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-width(cell)+2))
		}
		fmt.Fprintln(p, strings.TrimRight(line.String(), " "))
	}
}

// ago says when something was, as people do; JSON has the exact time.
func (p *page) ago(t time.Time) string {
	switch d := p.now.Sub(t).Round(time.Second); {
	case t.IsZero():
		return ""
	case d < 0:
		return "in " + fault.Span(-d)
	case d < 2*time.Second:
		return "just now"
	default:
		return fault.Span(d) + " ago"
	}
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
