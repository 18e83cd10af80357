package script

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/dop251/goja"

	"github.com/lingpai/lingpai/internal/devserver/route"
)

// exchange is one request in a script. The Program's mutex guards it until it is over.
type exchange struct {
	p       *Program
	status  int
	header  http.Header
	begun   bool // the head is in the script's hands no more
	chunks  [][]byte
	ended   bool
	passed  bool // next() came to the end of the app
	err     error
	onClose goja.Callable
	changed chan struct{} // something came while others ran the timers
}

// Answer lets the app answer a request, or reports that it passed it on. A body that is too long to look into is passed on as well.
func (p *Program) Answer(w http.ResponseWriter, r *http.Request) (answered bool, err error) {
	body, err := route.Peek(r)
	if errors.Is(err, route.ErrLongBody) {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	x := &exchange{p: p, changed: make(chan struct{}, 1)}
	p.mu.Lock()
	if p.stopped {
		err = p.start()
	}
	if err != nil {
		p.mu.Unlock()
		return true, err
	}
	err = p.guarded(func() error {
		_, err := p.dispatch(goja.Undefined(), p.app, p.vm.ToValue(x.host(r, body)))
		return err
	})
	for {
		wait, waiting := p.next()
		step := x.take()
		p.mu.Unlock()
		if done, answered, err := step.finish(w, err); done {
			return answered, err
		}
		if !waiting {
			return true, p.silent(r.URL.Path)
		}
		if !x.wait(r, wait) {
			p.mu.Lock()
			err := x.close()
			p.mu.Unlock()
			return true, errors.Join(r.Context().Err(), err)
		}
		p.mu.Lock()
		err = p.runDue()
	}
}

func (p *Program) silent(path string) error {
	return &Error{File: p.short(p.file), Text: "the handler of " + path + " ended without an answer and waits for nothing; call res.json(…) or next()"}
}

// host is what the library sees of a request.
func (x *exchange) host(r *http.Request, body []byte) map[string]any {
	headers := map[string]string{"host": r.Host}
	for name, values := range r.Header {
		sep := ", "
		if name == "Cookie" {
			sep = "; "
		}
		headers[strings.ToLower(name)] = strings.Join(values, sep)
	}
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	return map[string]any{
		"method": r.Method, "url": r.URL.RequestURI(), "headers": headers, "body": string(body), "ip": ip,
		"head": x.head, "write": x.write, "end": x.end, "next": x.next, "fail": x.fail,
		"closed": func(do goja.Callable) { x.onClose = do },
	}
}

func (x *exchange) head(status int, lines [][]any) {
	x.status, x.header = status, http.Header{}
	for _, line := range lines {
		name, _ := line[0].(string)
		values, _ := line[1].([]any)
		for _, v := range values {
			if text, ok := v.(string); ok {
				x.header.Add(name, text)
			}
		}
	}
	x.notify()
}

func (x *exchange) write(chunk goja.Value) {
	switch v := chunk.Export().(type) {
	case []byte:
		x.chunks = append(x.chunks, v)
	case goja.ArrayBuffer:
		x.chunks = append(x.chunks, v.Bytes())
	default:
		x.chunks = append(x.chunks, []byte(chunk.String()))
	}
	x.notify()
}

func (x *exchange) end()  { x.ended = true; x.notify() }
func (x *exchange) next() { x.passed = true; x.notify() }

func (x *exchange) fail(why goja.Value) {
	x.err = x.p.thrown(why)
	x.notify()
}

func (x *exchange) notify() {
	select {
	case x.changed <- struct{}{}:
	default:
	}
}

// thrown makes an error of what a script threw and the library caught.
func (p *Program) thrown(why goja.Value) error {
	o, ok := why.(*goja.Object)
	if !ok {
		return &Error{File: p.short(p.file), Text: why.String()}
	}
	text := message(why)
	stack := o.Get("stack")
	if stack == nil {
		return &Error{File: p.short(p.file), Text: text}
	}
	for line := range strings.Lines(stack.String()) {
		if at, ok := p.frame(line); ok {
			at.Text = text
			return at
		}
	}
	return &Error{File: p.short(p.file), Text: text}
}

// step is what has come of an exchange since it was last looked at.
type step struct {
	status        int // of a head that is to be sent now
	header        http.Header
	chunks        [][]byte
	ended, passed bool
	begun         bool
	err           error
}

func (x *exchange) take() step {
	s := step{chunks: x.chunks, ended: x.ended, passed: x.passed, begun: x.begun, err: x.err}
	if x.header != nil {
		s.status, s.header = x.status, x.header
		x.header, x.begun = nil, true
	}
	x.chunks = nil
	return s
}

// finish writes what there is, and reports whether that was all.
func (s step) finish(w http.ResponseWriter, err error) (done, answered bool, _ error) {
	if s.header != nil {
		for name, values := range s.header {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		w.WriteHeader(s.status)
	}
	for _, c := range s.chunks {
		if _, err := w.Write(c); err != nil {
			return true, true, err
		}
	}
	switch {
	case s.ended:
		return true, true, nil
	case err != nil, s.err != nil:
		return true, true, errors.Join(err, s.err)
	case s.passed:
		return true, false, nil
	}
	if s.header != nil || len(s.chunks) > 0 {
		err := http.NewResponseController(w).Flush()
		return err != nil, true, err
	}
	return false, false, nil
}

// next is how long it is until a timer is due, and whether one waits. The caller holds p.mu.
func (p *Program) next() (wait time.Duration, waiting bool) {
	if len(p.timers.list) == 0 {
		return 0, false
	}
	return p.timers.list[0].due.Sub(p.options.Now()), true
}

// wait returns when a timer is due or something came; false when the client is gone.
func (x *exchange) wait(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(max(0, d))
	defer t.Stop()
	select {
	case <-t.C:
	case <-x.changed:
	case <-r.Context().Done():
		return false
	}
	return true
}

// close tells the script that the client is gone. The caller holds p.mu.
func (x *exchange) close() error {
	if x.onClose == nil {
		return nil
	}
	return x.p.guarded(func() error { _, err := x.onClose(goja.Undefined()); return err })
}
