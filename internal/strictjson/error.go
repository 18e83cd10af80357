package strictjson

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where and why a document was refused. It holds nothing of the document but, at most, the beginning of a member name.
type SyntaxError struct {
	// Offset counts bytes from the start of the document.
	Offset int
	// Line and Column count from one; columns are bytes.
	Line, Column int
	Msg          string
}

// Error gives the place and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

// fail makes the error for the current place. The line is counted only now, when somebody wants to know it.
func (s *scanner) fail(msg string) error { return s.failAt(s.pos, msg) }

func (s *scanner) failAt(pos int, msg string) error {
	before := s.doc[:min(pos, len(s.doc))]
	return &SyntaxError{
		Offset: pos,
		Line:   1 + strings.Count(before, "\n"),
		Column: len(before) - strings.LastIndexByte(before, '\n'),
		Msg:    msg,
	}
}

// maxQuoted is how many bytes of a member name an error shows.
const maxQuoted = 32

// quote shows the beginning of a member name.
func quote(name string) string {
	if len(name) <= maxQuoted {
		return fmt.Sprintf("%q", name)
	}
	cut := maxQuoted
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return fmt.Sprintf("%q...", name[:cut])
}
