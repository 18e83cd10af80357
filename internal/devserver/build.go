package devserver

import (
	"cmp"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/lingpai/lingpai/internal/devserver/fake"
	"github.com/lingpai/lingpai/internal/devserver/proxy"
	"github.com/lingpai/lingpai/internal/devserver/recording"
	"github.com/lingpai/lingpai/internal/devserver/route"
)

// builder makes a table of routes of a dev file.
type builder struct {
	decoder
	folder  string // where relative names start from
	logger  *slog.Logger
	now     func() time.Time
	reuse   func(key string) *scriptSource // a script that has not changed since the last version
	globals map[string]any                 // for scripts
	out     *table
	app     func(*url.URL) frontend  // the app that a dev server serves, at an address or, with nil, where it says
	reload  func(page []byte) []byte // puts the script into pages that reloads them
	mocks   string                   // the mock file that is being read, as it is shown; "" for the dev file
	faker   *fake.Faker
	seed    int
	locale  string
}

// table is one good version of a dev file.
type table struct {
	routes  []*entry
	app     frontend // answers what no route does; nil if there is none
	appSaid string   // what the file says of it: two versions that say the same have the same app
	origins []string // whose pages may read across origins
	files   []string // that the version depends on, beside the dev file
	found   bool     // there is a dev file
	listing listing  // how its routes stand there
}

// build reads a dev file, or, where there is none, makes a table of the sample API; and what mocks were made of exchanges.
func (b *builder) build(data []byte, found bool) (*table, error) {
	b.out = &table{found: found, listing: listing{indent: 2}}
	if !found {
		b.readSample()
	} else if root := b.parse(data); len(b.problems) == 0 {
		b.read(root)
	}
	if len(b.problems) > 0 {
		slices.SortStableFunc(b.problems, func(x, y Problem) int {
			return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
		})
		b.out.close()
		return nil, b.problems
	}
	b.out.yield()
	return b.out, nil
}

func (b *builder) read(root ast.Node) {
	var routes, app ast.Node
	var backend *url.URL
	b.mapping(root, "the dev file", keys{
		"routes":  func(n ast.Node) { routes = n },
		"app":     func(n ast.Node) { app = n },
		"backend": func(n ast.Node) { backend = b.address(n, "backend") },
		"cors":    func(n ast.Node) { b.list(n, "cors", b.origin) },
		"seed":    func(n ast.Node) { b.number(n, "seed", 0, 1<<53, &b.seed) },
		"locale":  func(n ast.Node) { b.string(n, "locale", &b.locale) },
	})
	var err error
	if b.faker, err = fake.New(uint64(b.seed), b.locale, b.now); err != nil {
		b.fail(root, "%s", err)
		return
	}
	b.frontend(app)
	b.readMocks()
	if routes == nil && b.out.app == nil && len(b.problems) == 0 {
		b.fail(root, "there are no routes; write some under `routes:`")
	}
	if routes != nil {
		b.list(routes, "routes", b.route)
		b.out.listing = listed(routes)
	}
	if backend == nil {
		return
	}
	for _, e := range b.out.routes {
		if e.source(Proxy) == nil { // so that every route can be switched to the real backend
			e.add(Proxy, &proxySource{proxy: proxy.New(proxy.Options{Target: backend, Logger: b.logger})})
			e.said += "\nbackend: " + backend.String()
		}
	}
}

