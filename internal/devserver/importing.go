package devserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/script"
)

// imported is what a bundler's configuration says, as script.ReadConfig gives it.
type imported struct {
	App     string
	Mocks   []string
	Before  []struct{ File, Name string }
	Proxies []struct {
		Match, Target, Strip, Host string
		Rewrite, Headers           map[string]string
		Insecure                   bool
		Notes                      []string
	}
	Notes []string
}

// Import makes a dev file of the configuration of webpack, Vue CLI or vite. What cannot be carried over is a comment that says what to do.
func Import(file string, now func() time.Time) (string, error) {
	full, err := filepath.Abs(file)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", file, err)
	}
	if _, err := os.Stat(full); err != nil {
		return "", fmt.Errorf("there is no file %s", file)
	}
	folder := filepath.Dir(full)
	env := script.Environment(folder)
	text, err := script.ReadConfig(full, env, script.Options{
		Root: folder, Now: now, Fake: func(string, ...string) (any, error) { return "", nil }, Console: func(string, string) {},
	})
	if err != nil {
		return "", err
	}
	var in imported
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return "", fmt.Errorf("read what %s says: %w", filepath.Base(file), err)
	}
	return in.yaml(filepath.Base(file), folder, env), nil
}

// yaml writes the dev file.
func (in imported) yaml(from, folder string, env map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made of %s by lingpai dev import.\napp: %s   # or leave it out, and run: lingpai dev -- npm run dev\n", from, in.App)
	for _, note := range in.Notes {
		fmt.Fprintf(&b, "# %s\n", note)
	}
	if len(in.Before)+len(in.Mocks)+len(in.Proxies) == 0 {
		fmt.Fprintf(&b, "# %s has neither mocks nor proxies. Routes are written like this:\n# routes:\n#   - { match: \"/api/**\", mock: { json: {} } }\n", from)
		return b.String()
	}
	b.WriteString("routes:\n")
	for _, x := range in.Before {
		in.writeBefore(&b, x.File, folder, env)
	}
	for _, folder := range in.Mocks {
		fmt.Fprintf(&b, "  - match: \"/**\"\n    mock: %s\n", relative(folder))
	}
	for _, p := range in.Proxies {
		fmt.Fprintf(&b, "  - match: %s\n", strconv.Quote(p.Match))
		for _, note := range p.Notes {
			fmt.Fprintf(&b, "    # %s\n", note)
		}
		fmt.Fprintf(&b, "    proxy:\n      target: %s\n", quoted(p.Target))
		pair(&b, "strip", p.Strip)
		mapping(&b, "rewrite", p.Rewrite)
		pair(&b, "host", p.Host)
		mapping(&b, "headers", p.Headers)
		if p.Insecure {
			b.WriteString("      insecure_skip_verify: true\n")
		}
	}
	return b.String()
}

// writeBefore writes a function as it is; but the server of mock arrays that vue-element-admin brings along is what `mock:` does by itself.
func (in imported) writeBefore(b *strings.Builder, file, folder string, env map[string]string) {
	at := filepath.Dir(file)
	if _, err := os.Stat(filepath.Join(folder, at, "index.js")); err == nil && strings.Contains(filepath.Base(file), "mock-server") {
		base := env["VUE_APP_BASE_API"]
		fmt.Fprintf(b, "  - match: %s   # instead of %s, which watches these files and serves them\n    mock: { script: %s%s }\n",
			strconv.Quote(base+"/**"), relative(file), relative(at), map[bool]string{true: ", base: " + base}[base != ""])
		return
	}
	fmt.Fprintf(b, "  - match: \"/**\"\n    before: %s\n", relative(file))
}

func relative(name string) string {
	if strings.HasPrefix(name, ".") || filepath.IsAbs(name) {
		return name
	}
	return "./" + name
}

func pair(b *strings.Builder, key, value string) {
	if value != "" {
		fmt.Fprintf(b, "      %s: %s\n", key, value)
	}
}

func mapping(b *strings.Builder, key string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	fmt.Fprintf(b, "      %s:\n", key)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(b, "        %s: %s\n", strconv.Quote(name), strconv.Quote(values[name]))
	}
}

func quoted(address string) string {
	if address == "" {
		return `"http://localhost:8080"`
	}
	return strconv.Quote(strings.TrimSuffix(address, "/"))
}
