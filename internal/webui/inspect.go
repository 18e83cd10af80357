package webui

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Inspect is the page that opens tokens. All of it happens in the browser: the page brings along what its modules need, and its policy
// lets it ask nobody for anything.
type Inspect struct {
	Frame
	// Issuer and Audience are what is asked of a token when the person asks for nothing else.
	Issuer, Audience string
	// Keys is the JWK Set of this server.
	Keys json.RawMessage
	// Knowledge explains tokens, as JSON that the modules read.
	Knowledge any
}

// sayings is the prefix of the words that the modules use.
const sayings = "inspect.say."

// Inspect draws the page that opens tokens.
func (u *UI) Inspect(w io.Writer, p Inspect) error {
	v := u.view(p.Frame, "inspect.title")
	data, err := json.Marshal(struct {
		Keys      json.RawMessage   `json:"keys"`
		Knowledge any               `json:"knowledge"`
		Words     map[string]string `json:"words"`
	}{p.Keys, p.Knowledge, v.Lang.sayings()})
	if err != nil {
		return fmt.Errorf("encode what the page brings along: %w", err)
	}
	v.P = struct{ Issuer, Audience, Data string }{p.Issuer, p.Audience, string(data)}
	return u.render(w, "inspect", v)
}

// sayings are the words that the modules use: their own, and the refusals of tokens. The modules fill the placeholders.
func (l Lang) sayings() map[string]string {
	words := map[string]string{}
	for key := range catalogues()[l] {
		name, ours := strings.CutPrefix(key, sayings)
		if ours || strings.HasPrefix(key, "refusal.token_") || strings.HasPrefix(key, "build.token_") {
			words[name] = l.text(key)
		}
	}
	return words
}

// Icons are those that the modules of a page draw.
func (v view) Icons() []string { return []string{"check", "cross", "minus", "alert"} }
