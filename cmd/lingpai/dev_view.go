package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/devserver"
	"github.com/lingpai/lingpai/internal/devserver/child"
	"github.com/lingpai/lingpai/internal/devserver/exchange"
)

// devView is what the terminal of `lingpai dev` shows at one moment. It draws lines and does nothing else.
type devView struct {
	at        string
	state     devserver.State
	machine   devserver.MachineState
	exchanges []exchange.Exchange // oldest first
	letter    *devserver.Caught   // the newest, or nil
	log       []string            // lines, oldest first
	pane      pane
	selected  int    // a route, from 1
	said      string // what the last key did
	bad       bool   // and whether it could
}

// pane is what the lower half of the screen shows.
type pane int

const (
	requestsPane pane = iota
	appPane
	logPane
	panes
)

// keyHelp is what the keys do, those first that must not miss.
var keyHelp = [][2]string{
	{"q", "quit"}, {"↑↓", "route"}, {"m", "mock/real"}, {"r", "mock last answer"}, {"tab", "requests/app/log"}, {"e", "expire tokens"}, {"s", "end sessions"},
	{"l", "lose next refresh"}, {"o", "offline"}, {"t", "401 storm"}, {"k", "new key"}, {"+", "clock +1 min"}, {"0", "reset"},
}

// draw fills a screen: as many lines as it has, none wider.
func (v devView) draw(columns, rows int) []string {
	top := v.head(columns)
	foot := v.foot(columns)
	room := rows - len(top) - len(foot) - 1
	if room < 2 {
		return fill(append(top, foot...), rows)
	}
	routes := v.routes(columns, max(1, min(len(v.state.Routes), room/2-1)))
	if room < 6 {
		routes = nil
	}
	lower := v.lower(columns, room-len(routes))
	all := append(append(append(top, routes...), lower...), fill(nil, max(0, room-len(routes)-len(lower)))...)
	return fill(append(append(all, ""), foot...), rows)
}

// fill makes a list of lines as long as the screen is high.
func fill(lines []string, rows int) []string {
	for len(lines) < rows {
		lines = append(lines, "")
	}
	return lines[:rows]
}

func (v devView) head(columns int) []string {
	cells := []cell{{" lingpai dev", strong}, {"  " + v.at, ""}}
	const who = " sign in as alice or bob, password = name"
	beside := columns-14-width(v.at) >= width(who)+2
	if beside {
		cells = append(cells, cell{"  " + who, faint})
	}
	lines := []string{fit(cells, columns)}
	if !beside {
		lines = append(lines, fit([]cell{{who, faint}}, columns))
	}
	if status := v.status(); len(status) > 0 {
		lines = append(lines, fit(status, columns))
	}
	if l := v.letter; l != nil {
		lines = append(lines, fit([]cell{{" mail ", good}, {printable(l.Subject) + " ", ""}, {"to " + printable(l.To) + "  ", faint}, {l.Link, strong}}, columns))
	}
	return append(lines, "")
}

// cell is text in one style.
type cell struct {
	text  string
	style style
}

// fit puts cells into a line and cuts what is too much.
func fit(cells []cell, columns int) string {
	var b strings.Builder
	for _, c := range cells {
		text := clip(c.text, columns)
		columns -= width(text)
		b.WriteString((&page{colour: true}).paint(c.style, text))
	}
	return b.String()
}

// clip cuts text to a number of columns.
func clip(text string, columns int) string {
	if width(text) <= columns {
		return text
	}
	var b strings.Builder
	used := 0
	for _, r := range text {
		n := width(string(r))
		if used+n > columns-1 {
			break
		}
		used += n
		b.WriteRune(r)
	}
	if columns > 0 {
		b.WriteRune('…')
	}
	return b.String()
}

// padTo makes text exactly as wide as a column.
func padTo(text string, columns int) string {
	text = clip(text, columns)
	return text + strings.Repeat(" ", max(0, columns-width(text)))
}

