package config

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
)

//go:embed config.go
var source string

// manual is the page in Markdown, made from the comments of [Config]. It is kept as docs/configuration.md.
func manual() string {
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", source, parser.ParseComments)
	if err != nil {
		panic(err) // the embedded source is the one that was compiled
	}
	r := reference{structs: make(map[string]*ast.StructType), settings: make(map[string]setting)}
	for _, s := range settings(Default()) {
		r.settings[s.key] = s
	}
	for n := range ast.Preorder(file) {
		if spec, ok := n.(*ast.TypeSpec); ok {
			if s, ok := spec.Type.(*ast.StructType); ok {
				r.structs[spec.Name.Name] = s
			}
		}
	}
	r.WriteString(referenceHead)
	r.section("", r.structs["Config"])
	return strings.TrimSuffix(r.String(), "\n")
}

const referenceHead = `# Configuration

<!-- Made from the comments in internal/config/config.go; change those, then run: go test ./internal/config -run TestReference -update -->

Lingpai runs without any configuration. What you set comes from, the first that has it: a flag (` + "`--listen`" + `), an environment
variable (` + "`LINGPAI_LISTEN`" + `), the YAML file that ` + "`--config`" + ` names, the default.

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

func (r *reference) section(prefix string, fields *ast.StructType) {
	for _, f := range fields.Fields.List {
		if f.Tag == nil {
			continue
		}
		name := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml")
		if s, ok := r.settings[prefix+name]; ok {
			r.entry(s, f.Doc.Text())
			continue
		}
		typeName := f.Type.(*ast.Ident).Name
		fmt.Fprintf(r, "## %s\n\n%s\n", name, f.Doc.Text())
		r.section(name+".", r.structs[typeName])
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
