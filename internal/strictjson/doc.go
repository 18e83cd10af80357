// Package strictjson reads JSON (RFC 8259) without any of the latitude that attackers live on. Token headers, claims, key sets and
// request bodies are all read by it, in one pass and without reflection.
//
// It refuses what two readers may understand differently:
//
//   - a member name that occurs twice in one object, also when one of the two is escaped (`sub`, `\u0073ub`), and names that differ
//     only in letter case: encoding/json takes `SUB` for `sub`, and the last of two;
//   - anything after the document, a second value included; a byte order mark; invalid UTF-8; lone surrogates; raw control characters;
//   - numbers that no float64 holds, or that take more than 32 characters.
//
// It bounds what a document may cost: [MaxSize], [MaxDepth], [MaxMembers]. A caller with a narrower bound checks it beforehand.
//
// A document is copied once. Names and strings without escapes are parts of that copy, so that reading them allocates nothing.
// The package imports the standard library alone. All functions are safe for concurrent use.
package strictjson

const (
	// MaxSize is the largest document, in bytes.
	MaxSize = 256 << 10
	// MaxDepth is how deeply objects and arrays may nest; the outermost one counts.
	MaxDepth = 16
	// MaxMembers is the largest number of members in one object.
	MaxMembers = 256
	// maxNumber is the longest number, in characters.
	maxNumber = 32
)

// ParseObject reads a document that must be one JSON object, and calls member for each of its members in the order of the text.
// The values that member sees are valid, but the text behind them has not been read yet: what member gathers is good only once
// ParseObject has returned nil. An error of member ends the reading and is returned as it is; any other error is a [*SyntaxError].
func ParseObject(data []byte, member func(name string, v Value) error) error {
	s := scanner{doc: string(data)}
	if err := s.checkText(); err != nil {
		return err
	}
	s.skipSpace()
	if s.peek() != '{' {
		return s.fail("want an object")
	}
	if err := s.object(1, member); err != nil {
		return err
	}
	return s.end()
}

// Valid reports as a [*SyntaxError] why data is not one JSON value of any kind, or nil if it is.
func Valid(data []byte) error {
	s := scanner{doc: string(data)}
	if err := s.checkText(); err != nil {
		return err
	}
	if _, err := s.value(0); err != nil {
		return err
	}
	return s.end()
}
