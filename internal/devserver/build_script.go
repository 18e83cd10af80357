package devserver

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"github.com/lingpai/lingpai/internal/devserver/script"
)

// scriptSource is a file of JavaScript or TypeScript.
type scriptSource struct {
	program *script.Program
	key     string // file and base: what makes it the same script in the next version
	stamps  map[string]stamp
}

func (s *scriptSource) answer(w http.ResponseWriter, r *http.Request, _ *entry, _ map[string]string) (bool, error) {
	return s.program.Answer(w, r)
}

// unchanged reports whether no file of the script was touched since it was read.
func (s *scriptSource) unchanged() bool {
	for name, was := range s.stamps {
		if look(name) != was {
			return false
		}
	}
	return true
}

// script reads a file of mock arrays, or of an Express-style function. One that has not changed goes on with the state that it has.
func (b *builder) script(n ast.Node, what, base string) source {
	name, ok := b.file(n, what)
	if !ok {
		return nil
	}
	key := name + "\x00" + base
	if old := b.reuse(key); old != nil {
		for file := range old.stamps {
			b.depends(file)
		}
		return old
	}
	p, err := script.Load(name, base, b.scripts())
	s := &scriptSource{program: p, key: key, stamps: map[string]stamp{}}
	for _, file := range p.Files() {
		s.stamps[file] = look(file)
		b.depends(file)
	}
	if err != nil {
		b.fail(n, "%s", err)
		return nil
	}
	return s
}

func (b *builder) scripts() script.Options {
	return script.Options{
		Root: b.folder, Fake: b.faker.Make, Seed: uint64(b.seed), Now: b.now, Globals: b.globals,
		Console: func(level, text string) {
			b.logger.Info("a script prints", slog.String("level", level), slog.String("text", text))
		},
	}
}

// script finds a script of the version in use that has not changed.
func (s *Server) script(key string) *scriptSource {
	t := s.table.Load()
	if t == nil {
		return nil
	}
	for _, e := range t.routes {
		for _, src := range e.sources {
			if old, ok := src.(*scriptSource); ok && old.key == key && old.unchanged() {
				return old
			}
		}
	}
	return nil
}

// tick runs the timers of scripts that nobody waits for.
func (t *table) tick(logger *slog.Logger) {
	var done []*script.Program
	for _, e := range t.routes {
		for _, src := range e.sources {
			s, ok := src.(*scriptSource)
			if !ok || slices.Contains(done, s.program) {
				continue
			}
			done = append(done, s.program)
			if err := s.program.Tick(); err != nil {
				logger.Warn("a timer of a script failed", slog.Any("error", err))
			}
		}
	}
}
