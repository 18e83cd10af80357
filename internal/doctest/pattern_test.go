package doctest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// printed reports whether what was printed is what the page says.
func printed(f fence, got string) bool {
	want := f.text
	if f.language == "json" {
		want, got = compact(want), compact(got)
	}
	return pattern(want).MatchString("\n" + tidy(got))
}

// compact leaves out white space; what is no JSON stays as it is, and so differs from what is.
func compact(text string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return text
	}
	return b.String()
}

// tidy drops what nobody sees: carriage returns, spaces at the ends of lines, empty lines at both ends.
func tidy(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// pattern matches the whole of what was printed, each line with the line feed before it.
func pattern(want string) *regexp.Regexp {
	var b strings.Builder
	for line := range strings.SplitSeq(tidy(want), "\n") {
		if line == "…" {
			b.WriteString(`(?:\n[^\n]*)*`)
			continue
		}
		b.WriteString(`\n` + strings.ReplaceAll(regexp.QuoteMeta(line), "…", `[^\n]*`))
	}
	return regexp.MustCompile(`^` + b.String() + `$`)
}

func TestPatternsMatchWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		language, want, got string
		match               bool
	}{
		{"text", "one\ntwo\n", "one\r\ntwo  \n", true},
		{"text", "one\n", "one\ntwo\n", false},
		{"text", "one\n…\n", "one\n", true},
		{"text", "one\n…\nfour\n", "one\ntwo\nthree\nfour\n", true},
		{"text", "…\nfour\n", "one\nfour\n", true},
		{"text", "at … now\n", "at 12:00 now\n", true},
		{"text", "at … now\n", "at 12:00\nnow\n", false},
		{"text", "a.c\n", "abc\n", false},
		{"json", "{\"a\": \"ey…\",\n \"b\": 1}\n", `{"a":"eyJ","b":1}`, true},
		{"json", "{\"a\": 1}\n", `{"a":2}`, false},
		{"json", "{\"a\": 1}\n", "no JSON", false},
	} {
		if got := printed(fence{language: c.language, text: c.want}, c.got); got != c.match {
			t.Errorf("%q against %q: %v", c.got, c.want, got)
		}
	}
}
