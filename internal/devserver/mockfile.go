package devserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/devserver/exchange"
	"github.com/lingpai/lingpai/internal/devserver/ordered"
	"github.com/lingpai/lingpai/internal/devserver/recording"
	"github.com/lingpai/lingpai/internal/devserver/route"
)

// Where mocks are that were made of exchanges: in a folder beside the dev file, each a file of routes.
const (
	mockFolder = "mock"
	mockSuffix = ".mock.yaml"
)

// inlineBytes is how long a body may be that stands in the mock file itself; what is longer lies beside, where an editor knows its language.
const inlineBytes = 16 << 10

// mockFile is a mock that is about to be written: an answer as it was, without what proves who somebody is.
type mockFile struct {
	from    exchange.Whole
	auth    *auth // what the request had to bring; nil: nothing
	query   map[string]string
	headers map[string]string
	body    []byte
	leftOut []string // names of headers, places in the body, parameters of the query with their question mark
}

// newMockFile begins a mock of an exchange. Where no route answered, it is the route that the refusal said to write.
func newMockFile(from exchange.Whole, a *auth) *mockFile {
	if from.Add != nil {
		from.Status, from.Header, from.Body = http.StatusOK, http.Header{"Content-Type": {"application/json"}}, []byte(`{"ok":true}`)
	}
	f := &mockFile{from: from, auth: a}
	f.takeQuery(from.Address.Query())
	f.takeHeaders(from.Header)
	f.takeBody(from.Body)
	slices.Sort(f.leftOut)
	f.leftOut = slices.Compact(f.leftOut)
	return f
}

// takeQuery keeps what a request must have in its query. What only gets around caches is no part of the question.
func (f *mockFile) takeQuery(query url.Values) {
	f.query = map[string]string{}
	for name, values := range query {
		_, err := strconv.ParseUint(values[0], 10, 64)
		stamp := err == nil && len(values[0]) >= 10 && slices.Contains([]string{"_", "_t", "t", "ts", "timestamp"}, name)
		switch {
		case stamp:
		case exchange.Private(name) || exchange.WithoutTokens(values[0]) != values[0]:
			f.leftOut = append(f.leftOut, "?"+name)
		default:
			f.query[name] = values[0]
		}
	}
}

// beside are headers that belong to the server that answered, or are set anew for each answer.
var beside = []string{
	"Accept-Ranges", "Age", "Alt-Svc", "Content-Security-Policy", "Etag", "Expires", "Last-Modified", "Permissions-Policy", "Referrer-Policy", "Server",
	"Strict-Transport-Security", "Vary", "Via", "X-Accel-Buffering", "X-Content-Type-Options", "X-Frame-Options", "X-Powered-By",
}

func (f *mockFile) takeHeaders(h http.Header) {
	f.headers = map[string]string{}
	for name, values := range recording.Keep(h) {
		value := strings.Join(values, ", ")
		switch {
		case slices.Contains(beside, name) || strings.HasPrefix(name, "Access-Control-") || strings.HasPrefix(name, "Cross-Origin-"):
		case exchange.Private(name) || exchange.WithoutTokens(value) != value:
			f.leftOut = append(f.leftOut, name)
		default:
			f.headers[name] = strings.ReplaceAll(value, "{{", `{{"{{"}}`) // a header may be a template
		}
	}
	for _, name := range []string{"Set-Cookie", "Dpop-Nonce"} {
		if len(h[name]) > 0 {
			f.leftOut = append(f.leftOut, name)
		}
	}
}

// takeBody leaves tokens and passwords out of the body, and the id of the request out of a refusal.
func (f *mockFile) takeBody(body []byte) {
	v, err := ordered.Parse(body)
	if err != nil || !f.isJSON() {
		f.body = []byte(exchange.WithoutTokens(string(body)))
		if !bytes.Equal(f.body, body) {
			f.leftOut = append(f.leftOut, "body")
		}
		return
	}
	if o, ok := v.(*ordered.Object); ok && f.headers["Content-Type"] == "application/problem+json" {
		o.Delete("request_id")
	}
	if v = f.withoutSecrets("", "", v); f.body == nil {
		f.body, _ = ordered.MarshalIndent(v) // it was read from JSON
	}
}

func (f *mockFile) isJSON() bool {
	kind, _, _ := strings.Cut(f.headers["Content-Type"], ";")
	return strings.HasSuffix(kind, "json")
}

// withoutSecrets goes through a value of JSON; at is its place, name that of the member that it is.
func (f *mockFile) withoutSecrets(at, name string, v any) any {
	switch v := v.(type) {
	case *ordered.Object:
		for _, member := range v.Names() {
			value, _ := v.Get(member)
			v.Set(member, f.withoutSecrets(at+"."+member, member, value))
		}
	case []any:
		for i := range v {
			v[i] = f.withoutSecrets(at+"."+strconv.Itoa(i), "", v[i])
		}
	case string:
		without := exchange.WithoutTokens(v)
		if v != "" && exchange.Private(name) {
			without = exchange.LeftOut
		}
		if without != v {
			f.leftOut = append(f.leftOut, strings.TrimPrefix(at, "."))
		}
		return without
	}
	return v
}

// write writes the file under the first name that is free, and its body beside where it does not stand in it. It returns the name.
func (f *mockFile) write(folder string) (string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of mocks: %w", err)
	}
	for n := 1; ; n++ {
		stem := filepath.Join(folder, f.stem(n))
		err := f.writeAs(stem)
		if err == nil {
			return stem + mockSuffix, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("write a mock: %w", err)
		}
	}
}