// status says what is out of the ordinary, and how the app is.
func (v devView) status() (cells []cell) {
	add := func(s style, format string, args ...any) {
		lead := " · "
		if len(cells) == 0 {
			lead = " "
		}
		cells = append(cells, cell{lead, faint}, cell{fmt.Sprintf(format, args...), s})
	}
	if a := v.state.App; a != nil {
		look, text := v.app(*a)
		add(look, "%s", printable(text))
	}
	if d := time.Duration(v.machine.Ahead * float64(time.Second)).Round(time.Second); d != 0 {
		add(warn, "clock %s", strings.Replace("+"+d.String(), "+-", "-", 1))
	}
	if v.machine.Offline {
		add(bad, "offline")
	}
	if v.machine.Lose > 0 {
		add(warn, "%s will be lost", count(v.machine.Lose, "refresh answer", "refresh answers"))
	}
	if v.machine.Storm > 0 {
		add(warn, "%s will be refused", count(v.machine.Storm, "request", "requests"))
	}
	return cells
}

func (v devView) app(a devserver.AppState) (style, string) {
	if a.Server == nil {
		return good, "app: folder " + a.Folder
	}
	name := a.Server.Command
	if name == "" {
		name = a.Server.Address
	}
	switch a.Server.State {
	case child.Ready:
		if a.Server.Command != "" {
			name += " at " + strings.TrimPrefix(a.Server.Address, "http://")
		}
		return good, "app: " + name
	case child.Installing:
		return warn, "app: packages are being installed"
	case child.Waiting:
		if a.Server.Ended != "" {
			return bad, "app: " + name + ", " + a.Server.Ended + " (tab: what it wrote)"
		}
	}
	if a.Server.Says != "" {
		says, expected := strings.TrimPrefix(a.Server.Says, "http://"), strings.TrimPrefix(a.Server.Address, "http://")
		return bad, "app: " + name + " says it is at " + says + ", the dev file says " + expected
	}
	return warn, "app: " + name + " is starting"
}

// routes lists those around the selected one.
func (v devView) routes(columns, most int) []string {
	source := "sample API"
	if v.state.Found {
		source = filepath.Base(v.state.File)
	}
	lines := []string{fit([]cell{{" Routes", strong}, {"  " + source, faint}}, columns)}
	first := max(0, min(v.selected-1-most/2, len(v.state.Routes)-most))
	shown := v.state.Routes[first:min(len(v.state.Routes), first+most)]
	match, others := 0, 0 // columns that their cells need
	for _, r := range shown {
		match, others = max(match, width(printable(r.Match))), max(others, width(otherKinds(r)))
	}
	match = max(12, min(match, columns-30-others))
	for i, r := range shown {
		lines = append(lines, v.route(r, first+i+1 == v.selected, columns, match, others))
	}
	if len(v.state.Problems) > 0 {
		lines = append(lines, fit([]cell{{" ! " + printable(v.state.Problems[0]), bad}}, columns))
	}
	return append(lines, "")
}

// otherKinds are the ways in which a route could be answered besides that in use.
func otherKinds(r devserver.RouteState) string {
	var others []string
	for _, k := range r.Kinds {
		if k != r.Use {
			others = append(others, string(k))
		}
	}
	return strings.Join(others, " ")
}

func (v devView) route(r devserver.RouteState, selected bool, columns, match, others int) string {
	mark, look := "  ", style("")
	if selected {
		mark, look = " ›", strong
	}
	use := style("")
	if r.Use == devserver.Off {
		use = bad
	}
	needs := ""
	if r.Auth {
		needs = " token " + strings.Join(r.Roles, "|")
	}
	return fit([]cell{
		{mark, strong}, {fmt.Sprintf("%3d ", r.Number), faint}, {padTo(printable(r.Match), match), look}, {"  ", ""},
		{padTo(string(r.Use), 8), use}, {padTo(otherKinds(r), others), faint}, {needs, faint},
	}, columns)
}

// lower is the pane that is chosen.
func (v devView) lower(columns, rows int) []string {
	if rows < 2 {
		return nil
	}
	names := []string{"Requests", "App", "Log"}
	var tabs []cell
	for i, name := range names {
		look := faint
		if pane(i) == v.pane {
			look = strong
		}
		tabs = append(tabs, cell{" " + name + " ", look})
	}
	lines := []string{fit(tabs, columns)}
	switch v.pane {
	case appPane:
		output := []string{"no dev server is run from here; start it with: lingpai dev -- npm run dev"}
		if a := v.state.App; a != nil && a.Server != nil && a.Server.Command != "" {
			output = a.Server.Output
		}
		return append(lines, v.tail(output, columns, rows-1)...)
	case logPane:
		return append(lines, v.tail(v.log, columns, rows-1)...)
	}
	shown := v.exchanges[max(0, len(v.exchanges)-(rows-1)):]
	if len(shown) == 0 {
		return append(lines, fit([]cell{{"   nothing was asked yet; open " + v.at, faint}}, columns))
	}
	w := share(shown, columns)
	for _, x := range shown {
		lines = append(lines, v.exchange(x, columns, w))
	}
	return v.advised(lines, addition(shown[len(shown)-1]), columns, rows)
}

