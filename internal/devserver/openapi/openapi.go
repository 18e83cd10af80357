// Package openapi answers requests from an OpenAPI description (3.0, 3.1): with its examples, and where there are none with data made up after
// its schemas.
//
// It is lenient: what it does not understand in a description it leaves out. Nothing is validated.
package openapi

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
	"github.com/lingpai/lingpai/internal/pattern"
)

// Description is a description that is ready to answer. It is safe for concurrent use.
type Description struct {
	doc   any
	base  string // path of the first server
	paths []path
	fake  func(kind string, args ...string) (any, error)
}

// path is one of the paths, with {parameters}.
type path struct {
	text string
	re   *regexp.Regexp
	item *ordered.Object
}

// New reads a description that has been parsed. Fake invents data.
func New(doc any, fake func(kind string, args ...string) (any, error)) (*Description, error) {
	d := &Description{doc: doc, fake: fake}
	if v, ok := ordered.Lookup(doc, "openapi"); !ok || !strings.HasPrefix(ordered.Text(v), "3.") {
		return nil, errors.New("is no OpenAPI 3 description; its first line is `openapi: 3.0.3` or the like")
	}
	if server, ok := ordered.Lookup(doc, "servers.0.url"); ok {
		if u, err := url.Parse(ordered.Text(server)); err == nil {
			d.base = strings.TrimSuffix(u.Path, "/")
		}
	}
	paths, _ := ordered.Lookup(doc, "paths")
	all, ok := paths.(*ordered.Object)
	if !ok {
		return nil, errors.New("describes no paths")
	}
	for _, text := range all.Names() {
		item, _ := all.Get(text)
		if o, ok := d.resolve(item).(*ordered.Object); ok {
			d.paths = append(d.paths, path{text, expression(text), o})
		}
	}
	slices.SortStableFunc(d.paths, func(a, b path) int { return strings.Count(a.text, "{") - strings.Count(b.text, "{") })
	return d, nil
}

var parameter = pattern.Lazy(`\\\{[^/{}]+\\\}`)

func expression(text string) *regexp.Regexp {
	return regexp.MustCompile("^" + parameter().ReplaceAllString(regexp.QuoteMeta(text), "[^/]+") + "/?$")
}

// Answer answers a request for a path of the description, as it stands there, below its server's path, or below prefix. A client chooses
// another answer than the first good one by `Prefer: code=404` or `Prefer: example=name`.
func (d *Description) Answer(w http.ResponseWriter, r *http.Request, prefix string) (answered bool, err error) {
	operation := d.find(r, prefix)
	if operation == nil {
		return false, nil
	}
	prefer := preferences(r.Header.Values("Prefer"))
	status, response := d.response(operation, prefer["code"])
	if response == nil {
		return true, errors.New("the description names no response for this operation")
	}
	kind, media := d.media(response)
	if media == nil {
		w.WriteHeader(status)
		return true, nil
	}
	v := d.value(media, prefer["example"])
	text := []byte(ordered.Text(v))
	if strings.Contains(kind, "json") {
		if text, err = ordered.MarshalIndent(v); err != nil {
			return true, err
		}
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, err = w.Write(text)
	return true, err
}

func preferences(lines []string) map[string]string {
	out := map[string]string{}
	for part := range strings.FieldsFuncSeq(strings.Join(lines, ","), func(c rune) bool { return c == ',' || c == ';' }) {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			out[name] = strings.Trim(value, `"`)
		}
	}
	return out
}

func (d *Description) find(r *http.Request, prefix string) *ordered.Object {
	asked := r.URL.Path
	candidates := []string{asked}
	for _, cut := range []string{d.base, strings.TrimSuffix(prefix, "/")} {
		if rest, ok := strings.CutPrefix(asked, cut); ok && cut != "" {
			candidates = append(candidates, "/"+strings.TrimPrefix(rest, "/"))
		}
	}
	method := strings.ToLower(r.Method)
	for _, p := range d.paths {
		if !slices.ContainsFunc(candidates, p.re.MatchString) {
			continue
		}
		op, ok := p.item.Get(method)
		if !ok && method == "head" {
			op, ok = p.item.Get("get")
		}
		if o, isObject := d.resolve(op).(*ordered.Object); ok && isObject {
			return o
		}
	}
	return nil
}

// response chooses the response of an operation: the one asked for, the least 2xx, default, or the first.
func (d *Description) response(operation *ordered.Object, code string) (int, *ordered.Object) {
	v, _ := operation.Get("responses")
	all, ok := v.(*ordered.Object)
	if !ok || all.Len() == 0 {
		return 0, nil
	}
	names := slices.Sorted(slices.Values(all.Names()))
	chosen := names[0]
	if i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, "2") }); i >= 0 {
		chosen = names[i]
	} else if slices.Contains(names, "default") {
		chosen = "default"
	}
	status := 0
	if code != "" {
		status, _ = strconv.Atoi(code)
		for _, n := range []string{code, code[:1] + "XX", "default"} {
			if slices.Contains(names, n) {
				chosen = n
				break
			}
		}
	}
	if n, err := strconv.Atoi(chosen); err == nil {
		status = n
	}
	if status < 200 || status > 599 {
		status = http.StatusOK
	}
	v, _ = all.Get(chosen)
	o, _ := d.resolve(v).(*ordered.Object)
	return status, o
}

// media chooses the content of a response: JSON, if there is some.
func (d *Description) media(response *ordered.Object) (kind string, media *ordered.Object) {
	v, _ := response.Get("content")
	all, ok := v.(*ordered.Object)
	if !ok || all.Len() == 0 {
		return "", nil
	}
	kind = all.Names()[0]
	if i := slices.IndexFunc(all.Names(), func(n string) bool { return strings.Contains(n, "json") }); i >= 0 {
		kind = all.Names()[i]
	}
	v, _ = all.Get(kind)
	media, _ = d.resolve(v).(*ordered.Object)
	return kind, media
}

// value is an example, or data after the schema.
func (d *Description) value(media *ordered.Object, name string) any {
	if v, ok := media.Get("example"); ok && name == "" {
		return v
	}
	if v, ok := media.Get("examples"); ok {
		if all, ok := v.(*ordered.Object); ok && all.Len() > 0 {
			if _, there := all.Get(name); !there {
				name = all.Names()[0]
			}
			one, _ := all.Get(name)
			if v, ok := ordered.Lookup(d.resolve(one), "value"); ok {
				return v
			}
		}
	}
	schema, _ := media.Get("schema")
	return d.invent(schema, "", 0)
}

// resolve follows references within the description.
func (d *Description) resolve(v any) any {
	for range 20 {
		o, ok := v.(*ordered.Object)
		if !ok {
			return v
		}
		ref, ok := o.Get("$ref")
		if !ok {
			return v
		}
		place, ok := strings.CutPrefix(ordered.Text(ref), "#/")
		if !ok {
			return nil
		}
		if v, ok = d.lookup(strings.Split(place, "/")); !ok {
			return nil
		}
	}
	return nil
}

func (d *Description) lookup(parts []string) (any, bool) {
	at := d.doc
	for _, part := range parts {
		o, ok := at.(*ordered.Object)
		if !ok {
			return nil, false
		}
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		if at, ok = o.Get(part); !ok {
			return nil, false
		}
	}
	return at, true
}
