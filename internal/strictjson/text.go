package strictjson

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// special are the bytes that a string cannot simply hold. One look at a table is faster than three comparisons.
var special = func() (t [256]bool) {
	for c := range t {
		t[c] = c < 0x20 || c == '"' || c == '\\'
	}
	return t
}()

// text reads a string that begins here and returns what it says: a part of the document if nothing in it is escaped.
func (s *scanner) text() (string, error) {
	s.pos++
	rest := s.doc[s.pos:]
	for i := range len(rest) {
		switch c := rest[i]; {
		case !special[c]:
		case c == '"':
			s.pos += i + 1
			return rest[:i], nil
		case c == '\\':
			s.pos += i
			return s.escapedText(rest[:i])
		case c < 0x20:
			s.pos += i
			return "", s.fail("control character in a string")
		}
	}
	s.pos = len(s.doc)
	return "", s.fail("the string does not end")
}

// escapedText goes on where text met the first backslash, behind what it has read.
func (s *scanner) escapedText(before string) (string, error) {
	var b strings.Builder
	b.WriteString(before)
	for s.pos < len(s.doc) {
		switch c := s.doc[s.pos]; {
		case c == '"':
			s.pos++
			return b.String(), nil
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
		case c < 0x20:
			return "", s.fail("control character in a string")
		default:
			b.WriteByte(c)
			s.pos++
		}
	}
	return "", s.fail("the string does not end")
}

// escapes are the letters of the escapes of two characters, and meanings what they stand for, in the same order.
const escapes, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"

// escape reads one escape; a pair of surrogates counts as one.
func (s *scanner) escape() (rune, error) {
	start := s.pos
	s.pos++
	if i := strings.IndexByte(escapes, s.peek()); i >= 0 {
		s.pos++
		return rune(meanings[i]), nil
	}
	if s.peek() != 'u' {
		return 0, s.failAt(start, "unknown escape")
	}
	r, ok := s.codeUnit()
	if !ok {
		return 0, s.failAt(start, "want four hexadecimal digits")
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if s.accept('\\') && s.peek() == 'u' {
		if low, ok := s.codeUnit(); ok {
			if pair := utf16.DecodeRune(r, low); pair != '\ufffd' {
				return pair, nil
			}
		}
	}
	return 0, s.failAt(start, "lone surrogate")
}

// codeUnit reads the letter u and four hexadecimal digits.
func (s *scanner) codeUnit() (rune, bool) {
	from, to := s.pos+1, s.pos+5
	if to > len(s.doc) {
		return 0, false
	}
	n, err := strconv.ParseUint(s.doc[from:to], 16, 16)
	s.pos = to
	return rune(n), err == nil
}
