package inspector

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// Part is one of the texts between the dots.
type Part struct {
	// Name is header, payload and signature, or those of RFC 7516: encrypted_key, iv, ciphertext, tag. A part too many has none.
	Name string `json:"name"`
	Sent string `json:"sent"`
	// Bytes is how many bytes it decodes to; 0 also for what does not decode.
	Bytes int `json:"bytes"`
	// JSON is the text of a header or payload, indented if it is JSON; "" for what is not text.
	JSON string `json:"json,omitzero"`
	// Problem says why a strict reader refuses the part, or "".
	Problem string `json:"problem,omitzero"`
	// Members are those of a header or payload, in the order of the text, as far as it reads. A name that occurs twice is there twice.
	Members []Member `json:"members,omitempty"`

	decoded []byte
	loose   bool // it decodes only for a reader who overlooks something
}

// Member is one member of a header or payload.
type Member struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// text is the value of a string, or "".
func (m Member) text() (s string) {
	if len(m.Value) > 0 && m.Value[0] == '"' {
		_ = json.Unmarshal(m.Value, &s) // it has been found valid
	}
	return s
}

// number is the value of a number.
func (m Member) number() (f float64, ok bool) {
	if len(m.Value) == 0 || m.Value[0] != '-' && (m.Value[0] < '0' || m.Value[0] > '9') {
		return 0, false
	}
	return f, json.Unmarshal(m.Value, &f) == nil
}

var strict = base64.RawURLEncoding.Strict()

// newPart decodes a part, also one that only a careless reader takes.
func newPart(name, sent string) Part {
	p := Part{Name: name, Sent: sent}
	data, err := strict.DecodeString(sent)
	if err == nil && !strings.ContainsAny(sent, "\r\n") {
		p.decoded, p.Bytes = data, len(data)
		return p
	}
	p.Problem = "it is not base64url"
	if data, err = base64.RawURLEncoding.DecodeString(tidy.Replace(sent)); err == nil {
		p.decoded, p.Bytes, p.loose = data, len(data), true
	}
	return p
}

// tidy undoes what encoders of other kinds do.
var tidy = strings.NewReplacer("=", "", "+", "-", "/", "_", " ", "", "\t", "", "\r", "", "\n", "")

// readObject reads the part as the JSON object that it should be.
func (p *Part) readObject() {
	if p.decoded == nil {
		return
	}
	if err := strictjson.ParseObject(p.decoded, func(string, strictjson.Value) error { return nil }); err != nil && p.Problem == "" {
		p.Problem = err.Error()
	}
	var b bytes.Buffer
	switch {
	case json.Indent(&b, p.decoded, "", "  ") == nil:
		p.JSON = b.String()
	case utf8.Valid(p.decoded):
		p.JSON = string(p.decoded)
	}
	p.Members = members(p.decoded)
}

// members reads the members of an object up to where it stops being one, and no more than a strict reader would.
func members(object []byte) (found []Member) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() && len(found) < strictjson.MaxMembers {
		name, err := d.Token()
		if err != nil {
			return found
		}
		m := Member{}
		if m.Name, _ = name.(string); d.Decode(&m.Value) != nil {
			return found
		}
		found = append(found, m)
	}
	return found
}

// isObject reports whether the part is a JSON object for any reader, however careless.
func (p *Part) isObject() error {
	if !json.Valid(p.decoded) || bytes.TrimLeft(p.decoded, " \t\r\n")[0] != '{' {
		return errors.New("not a JSON object")
	}
	return nil
}

// member finds a member by its exact name: the last one, as most readers do.
func (p *Part) member(name string) (m Member, ok bool) {
	for _, each := range p.Members {
		if each.Name == name {
			m, ok = each, true
		}
	}
	return m, ok
}

func (p *Part) has(name string) bool { _, ok := p.member(name); return ok }
