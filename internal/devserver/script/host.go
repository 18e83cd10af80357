package script

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/dop251/goja"
)

// globals gives the library what it needs of the host.
func (p *Program) globals() error {
	all := map[string]any{
		"__fake":    p.options.Fake,
		"__console": p.options.Console,
		"__root":    p.options.Root,
		"__encode":  encode,

		"setTimeout":    p.timer(false),
		"setInterval":   p.timer(true),
		"setImmediate":  p.timer(false),
		"clearTimeout":  p.timers.remove,
		"clearInterval": p.timers.remove,
	}
	maps.Copy(all, p.options.Globals)
	for name, v := range all {
		if err := p.vm.Set(name, v); err != nil {
			return err
		}
	}
	return nil
}

// encode changes how a text stands for bytes.
func encode(text, from, to string) (string, error) {
	data, err := decoded(text, from)
	if err != nil {
		return "", err
	}
	switch to {
	case "base64":
		return base64.StdEncoding.EncodeToString(data), nil
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(data), nil
	case "hex":
		return hex.EncodeToString(data), nil
	case "latin1", "binary", "ascii":
		runes := make([]rune, len(data))
		for i, b := range data {
			runes[i] = rune(b)
		}
		return string(runes), nil
	}
	return string(data), nil
}

func decoded(text, from string) ([]byte, error) {
	switch from {
	case "base64", "base64url":
		return decodeBase64(text)
	case "hex":
		return hex.DecodeString(text)
	case "latin1", "binary", "ascii":
		var data []byte
		for _, r := range text {
			if r > 0xff {
				return nil, errors.New("a character outside of Latin-1")
			}
			data = append(data, byte(r))
		}
		return data, nil
	}
	return []byte(text), nil
}

func decodeBase64(text string) ([]byte, error) {
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if data, err := e.DecodeString(text); err == nil {
			return data, nil
		}
	}
	return nil, errors.New("this is not base64")
}

// timer is one call of setTimeout or setInterval.
type timer struct {
	id    int64
	due   time.Time
	every time.Duration // 0: once
	do    goja.Callable
	args  []goja.Value
}

// timers are in the order in which they are due. The Program's mutex guards them.
type timers struct {
	list []timer
	last int64
}

func (t *timers) add(x timer) int64 {
	if x.id == 0 {
		t.last++
		x.id = t.last
	}
	i, _ := slices.BinarySearchFunc(t.list, x, func(a, b timer) int {
		if !a.due.After(b.due) {
			return -1
		}
		return 1
	})
	t.list = slices.Insert(t.list, i, x)
	return x.id
}

func (t *timers) remove(id int64) {
	t.list = slices.DeleteFunc(t.list, func(x timer) bool { return x.id == id })
}

// maxTimers bounds what a script can pile up.
const maxTimers = 10_000

func (p *Program) timer(again bool) func(call goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) goja.Value {
		do, ok := goja.AssertFunction(call.Argument(0))
		if !ok {
			panic(p.vm.NewTypeError("the first argument of a timer must be a function"))
		}
		if len(p.timers.list) >= maxTimers {
			panic(p.vm.NewTypeError("more than 10000 timers wait"))
		}
		wait := time.Duration(max(0, min(call.Argument(1).ToInteger(), 1<<31))) * time.Millisecond
		x := timer{due: p.options.Now().Add(wait), do: do}
		if again {
			x.every = max(wait, time.Millisecond)
		}
		if len(call.Arguments) > 2 {
			x.args = call.Arguments[2:]
		}
		return p.vm.ToValue(p.timers.add(x))
	}
}

// Tick runs the timers that are due. The caller calls it from time to time, for those that nobody waits for.
func (p *Program) Tick() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.runDue()
}

// runDue runs the timers that are due now; those that they start wait for the next turn. The caller holds p.mu.
func (p *Program) runDue() error {
	now := p.options.Now()
	var errs []error
	for range len(p.timers.list) {
		if len(p.timers.list) == 0 || p.timers.list[0].due.After(now) {
			break
		}
		x := p.timers.list[0]
		p.timers.list = p.timers.list[1:]
		if x.every > 0 {
			x.due = now.Add(x.every)
			p.timers.add(x)
		}
		errs = append(errs, p.guarded(func() error { _, err := x.do(goja.Undefined(), x.args...); return err }))
	}
	return errors.Join(errs...)
}