func (b *builder) origin(n ast.Node) {
	text, ok := b.text(n, "an origin")
	if !ok {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || text != u.Scheme+"://"+u.Host {
		b.fail(n, "%q is not an origin; write it like http://localhost:5173", text)
		return
	}
	b.out.origins = append(b.out.origins, text)
}

// address reads the address of a backend.
func (b *builder) address(n ast.Node, what string) *url.URL {
	text, ok := b.text(n, what)
	if !ok {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		b.fail(n, "%s: %q is not an address; write it like http://localhost:8080", what, text)
		return nil
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		b.fail(n, "%s: write scheme, host and path only", what)
		return nil
	}
	return u
}

// file is the name of a file that is given from the dev file's folder.
func (b *builder) file(n ast.Node, what string) (string, bool) {
	text, ok := b.text(n, what)
	if !ok {
		return "", false
	}
	if text == "" {
		b.fail(n, "%s names no file", what)
		return "", false
	}
	if !filepath.IsAbs(text) {
		text = filepath.Join(b.folder, text)
	}
	return text, true
}

// depends makes a change of a file one of the dev file.
func (b *builder) depends(files ...string) { b.out.files = append(b.out.files, files...) }

func (b *builder) route(n ast.Node) {
	e := &entry{number: len(b.out.routes) + 1, file: b.mocks}
	e.line, _ = place(n)
	e.said = n.String()
	var use, record, match ast.Node
	known := keys{
		"match":   func(n ast.Node) { match = n; b.match(n, e) },
		"headers": func(n ast.Node) { e.when.Headers = b.tests(n, "headers") },
		"query":   func(n ast.Node) { e.when.Query = b.tests(n, "query") },
		"body":    func(n ast.Node) { e.when.Body = b.tests(n, "body") },
		"auth":    func(n ast.Node) { b.auth(n, e) },
		"use":     func(n ast.Node) { use = n },
		"record":  func(n ast.Node) { record = n },
	}
	for _, kind := range Kinds {
		known[string(kind)] = func(n ast.Node) { e.pending = append(e.pending, pending{kind, n}) }
	}
	b.mapping(n, "a route", known)
	if match == nil {
		b.fail(n, "the route says nothing of its requests; add `match: \"GET /path\"`")
		return
	}
	if e.pattern == nil {
		return
	}
	b.sources(n, e, record)
	b.use(use, e)
	b.out.routes = append(b.out.routes, e)
}

func (b *builder) match(n ast.Node, e *entry) {
	text, ok := b.text(n, "match")
	if !ok {
		return
	}
	p, err := route.Parse(text)
	if err != nil {
		b.fail(n, "match: %s", err)
		return
	}
	e.pattern = p
}

// tests reads conditions: a value to equal, ~ and a regular expression, or true and false for being there.
func (b *builder) tests(n ast.Node, what string) map[string]route.Test {
	out := map[string]route.Test{}
	for _, v := range b.entries(n, what) {
		name, value := v.Key.GetToken().Value, b.resolve(v.Value)
		if flag, ok := value.(*ast.BoolNode); ok {
			out[name] = route.Present(flag.Value)
			continue
		}
		if value == nil {
			b.fail(v.Key, "%s: %s has no value", what, name)
			continue
		}
		text, ok := b.text(value, what)
		if !ok {
			continue
		}
		test, err := route.Equals(text)
		if err != nil {
			b.fail(value, "%s: %s", what, err)
			continue
		}
		out[name] = test
	}
	return out
}

func (b *builder) auth(n ast.Node, e *entry) {
	e.auth = new(auth)
	if flag, ok := n.(*ast.BoolNode); ok {
		if !flag.Value {
			e.auth = nil
		}
		return
	}
	b.mapping(n, "auth", keys{
		"header": func(n ast.Node) { b.string(n, "header", &e.auth.header) },
		"roles": func(n ast.Node) {
			b.list(n, "roles", func(n ast.Node) {
				if role, ok := b.text(n, "a role"); ok {
					e.auth.roles = append(e.auth.roles, role)
				}
			})
		},
	})
}

// use settles which source answers: the one that `use:` names, or the first that is written.
func (b *builder) use(n ast.Node, e *entry) {
	if n == nil {
		return
	}
	var name string
	b.string(n, "use", &name)
	if err := e.use(Kind(name)); err != nil {
		b.fail(n, "use: %s", err)
	}
}

func (b *builder) sources(n ast.Node, e *entry, record ast.Node) {
	if len(e.pending) == 0 && len(b.problems) == 0 {
		b.fail(n, "nothing answers this route; add one of %s", join(Kinds))
	}
	for _, p := range e.pending {
		if src := b.source(p, record); src != nil {
			e.add(p.kind, src)
		}
	}
	e.pending = nil
	if record != nil && e.source(Proxy) == nil {
		b.fail(record, "record needs a proxy on the same route: it keeps what the backend answers")
	}
}

func (b *builder) source(p pending, record ast.Node) source {
	switch p.kind {
	case Mock:
		return b.mock(p.node)
	case Before:
		return b.script(p.node, "before", "")
	case Crud:
		return b.crud(p.node)
	case Replay:
		return b.replay(p.node)
	case HAR:
		return b.har(p.node)
	case OpenAPI:
		return b.openapi(p.node)
	case Static:
		return b.files(p.node, "static", false)
	case SPA:
		return b.files(p.node, "spa", true)
	case Proxy:
		return b.proxy(p.node, record)
	case Pass:
		return passSource{}
	}
	return nil
}

// proxy reads `proxy:`, an address or a mapping.
func (b *builder) proxy(n, record ast.Node) source {
	o := proxy.Options{Logger: b.logger}
	if _, plain := n.(*ast.StringNode); plain {
		o.Target = b.address(n, "proxy")
	} else {
		b.proxyOptions(n, &o)
	}
	if o.Target == nil {
		return nil
	}
	s := &proxySource{proxy: proxy.New(o), pretends: o.TargetOrigin}
	if record == nil {
		return s
	}
	name, ok := b.file(record, "record")
	if !ok {
		return nil
	}
	rec, err := recording.NewRecorder(name)
	if err != nil {
		b.fail(record, "%s", err)
		return nil
	}
	s.recorder = rec
	return s
}

func (b *builder) proxyOptions(n ast.Node, o *proxy.Options) {
	var origin, cookies, host string
	b.mapping(n, "proxy", keys{
		"target":  func(n ast.Node) { o.Target = b.address(n, "target") },
		"strip":   func(n ast.Node) { b.string(n, "strip", &o.Strip) },
		"rewrite": func(n ast.Node) { o.Rewrites = b.rewrites(n) },
		"origin":  func(n ast.Node) { b.choice(n, "origin", &origin, "keep", "target") },
		"host":    func(n ast.Node) { b.choice(n, "host", &host, "keep", "target") },
		"cookies": func(n ast.Node) { b.choice(n, "cookies", &cookies, "keep", "localize") },
		"basic":   func(n ast.Node) { b.boolean(n, "basic", &o.KeepBasic) },
		"headers": func(n ast.Node) { o.Headers = b.texts(n, "headers") },
		"timeout": func(n ast.Node) { b.duration(n, "timeout", &o.Timeout) },

		"insecure_skip_verify": func(n ast.Node) { b.boolean(n, "insecure_skip_verify", &o.InsecureSkipVerify) },
	})
	o.TargetOrigin, o.KeepCookies, o.KeepHost = origin == "target", cookies == "keep", host == "keep"
	if o.Target == nil && len(b.problems) == 0 {
		b.fail(n, "proxy has no target; add `target: http://localhost:8080`")
	}
}

func (b *builder) choice(n ast.Node, what string, to *string, of ...string) {
	b.string(n, what, to)
	if !slices.Contains(of, *to) {
		b.fail(n, "%s is %s", what, strings.Join(of, " or "))
	}
}

func (b *builder) rewrites(n ast.Node) (out []proxy.Rewrite) {
	for _, v := range b.entries(n, "rewrite") {
		from, err := regexp.Compile(v.Key.GetToken().Value)
		if err != nil {
			b.fail(v.Key, "rewrite: %s", err)
			continue
		}
		to := ""
		if value := b.resolve(v.Value); value != nil {
			b.string(value, "rewrite", &to)
		}
		out = append(out, proxy.Rewrite{From: from, To: to})
	}
	return out
}

func join(kinds []Kind) string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return strings.Join(out, ", ")
}
