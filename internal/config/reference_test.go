package config

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
)

//go:embed config.go
var source string

//go:embed clients.go
var clientSource string

//go:embed providers.go
var providerSource string

//go:embed gateway.go
var gatewaySource string

// manual is the page in Markdown, made from the comments of [Config]. It is kept as docs/configuration.md.
func manual() string {
	r := reference{structs: make(map[string]*ast.StructType), settings: make(map[string]setting)}
	for _, s := range settings(Default()) {
		r.settings[s.key] = s
	}
	r.know(source)
	r.know(gatewaySource)
	r.know(clientSource)
	r.know(providerSource)
	r.WriteString(referenceHead)
	r.section("", r.structs["Config"])
	return strings.TrimSuffix(r.String(), "\n")
}

const referenceHead = `# Configuration

<!-- Made from the comments in internal/config/config.go; change those, then run: go test ./internal/config -run TestReference -update -->

Lingpai runs without any configuration. What you set comes from, the first that has it: a flag (` + "`--listen`" + `), an environment
variable (` + "`LINGPAI_LISTEN`" + `), the YAML file that ` + "`--config`" + ` or ` + "`LINGPAI_CONFIG`" + ` names, the default.

Spans of time are written like ` + "`30s`, `5m30s`, `12h`, `90d`" + `. Lists are YAML lists in the file and comma-separated in variables and
flags. File names in the file are relative to it. Unknown keys and variables are errors, so a misspelt one is found at once:
` + "`lingpai config check`" + ` says where and what was probably meant, ` + "`lingpai config print`" + ` shows what is in force and where it came from.

`

// reference writes the page.
type reference struct {
	strings.Builder
	structs  map[string]*ast.StructType
	settings map[string]setting
}

// know takes up the structs of a source file.
func (r *reference) know(source string) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ParseComments)
	if err != nil {
		panic(err) // the embedded source is the one that was compiled
	}
	for n := range ast.Preorder(file) {
		if spec, ok := n.(*ast.TypeSpec); ok {
			if s, ok := spec.Type.(*ast.StructType); ok {
				r.structs[spec.Name.Name] = s
			}
		}
	}
}

func (r *reference) section(prefix string, fields *ast.StructType) {
	for _, f := range fields.Fields.List {
		if f.Tag == nil {
			continue
		}
		name := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml")
		s, ok := r.settings[prefix+name]
		if ok && s.isTable() {
			heading := "###"
			if prefix == "" {
				heading = "##"
			}
			fmt.Fprintf(r, heading+" `%s`\n\nIn the file only; there is no `%s`.\n\n%s\n", s.key, s.variable(), f.Doc.Text())
			r.table(s, f)
			continue
		}
		if ok {
			r.entry(s, f.Doc.Text())
			continue
		}
		typeName := f.Type.(*ast.Ident).Name
		fmt.Fprintf(r, "## %s\n\n%s\n", name, f.Doc.Text())
		r.section(name+".", r.structs[typeName])
	}
}

// table writes the keys of one section of a list.
func (r *reference) table(s setting, f *ast.Field) {
	s.grow(1)
	row := s.rows()[0]
	r.keys(row, itemKey(s.key, 0)+".", "", r.structs[f.Type.(*ast.ArrayType).Elt.(*ast.Ident).Name])
	r.WriteString("\n")
}

func (r *reference) keys(row []setting, at, prefix string, fields *ast.StructType) {
	for _, f := range fields.Fields.List {
		name := prefix + reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml")
		i := slices.IndexFunc(row, func(s setting) bool { return s.key == at+name })
		if i < 0 {
			r.keys(row, at, name+".", r.structs[f.Type.(*ast.Ident).Name])
			continue
		}
		unless := ""
		if texts := row[i].texts(); len(texts) == 1 && texts[0] != "" {
			unless = "Default `" + texts[0] + "`. "
		}
		fmt.Fprintf(r, "- **`%s`**: %s%s\n", name, unless, strings.ReplaceAll(strings.TrimSpace(f.Doc.Text()), "\n", "\n  "))
	}
}

func (r *reference) entry(s setting, text string) {
	heading := "###"
	if !strings.Contains(s.key, ".") {
		heading = "##"
	}
	fmt.Fprintf(r, "%s `%s`\n\n", heading, s.key)
	if texts := s.texts(); len(texts) == 1 && texts[0] != "" {
		fmt.Fprintf(r, "Default `%s` · ", texts[0])
	}
	fmt.Fprintf(r, "`%s`\n\n%s\n", s.variable(), text)
}
