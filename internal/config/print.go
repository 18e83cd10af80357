package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/pattern"
	"github.com/lingpai/lingpai/internal/secret"
)

// Origin says where the value of a key came from; the zero Origin means that it is the default.
func (c *Config) Origin(key string) Origin { return c.origins[key] }

// Print writes the configuration that is in force. Format "yaml" is a file that Load reads again, with the origin of every value that
// is not a default behind it; "json" is a list of settings with their origins. Secrets are redacted, so a printed configuration can be shown around.
func (c *Config) Print(w io.Writer, format string) error {
	var out []byte
	var err error
	switch format {
	case "yaml":
		out = c.yaml()
	case "json":
		out, err = c.json()
	default:
		return fmt.Errorf("format %s is not known; choose yaml or json", quoted(format))
	}
	if err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return nil
}

func (c *Config) yaml() []byte {
	var b bytes.Buffer
	open := ""
	for _, s := range settings(c) {
		section, name, nested := strings.Cut(s.key, ".")
		if !nested {
			section, name = "", s.key
		}
		if section != open && nested {
			fmt.Fprintf(&b, "%s:\n", section)
		}
		open = section
		if s.isTable() {
			c.yamlTable(&b, name, s, nested)
			continue
		}
		line := name + ": " + yamlValue(s)
		if nested {
			line = "  " + line
		}
		if s.kind == "environment" {
			line = "# " + line // a file must not hold it
		}
		if o := c.Origin(s.key); o != (Origin{}) {
			line += "  # " + o.String()
		}
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}

// yamlTable writes a list of sections. A section within one stands on one line.
func (c *Config) yamlTable(b *bytes.Buffer, name string, s setting, nested bool) {
	margin := ""
	if nested {
		margin = "  "
	}
	fmt.Fprintf(b, "%s%s:\n", margin, name)
	for i, row := range s.rows() {
		prefix, dash, open := itemKey(s.key, i)+".", "- ", ""
		for _, field := range row {
			name := strings.TrimPrefix(field.key, prefix)
			indent := "      "
			if section, inner, nested := strings.Cut(name, "."); nested {
				if section != open {
					fmt.Fprintf(b, "      %s:\n", section)
				}
				open, name, indent = section, inner, "        "
			}
			line := indent + name + ": " + yamlValue(field)
			if hidden, ok := field.value.(*secret.String); ok && !hidden.Empty() {
				line = indent + "# " + name + ": not shown"
			}
			if dash != "" {
				line, dash = "    - "+strings.TrimSpace(line), ""
			}
			if o := c.Origin(field.key); o != (Origin{}) {
				line += "  # " + o.String()
			}
			b.WriteString(line + "\n")
		}
	}
}

func yamlValue(s setting) string {
	if s.isMap() {
		return "{" + strings.Join(s.texts(), ", ") + "}"
	}
	var items []string
	for _, t := range s.texts() {
		items = append(items, yamlText(t))
	}
	if s.isList() {
		return "[" + strings.Join(items, ", ") + "]"
	}
	return items[0]
}

// plain matches what means itself in YAML without quotes, in lists too.
var plain = pattern.Lazy(`^[A-Za-z0-9/.][A-Za-z0-9/.:@_-]*[A-Za-z0-9/._-]$|^[A-Za-z0-9]$`)

// yamlText writes a string so that YAML reads the same one; JSON's quoting is YAML's too.
func yamlText(text string) string {
	if plain().MatchString(text) && !strings.EqualFold(text, "null") && !strings.Contains(text, "---") {
		return text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string into memory cannot fail
	return strings.TrimSuffix(b.String(), "\n")
}

func (c *Config) json() ([]byte, error) {
	type entry struct {
		Key    string   `json:"key"`
		Value  *string  `json:"value,omitzero"`
		Values []string `json:"values,omitzero"`
		Origin string   `json:"origin"`
	}
	var out []entry
	for _, s := range settingsAndRows(c) {
		e := entry{Key: s.key, Origin: c.Origin(s.key).String()}
		if texts := s.texts(); s.isList() || s.isMap() {
			e.Values = append([]string{}, texts...)
		} else {
			e.Value = &texts[0]
		}
		out = append(out, e)
	}
	b, err := json.MarshalIndent(out, "", "  ")
	return append(b, '\n'), err
}

// settingsAndRows lists all settings; a table is followed by the fields of its sections.
func settingsAndRows(c *Config) (out []setting) {
	for _, s := range settings(c) {
		out = append(out, s)
		if !s.isTable() {
			continue
		}
		for _, row := range s.rows() {
			out = append(out, row...)
		}
	}
	return out
}

// redacted shows of a database address everything but what opens it, and nothing of any other secret.
func redacted(s secret.String) string {
	if s.Empty() {
		return ""
	}
	u, err := url.Parse(s.Reveal())
	if err != nil || u.Scheme == "" || u.Host == "" {
		return s.String()
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if name := u.User.Username(); name != "" {
		shown.User = url.User(name)
	}
	return shown.String()
}
