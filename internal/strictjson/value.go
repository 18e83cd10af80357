package strictjson

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Kind is what a [Value] is.
type Kind int

// The kinds of RFC 8259, section 3. The zero Kind is that of the zero Value, which is no value at all.
const (
	String Kind = iota + 1
	Number
	Object
	Array
	Bool
	Null
)

// String names the kind with its article, as error texts need it.
func (k Kind) String() string {
	switch k {
	case String:
		return "a string"
	case Number:
		return "a number"
	case Object:
		return "an object"
	case Array:
		return "an array"
	case Bool:
		return "a boolean"
	case Null:
		return "null"
	}
	return "nothing"
}

// Value is one JSON value that has been found valid. Its methods refuse a value of another kind; nothing is converted.
type Value struct {
	kind Kind
	raw  string
	// plain says of a string that nothing in it is escaped.
	plain bool
}

// Kind says what the value is.
func (v Value) Kind() Kind { return v.kind }

// Raw returns a copy of the value's text as it stands in the document.
func (v Value) Raw() []byte { return []byte(v.raw) }

func (v Value) want(k Kind) error {
	if v.kind != k {
		return fmt.Errorf("want %v, got %v", k, v.kind)
	}
	return nil
}

// String returns what a string says. It allocates only if something in it is escaped.
func (v Value) String() (string, error) {
	if err := v.want(String); err != nil {
		return "", err
	}
	if v.plain {
		return v.raw[1 : len(v.raw)-1], nil
	}
	s := scanner{doc: v.raw}
	return s.text()
}

// Bool returns a boolean.
func (v Value) Bool() (bool, error) {
	if err := v.want(Bool); err != nil {
		return false, err
	}
	return v.raw == "true", nil
}

// Int64 returns an integer. A number that is written with a fraction or an exponent is refused even if it equals one.
func (v Value) Int64() (int64, error) {
	if err := v.want(Number); err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(v.raw, 10, 64)
	if err != nil {
		return 0, errors.New("want an integer of 64 bits")
	}
	return n, nil
}

// maxDate is the last second of the year 9999. A time of this century in milliseconds lies beyond it, and is refused.
const maxDate = 253402300799

// NumericDate returns the time that a number of seconds since 1970 means (RFC 7519, section 2), in UTC. Fractions are kept to the
// microsecond. Times before 1970 and after the year 9999 are refused.
func (v Value) NumericDate() (time.Time, error) {
	if err := v.want(Number); err != nil {
		return time.Time{}, err
	}
	if n, err := strconv.ParseInt(v.raw, 10, 64); err == nil {
		if n < 0 || n > maxDate {
			return time.Time{}, errDate
		}
		return time.Unix(n, 0).UTC(), nil
	}
	f, err := strconv.ParseFloat(v.raw, 64)
	if err != nil || f < 0 || f > maxDate {
		return time.Time{}, errDate
	}
	seconds, fraction := math.Modf(f)
	return time.Unix(int64(seconds), int64(math.Round(fraction*1e6))*1e3).UTC(), nil
}

var errDate = errors.New("want seconds since 1970, up to the year 9999")

// Strings returns an array that holds nothing but strings. An empty array is an empty slice.
func (v Value) Strings() ([]string, error) {
	out := make([]string, 0, 4)
	err := v.Array(func(e Value) error {
		text, err := e.String()
		out = append(out, text)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// StringOrStrings returns a string as the only element, and otherwise what [Value.Strings] does: JWTs have members of either form, such as `aud`
// (RFC 7519, section 4.1.3).
func (v Value) StringOrStrings() ([]string, error) {
	if v.kind != String {
		return v.Strings()
	}
	text, err := v.String()
	if err != nil {
		return nil, err
	}
	return []string{text}, nil
}

// Array calls element for each element of an array, in order. An error of element ends the reading and is returned as it is.
func (v Value) Array(element func(Value) error) error {
	if err := v.want(Array); err != nil {
		return err
	}
	s := scanner{doc: v.raw}
	return s.array(1, element)
}

// Object calls member for each member of an object, in order. An error of member ends the reading and is returned as it is.
func (v Value) Object(member func(name string, v Value) error) error {
	if err := v.want(Object); err != nil {
		return err
	}
	s := scanner{doc: v.raw}
	return s.object(1, member)
}
