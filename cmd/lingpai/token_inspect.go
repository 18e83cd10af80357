package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/strictjson"
)

func newTokenInspect() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect [TOKEN]",
		Short: "Show what is in a token, without judging it",
		Long: "Show what is in a token: header and payload are plain JSON, so nothing secret is in them; the signature makes them unalterable.\n" +
			"Nothing is verified here; lingpai token verify does that.\n\n" + aboutTokens,
		Example: "  lingpai token inspect < token.txt",
		Args:    takes("[TOKEN]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readToken(cmd, args)
			if err != nil {
				return err
			}
			t, err := takeApart(text)
			if err != nil {
				return err
			}
			p := newPage(cmd.OutOrStdout())
			if asJSON {
				return p.json(t.view())
			}
			p.anatomy(t)
			return nil
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

// anatomy is a token in its three parts, as anybody may have written them.
type anatomy struct {
	header, payload []byte // JSON objects
	signature       string // base64url
	times           []moment
	// unreadable is why no verifier would accept it, whatever its key; "" for a token that can be judged.
	unreadable string
}

// moment is a claim that names a time.
type moment struct {
	claim, label string
	at           time.Time
}

// takeApart reads more than a verifier would: a token that is refused is worth a look, too.
func takeApart(text string) (anatomy, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return anatomy{}, fmt.Errorf("this is not a signed token: it has %s where header.payload.signature are three", count(len(parts), "part", "parts"))
	}
	t := anatomy{signature: printable(parts[2])}
	for i, part := range []*[]byte{&t.header, &t.payload} {
		name := [...]string{"header", "payload"}[i]
		decoded, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return anatomy{}, fmt.Errorf("this is not a signed token: its %s is not base64url", name)
		}
		if !json.Valid(decoded) || bytes.TrimSpace(decoded)[0] != '{' {
			return anatomy{}, fmt.Errorf("this is not a signed token: its %s is not a JSON object", name)
		}
		*part = decoded
	}
	if _, err := jose.Parse(text); err != nil {
		t.unreadable = err.Error()
	}
	t.times = times(t.payload)
	return t, nil
}

// labels are the claims that name a time, in the order of a token's life.
var labels = []struct{ claim, label string }{
	{"auth_time", "signed in"}, {"iat", "issued"}, {"nbf", "good from"}, {"exp", "expires"},
}

func times(object []byte) (found []moment) {
	at := map[string]time.Time{}
	_ = strictjson.ParseObject(object, func(name string, v strictjson.Value) error { // what does not read names no time
		if t, err := v.NumericDate(); err == nil {
			at[name] = t
		}
		return nil
	})
	for _, m := range labels {
		if t, ok := at[m.claim]; ok {
			found = append(found, moment{m.claim, m.label, t})
		}
	}
	return found
}

func (t anatomy) view() any {
	at := map[string]time.Time{}
	for _, m := range t.times {
		at[m.claim] = utc(m.at)
	}
	return struct {
		Verified  bool                 `json:"verified"` // always false
		Header    json.RawMessage      `json:"header"`
		Payload   json.RawMessage      `json:"payload"`
		Signature string               `json:"signature"`
		Times     map[string]time.Time `json:"times"`
		Problem   string               `json:"problem,omitzero"`
	}{false, t.header, t.payload, t.signature, at, t.unreadable}
}

func (p *page) anatomy(t anatomy) {
	p.printf("%s\n%s\n\n", p.paint(strong, "Header"), p.lines(header, indented(t.header)))
	p.printf("%s\n%s\n\n", p.paint(strong, "Payload"), p.lines(payload, indented(t.payload)))
	shown := t.signature
	if shown == "" {
		shown = "(none)"
	}
	p.printf("%s\n%s\n", p.paint(strong, "Signature"), p.paint(signature, shown))
	if len(t.times) > 0 {
		p.printf("\n")
	}
	var rows [][2]string
	for _, m := range t.times {
		label := m.label
		if m.claim == "exp" && m.at.Before(p.now) {
			label = "expired"
		}
		rows = append(rows, [2]string{label, p.exactly(m.at)})
	}
	p.pairs(rows...)
	p.printf("\n%s Anybody can write a token that says this. To judge it: lingpai token verify\n", p.paint(warn, "Not verified."))
	if t.unreadable != "" {
		p.printf("%s Nobody should accept it: %s.\n", p.paint(bad, "Not acceptable."), t.unreadable)
	}
}

// lines paints each line for itself, as pagers want it.
func (p *page) lines(s style, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = p.paint(s, line)
	}
	return strings.Join(lines, "\n")
}

// indented is JSON for a terminal: what is not printable is escaped, so that a token cannot steer it.
func indented(object []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, object, "", "  "); err != nil {
		return strconv.Quote(string(object))
	}
	var out strings.Builder
	for _, r := range b.String() {
		if r == '\n' || unicode.IsPrint(r) {
			out.WriteRune(r)
			continue
		}
		fmt.Fprintf(&out, `\u%04x`, r)
	}
	return out.String()
}
