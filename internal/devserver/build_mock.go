package devserver

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/lingpai/lingpai/internal/devserver/fake"
	"github.com/lingpai/lingpai/internal/devserver/mock"
)

// mock reads `mock:`: a file of mock arrays, one answer, or several under `answers:` or `sequence:`.
func (b *builder) mock(n ast.Node) source {
	o := mock.Options{Faker: b.faker, Now: b.now, Origins: b.out.origins}
	var answers, sequence, file ast.Node
	var base, locale string
	seed := b.seed
	a := mock.Answer{}
	known := b.answerKeys(&a)
	delete(known, "when")
	known["answers"] = func(n ast.Node) { answers = n }
	known["sequence"] = func(n ast.Node) { sequence = n }
	known["cycle"] = func(n ast.Node) { b.boolean(n, "cycle", &o.Cycle) }
	known["seed"] = func(n ast.Node) { b.number(n, "seed", 0, 1<<53, &seed) }
	known["locale"] = func(n ast.Node) { b.string(n, "locale", &locale) }
	known["script"] = func(n ast.Node) { file = n }
	known["base"] = func(n ast.Node) { b.string(n, "base", &base) }
	if _, plain := n.(*ast.StringNode); plain {
		file = n
	} else {
		b.mapping(n, "mock", known)
	}
	if file != nil {
		return b.script(file, "mock", base)
	}
	if seed != b.seed || locale != "" {
		f, err := fake.New(uint64(seed), locale, b.now)
		if err != nil {
			b.fail(n, "%s", err)
			return nil
		}
		o.Faker = f
	}
	b.answers(n, &o, a, answers, sequence)
	m, err := mock.New(o)
	if err != nil {
		b.fail(n, "%s", err)
		return nil
	}
	return mockSource{m}
}

// answers gathers one or several answers. What stands beside `answers:` goes for those that do not say otherwise.
func (b *builder) answers(n ast.Node, o *mock.Options, common mock.Answer, byRule, inTurn ast.Node) {
	if byRule != nil && inTurn != nil {
		b.fail(inTurn, "a mock has answers by rule (`answers:`) or in turn (`sequence:`), not both")
		return
	}
	list := byRule
	if inTurn != nil {
		list, o.InTurn = inTurn, true
	}
	if list == nil {
		b.oneBody(n, &common)
		o.Answers = []mock.Answer{common}
		return
	}
	b.list(list, "answers", func(n ast.Node) {
		a := common
		known := b.answerKeys(&a)
		if o.InTurn {
			delete(known, "when")
		}
		b.mapping(n, "an answer", known)
		b.oneBody(n, &a)
		o.Answers = append(o.Answers, a)
	})
	if len(o.Answers) == 0 {
		b.fail(list, "there is no answer in the list")
	}
}

func (b *builder) answerKeys(a *mock.Answer) keys {
	return keys{
		"when": func(n ast.Node) {
			b.mapping(n, "when", keys{
				"headers": func(n ast.Node) { a.When.Headers = b.tests(n, "headers") },
				"query":   func(n ast.Node) { a.When.Query = b.tests(n, "query") },
				"body":    func(n ast.Node) { a.When.Body = b.tests(n, "body") },
			})
		},
		"status":  func(n ast.Node) { b.number(n, "status", 200, 599, &a.Status) },
		"headers": func(n ast.Node) { a.Headers = b.texts(n, "headers") },
		"json":    func(n ast.Node) { a.JSON, a.HasJSON = b.json(n), true },
		"text":    func(n ast.Node) { b.string(n, "text", &a.Text) },
		"file": func(n ast.Node) {
			if name, ok := b.file(n, "file"); ok {
				a.File = name
			}
		},
		"events":    func(n ast.Node) { b.list(n, "events", func(n ast.Node) { b.event(n, a) }) },
		"websocket": func(n ast.Node) { a.Socket = b.websocket(n) },
		"delay": func(n ast.Node) {
			text, _ := b.text(n, "delay")
			d, err := mock.ParseRange(text)
			if err != nil {
				b.fail(n, "delay: %q %s", text, err)
			}
			a.Delay = d
		},
		"fault": func(n ast.Node) { b.fault(n, &a.Fault) },
	}
}

func (b *builder) event(n ast.Node, a *mock.Answer) {
	var e mock.Event
	b.mapping(n, "an event", keys{
		"event": func(n ast.Node) { b.string(n, "event", &e.Name) },
		"data":  func(n ast.Node) { e.Data = b.json(n) },
		"delay": func(n ast.Node) { b.duration(n, "delay", &e.Delay) },
	})
	a.Events = append(a.Events, e)
}

// fault reads `fault:`, the name of one or a mapping.
func (b *builder) fault(n ast.Node, f *mock.Fault) {
	kind := func(n ast.Node) {
		var text string
		b.string(n, "fault", &text)
		if f.Kind = mock.FaultKind(text); !slices.Contains(mock.FaultKinds, f.Kind) {
			b.fail(n, "there is no fault %q; the faults are %v", text, mock.FaultKinds)
		}
	}
	if _, plain := n.(*ast.StringNode); plain {
		kind(n)
		return
	}
	b.mapping(n, "fault", keys{
		"kind":   kind,
		"every":  func(n ast.Node) { b.number(n, "every", 1, 1_000_000, &f.Every) },
		"status": func(n ast.Node) { b.number(n, "status", 500, 599, &f.Status) },
		"rate":   func(n ast.Node) { b.number(n, "rate", 1, 1<<30, &f.Rate) },
	})
	if f.Kind == "" {
		b.fail(n, "the fault has no kind; the faults are %v", mock.FaultKinds)
	}
}