// widths are the columns of a request that differ from screen to screen: 0 for one that has no room.
type widths struct{ at, path, by int }

// share divides a line among the columns of what is shown. A code stays whole, or nobody could look it up: the path is cut for it, and where little
// would be left of that, the line goes without the time, and then without who answered.
func share(shown []exchange.Exchange, columns int) widths {
	const legible = 10 // columns of a path that still say something
	w, path, code := widths{at: len(" 15:04:05")}, legible, len("100.5ms")
	for _, x := range shown {
		path, w.by, code = max(path, width(printable(x.Path))), max(w.by, width("  "+servedBy(x))), max(code, width(x.Code))
	}
	path = max(legible, min(path, columns-39-w.by))
	room := func() int { return columns - w.at - len(" OPTIONS") - len("401 ") - w.by - len("  ") - code }
	if room() < legible {
		w.at = 0
	}
	if room() < legible {
		w.by = 0
	}
	w.path = max(1, min(path, room()))
	return w
}

// advised puts beneath the last request what to write for it, in the place of the oldest requests.
func (v devView) advised(lines, advice []string, columns, rows int) []string {
	if len(advice) == 0 || rows < len(advice)+3 {
		return lines
	}
	if over := len(lines) + len(advice) - rows; over > 0 {
		lines = append(lines[:1], lines[1+over:]...)
	}
	for _, line := range advice {
		lines = append(lines, fit([]cell{{line, faint}}, columns))
	}
	return lines
}

func (v devView) tail(all []string, columns, rows int) (lines []string) {
	for _, line := range all[max(0, len(all)-rows):] {
		lines = append(lines, fit([]cell{{"   " + printable(strings.ReplaceAll(line, "\t", "  ")), ""}}, columns))
	}
	return lines
}

// exchange is one line: when, what, who answered, and how, or why not.
func (v devView) exchange(x exchange.Exchange, columns int, w widths) string {
	cells := []cell{
		{padTo(x.At.Local().Format(" 15:04:05"), w.at), faint}, {padTo(" "+printable(x.Method), 8), ""}, {padTo(statusText(x), 4), statusStyle(x.Status)},
		{padTo(printable(x.Path), w.path), ""}, {padTo("  "+servedBy(x), w.by) + " ", faint},
	}
	switch {
	case x.Code != "":
		cells = append(cells, cell{" " + x.Code, statusStyle(x.Status)})
		const legible = 16 // fewer columns of a sentence say nothing
		if columns-w.at-w.path-w.by-16-width(x.Code) >= legible {
			cells = append(cells, cell{"  " + printable(x.Reason), faint})
		}
	case x.Reason != "":
		cells = append(cells, cell{" " + printable(x.Reason), warn})
	default:
		cells = append(cells, cell{" " + took(x.Took), faint})
	}
	return fit(cells, columns)
}

func statusText(x exchange.Exchange) string {
	if x.Status == 0 {
		return "cut"
	}
	return strconv.Itoa(x.Status)
}

func statusStyle(status int) style {
	switch {
	case status == 0 || status >= 500:
		return bad
	case status >= 400:
		return warn
	case status >= 200 && status < 300:
		return good
	}
	return ""
}

func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// foot is what the last key did, and what the keys do.
func (v devView) foot(columns int) []string {
	look := style("")
	if v.bad {
		look = bad
	}
	lines := []string{fit([]cell{{" " + printable(v.said), look}}, columns)}
	var row []cell
	used := 0
	for _, k := range keyHelp {
		n := width(k[0]) + width(k[1]) + 3
		if used+n > columns && used > 0 {
			lines, row, used = append(lines, fit(row, columns)), nil, 0
		}
		row = append(row, cell{" " + k[0], strong}, cell{" " + k[1] + " ", faint})
		used += n
	}
	return append(lines, fit(row, columns))
}
