// Package script runs the JavaScript and TypeScript of mocks: functions as webpack's `before` takes them, and arrays of mocks as
// vue-element-admin and vite-plugin-mock have them. Nothing of Node is needed.
//
// A Program is one file with the modules that it requires, in a runtime of its own whose state stays, as in Node. The runtime does one thing
// at a time. Scripts read files of the dev file's folder and of node_modules, and nothing else of the machine; a script that does not end,
// or fills the memory, is stopped with its line, and begins again at the next request.
//
// Timers need no thread of their own: whoever waits for an answer runs those that are due, and [Program.Tick] the rest.
package script

import (
	"embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"

	"github.com/lingpai/lingpai/internal/pattern"
)

//go:embed library
var library embed.FS

// Options are what a Program may use.
type Options struct {
	// Root is the folder whose files scripts may read.
	Root string
	// Fake invents data.
	Fake func(kind string, args ...string) (any, error)
	// Console is told what scripts print.
	Console func(level, text string)
	// Seed makes Math.random the same each time; 0 does not.
	Seed uint64
	// Limit is how long one stretch of script may run. 0: 2 seconds.
	Limit time.Duration
	// Memory is how much the heap may grow meanwhile, in bytes. 0: 256 MiB.
	Memory uint64
	// Globals are more names for scripts: functions, or maps of them.
	Globals map[string]any
	Now     func() time.Time
}

// Program is a script that has been read and run. It is safe for concurrent use.
type Program struct {
	options Options
	file    string
	base    string // of the paths of mock arrays

	mu       sync.Mutex // guards the rest: the runtime does one thing at a time
	stopped  bool       // a script was stopped in the middle; nobody knows what state it left
	vm       *goja.Runtime
	modules  map[string]*goja.Object
	files    []string
	timers   timers
	dispatch goja.Callable
	app      goja.Value
	stand    goja.Callable // makes modules that are not here, for configurations; nil otherwise
}

// Error is what went wrong in a script, and where.
type Error struct {
	File         string // from the root
	Line, Column int    // 0: not known
	Text         string
}

// Error implements error: "mock/user.js:12:5: text".
func (e *Error) Error() string {
	switch {
	case e.File == "":
		return e.Text
	case e.Line == 0:
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// Load runs a file, or a folder of mock arrays, and puts what it exports on an app: a function that takes the app, or an array of mocks whose
// paths begin with base. The Program is returned with an error as well: its files are worth following.
func Load(file, base string, o Options) (*Program, error) {
	p := &Program{options: o.withDefaults(), file: file, base: base}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p, p.start()
}

// start runs the script from its beginning, in a new runtime. The caller holds p.mu.
func (p *Program) start() error {
	p.stopped, p.vm, p.modules, p.files, p.timers.list = false, goja.New(), map[string]*goja.Object{}, nil, nil
	p.vm.SetMaxCallStackSize(2000)
	p.vm.SetTimeSource(p.options.Now)
	if seed := p.options.Seed; seed != 0 {
		p.vm.SetRandSource(rand.New(rand.NewPCG(seed, seed)).Float64) //nolint:gosec // of mocks; the same each time is the point
	}
	return p.guarded(p.begin)
}

func (o Options) withDefaults() Options {
	if o.Limit == 0 {
		o.Limit = 2 * time.Second
	}
	if o.Memory == 0 {
		o.Memory = 256 << 20
	}
	return o
}

// Files lists what the script consists of, for following.
func (p *Program) Files() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{p.file}, p.files...)
}

func (p *Program) begin() error {
	if err := p.globals(); err != nil {
		return err
	}
	if _, err := p.builtin("globals"); err != nil {
		return err
	}
	express, err := p.builtin("express")
	if err != nil {
		return err
	}
	own := express.ToObject(p.vm)
	p.dispatch, _ = goja.AssertFunction(own.Get("dispatch"))
	construct, _ := goja.AssertFunction(express)
	if p.app, err = construct(goja.Undefined()); err != nil {
		return err
	}
	names, err := p.entries()
	if err != nil {
		return err
	}
	for _, name := range names {
		exports, err := p.require(name)
		if err != nil {
			return err
		}
		if err := p.register(exports, own); err != nil {
			return err
		}
	}
	return nil
}

