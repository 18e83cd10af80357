package child

import (
	"bytes"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/lingpai/lingpai/internal/pattern"
)

// tailed is how many lines of output are kept.
const tailed = 30

// output takes what the program writes: it passes whole lines on, keeps the last ones, and finds the address in them.
type output struct {
	to io.Writer

	mu    sync.Mutex // guards the rest
	part  []byte     // a line without its end
	lines []string
	found *url.URL
}

// begin forgets the run before.
func (o *output) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.part, o.lines, o.found = nil, nil, nil
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.part = append(o.part, p...)
	for {
		i := bytes.IndexByte(o.part, '\n')
		if i < 0 && len(o.part) < 16<<10 { // a line without an end is cut somewhere
			return len(p), nil
		}
		if i < 0 {
			i = len(o.part) - 1
		}
		line := o.part[:i+1]
		if o.to != nil {
			if _, err := o.to.Write(line); err != nil {
				o.to = nil // nobody reads it any more; the program goes on
			}
		}
		o.keep(plain(string(line)))
		o.part = o.part[i+1:]
	}
}

func (o *output) keep(line string) {
	if line == "" {
		return
	}
	o.lines = append(o.lines, line)
	o.lines = o.lines[max(0, len(o.lines)-tailed):]
	if o.found == nil {
		o.found = addressIn(line)
	}
}

func (o *output) tail() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string{}, slices.Clone(o.lines)...)
}

func (o *output) address() *url.URL {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.found
}

var escapes = pattern.Lazy(`\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-_])`)

// plain is a line without colours and other control characters.
func plain(line string) string {
	line = escapes().ReplaceAllString(line, "")
	return strings.TrimRight(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, line), " \t")
}

var (
	addresses = pattern.Lazy(`(https?)://(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(:\d+)`)
	// announcing are words that stand where a dev server says where it is. Others, such as a proxy's target, are not its own.
	announcing = pattern.Lazy(`(?i)\b(local|loopback|listening|running|ready|serv(er|ing|ed)|started|available|open|app|on|at)\b|^\W*http`)
	foreign    = pattern.Lazy(`(?i)prox|backend|upstream|inspector|debug`)
)

// addressIn is the address that a line of output names as the program's own, or nil.
func addressIn(line string) *url.URL {
	m := addresses().FindStringSubmatch(line)
	if m == nil || foreign().MatchString(line) || !announcing().MatchString(line) {
		return nil
	}
	host := m[2]
	if host == "0.0.0.0" || host == "[::]" {
		host = "localhost"
	}
	return &url.URL{Scheme: m[1], Host: host + m[3]}
}
