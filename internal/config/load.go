package config

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/spelling"
)

// Load reads the configuration: the defaults, then the file (none if file is ""), then the environment ("NAME=value", as os.Environ
// gives it), then overrides, which come from flags and are keyed like the file ("token.lifetime").
//
// The error is [Problems], with everything that is wrong. Load changes nothing on disk; of the files that the configuration names, it
// reads none.
func Load(file string, env []string, overrides map[string]string) (*Config, error) {
	c := Default()
	c.origins = make(map[string]Origin)
	l := loader{config: c, byKey: make(map[string]setting)}
	for _, s := range settings(c) {
		l.byKey[s.key] = s
		l.keys = append(l.keys, s.key)
	}

	if file != "" {
		l.readFile(file)
	}
	l.readEnv(env)
	l.readOverrides(overrides)
	if c.Data == "" {
		c.Data = dataFolder(env)
	}
	l.problems = append(l.problems, c.problems()...)
	if err := l.problems.orNil(); err != nil {
		return nil, err
	}
	return c, nil
}

// loader fills a Config and gathers what is wrong.
type loader struct {
	config   *Config
	byKey    map[string]setting
	keys     []string // in the order of the struct
	problems Problems
}

func (l *loader) report(at Origin, key, text string) {
	l.problems = append(l.problems, Problem{at, key, text})
}

// item is one value and where it stands.
type item struct {
	text string
	at   Origin
}

// assign sets one setting from its items; there is exactly one unless it is a list. What was set before, from a source of less
// precedence, is replaced, items of lists included.
func (l *loader) assign(s setting, at Origin, items []item) {
	if s.kind == "environment" && at.Variable == "" {
		l.report(at, s.key, "is taken from the environment only; set "+s.variable()+", or use master_key_file")
		return
	}
	if s.isTable() {
		l.report(at, s.key, "is taken from the configuration file only")
		return
	}
	maps.DeleteFunc(l.config.origins, func(key string, _ Origin) bool { return strings.HasPrefix(key, s.key+"[") })
	l.config.origins[s.key] = at
	if s.isList() {
		s.clear()
	}
	for i, it := range items {
		key := s.key
		if s.isList() {
			key = itemKey(s.key, i)
			l.config.origins[key] = it.at
		}
		if err := s.set(it.text); err != nil {
			l.report(it.at, key, err.Error())
		}
	}
}

// readEnv takes the LINGPAI_ variables. A variable that is set but empty counts as not set, as is usual in compose files.
func (l *loader) readEnv(env []string) {
	byVariable := make(map[string]setting)
	var names []string
	for _, key := range l.keys {
		s := l.byKey[key]
		byVariable[s.variable()] = s
		names = append(names, s.variable())
	}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "LINGPAI_") || value == "" || foreign(name) {
			continue
		}
		at := Origin{Variable: name}
		s, known := byVariable[name]
		if !known {
			l.report(at, "", "is not a variable of Lingpai"+didYouMean(spelling.Nearest(name, names)))
			continue
		}
		l.assign(s, at, split(s, value, at))
	}
}

// foreign reports whether a LINGPAI_ variable is not a setting: LINGPAI_CONFIG names the file, LINGPAI_TEST_ belongs to tests, and
// Kubernetes sets LINGPAI_SERVICE_... and LINGPAI_PORT... by itself in a cluster that has a service of the name "lingpai".
func foreign(name string) bool {
	rest := strings.TrimPrefix(name, "LINGPAI_")
	return rest == "CONFIG" || rest == "PORT" || strings.HasPrefix(rest, "TEST_") ||
		strings.HasPrefix(rest, "SERVICE_") || strings.HasPrefix(rest, "PORT_")
}

func (l *loader) readOverrides(overrides map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(overrides)) {
		at := Origin{Flag: "--" + key}
		s, known := l.byKey[key]
		if !known {
			l.report(at, "", "is not a setting"+didYouMean(spelling.Nearest(key, l.keys)))
			continue
		}
		l.assign(s, at, split(s, overrides[key], at))
	}
}

// split makes the items of a value that was given as one text.
func split(s setting, text string, at Origin) []item {
	if !s.isList() {
		return []item{{text, at}}
	}
	var out []item
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, item{part, at})
		}
	}
	return out
}

func didYouMean(name string) string {
	if name == "" {
		return "; see docs/configuration.md for those that exist"
	}
	return "; did you mean " + name + "?"
}

// dataFolder is where data goes unless the configuration says otherwise (XDG Base Directory Specification).
func dataFolder(env []string) string {
	values := make(map[string]string)
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	if xdg := values["XDG_DATA_HOME"]; filepath.IsAbs(xdg) {
		return filepath.Join(xdg, "lingpai")
	}
	home := cmp.Or(values["HOME"], values["USERPROFILE"])
	if filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", "lingpai")
	}
	return "lingpai-data"
}
