package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestHTTPScripts plays testdata/http/*.txt, each against a server of its own. The README beside them says how they are written.
func TestHTTPScripts(t *testing.T) {
	files, err := filepath.Glob("../../testdata/http/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			(&script{T: t, name: filepath.Base(file)}).play(string(text))
		})
	}
}

// script is one file while it is played.
type script struct {
	*testing.T
	name string
	line int

	settings []string
	s        *server // nil until something needs it
	clients  map[string]*client
	now      *client
	vars     map[string]string

	request []string // lines of a request that was not sent yet
	sentAt  int      // line where it began
	reply   reply
}

func (p *script) play(text string) {
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		if sent, ok := strings.CutPrefix(line, ">"); ok {
			if len(p.request) == 0 {
				p.sentAt = p.line
			}
			p.request = append(p.request, strings.TrimPrefix(sent, " "))
			continue
		}
		p.send()
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			p.step(line)
		}
	}
	p.send()
}

func (p *script) step(line string) {
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "<":
		p.expect(p.filled(rest))
	case "->":
		p.capture(rest)
	case "config":
		p.settings = append(p.settings, strings.Replace(rest, " ", "=", 1))
	case "user":
		p.addUser(rest)
	case "disable":
		p.disable(rest)
	case "client":
		p.meet(rest)
	case "advance":
		p.advance(rest)
	default:
		p.fatalf("no such line: %q", line)
	}
}

func (p *script) server() *server {
	if p.s == nil {
		p.s = start(p.T, p.settings...)
		p.clients, p.vars = map[string]*client{}, map[string]string{"origin": p.s.origin}
		p.now = p.s.program()
	}
	return p.s
}

func (p *script) addUser(rest string) {
	name, rest, _ := strings.Cut(rest, " ")
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		p.fatalf("user NAME \"PASSWORD\" [ROLE...]")
	}
	pw, _ := strconv.Unquote(quoted) // QuotedPrefix has found that it can be
	p.server().addUser(name, pw, strings.Fields(rest[len(quoted):])...)
}

func (p *script) disable(name string) {
	u, err := p.server().core.Store.UserByLogin(p.Context(), name)
	if err == nil {
		err = p.s.core.Users.SetDisabled(p.Context(), u.ID, true, cli)
	}
	if err != nil {
		p.fatalf("disable %s: %v", name, err)
	}
}

// meet changes to a client of that name, which keeps cookies; "client none" to one that keeps none.
func (p *script) meet(name string) {
	s := p.server()
	if name == "none" {
		p.now = s.program()
		return
	}
	if p.clients[name] == nil {
		p.clients[name] = s.browser()
	}
	p.now = p.clients[name]
}

func (p *script) advance(span string) {
	d, err := time.ParseDuration(span)
	if err != nil {
		p.fatalf("advance: %v", err)
	}
	p.server().clock.advance(d)
}

// send sends the request that was gathered, if any.
func (p *script) send() {
	if len(p.request) == 0 {
		return
	}
	p.server()
	lines := strings.Split(p.filled(strings.Join(p.request, "\n")), "\n")
	p.request = nil
	method, path, ok := strings.Cut(lines[0], " ")
	if !ok {
		p.fatalf("a request begins with METHOD PATH")
	}
	var headers []string
	body := ""
	for i, line := range lines[1:] {
		if line == "" {
			body = strings.Join(lines[i+2:], "\n")
			break
		}
		headers = append(headers, line)
	}
	p.reply = p.now.do(method, path, body, headers...)
}

// expect checks one line about the answer.
func (p *script) expect(want string) {
	p.Helper()
	if status, err := strconv.Atoi(want); err == nil {
		if p.reply.status != status {
			p.fatalf("status is %d, want %d", p.reply.status, status) // what follows would only repeat it
		}
		return
	}
	if absent, ok := strings.CutPrefix(want, "!"); ok {
		if got, found := p.part(absent); found {
			p.errorf("%s should not be there and is %s", absent, got)
		}
		return
	}
	name, operator, value := condition(want)
	got, found := p.part(name)
	if !found {
		p.errorf("%s is missing", name)
		return
	}
	p.compare(name, operator, got, value)
}

var conditions = regexp.MustCompile(`^(\S+?)(:| =| ~) (.*)$`)

// condition takes "Name: value", "name = value" or "name ~ expression" apart.
func condition(line string) (name, operator, value string) {
	m := conditions.FindStringSubmatch(line)
	if m == nil {
		return line, "", ""
	}
	return m[1], strings.TrimSpace(m[2]), m[3]
}

func (p *script) compare(name, operator, got, want string) {
	p.Helper()
	switch operator {
	case "~":
		re, err := regexp.Compile(want)
		if err != nil {
			p.fatalf("%v", err)
		}
		if !re.MatchString(got) {
			p.errorf("%s is %s, want a match of %s", name, got, want)
		}
	case "=":
		var g, w any
		if json.Unmarshal([]byte(got), &g) != nil || json.Unmarshal([]byte(want), &w) != nil {
			p.fatalf("%s: one of %s and %s is no JSON", name, got, want)
		}
		if diff := cmp.Diff(w, g); diff != "" {
			p.errorf("%s (-want +got):\n%s", name, diff)
		}
	case ":":
		if got != want {
			p.errorf("%s is %q, want %q", name, got, want)
		}
	default:
		p.fatalf("a condition is Name: value, name = JSON or name ~ expression")
	}
}

// part is what a name stands for: "body", ".member.of.the.body" as JSON, or a header, its lines joined by " | ".
func (p *script) part(name string) (string, bool) {
	if name == "body" {
		return p.reply.body, p.reply.body != ""
	}
	if path, ok := strings.CutPrefix(name, "."); ok {
		return member(p.reply.body, path)
	}
	lines := p.reply.header.Values(http.CanonicalHeaderKey(name))
	return strings.Join(lines, " | "), len(lines) > 0
}

// member finds a member of a JSON text; numbers in the path count items of an array.
func member(text, path string) (string, bool) {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return "", false
	}
	for key := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			inner, ok := in[key]
			if !ok {
				return "", false
			}
			v = inner
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(in) {
				return "", false
			}
			v = in[i]
		default:
			return "", false
		}
	}
	out, err := json.Marshal(v)
	return string(out), err == nil
}

var captures = regexp.MustCompile(`^\$(\w+) = (\S+)(?: ~ (.*))?$`)

// capture keeps a part of the answer: "$name = .member", or "$name = Header ~ expression" for the first group of a match.
func (p *script) capture(line string) {
	m := captures.FindStringSubmatch(line)
	if m == nil {
		p.fatalf("a capture is -> $name = part, or -> $name = part ~ expression")
	}
	value, found := p.part(m[2])
	if !found {
		p.fatalf("%s is missing", m[2])
	}
	var text string
	if m[2][0] == '.' && json.Unmarshal([]byte(value), &text) == nil {
		value = text // a string without its quotes
	}
	if m[3] != "" {
		group := regexp.MustCompile(m[3]).FindStringSubmatch(value)
		if len(group) < 2 {
			p.fatalf("%s does not match %s", m[2], m[3])
		}
		value = group[1]
	}
	p.vars[m[1]] = value
}

var variables = regexp.MustCompile(`\$([a-z]\w*)`)

// filled puts in what was captured. A name that was not captured stays as it is.
func (p *script) filled(text string) string {
	return variables.ReplaceAllStringFunc(text, func(v string) string {
		if value, ok := p.vars[v[1:]]; ok {
			return value
		}
		return v
	})
}

func (p *script) errorf(format string, args ...any) {
	p.Helper()
	p.Errorf("%s:%d: %s\nanswer to line %d: %s", p.name, p.line, fmt.Sprintf(format, args...), p.sentAt, p.shown())
}

func (p *script) fatalf(format string, args ...any) {
	p.Helper()
	p.errorf(format, args...)
	p.FailNow()
}

// shown is the answer as a terminal shows it.
func (p *script) shown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d\n", p.reply.status)
	_ = p.reply.header.Write(&out) // a strings.Builder takes everything
	return out.String() + "\n" + p.reply.body
}
