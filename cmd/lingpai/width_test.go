package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// A User-Agent that a stranger sent stands in the audit log. U+009B begins a command to the terminal, U+202E turns what follows round.
func TestJSONSteersNoTerminal(t *testing.T) {
	const hostile = "\u009b31m \u202e \x1b[2J \x7f \U000E0041 令牌 <&> \t"
	var out bytes.Buffer
	if err := newPage(&out).json(map[string]string{"user_agent": hostile}); err != nil {
		t.Fatal(err)
	}
	const want = "{\n  \"user_agent\": \"\\u009b31m \\u202e \\u001b[2J \\u007f \\udb40\\udc41 令牌 <&> \\t\"\n}\n"
	if out.String() != want {
		t.Errorf("got %q\nwant %q", out.String(), want)
	}
	var back map[string]string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["user_agent"] != hostile {
		t.Errorf("a program reads %q (%v)", back["user_agent"], err)
	}
}

func TestSentencesFitTheTerminal(t *testing.T) {
	for _, tt := range []struct {
		text    string
		columns int
		want    string
	}{
		{"a token is encoded, not encrypted", 12, "a token is|encoded, not|encrypted"},
		{"\x1b[33mNot verified.\x1b[0m Anybody can", 13, "\x1b[33mNot verified.\x1b[0m|Anybody can"},
		{"https://a-long-address.example is long", 10, "https://a-long-address.example|is long"},
		{"令牌 令牌 令牌", 9, "令牌 令牌|令牌"},
		{"a pipe is not wrapped", 0, "a pipe is not wrapped"},
		{"", 10, ""},
	} {
		if got := strings.Join(wrap(tt.text, tt.columns), "|"); got != tt.want {
			t.Errorf("in %d columns: %q, want %q", tt.columns, got, tt.want)
		}
	}
}
