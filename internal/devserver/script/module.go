package script

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dop251/goja"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
)

// builtinPrefix begins the names of files of the library.
const builtinPrefix = "lingpai:"

// builtins are modules that scripts may require by name, and the file of the library that is given. What stands in node_modules under
// the same name comes first, but for Express, which needs a server of its own.
var builtins = map[string]string{
	"express": "express", "body-parser": "express", "cookie-parser": "nothing", "cors": "nothing", "path": "path", "node:path": "path", "mockjs": "mockjs",
	"fs": "fs", "node:fs": "fs",
}

// extensions are tried in this order.
var extensions = []string{"", ".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".json", "/index.js", "/index.ts", "/index.mjs"}

// maxSource bounds one source file.
const maxSource = 4 << 20

// entries are the files to run: the file itself; of a folder its index, or else all of its scripts.
func (p *Program) entries() ([]string, error) {
	info, err := os.Stat(p.file)
	if err != nil {
		return nil, &Error{File: p.short(p.file), Text: "there is no such file"}
	}
	if !info.IsDir() {
		return []string{p.file}, nil
	}
	if index, ok := existing(filepath.Join(p.file, "index")); ok {
		return []string{index}, nil
	}
	items, err := os.ReadDir(p.file)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, it := range items {
		if ext := filepath.Ext(it.Name()); !it.IsDir() && slices.Contains(extensions[1:7], ext) && !strings.HasSuffix(it.Name(), ".d.ts") {
			names = append(names, filepath.Join(p.file, it.Name()))
		}
	}
	return names, nil
}

func existing(name string) (string, bool) {
	for _, ext := range extensions {
		if info, err := os.Stat(name + ext); err == nil && !info.IsDir() { //nolint:gosec // the developer's own files
			return name + ext, true
		}
	}
	return "", false
}

// builtin runs a file of the library.
func (p *Program) builtin(name string) (goja.Value, error) {
	if m, ok := p.modules[builtinPrefix+name]; ok {
		return m.Get("exports"), nil
	}
	source, err := library.ReadFile("library/" + name + ".js")
	if err != nil {
		return nil, err
	}
	return p.run(builtinPrefix+name, string(source))
}

// require runs a file once and gives what it exports.
func (p *Program) require(name string) (goja.Value, error) {
	if m, ok := p.modules[name]; ok {
		return m.Get("exports"), nil
	}
	if name != p.file {
		p.files = append(p.files, name)
	}
	info, err := os.Stat(name)
	if err == nil && info.Size() > maxSource {
		return nil, &Error{File: p.short(name), Text: "is larger than 4 MiB, too large for a script"}
	}
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, &Error{File: p.short(name), Text: "cannot be read"}
	}
	if filepath.Ext(name) == ".json" {
		return p.json(name, source)
	}
	code, err := p.compile(name, string(source))
	if err != nil {
		return nil, err
	}
	return p.run(name, code)
}

func (p *Program) json(name string, source []byte) (goja.Value, error) {
	if _, err := ordered.Parse(source); err != nil {
		return nil, &Error{File: p.short(name), Text: err.Error()}
	}
	parse, _ := goja.AssertFunction(p.vm.Get("JSON").ToObject(p.vm).Get("parse"))
	v, err := parse(goja.Undefined(), p.vm.ToValue(strings.TrimPrefix(string(source), "\ufeff")))
	if err != nil {
		return nil, err
	}
	m := p.vm.NewObject()
	p.modules[name] = m
	return v, m.Set("exports", v)
}

// compile makes CommonJS of what goja reads from JavaScript or TypeScript, ESM or CommonJS, with a map back to the source.
func (p *Program) compile(name, source string) (string, error) {
	loader := api.LoaderJS
	if ext := filepath.Ext(name); strings.HasSuffix(ext, "ts") {
		loader = api.LoaderTS
	}
	out := api.Transform(source, api.TransformOptions{
		Loader: loader, Format: api.FormatCommonJS, Target: api.ES2017, Sourcemap: api.SourceMapInline, SourcesContent: api.SourcesContentExclude,
		Sourcefile: filepath.Base(name), Platform: api.PlatformNode, LogLevel: api.LogLevelSilent,
	})
	if len(out.Errors) == 0 {
		return string(out.Code), nil
	}
	e := &Error{File: p.short(name), Text: out.Errors[0].Text}
	if at := out.Errors[0].Location; at != nil {
		e.Line, e.Column = at.Line, at.Column+1
	}
	return "", e
}

