package config

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite docs/configuration.md")

func printed(t *testing.T, c *Config, format string) string {
	t.Helper()
	var b strings.Builder
	if err := c.Print(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPrintShowsWhereValuesCameFrom(t *testing.T) {
	file := write(t, "token:\n  lifetime: 10m\n")
	env := append(home, "LINGPAI_LOG_LEVEL=debug", "LINGPAI_DATABASE=postgres://u:geheim@h/d", "LINGPAI_MASTER_KEY=geheim")
	out := printed(t, mustLoad(t, file, env, map[string]string{"listen": "[::1]:1"}), "yaml")
	for _, want := range []string{
		"listen: \"[::1]:1\"  # --listen\n", "token:\n  lifetime: 10m  # " + file + ":2:13\n  algorithm: ES256\n  audience: []\n",
		"log:\n  level: debug  # LINGPAI_LOG_LEVEL\n", "database: postgres://u@h/d  # LINGPAI_DATABASE\n", "# master_key: \"[secret]\"  # LINGPAI_MASTER_KEY\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestPrintedYAMLIsReadBackUnchanged(t *testing.T) {
	for _, name := range []string{"a: b # c", "null", "~", "- x", "", "\"quoted\" 'twice'", "<b>&amp;", "令牌", "a, b", "[x]", "---", "*x", "%x", "x ", "!t"} {
		c := Default()
		c.Data, c.Name, c.TLS.Key, c.Token.Audience = "/d", name, name, []string{name, "b"}
		file := write(t, printed(t, c, "yaml"))
		l := loader{config: Default(), byKey: make(map[string]setting)}
		l.config.origins = make(map[string]Origin)
		for _, s := range settings(l.config) {
			s.kind = "" // so that paths stay as they are
			l.byKey[s.key], l.keys = s, append(l.keys, s.key)
		}
		l.byKey["master_key"] = setting{}
		l.readFile(file)
		if len(l.problems) > 0 {
			t.Errorf("%q: %v", name, l.problems)
		}
		if diff := cmp.Diff(effective(c), effective(l.config)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", name, diff)
		}
	}
}

func TestPrintedJSONListsEverySetting(t *testing.T) {
	var got []struct {
		Key, Value, Origin string
		Values             []string
	}
	if err := json.Unmarshal([]byte(printed(t, mustLoad(t, "", home, map[string]string{"cors.origins": "https://a.example"}), "json")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(settings(Default())) {
		t.Fatalf("%d settings listed, want %d", len(got), len(settings(Default())))
	}
	for _, e := range got {
		switch e.Key {
		case "listen":
			if e.Value != "localhost:4401" || e.Origin != "default" {
				t.Errorf("listen: %+v", e)
			}
		case "cors.origins":
			if !cmp.Equal(e.Values, []string{"https://a.example"}) || e.Origin != "--cors.origins" {
				t.Errorf("cors.origins: %+v", e)
			}
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestPrintReportsWhatFails(t *testing.T) {
	if err := Default().Print(brokenPipe{}, "yaml"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("broken writer: %v", err)
	}
	if err := Default().Print(brokenPipe{}, "toml"); err == nil || !strings.Contains(err.Error(), "choose yaml or json") {
		t.Errorf("unknown format: %v", err)
	}
}

func TestReferenceIsUpToDate(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "configuration.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(manual()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(manual(), string(got)); diff != "" {
		t.Errorf("docs/configuration.md is not what the comments say; run go test ./internal/config -run TestReference -update\n%s", diff)
	}
}

func TestReferenceExplainsEverySetting(t *testing.T) {
	page := manual()
	for _, s := range settings(Default()) {
		_, entry, found := strings.Cut(page, "# `"+s.key+"`\n\n")
		if !found {
			t.Errorf("%s is missing", s.key)
			continue
		}
		lines := strings.SplitN(entry, "\n", 4)
		if !strings.Contains(lines[0], "`"+s.variable()+"`") || len(lines[2]) < 10 {
			t.Errorf("%s: variable or text is missing: %q", s.key, lines[:3])
		}
	}
}

func TestTheDefaultsAreValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
}
