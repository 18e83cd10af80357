package devserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
)

// Problem is one thing that is wrong with a dev file.
type Problem struct {
	File         string `json:"file"`
	Line, Column int    `json:"-"` // from 1; 0 where the whole file is meant
	Text         string `json:"text"`
}

// String is one line: place and text.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Problems is the error of a dev file that cannot be used: all that was found, in the order of the file.
type Problems []Problem

// Error lists the problems, one to a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// decoder walks the tree of a dev file. It goes on after a problem, so that all are told at once.
type decoder struct {
	name     string // of the file, as it is shown
	problems Problems
	anchors  map[string]ast.Node
}

// keys say what is read for each key of a mapping.
type keys map[string]func(n ast.Node)

// parse reads YAML; nil is an empty file.
func (d *decoder) parse(data []byte) ast.Node {
	doc, err := parser.ParseBytes(data, 0)
	if err != nil {
		d.syntax(err)
		return nil
	}
	var body ast.Node
	for i, part := range doc.Docs {
		if i > 0 && part.Body != nil {
			d.fail(part.Body, "a second document begins here; keep one")
			return nil
		}
		body = part.Body
	}
	return body
}

func (d *decoder) syntax(err error) {
	p := Problem{File: d.name, Text: "this is not YAML"}
	if e, ok := errors.AsType[yaml.Error](err); ok {
		p.Text += ": " + e.GetMessage()
		p.Line, p.Column = position(e.GetToken())
	}
	if strings.Contains(p.Text, "\t") {
		p.Text = "a tab stands here; YAML is indented with spaces"
	}
	d.problems = append(d.problems, p)
}

func position(tk *token.Token) (line, column int) {
	if tk == nil || tk.Position == nil {
		return 0, 0
	}
	return tk.Position.Line, tk.Position.Column
}

func (d *decoder) fail(n ast.Node, format string, args ...any) {
	p := Problem{File: d.name, Text: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line, p.Column = place(n)
	}
	d.problems = append(d.problems, p)
}

// place is where a node begins. A block mapping begins with its first key; its own token is the colon.
func place(n ast.Node) (line, column int) {
	switch m := n.(type) {
	case *ast.MappingValueNode:
		return place(m.Key)
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return place(m.Values[0].Key)
		}
	}
	return position(n.GetToken())
}

// resolve looks through anchors and aliases.
func (d *decoder) resolve(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		if d.anchors == nil {
			d.anchors = map[string]ast.Node{}
		}
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.resolve(n.Value)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		if to, ok := d.anchors[name]; ok {
			return to
		}
		d.fail(n, "there is no anchor %q before this", name)
		return nil
	case *ast.NullNode, *ast.CommentGroupNode:
		return nil
	}
	return n
}

// mapping reads a mapping with known keys. What names the mapping in a sentence.
func (d *decoder) mapping(n ast.Node, what string, known keys) {
	for _, v := range d.entries(n, what) {
		name := v.Key.GetToken().Value
		read, ok := known[name]
		if !ok {
			d.fail(v.Key, "%q is not a key of %s; the keys are %s", name, what, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			continue
		}
		if value := d.resolve(v.Value); value != nil {
			read(value)
		} else {
			d.fail(v.Key, "%s has no value", name)
		}
	}
}

// entries lists the members of a mapping, each name once.
func (d *decoder) entries(n ast.Node, what string) []*ast.MappingValueNode {
	var values []*ast.MappingValueNode
	switch n := d.resolve(n).(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		d.fail(n, "%s must be keys with values, as in `name: value`", what)
	}
	return values
}

// list reads a sequence.
func (d *decoder) list(n ast.Node, what string, each func(n ast.Node)) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fail(n, "%s must be a list, each item after a dash", what)
		return
	}
	for _, item := range seq.Values {
		if v := d.resolve(item); v != nil {
			each(v)
		} else {
			d.fail(item, "an item of %s is empty", what)
		}
	}
}

// text reads a plain value as it was written.
func (d *decoder) text(n ast.Node, what string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	d.fail(n, "%s must be a plain value", what)
	return "", false
}

func (d *decoder) string(n ast.Node, what string, to *string) {
	if text, ok := d.text(n, what); ok {
		*to = text
	}
}

func (d *decoder) number(n ast.Node, what string, least, most int, to *int) {
	text, ok := d.text(n, what)
	if !ok {
		return
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < least || v > most {
		d.fail(n, "%s must be a whole number from %d to %d", what, least, most)
		return
	}
	*to = v
}

func (d *decoder) boolean(n ast.Node, what string, to *bool) {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		d.fail(n, "%s must be true or false", what)
		return
	}
	*to = b.Value
}

func (d *decoder) duration(n ast.Node, what string, to *time.Duration) {
	text, ok := d.text(n, what)
	if !ok {
		return
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		d.fail(n, "%s must be a length of time, such as 200ms or 2s", what)
		return
	}
	*to = v
}

// texts reads a mapping from names to plain values, in any order.
func (d *decoder) texts(n ast.Node, what string) map[string]string {
	out := map[string]string{}
	for _, v := range d.entries(n, what) {
		value := d.resolve(v.Value)
		if value == nil {
			out[v.Key.GetToken().Value] = ""
			continue
		}
		if text, ok := d.text(value, what); ok {
			out[v.Key.GetToken().Value] = text
		}
	}
	return out
}

// json reads any value as JSON.
func (d *decoder) json(n ast.Node) any {
	switch n := d.resolve(n).(type) {
	case nil:
		return nil
	case *ast.SequenceNode:
		list := make([]any, 0, len(n.Values))
		for _, item := range n.Values {
			list = append(list, d.json(item))
		}
		return list
	case *ast.MappingNode, *ast.MappingValueNode:
		o := new(ordered.Object)
		for _, v := range d.entries(n, "the value") {
			o.Set(v.Key.GetToken().Value, d.json(v.Value))
		}
		return o
	case *ast.BoolNode:
		return n.Value
	case *ast.IntegerNode:
		return asWritten(n, n.Value)
	case *ast.FloatNode:
		return asWritten(n, n.Value)
	default:
		text, _ := d.text(n, "the value")
		return text
	}
}

// asWritten is a number as it was written, where JSON writes it so, too: 1.50 is not 1.5 for whoever reads prices.
func asWritten(n ast.Node, value any) any {
	if text := n.GetToken().Value; json.Valid([]byte(text)) {
		return json.Number(text)
	}
	if f, ok := value.(float64); ok {
		return f
	}
	return json.Number(fmt.Sprint(value))
}