// run runs the code of a module. A module that is required again while it runs gives what it has exported so far, as in Node.
func (p *Program) run(name, code string) (goja.Value, error) {
	m, exports := p.vm.NewObject(), p.vm.NewObject()
	p.modules[name] = m
	if err := m.Set("exports", exports); err != nil {
		return nil, err
	}
	wrapped, err := p.vm.RunScript(name, "(function(exports, require, module, __filename, __dirname){"+code+"\n})")
	if err != nil {
		delete(p.modules, name)
		return nil, err
	}
	f, _ := goja.AssertFunction(wrapped)
	folder := filepath.Dir(name)
	require := func(call goja.FunctionCall) goja.Value {
		v, err := p.requireFrom(folder, call.Argument(0).String())
		if err != nil {
			p.throw(err)
		}
		return v
	}
	_, err = f(exports, exports, p.vm.ToValue(require), m, p.vm.ToValue(name), p.vm.ToValue(folder))
	if err != nil {
		delete(p.modules, name)
		return nil, err
	}
	return m.Get("exports"), nil
}

// throw raises an error in the script, which keeps its own place if it has one.
func (p *Program) throw(err error) {
	if e, ok := errors.AsType[*goja.Exception](err); ok {
		panic(e)
	}
	if e, ok := errors.AsType[*goja.InterruptedError](err); ok {
		panic(e)
	}
	panic(p.vm.NewGoError(err))
}

// requireFrom finds a module as Node does: a file, a folder of node_modules above, or a built-in.
func (p *Program) requireFrom(folder, name string) (goja.Value, error) {
	if strings.HasPrefix(folder, builtinPrefix) || folder == "." {
		return p.requireBuiltin(name)
	}
	if p.stand != nil && !ours(name) {
		return p.standIn(name)
	}
	if strings.HasPrefix(name, ".") || filepath.IsAbs(name) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		full, ok := existing(name)
		if !ok {
			return nil, fmt.Errorf("there is no module %s", p.short(name))
		}
		if err := p.within(full); err != nil {
			return nil, err
		}
		return p.require(full)
	}
	if b := builtins[name]; b == "" || b == "mockjs" {
		if full, ok := installed(folder, name); ok {
			return p.require(full)
		}
	}
	return p.requireBuiltin(name)
}

func (p *Program) requireBuiltin(name string) (goja.Value, error) {
	switch file := builtins[name]; file {
	case "":
		return nil, fmt.Errorf("there is no module %q; install it, or use one of express, body-parser, cookie-parser, cors, mockjs, path, fs", name)
	case "nothing":
		return p.vm.RunString("(() => (req, res, next) => next())")
	case "fs":
		return p.filesystem(), nil
	default:
		return p.builtin(file)
	}
}

// installed finds a package in node_modules of the folder or of one above.
func installed(folder, name string) (string, bool) {
	for at := folder; ; at = filepath.Dir(at) {
		if full, ok := inPackage(filepath.Join(at, "node_modules", name)); ok {
			return full, true
		}
		if at == filepath.Dir(at) {
			return "", false
		}
	}
}

func inPackage(at string) (string, bool) {
	if data, err := os.ReadFile(filepath.Join(at, "package.json")); err == nil {
		if doc, err := ordered.Parse(data); err == nil {
			if main, ok := ordered.Lookup(doc, "main"); ok {
				if full, ok := existing(filepath.Join(at, ordered.Text(main))); ok {
					return full, true
				}
			}
		}
	}
	return existing(at)
}

// within refuses files that are neither below the root nor in node_modules.
func (p *Program) within(name string) error {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fmt.Errorf("there is no file %s", p.short(name))
	}
	root, err := filepath.EvalSymlinks(p.options.Root)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(root, target)
	if (err != nil || rel == ".." || strings.HasPrefix(rel, "../")) && !strings.Contains(filepath.ToSlash(target), "/node_modules/") {
		return fmt.Errorf("%s is outside of the dev file's folder", name)
	}
	return nil
}

// filesystem is the part of Node's fs that mocks use, for reading only.
func (p *Program) filesystem() goja.Value {
	read := func(name string) (string, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(p.options.Root, name)
		}
		if err := p.within(name); err != nil {
			return "", err
		}
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("there is no file %s", p.short(name))
		}
		return string(data), err
	}
	return p.vm.ToValue(map[string]any{
		"readFileSync": read,
		"existsSync":   func(name string) bool { _, err := read(name); return err == nil },
	})
}
