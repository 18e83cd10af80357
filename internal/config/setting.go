package config

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/secret"
)

// setting is one field of a Config, found by its key.
type setting struct {
	key   string // such as token.lifetime
	kind  string // "path", "environment" or ""
	value any    // pointer to the field
}

// variable is the name of the setting in the environment.
func (s setting) variable() string {
	return "LINGPAI_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// settings lists the fields of c in the order of the struct, sections flattened.
func settings(c *Config) []setting {
	return settingsOf("", reflect.ValueOf(c).Elem())
}

func settingsOf(prefix string, section reflect.Value) []setting {
	var out []setting
	for field, value := range section.Fields() {
		name := field.Tag.Get("yaml")
		if name == "" {
			continue // unexported bookkeeping
		}
		if isSection(field.Type) {
			out = append(out, settingsOf(prefix+name+".", value)...)
			continue
		}
		out = append(out, setting{prefix + name, field.Tag.Get("kind"), value.Addr().Interface()})
	}
	return out
}

func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[secret.String]()
}

// isTable reports whether the setting is a list of sections, which only a file can hold.
func (s setting) isTable() bool {
	t := reflect.TypeOf(s.value).Elem()
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && t.Elem() != reflect.TypeFor[netip.Prefix]()
}

// grow makes a table n default sections long.
func (s setting) grow(n int) {
	switch v := s.value.(type) {
	case *[]Route:
		*v = make([]Route, n)
		for i := range *v {
			(*v)[i] = defaultRoute()
		}
	case *[]Client:
		*v = make([]Client, n)
	case *[]Provider:
		*v = make([]Provider, n)
	default:
		panic(errors.ErrUnsupported) // a new table was not added here; every test would see it
	}
}

// rows lists the settings of each section of a table.
func (s setting) rows() [][]setting {
	table := reflect.ValueOf(s.value).Elem()
	out := make([][]setting, table.Len())
	for i := range out {
		out[i] = settingsOf(itemKey(s.key, i)+".", table.Index(i))
	}
	return out
}

// isList reports whether the setting takes several values.
func (s setting) isList() bool {
	return reflect.TypeOf(s.value).Elem().Kind() == reflect.Slice
}

// isMap reports whether the setting takes words by words.
func (s setting) isMap() bool {
	_, ok := s.value.(*map[string]string)
	return ok
}

// clear empties a list before items are added.
func (s setting) clear() {
	reflect.ValueOf(s.value).Elem().SetZero()
}

// set reads text into the field; for a list, it adds one item. The error is a clause for a [Problem].
func (s setting) set(text string) error {
	switch v := s.value.(type) {
	case *string:
		*v = text
	case *secret.String:
		*v = secret.New(text)
	case *int:
		return setInt(v, text)
	case *bool:
		return setBool(v, text)
	case encoding.TextUnmarshaler:
		if err := v.UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("%s %w", quoted(text), err)
		}
	case *[]string:
		*v = append(*v, text)
	case *[]netip.Prefix:
		p, err := parsePrefix(text)
		*v = append(*v, p) // a bad one too, so that the items after it keep their numbers in messages
		return err
	default:
		return fmt.Errorf("has a type that cannot be read: %T", v)
	}
	return nil
}

func setBool(v *bool, text string) error {
	if text != "true" && text != "false" {
		return fmt.Errorf("%s is neither true nor false", quoted(text))
	}
	*v = text == "true"
	return nil
}

func setInt(v *int, text string) error {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return fmt.Errorf("%s is not a whole number; write digits only", quoted(text))
	}
	*v = int(n)
	return nil
}

// parsePrefix reads a network, or an address as the network of itself alone.
func parsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%s is not an address or network; write it like 10.0.0.7 or 10.0.0.0/8", quoted(text))
	}
	if p.Masked() != p {
		return netip.Prefix{}, fmt.Errorf("%s has bits set behind its length; write %s", quoted(text), p.Masked())
	}
	return p, nil
}

// texts is the value in written form, one entry a list item. Secrets are redacted.
func (s setting) texts() []string {
	if s.isTable() {
		return nil // its sections have settings of their own
	}
	switch v := s.value.(type) {
	case *string:
		return []string{*v}
	case *secret.String:
		return []string{redacted(*v)}
	case *int:
		return []string{strconv.Itoa(*v)}
	case *bool:
		return []string{strconv.FormatBool(*v)}
	case fmt.Stringer:
		return []string{v.String()}
	case *[]string:
		return *v
	case *map[string]string:
		var out []string
		for _, key := range slices.Sorted(maps.Keys(*v)) {
			out = append(out, yamlText(key)+": "+yamlText((*v)[key]))
		}
		return out
	case *[]netip.Prefix:
		out := make([]string, len(*v))
		for i, p := range *v {
			out[i] = p.String()
		}
		return out
	}
	panic(errors.ErrUnsupported) // a new field type was not added here; every test would see it
}

// quoted shows a value in a message: in quotes, control characters escaped, and cut where it is long.
func quoted(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "..."
	}
	return strconv.Quote(text)
}
