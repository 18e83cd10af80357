package strictjson

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner walks over one document, which it holds as a string so that names and values can be parts of it.
type scanner struct {
	doc string
	pos int
}

// checkText refuses what concerns the document as a whole, before the walk.
func (s *scanner) checkText() error {
	switch {
	case len(s.doc) > MaxSize:
		return s.failAt(MaxSize, "the document is too large")
	case strings.HasPrefix(s.doc, "\ufeff"):
		return s.fail("byte order mark")
	case !utf8.ValidString(s.doc):
		return s.failAt(firstInvalid(s.doc), "invalid UTF-8")
	}
	return nil
}

func firstInvalid(doc string) int {
	for i := 0; i < len(doc); {
		r, size := utf8.DecodeRuneInString(doc[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(doc)
}

// peek is the current byte, or 0 at the end. A NUL in the document is no token of JSON either, so the two need no distinction.
func (s *scanner) peek() byte {
	if s.pos < len(s.doc) {
		return s.doc[s.pos]
	}
	return 0
}

func (s *scanner) skipSpace() {
	for s.pos < len(s.doc) {
		switch s.doc[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// accept takes the byte c if it comes next.
func (s *scanner) accept(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) end() error {
	s.skipSpace()
	if s.pos < len(s.doc) {
		return s.fail("text after the end of the document")
	}
	return nil
}

// value reads one value. depth is how many objects and arrays are open around it.
func (s *scanner) value(depth int) (Value, error) {
	s.skipSpace()
	start := s.pos
	if s.peek() == '"' {
		text, err := s.text()
		// An escape is longer than what it stands for.
		return Value{String, s.doc[start:s.pos], len(text) == s.pos-start-2}, err
	}
	kind, err := s.read(depth)
	if err != nil {
		return Value{}, err
	}
	return Value{kind, s.doc[start:s.pos], false}, nil
}

func (s *scanner) read(depth int) (Kind, error) {
	switch c := s.peek(); {
	case c == '{':
		return Object, s.object(depth+1, nil)
	case c == '[':
		return Array, s.array(depth+1, nil)
	case c == '-' || isDigit(c):
		return Number, s.number()
	case c == 't':
		return Bool, s.literal("true")
	case c == 'f':
		return Bool, s.literal("false")
	case c == 'n':
		return Null, s.literal("null")
	}
	return 0, s.fail("want a value")
}

func (s *scanner) literal(word string) error {
	if !strings.HasPrefix(s.doc[s.pos:], word) {
		return s.fail("want a value")
	}
	s.pos += len(word)
	return nil
}

// object reads an object that begins here and calls member, if there is one, for each of its members.
func (s *scanner) object(depth int, member func(string, Value) error) error {
	if depth > MaxDepth {
		return s.fail("nested too deeply")
	}
	s.pos++
	s.skipSpace()
	if s.accept('}') {
		return nil
	}
	var few [16]foldedName // most objects have no more members, so that their names need no allocation
	for names := few[:0]; ; {
		name, err := s.name(names)
		if err != nil {
			return err
		}
		names = append(names, name)
		v, err := s.value(depth)
		if err != nil {
			return err
		}
		if member != nil {
			if err := member(name.text, v); err != nil {
				return err
			}
		}
		s.skipSpace()
		if s.accept('}') {
			return nil
		}
		if !s.accept(',') {
			return s.fail("want a comma or the end of the object")
		}
	}
}

// name reads a member's name and colon. The name must differ from those before it.
func (s *scanner) name(before []foldedName) (foldedName, error) {
	s.skipSpace()
	start := s.pos
	if s.peek() != '"' {
		return foldedName{}, s.fail("want a member name")
	}
	text, err := s.text()
	if err != nil {
		return foldedName{}, err
	}
	if len(before) == MaxMembers {
		return foldedName{}, s.failAt(start, "too many members in one object")
	}
	name := fold(text)
	if other, found := name.among(before); found {
		if other == text {
			return foldedName{}, s.failAt(start, "the member "+quote(text)+" occurs twice")
		}
		return foldedName{}, s.failAt(start, "the member "+quote(text)+" differs from another one only in letter case")
	}
	s.skipSpace()
	if !s.accept(':') {
		return foldedName{}, s.fail("want a colon")
	}
	return name, nil
}

// array reads an array that begins here and calls element, if there is one, for each of its elements.
func (s *scanner) array(depth int, element func(Value) error) error {
	if depth > MaxDepth {
		return s.fail("nested too deeply")
	}
	s.pos++
	s.skipSpace()
	if s.accept(']') {
		return nil
	}
	for {
		v, err := s.value(depth)
		if err != nil {
			return err
		}
		if element != nil {
			if err := element(v); err != nil {
				return err
			}
		}
		s.skipSpace()
		if s.accept(']') {
			return nil
		}
		if !s.accept(',') {
			return s.fail("want a comma or the end of the array")
		}
	}
}

// number reads a number by the grammar of RFC 8259, section 6.
func (s *scanner) number() error {
	start := s.pos
	s.accept('-')
	if !s.accept('0') && !s.digits() {
		return s.fail("want a digit")
	}
	if s.accept('.') && !s.digits() {
		return s.fail("want a digit")
	}
	exponent := s.accept('e') || s.accept('E')
	if exponent {
		if !s.accept('+') {
			s.accept('-')
		}
		if !s.digits() {
			return s.fail("want a digit")
		}
	}
	if s.pos-start > maxNumber {
		return s.failAt(start, "the number is too long")
	}
	if exponent && !fits(s.doc[start:s.pos]) {
		return s.failAt(start, "the number is out of range")
	}
	return nil
}

// fits reports whether a number with an exponent becomes neither infinity nor, by loss, zero in a float64.
func fits(number string) bool {
	f, err := strconv.ParseFloat(number, 64)
	mantissa := number[:strings.IndexAny(number, "eE")]
	return err == nil && (f != 0 || strings.Trim(mantissa, "-0.") == "")
}

// digits takes all digits that come next and reports whether there was one.
func (s *scanner) digits() bool {
	start := s.pos
	for isDigit(s.peek()) {
		s.pos++
	}
	return s.pos > start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
