package fake

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReference holds docs/fake-data.md to the table.
func TestReference(t *testing.T) {
	const page = "../../../docs/fake-data.md"
	want := reference(t)
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/fake-data.md is stale; run: go test ./internal/devserver/fake -run TestReference -update\n%s", diff)
	}
}

//go:embed testdata/reference.md
var head string

func reference(t *testing.T) string {
	f := faker(t, 42, "en")
	var b strings.Builder
	b.WriteString(strings.NewReplacer("NAME", fmt.Sprint(f.must(t, "name")), "EMAIL", fmt.Sprint(f.must(t, "email")), "CITY", fmt.Sprint(f.must(t, "zh.city")),
		"PRICE", fmt.Sprint(f.must(t, "price", "5", "20")), "SIZE", fmt.Sprint(f.must(t, "pick", "S", "M", "L"))).Replace(head))
	for _, g := range groups {
		fmt.Fprintf(&b, "\n### %s\n\n| kind | arguments | in English | in Chinese |\n|---|---|---|---|\n", g.title)
		for i := range g.kinds {
			b.WriteString(row(t, &g.kinds[i]))
		}
	}
	return b.String()
}

func row(t *testing.T, k *kind) string {
	names := "`" + k.name + "`"
	if k.also != "" {
		names += "<br>also `" + strings.Join(strings.Fields(k.also), "` `") + "`"
	}
	var params []string
	for _, p := range k.params {
		params = append(params, p.shown())
	}
	seed := fnv.New64a()
	seed.Write([]byte(k.name))
	en, zh := cell(faker(t, seed.Sum64(), "en").must(t, k.name, sample(k)...)), cell(faker(t, seed.Sum64(), "zh-CN").must(t, k.name, sample(k)...))
	if en == zh {
		zh = ""
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", names, strings.Join(params, ", "), en, zh)
}

func (p *param) shown() string {
	switch {
	case p.is == rest:
		return "`" + p.name + "` …"
	case p.oneOf != "":
		return "`" + p.name + "`: " + strings.Join(strings.Fields(p.oneOf), " or ")
	}
	return "`" + p.name + "`: `" + p.otherwise + "`"
}

// cell is a value as a table can have it.
func cell(v any) string {
	text := []rune(strings.NewReplacer("\n\n", " ", "\n", " ", "|", "\\|", "<", "&lt;", "*", "\\*", "_", "\\_", "[", "\\[", "#", "\\#", "~", "\\~").Replace(fmt.Sprint(v)))
	if len(text) > 90 {
		text = append(text[:89], '…')
	}
	return string(text)
}