// register puts what a file exports on the app.
func (p *Program) register(exports goja.Value, express *goja.Object) error {
	v := exports
	if o, ok := v.(*goja.Object); ok {
		for _, name := range []string{"default", "mocks", "before", "setup"} {
			if inner := o.Get(name); inner != nil && !goja.IsUndefined(inner) && o.ClassName() == "Object" {
				v = inner
				break
			}
		}
	}
	if f, ok := goja.AssertFunction(v); ok {
		_, err := f(goja.Undefined(), p.app)
		return err
	}
	if o, ok := v.(*goja.Object); ok && o.ClassName() == "Array" {
		put, _ := goja.AssertFunction(express.Get("mocks"))
		_, err := put(goja.Undefined(), p.app, o, p.vm.ToValue(p.base))
		return err
	}
	return &Error{File: p.short(p.file), Text: "exports neither a function that takes an app nor an array of mocks; " +
		"write module.exports = app => { … }, or export default [ … ]"}
}

// short names a file as the dev file would.
func (p *Program) short(name string) string {
	if rel, err := filepath.Rel(p.options.Root, name); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(name)
}

// explain finds the place in a script that an error comes from.
func (p *Program) explain(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*goja.InterruptedError](err); ok {
		p.stopped = true
		return p.placed(fmt.Sprint(e.Value()), e.Stack())
	}
	if e, ok := errors.AsType[*goja.StackOverflowError](err); ok {
		p.stopped = true
		return p.placed("calls itself without end", e.Stack())
	}
	if e, ok := errors.AsType[*goja.Exception](err); ok {
		return p.placed(message(e.Value()), e.Stack())
	}
	return &Error{File: p.short(p.file), Text: err.Error()}
}

// message is the text of what was thrown.
func message(v goja.Value) string {
	if o, ok := v.(*goja.Object); ok {
		if text := o.Get("message"); text != nil && !goja.IsUndefined(text) {
			if inner, ok := errors.AsType[*Error](exported(o)); ok {
				return inner.Error()
			}
			if name := o.Get("name"); name != nil && name.String() != "Error" && name.String() != "GoError" {
				return name.String() + ": " + text.String()
			}
			return text.String()
		}
	}
	return v.String()
}

// exported is the Go error that a thrown object carries.
func exported(o *goja.Object) error {
	if inner := o.Get("value"); inner != nil {
		if err, ok := inner.Export().(error); ok {
			return err
		}
	}
	return nil
}

// placed gives an error the innermost place that is not in the library.
func (p *Program) placed(text string, stack []goja.StackFrame) error {
	for _, f := range stack {
		at := f.Position()
		if at.Filename == "" || strings.HasPrefix(at.Filename, builtinPrefix) || at.Line == 0 {
			continue
		}
		return &Error{p.short(at.Filename), at.Line, at.Column, text}
	}
	return &Error{File: p.short(p.file), Text: text}
}

// place is a frame of a stack as goja writes it: "at name (file:line:column(pc))".
var place = pattern.Lazy(`\(?([^\s()]+):(\d+):(\d+)\(\d+\)\)?\s*$`)

func (p *Program) frame(line string) (*Error, bool) {
	m := place().FindStringSubmatch(line)
	if m == nil || strings.HasPrefix(m[1], builtinPrefix) {
		return nil, false
	}
	e := &Error{File: p.short(m[1])}
	e.Line, _ = strconv.Atoi(m[2]) // digits
	e.Column, _ = strconv.Atoi(m[3])
	return e, true
}
