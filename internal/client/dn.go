package client

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// dn is a distinguished name: its parts from the most special to the most general, as RFC 4514 writes them, each with its attributes in order.
type dn [][]attribute

// attribute is a type, by its number, and what it says.
type attribute struct{ oid, value string }

func (a attribute) compare(b attribute) int {
	return cmp.Or(strings.Compare(a.oid, b.oid), strings.Compare(a.value, b.value))
}

// attributeTypes are those that have a short name (RFC 4514, section 3; RFC 4519), and two that certificates often have.
var attributeTypes = map[string]string{
	"CN": "2.5.4.3", "L": "2.5.4.7", "ST": "2.5.4.8", "O": "2.5.4.10", "OU": "2.5.4.11", "C": "2.5.4.6", "STREET": "2.5.4.9",
	"DC": "0.9.2342.19200300.100.1.25", "UID": "0.9.2342.19200300.100.1.1", "SERIALNUMBER": "2.5.4.5", "EMAILADDRESS": "1.2.840.113549.1.9.1",
}

var errDN = errors.New("it is no distinguished name, which is written like CN=app,O=Example")

// parseDN reads a distinguished name as RFC 4514 writes it. Attributes are named by the short names above or by number; values in hex (#04...)
// are not taken.
func parseDN(text string) (dn, error) {
	if text == "" {
		return nil, errDN
	}
	var out dn
	for part := range splitUnescaped(text, ',') {
		var attributes []attribute
		for one := range splitUnescaped(part, '+') {
			a, err := parseAttribute(one)
			if err != nil {
				return nil, err
			}
			attributes = append(attributes, a)
		}
		slices.SortFunc(attributes, attribute.compare)
		out = append(out, attributes)
	}
	return out, nil
}

// splitUnescaped yields what stands between separators that no backslash is before.
func splitUnescaped(text string, separator byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		begin := 0
		for i := 0; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case separator:
				if !yield(text[begin:i]) {
					return
				}
				begin = i + 1
			}
		}
		yield(text[begin:])
	}
}

func parseAttribute(text string) (attribute, error) {
	name, escaped, ok := strings.Cut(text, "=")
	if !ok {
		return attribute{}, errDN
	}
	name = strings.TrimLeft(name, " ")
	oid := attributeTypes[strings.ToUpper(name)]
	if oid == "" && name != "" && strings.Trim(name, "0123456789.") == "" {
		oid = name
	}
	if oid == "" {
		return attribute{}, fmt.Errorf("%w; the attribute %q has no short name here, so write its number", errDN, name)
	}
	value, err := unescape(strings.TrimLeft(escaped, " "))
	if err != nil || value == "" {
		return attribute{}, errDN
	}
	return attribute{oid, value}, nil
}

// unescape reads a value (RFC 4514, section 2.4): a backslash stands before one special character, or before two hex digits of a byte.
func unescape(text string) (string, error) {
	if strings.HasPrefix(text, "#") {
		return "", errDN
	}
	var out bytes.Buffer
	kept := 0 // how far spaces at the end were written on purpose
	for i := 0; i < len(text); i++ {
		rest := text[i+1:]
		switch {
		case strings.IndexByte("\"<>;\x00", text[i]) >= 0:
			return "", errDN
		case text[i] != '\\':
			out.WriteByte(text[i])
			continue
		case rest == "":
			return "", errDN
		case strings.IndexByte(` "#+,;<=>\`, rest[0]) >= 0:
			out.WriteByte(rest[0])
			i++
		case len(rest) >= 2:
			b, err := hex.DecodeString(rest[:2])
			if err != nil {
				return "", errDN
			}
			out.Write(b)
			i += 2
		default:
			return "", errDN
		}
		kept = out.Len()
	}
	all := out.String()
	return all[:kept] + strings.TrimRight(all[kept:], " "), nil
}

// subjectIs reports whether the subject of a certificate is a distinguished name. A subject with a value that is no text is none.
func subjectIs(c *x509.Certificate, text string) bool {
	want, err := parseDN(text)
	if err != nil {
		return false
	}
	var subject pkix.RDNSequence
	if rest, err := asn1.Unmarshal(c.RawSubject, &subject); err != nil || len(rest) > 0 {
		return false
	}
	var got dn
	for _, part := range slices.Backward(subject) { // a certificate has the most general first
		var attributes []attribute
		for _, a := range part {
			value, ok := a.Value.(string)
			if !ok {
				return false
			}
			attributes = append(attributes, attribute{a.Type.String(), value})
		}
		slices.SortFunc(attributes, attribute.compare)
		got = append(got, attributes)
	}
	return slices.EqualFunc(got, want, slices.Equal[[]attribute])
}
