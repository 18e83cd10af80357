package script

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/dop251/goja"
)

// ReadConfig runs the configuration of a bundler, and gives what it says of mocks and proxies as JSON: see read in library/config.js.
// Modules that are not here are stood in for by ones that do nothing, so that nothing has to be installed. The env is process.env.
func ReadConfig(file string, env map[string]string, o Options) (string, error) {
	p := &Program{options: o.withDefaults(), file: file}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.vm, p.modules = goja.New(), map[string]*goja.Object{}
	p.vm.SetMaxCallStackSize(2000)
	p.vm.SetTimeSource(p.options.Now)
	var out string
	err := p.guarded(func() (err error) {
		out, err = p.readConfig(env)
		return err
	})
	return out, err
}

func (p *Program) readConfig(env map[string]string) (string, error) {
	if err := p.globals(); err != nil {
		return "", err
	}
	if err := p.vm.Set("__fileOf", p.fileOf); err != nil {
		return "", err
	}
	if _, err := p.builtin("globals"); err != nil {
		return "", err
	}
	if err := p.vm.Set("__env", env); err != nil {
		return "", err
	}
	const setting = "globalThis.process ??= {}; process.env = Object.assign({}, process.env, __env); process.cwd ??= () => __root; process.argv ??= [];" +
		" globalThis.URL ??= function (path) { return { pathname: String(path) } }"
	if _, err := p.vm.RunString(setting); err != nil {
		return "", err
	}
	library, err := p.builtin("config")
	if err != nil {
		return "", err
	}
	own := library.ToObject(p.vm)
	p.stand, _ = goja.AssertFunction(own.Get("stand"))
	read, _ := goja.AssertFunction(own.Get("read"))
	config, err := p.require(p.file)
	if err != nil {
		return "", err
	}
	text, err := read(goja.Undefined(), config)
	if err != nil {
		return "", err
	}
	return text.String(), nil
}

// standIn gives a module that is not here.
func (p *Program) standIn(name string) (goja.Value, error) {
	return p.stand(goja.Undefined(), p.vm.ToValue(name))
}

// ours are modules that a configuration gets for real.
func ours(name string) bool {
	switch name {
	case "path", "node:path", "fs", "node:fs":
		return true
	}
	return strings.HasPrefix(name, ".") || filepath.IsAbs(name)
}

// fileOf finds the file that exports a function; "" if none does.
func (p *Program) fileOf(f goja.Value) string {
	for name, m := range p.modules {
		exports := m.Get("exports")
		if exports == nil || strings.HasPrefix(name, builtinPrefix) || name == p.file {
			continue
		}
		if exports.SameAs(f) {
			return p.short(name)
		}
		if o, ok := exports.(*goja.Object); ok {
			if inner := o.Get("default"); inner != nil && inner.SameAs(f) {
				return p.short(name)
			}
		}
	}
	return ""
}

// Environment reads what .env files of a folder say, those for development over the others.
func Environment(folder string) map[string]string {
	env := map[string]string{"NODE_ENV": "development"}
	for _, name := range []string{".env", ".env.local", ".env.development", ".env.development.local"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			continue // most are not there
		}
		for line := range strings.Lines(string(data)) {
			key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
			if key = strings.TrimSpace(key); ok && !strings.HasPrefix(key, "#") {
				env[strings.TrimPrefix(key, "export ")] = strings.Trim(strings.TrimSpace(value), `'"`)
			}
		}
	}
	return env
}
