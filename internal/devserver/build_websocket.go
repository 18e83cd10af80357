package devserver

import (
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/lingpai/lingpai/internal/devserver/mock"
	"github.com/lingpai/lingpai/internal/devserver/route"
)

// websocket reads `websocket:`.
func (b *builder) websocket(n ast.Node) *mock.Socket {
	s := new(mock.Socket)
	b.mapping(n, "websocket", keys{
		"open": func(n ast.Node) {
			b.list(n, "open", func(n ast.Node) { s.Open = append(s.Open, b.json(n)) })
		},
		"echo": func(n ast.Node) { b.boolean(n, "echo", &s.Echo) },
		"reply": func(n ast.Node) {
			b.list(n, "reply", func(n ast.Node) { s.Replies = append(s.Replies, b.reply(n)) })
		},
		"every": func(n ast.Node) { s.Every = b.every(n) },
		"close": func(n ast.Node) { s.Close = b.closing(n) },
	})
	return s
}

func (b *builder) reply(n ast.Node) (r mock.Reply) {
	b.mapping(n, "a reply", keys{
		"when":  func(n ast.Node) { r.When = b.message(n) },
		"send":  func(n ast.Node) { r.Send, r.HasSend = b.json(n), true },
		"close": func(n ast.Node) { b.code(n, "close", &r.Code) },
	})
	if !r.HasSend && r.Code == 0 {
		b.fail(n, "the reply does nothing; give it `send:`, or `close:` with a code")
	}
	return r
}

// message reads what a message must be like: a text for all of it, or members of JSON.
func (b *builder) message(n ast.Node) (m route.Message) {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		m.Members = b.tests(n, "when")
		return m
	}
	text, ok := b.text(n, "when")
	if !ok {
		return m
	}
	test, err := route.Equals(text)
	if err != nil {
		b.fail(n, "when: %s", err)
	}
	m.Whole = &test
	return m
}

func (b *builder) every(n ast.Node) *mock.Every {
	e := new(mock.Every)
	said := false
	b.mapping(n, "every", keys{
		"interval": func(n ast.Node) { b.duration(n, "interval", &e.Interval) },
		"send":     func(n ast.Node) { e.Send, said = b.json(n), true },
	})
	if e.Interval < time.Millisecond {
		b.fail(n, "every has no interval of 1ms or more; add `interval: 1s`")
	}
	if !said {
		b.fail(n, "every says nothing; add `send:`")
	}
	return e
}

func (b *builder) closing(n ast.Node) *mock.Closing {
	c := &mock.Closing{Code: 1000}
	b.mapping(n, "close", keys{
		"after": func(n ast.Node) { b.duration(n, "after", &c.After) },
		"code":  func(n ast.Node) { b.code(n, "code", &c.Code) },
	})
	return c
}

func (b *builder) code(n ast.Node, what string, to *int) {
	b.number(n, what, 1000, 4999, to)
	if err := mock.CheckCode(*to); *to != 0 && err != nil {
		b.fail(n, "%s: %s", what, err)
	}
}

// oneBody refuses a WebSocket beside what only an answer with a body has.
func (b *builder) oneBody(n ast.Node, a *mock.Answer) {
	if a.Socket == nil {
		return
	}
	if a.HasJSON || a.Text != "" || a.File != "" || len(a.Events) > 0 || a.Status != 0 {
		b.fail(n, "a websocket stands alone: it has no status and no body")
	}
	if a.Fault.Kind == mock.Slow || a.Fault.Kind == mock.Cut {
		b.fail(n, "the fault %s is one of a body, and a websocket has none", a.Fault.Kind)
	}
}
