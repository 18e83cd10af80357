package main

import (
	"bytes"
	"encoding/json"
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