// stem is the name without its ending: get-api-users-7, or get-api-users-7.2 where that is taken.
func (f *mockFile) stem(n int) string {
	name := strings.ToLower(f.from.Method)
	if slug := recording.Slug(strings.ReplaceAll(f.from.Address.Path, ".", "-")); slug != "" {
		name += "-" + slug
	}
	if n > 1 {
		name += "." + strconv.Itoa(n)
	}
	return name
}

func (f *mockFile) writeAs(stem string) error {
	if _, err := os.Lstat(stem + mockSuffix); err == nil {
		return fs.ErrExist
	}
	text, inline := f.text(f.inline())
	if inline {
		return create(stem+mockSuffix, text)
	}
	body := stem + f.extension()
	if err := create(body, f.body); err != nil {
		return err
	}
	text, _ = f.text("file: " + asJSON("./"+mockFolder+"/"+filepath.Base(body)))
	if err := create(stem+mockSuffix, text); err != nil {
		return errors.Join(err, os.Remove(body))
	}
	return nil
}

// create writes a new file, and none in the place of another.
func create(name string, text []byte) error {
	w, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// inline is the body as a key of the mock, or "" where it had better lie beside.
func (f *mockFile) inline() string {
	switch {
	case len(f.body) > inlineBytes || bytes.Contains(f.body, []byte("{{")): // in the file it would be a template
		return ""
	case f.isJSON() && json.Valid(f.body):
		return "json:\n        " + strings.ReplaceAll(strings.TrimSpace(string(f.body)), "\n", "\n        ")
	case f.isJSON() || strings.Contains(f.headers["Content-Type"], "html"):
		return ""
	}
	return "text: " + asJSON(string(f.body))
}

func (f *mockFile) extension() string {
	switch kind, _, _ := strings.Cut(f.headers["Content-Type"], ";"); {
	case f.isJSON():
		return ".json"
	case strings.HasSuffix(kind, "html"):
		return ".html"
	case strings.HasSuffix(kind, "xml"):
		return ".xml"
	}
	return ".txt"
}

// text is the file with a body; whether it says what was meant is seen by reading it back.
func (f *mockFile) text(body string) (_ []byte, good bool) {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if f.from.Add != nil {
		line("# A first draft of what answers %s %s.", f.from.Method, f.from.Address.EscapedPath())
	} else {
		line("# What %s %s was answered on %s by %s.", f.from.Method, f.from.Address.EscapedPath(), f.from.At.Format("2006-01-02 15:04:05"), f.by())
	}
	if len(f.leftOut) > 0 {
		line("# Left out: %s.", printableNames(f.leftOut))
	}
	line("routes:")
	line("  - match: %s", asJSON(route.Exactly(f.from.Method, f.from.Address.EscapedPath())))
	if len(f.query) > 0 {
		line("    query:")
		for _, name := range slices.Sorted(maps.Keys(f.query)) {
			line("      %s: %s", asJSON(name), asJSON(route.Exact(f.query[name])))
		}
	}
	f.writeAuth(line)
	line("    mock:")
	line("      status: %d", f.from.Status)
	if len(f.headers) > 0 {
		line("      headers:")
		for _, name := range slices.Sorted(maps.Keys(f.headers)) {
			line("        %s: %s", asJSON(name), asJSON(f.headers[name]))
		}
	}
	line("      %s", body)
	return []byte(b.String()), body != "" && f.readsBack(b.String())
}

func (f *mockFile) by() string {
	switch {
	case f.from.By == "":
		return "nothing"
	case f.from.Route > 0:
		return fmt.Sprintf("%s of route %d", f.from.By, f.from.Route)
	}
	return f.from.By
}

func (f *mockFile) writeAuth(line func(format string, args ...any)) {
	switch {
	case f.auth == nil:
	case f.auth.header == "" && len(f.auth.roles) == 0:
		line("    auth: true")
	default:
		line("    auth:")
		if f.auth.header != "" {
			line("      header: %s", asJSON(f.auth.header))
		}
		if len(f.auth.roles) > 0 {
			line("      roles: %s", asJSON(f.auth.roles))
		}
	}
}

// readsBack reports whether the body that is read from a file is the one that was meant: there are numbers that YAML reads otherwise.
func (f *mockFile) readsBack(text string) bool {
	if !f.isJSON() {
		return true
	}
	var d decoder
	written, ok := ordered.Lookup(d.json(d.parse([]byte(text))), "routes.0.mock.json")
	if !ok || len(d.problems) > 0 {
		return false
	}
	got, err := ordered.MarshalIndent(written)
	return err == nil && bytes.Equal(bytes.TrimSpace(got), bytes.TrimSpace(f.body))
}

// asJSON is a value as JSON, which YAML reads as it is.
func asJSON(v any) string {
	text, err := ordered.Marshal(v)
	if err != nil {
		return `""`
	}
	return string(text)
}

// printableNames lists names on one line.
func printableNames(names []string) string {
	shown := make([]string, len(names))
	for i, name := range names {
		if shown[i] = name; strconv.Quote(name) != `"`+name+`"` {
			shown[i] = strconv.Quote(name)
		}
	}
	return strings.Join(shown, ", ")
}
