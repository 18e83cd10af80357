package openapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/devserver/ordered"
)

// maxDepth ends schemas that refer to themselves.
const maxDepth = 8

// invent makes data after a schema. Name is the member that it is for, which often says more than the type.
func (d *Description) invent(schema any, name string, depth int) any {
	s, ok := d.resolve(schema).(*ordered.Object)
	if !ok || depth > maxDepth {
		return nil
	}
	for _, key := range []string{"example", "const", "default"} {
		if v, ok := s.Get(key); ok {
			return v
		}
	}
	for _, key := range []string{"examples", "enum"} {
		if v, ok := ordered.Lookup(s, key+".0"); ok {
			return v
		}
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if v, ok := ordered.Lookup(s, key+".0"); ok {
			return d.invent(v, name, depth+1)
		}
	}
	if all, ok := s.Get("allOf"); ok {
		return d.inventAll(s, all, depth)
	}
	return d.inventType(s, name, depth)
}

// inventAll merges the members of all parts.
func (d *Description) inventAll(s *ordered.Object, all any, depth int) any {
	out := new(ordered.Object)
	parts, _ := all.([]any)
	if _, own := s.Get("properties"); own {
		rest := s.Clone()
		rest.Delete("allOf")
		parts = append(slices.Clone(parts), any(rest))
	}
	for _, part := range parts {
		v := d.invent(part, "", depth+1)
		o, ok := v.(*ordered.Object)
		if !ok {
			return v
		}
		for _, name := range o.Names() {
			member, _ := o.Get(name)
			out.Set(name, member)
		}
	}
	return out
}

func (d *Description) inventType(s *ordered.Object, name string, depth int) any {
	switch typeOf(s) {
	case "object":
		return d.object(s, depth)
	case "array":
		items, _ := s.Get("items")
		list := []any{}
		for range min(20, max(1, number(s, "minItems", 2))) {
			list = append(list, d.invent(items, strings.TrimSuffix(name, "s"), depth+1))
		}
		return list
	case "integer":
		least := number(s, "minimum", 1)
		return d.make("number", strconv.Itoa(least), strconv.Itoa(max(least, number(s, "maximum", least+999))))
	case "number":
		least := number(s, "minimum", 0)
		return d.make("float64range", strconv.Itoa(least), strconv.Itoa(max(least+1, number(s, "maximum", least+1000))))
	case "boolean":
		return d.make("bool")
	case "string":
		return d.text(s, name)
	}
	return nil
}

// typeOf is the type of a schema, or what its other keys say of it. In 3.1 there may be several: the first that is not null counts.
func typeOf(s *ordered.Object) string {
	switch v, _ := s.Get("type"); v := v.(type) {
	case string:
		return v
	case []any:
		for _, t := range v {
			if t != "null" {
				return ordered.Text(t)
			}
		}
	}
	if _, ok := s.Get("properties"); ok {
		return "object"
	}
	if _, ok := s.Get("items"); ok {
		return "array"
	}
	return ""
}

func (d *Description) object(s *ordered.Object, depth int) any {
	out := new(ordered.Object)
	v, _ := s.Get("properties")
	properties, ok := v.(*ordered.Object)
	if !ok {
		return out
	}
	for _, name := range properties.Names() {
		p, _ := properties.Get(name)
		if writeOnly, ok := ordered.Lookup(d.resolve(p), "writeOnly"); ok && writeOnly == true {
			continue
		}
		if v := d.invent(p, name, depth+1); v != nil {
			out.Set(name, v)
		}
	}
	return out
}

func number(s *ordered.Object, key string, otherwise int) int {
	v, ok := s.Get(key)
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseFloat(ordered.Text(v), 64)
	if err != nil {
		return otherwise
	}
	return int(n)
}

// formats say what a string is by its format.
var formats = map[string][]string{
	"date-time": {"date"}, "date": {"date", "yyyy-MM-dd"}, "time": {"time", "HH:mm:ssXXX"}, "duration": {"iso_duration"}, "email": {"email"}, "uuid": {"uuid"},
	"uri": {"url"}, "url": {"url"}, "uri-reference": {"url"}, "hostname": {"domain_name"}, "ipv4": {"ipv4"}, "ipv6": {"ipv6"}, "password": {"password"},
	"byte": {"pattern", "????????"}, "binary": {"word"},
}

// names say what a string is by the member that it is for. Not every kind of fake data is here: a "type" or a "state" may mean anything.
var names = map[string][]string{
	"name": {"name"}, "fullname": {"name"}, "firstname": {"first_name"}, "lastname": {"last_name"}, "username": {"username"}, "email": {"email"},
	"nickname": {"nickname"}, "gender": {"gender"}, "birthdate": {"birthdate"}, "birthday": {"birthdate"}, "jobtitle": {"job_title"}, "avatar": {"avatar_url"},
	"city": {"city"}, "street": {"street"}, "address": {"address"}, "country": {"country"}, "zip": {"zip"}, "postcode": {"zip"}, "phone": {"phone"},
	"company": {"company"}, "url": {"url"}, "website": {"url"}, "image": {"image_url"}, "color": {"color"}, "colour": {"color"}, "sku": {"sku"}, "ean": {"ean"},
	"currency": {"currency_short"}, "iban": {"iban"}, "slug": {"slug"}, "title": {"title"}, "description": {"sentence"}, "comment": {"review"}, "id": {"uuid"},
}

func (d *Description) text(s *ordered.Object, name string) any {
	format, _ := s.Get("format")
	known, ok := formats[ordered.Text(format)]
	if !ok {
		known, ok = names[strings.ToLower(strings.ReplaceAll(name, "_", ""))]
	}
	if pattern, has := s.Get("pattern"); !ok && has {
		return d.make("regex", ordered.Text(pattern))
	}
	if !ok {
		known = []string{"word"}
	}
	text := []rune(fmt.Sprint(d.make(known[0], known[1:]...)))
	return string(text[:max(0, min(number(s, "maxLength", len(text)), len(text)))])
}

func (d *Description) make(kind string, args ...string) any {
	v, err := d.fake(kind, args...)
	if err != nil {
		return nil
	}
	switch v := v.(type) {
	case int:
		return json.Number(strconv.Itoa(v))
	case float64:
		return json.Number(strconv.FormatFloat(v, 'f', 2, 64))
	}
	return v
}
