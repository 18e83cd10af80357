package mock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
	"github.com/lingpai/lingpai/internal/devserver/route"
	"github.com/lingpai/lingpai/internal/pattern"
)

// value is a JSON value, or a text, whose strings may be templates.
type value any

// fakes is the short way to write fake "name", and (fake "name") where it is an argument.
var fakes = pattern.Lazy(`(\{\{-?\s*|\(\s*|\b)fake\.(\w+(?:\.\w+)*)`)

// unquoted marks the output of a template that is JSON and not a string.
const unquoted = "\x00json:"

// compile replaces each string that has {{ in it by its template.
func (m *Mock) compile(v any) (value, error) {
	switch v := v.(type) {
	case string:
		return m.compileText(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			c, err := m.compile(item)
			if err != nil {
				return nil, err
			}
			list[i] = c
		}
		return list, nil
	case *ordered.Object:
		o := new(ordered.Object)
		for _, name := range v.Names() {
			member, _ := v.Get(name)
			c, err := m.compile(member)
			if err != nil {
				return nil, err
			}
			o.Set(name, c)
		}
		return o, nil
	}
	return v, nil
}

func (m *Mock) compileText(text string) (value, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	t, err := template.New("").Funcs(m.functions()).Option("missingkey=zero").Parse(spellOut(text))
	if err != nil {
		return nil, fmt.Errorf("the template %q cannot be read: %s", text, strings.TrimPrefix(err.Error(), "template: "))
	}
	return t, nil
}

// spellOut writes the calls of fake as the language of templates has them.
func spellOut(text string) string {
	return fakes().ReplaceAllStringFunc(text, func(short string) string {
		before, name, _ := strings.Cut(short, "fake.")
		if before == "" {
			return fmt.Sprintf("(fake %q)", name)
		}
		return fmt.Sprintf("%sfake %q", before, name) // arguments may follow
	})
}

// functions are what templates may call beside those of text/template.
func (m *Mock) functions() template.FuncMap {
	return template.FuncMap{
		"fake": func(kind string, args ...any) (any, error) {
			texts := make([]string, len(args))
			for i, a := range args {
				texts[i] = fmt.Sprint(a)
			}
			return m.faker.Make(kind, texts...)
		},
		"now":    func() string { return m.now().UTC().Format(time.RFC3339) },
		"unix":   func() int64 { return m.now().Unix() },
		"count":  func() int64 { return m.counted.Add(1) },
		"number": toNumber,
		"json":   toJSON,
		"upper":  strings.ToUpper,
		"lower":  strings.ToLower,
		"add":    func(a, b any) (int, error) { return arithmetic(a, b, func(x, y int) int { return x + y }) },
		"sub":    func(a, b any) (int, error) { return arithmetic(a, b, func(x, y int) int { return x - y }) },
	}
}

func toNumber(v any) (string, error) {
	text := fmt.Sprint(v)
	if !json.Valid([]byte(text)) || strings.Trim(text, "-+.0123456789eE") != "" {
		return "", fmt.Errorf("%q is not a number", text)
	}
	return unquoted + text, nil
}

func toJSON(v any) (string, error) {
	text, err := ordered.Marshal(v)
	return unquoted + string(text), err
}

func arithmetic(a, b any, do func(x, y int) int) (int, error) {
	x, errX := strconv.Atoi(fmt.Sprint(a))
	y, errY := strconv.Atoi(fmt.Sprint(b))
	if errX != nil || errY != nil {
		return 0, fmt.Errorf("%v and %v are not both whole numbers", a, b)
	}
	return do(x, y), nil
}

// facts are what a template knows of a request.
func facts(r *http.Request, params map[string]string) (map[string]any, error) {
	data := map[string]any{"method": r.Method, "path": r.URL.Path, "query": single(r.URL.Query()), "headers": single(r.Header), "params": params}
	for name, v := range params {
		data[name] = v
	}
	body, err := route.Peek(r)
	if err != nil {
		return nil, err
	}
	data["body"] = content(body)
	return data, nil
}

// content is JSON as its value, and anything else as text.
func content(data []byte) any {
	var doc any
	if json.Unmarshal(data, &doc) == nil {
		return doc
	}
	return string(data)
}

func single(values map[string][]string) map[string]string {
	out := make(map[string]string, len(values))
	for name, list := range values {
		if len(list) > 0 {
			out[name] = list[0]
		}
	}
	return out
}

// fill renders the templates in a value.
func fill(v value, data map[string]any) (any, error) {
	switch v := v.(type) {
	case *template.Template:
		return fillText(v, data)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			filled, err := fill(item, data)
			if err != nil {
				return nil, err
			}
			list[i] = filled
		}
		return list, nil
	case *ordered.Object:
		o := new(ordered.Object)
		for _, name := range v.Names() {
			member, _ := v.Get(name)
			filled, err := fill(member, data)
			if err != nil {
				return nil, err
			}
			o.Set(name, filled)
		}
		return o, nil
	}
	return v, nil
}

func fillText(t *template.Template, data map[string]any) (any, error) {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("the template failed: %s", strings.TrimPrefix(err.Error(), "template: "))
	}
	text := strings.ReplaceAll(b.String(), "<no value>", "")
	if raw, ok := strings.CutPrefix(text, unquoted); ok && !strings.Contains(raw, unquoted) {
		return ordered.Parse([]byte(raw))
	}
	return strings.ReplaceAll(text, unquoted, ""), nil
}
