package oidc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/webui"
)

// shownDetails are details as a person can read them: each member, in the order of the names. What is shown is what the API will read: to the last
// digit, each letter where it stands, and no value with parts that it has not.
func shownDetails(details grant.Details) ([]webui.ConsentDetail, error) {
	out := make([]webui.ConsentDetail, 0, len(details))
	for _, d := range details {
		reader := json.NewDecoder(bytes.NewReader(d))
		reader.UseNumber()
		members := map[string]any{}
		if err := reader.Decode(&members); err != nil {
			return nil, fmt.Errorf("show authorization details: %w", err) // nobody is asked about what is not shown
		}
		var shown webui.ConsentDetail
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if name == "type" {
				shown.Type, _ = members[name].(string)
				continue
			}
			shown.Parts = append(shown.Parts, [2]string{plain(name), spelled(members[name])})
		}
		out = append(out, shown)
	}
	return out, nil
}

// spelled is the value of a member in words: lists and members with commas, the rest as JSON has it.
func spelled(value any) string {
	switch v := value.(type) {
	case string:
		return plain(v)
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, part(name)+": "+part(v[name]))
		}
		return strings.Join(parts, ", ")
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = part(e)
		}
		return strings.Join(parts, ", ")
	}
	b, _ := json.Marshal(value) // it came from JSON
	return string(b)
}

// part is a value within another, with what keeps it apart from those beside it.
func part(value any) string {
	text := spelled(value)
	switch v := value.(type) {
	case string:
		if v == "" || strings.ContainsAny(v, `,:;"{}[]`) || strings.TrimSpace(v) != v {
			return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
		}
	case map[string]any:
		return "{" + text + "}"
	case []any:
		return "[" + text + "]"
	}
	return text
}

// plain writes out what would not be seen, or would have other letters stand in another place. What joins letters stays: Persian and emoji need it.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && !unicode.Is(unicode.Join_Control, r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
