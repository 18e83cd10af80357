package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/devserver"
	"github.com/lingpai/lingpai/internal/pattern"
)

// devScreen is the live view of `lingpai dev` on a terminal. It writes only the lines that have changed, so that nothing flickers.
type devScreen struct {
	*page
	in, out *os.File
	app     *app.App
	lines   *lineLog
	view    devView
	drawn   []string // what stands on the screen
	columns int
}

// run shows the view until the context ends, serving fails, or a key says so. The terminal is then as it was before.
func (s *devScreen) run(ctx context.Context) (failure error) {
	before, err := term.MakeRaw(int(s.in.Fd()))
	if err != nil {
		return fmt.Errorf("take over the terminal: %w", err)
	}
	defer func() {
		s.printf("\x1b[?25h\x1b[?1049l") // the cursor, and what stood there before
		_ = term.Restore(int(s.in.Fd()), before)
	}()
	s.printf("\x1b[?1049h\x1b[?25l")
	keys := make(chan string)
	go readKeys(s.in, keys)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	s.view.selected = 1
	for {
		s.draw()
		select {
		case <-ctx.Done():
			return nil
		case failure = <-s.app.Failed():
			return failure
		case key := <-keys:
			if key == "q" || key == "\x03" || key == "" {
				return nil
			}
			s.press(ctx, key)
		case <-tick.C:
		}
	}
}

// readKeys reads until the terminal is gone, which is told by an empty key. It ends with the process.
func readKeys(in io.Reader, keys chan<- string) {
	buffer := make([]byte, 64)
	for {
		n, err := in.Read(buffer)
		if err != nil {
			keys <- ""
			return
		}
		for _, key := range keysIn(string(buffer[:n])) {
			keys <- key
		}
	}
}

// keysIn parts what a terminal sends into keys. Those that are no character begin with an escape and end with a letter.
func keysIn(text string) (keys []string) {
	for text != "" {
		n := 1
		if m := escapeKey().FindString(text); m != "" {
			n = len(m)
		}
		keys, text = append(keys, text[:n]), text[n:]
	}
	return keys
}

var escapeKey = pattern.Lazy(`^\x1b[\[O][0-9;]*[A-Za-z~]`)

// draw writes what is new. The terminal shows it all at once, if it knows how (synchronized output).
func (s *devScreen) draw() {
	columns, rows, err := term.GetSize(int(s.out.Fd()))
	if err != nil || columns < 1 || rows < 1 {
		return
	}
	dev := s.app.Dev()
	v := &s.view
	v.at, v.state, v.machine, v.exchanges, v.log = s.app.Issuer(), dev.State(), dev.Machine(), dev.Exchanges().Since(0), s.lines.tail()
	v.letter = nil
	if letters := dev.Mails(); len(letters) > 0 {
		v.letter = &letters[0]
	}
	v.selected = max(1, min(v.selected, len(v.state.Routes)))
	lines := v.draw(columns, rows)
	var b bytes.Buffer
	if columns != s.columns || len(lines) != len(s.drawn) {
		b.WriteString("\x1b[2J")
		s.columns, s.drawn = columns, make([]string, len(lines))
	}
	for i, line := range lines {
		if line != s.drawn[i] {
			fmt.Fprintf(&b, "\x1b[%d;1H%s\x1b[K", i+1, s.plainIfNeeded(line))
			s.drawn[i] = line
		}
	}
	if b.Len() > 0 {
		s.printf("\x1b[?2026h%s\x1b[?2026l", b.String())
	}
}

var sgr = pattern.Lazy(`\x1b\[[0-9;]*m`)

// plainIfNeeded takes the colours off for those who want none.
func (s *devScreen) plainIfNeeded(line string) string {
	if s.colour {
		return line
	}
	return sgr().ReplaceAllString(line, "")
}

// press does what a key is for.
func (s *devScreen) press(ctx context.Context, key string) {
	dev, v := s.app.Dev(), &s.view
	said, err := "", error(nil)
	switch key {
	case "\x1b[A", "\x1bOA":
		v.selected--
	case "\x1b[B", "\x1bOB":
		v.selected++
	case "\t":
		v.pane = (v.pane + 1) % panes
	case "m", "\r", " ":
		var now devserver.Kind
		now, err = dev.Toggle(v.selected)
		if said = fmt.Sprintf("Route %d is answered by %s now.", v.selected, now); now == devserver.Off {
			said = fmt.Sprintf("Route %d is off now: what comes after it answers.", v.selected)
		}
	case "r":
		said, err = s.mockLast()
	case "e":
		err = dev.ExpireTokens(ctx)
		said = "All access tokens have expired: the clock went forward by their lifetime."
	case "s":
		var n int
		n, err = dev.EndSessions(ctx)
		said = count(n, "session", "sessions") + " ended."
	case "k":
		err = dev.RotateKeys(ctx)
		said = "A new key signs from now on. Old tokens stay good until they expire."
	default:
		said, err = s.disturb(ctx, key)
	}
	if v.said, v.bad = said, err != nil; err != nil {
		v.said = explain(err)
	}
}

// mockLast makes a mock of what was answered last, and chooses its route.
func (s *devScreen) mockLast() (string, error) {
	made, err := s.app.Dev().MockLast()
	if err != nil {
		return "", err
	}
	said := made.Match + " is mocked by " + made.File
	if made.Route == 0 {
		return said + " as soon as the dev file can be read again.", nil
	}
	s.view.selected = made.Route
	if len(made.LeftOut) > 0 {
		said += ", without " + strings.Join(made.LeftOut, ", ")
	}
	return said + ". Press m to switch back.", nil
}

// disturb plays a fault, or takes all of them back.
func (s *devScreen) disturb(ctx context.Context, key string) (string, error) {
	dev := s.app.Dev()
	switch key {
	case "l":
		dev.LoseRefresh()
		return "The next answer to a refresh gets lost on its way. Nobody should be signed out by it.", nil
	case "t":
		dev.Storm()
		return "The next five requests for data are refused with 401.", nil
	case "o":
		if dev.ToggleNetwork() {
			return "Offline: no request gets an answer, until you press o again.", nil
		}
		return "Back online.", nil
	case "+":
		return "The clock went forward by a minute.", dev.Forward(ctx, time.Minute)
	case "0":
		return "Clock and network are as they were.", dev.Reset(ctx)
	}
	return "", nil
}

// lineLog keeps the last lines that were written to it.
type lineLog struct {
	mu    sync.Mutex // guards lines
	lines []string
}

// Write implements io.Writer.
func (l *lineLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(string(b)) {
		l.lines = append(l.lines, strings.TrimRight(line, "\n"))
	}
	l.lines = l.lines[max(0, len(l.lines)-200):]
	return len(b), nil
}

func (l *lineLog) tail() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.lines...)
}
