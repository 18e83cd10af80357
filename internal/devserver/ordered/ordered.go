// Package ordered reads and writes JSON whose objects keep the order of their members. Files that people wrote and answers that people
// read stay as they were written.
//
// A value is nil, bool, string, [encoding/json.Number], []any or *[Object].
package ordered

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Object is a JSON object. The zero value is empty. It is not safe for concurrent use.
type Object struct {
	names  []string
	values map[string]any
}

// Get returns the value of a member, and whether there is one.
func (o *Object) Get(name string) (any, bool) {
	v, ok := o.values[name]
	return v, ok
}

// Set changes a member, or adds it at the end.
func (o *Object) Set(name string, value any) {
	if o.values == nil {
		o.values = map[string]any{}
	}
	if _, there := o.values[name]; !there {
		o.names = append(o.names, name)
	}
	o.values[name] = value
}

// Delete removes a member, if it is there.
func (o *Object) Delete(name string) {
	if _, there := o.values[name]; there {
		delete(o.values, name)
		o.names = slices.DeleteFunc(o.names, func(n string) bool { return n == name })
	}
}

// Names lists the members in their order. The caller does not change the list.
func (o *Object) Names() []string { return o.names }

// Len is the number of members.
func (o *Object) Len() int { return len(o.names) }

// Clone copies the object, but not the values of its members.
func (o *Object) Clone() *Object {
	return &Object{names: slices.Clone(o.names), values: maps.Clone(o.values)}
}

// MarshalJSON implements json.Marshaler.
func (o *Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		for _, part := range []any{name, o.values[name]} {
			text, err := Marshal(part)
			if err != nil {
				return nil, err
			}
			b.Write(text)
			b.WriteByte(':')
		}
		b.Truncate(b.Len() - 1)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Marshal writes a value on one line, without escaping what HTML would.
func Marshal(v any) ([]byte, error) { return encode(v, "") }

// MarshalIndent writes a value as people read it, ended by a line feed.
func MarshalIndent(v any) ([]byte, error) {
	text, err := encode(v, "  ")
	return append(text, '\n'), err
}

func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// maxDepth bounds nesting: what is deeper is no data.
const maxDepth = 200

// Parse reads one JSON text. The error of a text that is not JSON says in which line and column.
func Parse(data []byte) (any, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := parse(d, 0)
	if err == nil {
		_, err = d.Token()
		if errors.Is(err, io.EOF) {
			return v, nil
		}
		err = errors.New("something follows the end of the value")
	}
	return nil, at(data, d.InputOffset(), err)
}

// at places an error. The decoder's own place of a syntax error is that of its buffer, so the whole text is asked again.
func at(data []byte, offset int64, err error) error {
	var whole json.RawMessage
	if e, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(data, &whole)); ok {
		offset, err = e.Offset, e
	}
	if offset >= int64(len(data)) {
		offset = int64(len(data))
		if errors.Is(err, io.EOF) || strings.Contains(err.Error(), "unexpected end") {
			err = errors.New("it ends early")
		}
	}
	before := data[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Errorf("%d:%d: this is not JSON: %w", line, max(1, column), err)
}

func parse(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return parseObject(d, depth)
	case json.Delim('['):
		return parseArray(d, depth)
	}
	return t, nil
}

func parseObject(d *json.Decoder, depth int) (any, error) {
	o := new(Object)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := parse(d, depth+1)
		if err != nil {
			return nil, err
		}
		text, ok := name.(string)
		if !ok {
			return nil, errors.New("the name of a member is not a string")
		}
		o.Set(text, v)
	}
	_, err := d.Token()
	return o, err
}

func parseArray(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := parse(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

// Lookup finds a value below v by member names and list positions, as "author.name" or "items.0.id".
func Lookup(v any, path string) (any, bool) {
	name, rest, more := cut(path)
	var found bool
	switch at := v.(type) {
	case *Object:
		v, found = at.Get(name)
	case []any:
		var i int
		if _, err := fmt.Sscanf(name, "%d", &i); err == nil && i >= 0 && i < len(at) {
			v, found = at[i], true
		}
	}
	if !found || !more {
		return v, found
	}
	return Lookup(v, rest)
}

func cut(path string) (name, rest string, more bool) {
	for i := range len(path) {
		if path[i] == '.' {
			return path[:i], path[i+1:], true
		}
	}
	return path, "", false
}

// Text is a value as it stands in an address or a form: strings without quotes, everything else as JSON.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}
