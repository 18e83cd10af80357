package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/lingpai/lingpai/internal/spelling"
)

// maxFile bounds the file: a configuration has a few hundred lines, and anything larger is the wrong file.
const maxFile = 64 << 10

// readFile takes the settings from a YAML file.
func (l *loader) readFile(name string) {
	data, err := readBounded(name)
	if err != nil {
		l.report(Origin{File: name}, "", err.Error())
		return
	}
	doc, err := parser.ParseBytes(data, 0)
	if err != nil {
		l.reportSyntax(name, err)
		return
	}
	folder := filepath.Dir(name)
	if abs, err := filepath.Abs(folder); err == nil { // otherwise the working directory is gone, and relative is all there is
		folder = abs
	}
	f := fileReader{loader: l, name: name, folder: folder}
	for i, d := range doc.Docs {
		if i > 0 && d.Body != nil {
			l.report(f.at(d.Body), "", "a second document begins here; keep one")
			return
		}
		f.section("", d.Body)
	}
}

func readBounded(name string) ([]byte, error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("this configuration file does not exist; check the name, or leave it out to run with the defaults")
	}
	if err != nil {
		return nil, fmt.Errorf("the configuration file cannot be opened: %w", reason(err))
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("the configuration file cannot be read: %w", reason(err))
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("the configuration file is larger than %d KiB; is it the right one?", maxFile>>10)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil // some editors begin a file with a byte order mark
}

// reason leaves out the file's name, which the message begins with anyway.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// reportSyntax passes on what the YAML parser says, without its excerpt, which could show a secret.
func (l *loader) reportSyntax(name string, err error) {
	at, text := Origin{File: name}, "this is not YAML"
	if e, ok := errors.AsType[yaml.Error](err); ok {
		text = "this is not YAML: " + e.GetMessage()
		at.Line, at.Column = position(e.GetToken())
	}
	if strings.Contains(text, "'\t'") || strings.Contains(text, "\t") {
		text = "a tab stands here; YAML is indented with spaces"
	}
	l.report(at, "", text)
}

// fileReader walks the tree of one file.
type fileReader struct {
	*loader
	name   string // as it is shown
	folder string // what relative file names start from
}

// at is where n begins. A block mapping begins with its first key; its own token is the colon.
func (f fileReader) at(n ast.Node) Origin {
	switch m := n.(type) {
	case *ast.MappingValueNode:
		return f.at(m.Key)
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return f.at(m.Values[0].Key)
		}
	}
	o := Origin{File: f.name}
	o.Line, o.Column = position(n.GetToken())
	return o
}

func position(tk *token.Token) (line, column int) {
	if tk == nil || tk.Position == nil {
		return 0, 0
	}
	return tk.Position.Line, tk.Position.Column
}

// section reads a mapping whose keys stand below prefix ("" or "token.").
func (f fileReader) section(prefix string, n ast.Node) {
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode: // nothing set
	case *ast.MappingNode:
		for _, v := range n.Values {
			f.entry(prefix, v)
		}
	case *ast.MappingValueNode:
		f.entry(prefix, n)
	default:
		what := "the file"
		if prefix != "" {
			what = strings.TrimSuffix(prefix, ".")
		}
		f.report(f.at(n), "", what+" must hold keys with values, as in `name: value`")
	}
}

// entry reads one `key: value`.
func (f fileReader) entry(prefix string, n *ast.MappingValueNode) {
	if _, ok := n.Key.(*ast.StringNode); !ok {
		f.report(f.at(n.Key), "", "a key must be a plain word, as in `name: value`")
		return
	}
	name := n.Key.GetToken().Value
	key := prefix + name
	if s, ok := f.byKey[key]; ok {
		f.setting(s, n.Value)
		return
	}
	if f.isSection(key) {
		f.section(key+".", n.Value)
		return
	}
	f.report(f.at(n.Key), quoted(key), "is not a key"+didYouMean(f.nearestKey(prefix, key)))
}

func (f fileReader) isSection(name string) bool {
	for _, k := range f.keys {
		if strings.HasPrefix(k, name+".") {
			return true
		}
	}
	return false
}

// nearestKey looks among the neighbours first, then for a key of that name in another section.
func (f fileReader) nearestKey(prefix, key string) string {
	var neighbours []string
	for _, k := range f.keys {
		rest, ok := strings.CutPrefix(k, prefix)
		if !ok {
			continue
		}
		section, _, _ := strings.Cut(rest, ".")
		neighbours = append(neighbours, prefix+section)
	}
	name := strings.TrimPrefix(key, prefix)
	if k := spelling.Nearest(name, trimAll(neighbours, prefix)); k != "" {
		return prefix + k
	}
	for _, k := range f.keys {
		if strings.HasSuffix(k, "."+name) || k == name {
			return k
		}
	}
	return ""
}

func trimAll(keys []string, prefix string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = strings.TrimPrefix(k, prefix)
	}
	return out
}

// setting reads the value of a known key. No value (`issuer:`) leaves the default.
func (f fileReader) setting(s setting, n ast.Node) {
	if s.isTable() {
		f.table(s, n)
		return
	}
	if s.isMap() {
		f.words(s, n)
		return
	}
	list, isList := n.(*ast.SequenceNode)
	if isList && !s.isList() {
		f.report(f.at(n), s.key, "takes one value, not a list")
		return
	}
	nodes := []ast.Node{n}
	if isList {
		nodes = list.Values
	} else if _, null := n.(*ast.NullNode); null || n == nil {
		return
	}
	items := make([]item, 0, len(nodes))
	for _, node := range nodes {
		text, ok := scalar(node)
		if !ok {
			f.report(f.at(node), s.key, "needs a plain value here; nested keys, anchors, aliases and tags are not understood")
			return
		}
		if s.kind == "path" && text != "" && !filepath.IsAbs(text) {
			text = filepath.Join(f.folder, text)
		}
		items = append(items, item{text, f.at(node)})
	}
	f.assign(s, f.at(n), items)
}

// words reads a mapping of words to words.
func (f fileReader) words(s setting, n ast.Node) {
	var entries []*ast.MappingValueNode
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return
	case *ast.MappingNode:
		entries = n.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{n}
	default:
		f.report(f.at(n), s.key, "needs words with words, as in `{theirs: ours}`")
		return
	}
	f.config.origins[s.key] = f.at(n)
	out := make(map[string]string, len(entries))
	for _, e := range entries {
		key := e.Key.GetToken().Value
		text, ok := scalar(e.Value)
		if !ok {
			f.report(f.at(e.Value), s.key+"."+key, "needs a plain value here")
			continue
		}
		f.config.origins[s.key+"."+key] = f.at(e)
		out[key] = text
	}
	*s.value.(*map[string]string) = out
}

// table reads a list of sections, each of which begins with what its type is by default.
func (f fileReader) table(s setting, n ast.Node) {
	if _, null := n.(*ast.NullNode); null || n == nil {
		return
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		f.report(f.at(n), s.key, "needs a list of sections, each begun with a dash")
		return
	}
	f.config.origins[s.key] = f.at(n)
	s.grow(len(list.Values))
	for i, row := range s.rows() {
		f.knowRow(row)
		key := itemKey(s.key, i)
		f.config.origins[key] = f.at(list.Values[i])
		f.section(key+".", list.Values[i])
	}
}

// knowRow makes the settings of one section known by their keys.
func (f fileReader) knowRow(row []setting) {
	for _, s := range row {
		f.byKey[s.key] = s
		f.keys = append(f.keys, s.key)
	}
}

// scalar is the text of a value as it was written, so that no reading of numbers or truth values comes between.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}
