package webauthn

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math"
	"unicode/utf8"
)

// Bounds of what is read as CBOR. That of depth is CTAP2's; the others are ours.
const (
	maxDepth   = 4
	maxEntries = 64
)

// The major types of CBOR (RFC 8949, section 3.1). Tags are not read.
const (
	majorUint = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple
)

// The simple values that are read (RFC 8949, section 3.3). Floats have the same major type.
const (
	simpleFalse = 20
	simpleTrue  = 21
	simpleNull  = 22
)

// cbor is one data item that was found well-formed, in the form that CTAP2 prescribes (section 8, Message Encoding): definite lengths, each number in as
// few bytes as it takes, no name twice in a map, no tags, no floats. Only the order in a map is not held to it, since browsers write maps of their own.
type cbor []byte

// cutCBOR takes the first item off data, and returns what is behind it.
func cutCBOR(data []byte) (item cbor, rest []byte, err error) {
	n, err := itemSize(data, maxDepth)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: CBOR: %w", ErrMalformed, err)
	}
	return data[:n:n], data[n:], nil
}

// readCBOR reads data that is one item.
func readCBOR(data []byte) (cbor, error) {
	item, rest, err := cutCBOR(data)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: CBOR: something is behind its end", ErrMalformed)
	}
	return item, err
}

// head is the beginning of an item: its major type, and its number or length.
type head struct {
	major byte
	value uint64
	size  int // of the head itself
}

// readHead reads a head in its shortest form (RFC 8949, section 4.2.1).
func readHead(data []byte) (head, error) {
	if len(data) == 0 {
		return head{}, errEnds
	}
	h := head{major: data[0] >> 5, value: uint64(data[0] & 31), size: 1}
	if h.value < 24 {
		return h, nil
	}
	if h.value > 27 {
		return head{}, errors.New("a length that is not said, or a reserved form")
	}
	if h.major == majorSimple {
		return head{}, errors.New("a float, or a simple value that has no meaning")
	}
	more := 1 << (h.value - 24)
	if len(data) <= more {
		return head{}, errEnds
	}
	h.value, h.size = 0, 1+more
	for _, b := range data[1:h.size] {
		h.value = h.value<<8 | uint64(b)
	}
	if h.value < 24 || more > 1 && h.value>>(4*more) == 0 {
		return head{}, errors.New("a number that is longer than it need be")
	}
	return h, nil
}

var errEnds = errors.New("it ends in the middle")

// itemSize is how many bytes the first item of data takes. depth is how many more arrays and maps may lie within one another.
func itemSize(data []byte, depth int) (int, error) {
	h, err := readHead(data)
	if err != nil {
		return 0, err
	}
	switch h.major {
	case majorUint, majorNegative:
		if h.value > math.MaxInt64 {
			return 0, errors.New("a number beyond 64 bits")
		}
		return h.size, nil
	case majorBytes, majorText:
		return stringSize(h, data[h.size:])
	case majorArray, majorMap:
		if depth == 0 {
			return 0, fmt.Errorf("more than %d levels", maxDepth)
		}
		if h.value > maxEntries {
			return 0, fmt.Errorf("more than %d entries", maxEntries)
		}
		return entriesSize(h, data, depth-1)
	case majorSimple:
		if h.value < simpleFalse || h.value > simpleNull {
			return 0, errors.New("a simple value that has no meaning")
		}
		return h.size, nil
	}
	return 0, errors.New("a tag")
}

func stringSize(h head, data []byte) (int, error) {
	if h.value > uint64(len(data)) {
		return 0, errEnds
	}
	if h.major == majorText && !utf8.Valid(data[:h.value]) {
		return 0, errors.New("a text that is no UTF-8")
	}
	return h.size + int(h.value), nil
}

// entriesSize measures an array or a map. As each value has one form, names are the same when their bytes are.
func entriesSize(h head, data []byte, depth int) (int, error) {
	size := h.size
	var names [][]byte
	for range h.value {
		if h.major == majorMap {
			n, err := nameSize(data[size:], names)
			if err != nil {
				return 0, err
			}
			names = append(names, data[size:size+n])
			size += n
		}
		n, err := itemSize(data[size:], depth)
		if err != nil {
			return 0, err
		}
		size += n
	}
	return size, nil
}

// nameSize measures a name in a map: a number or a text that none before it is.
func nameSize(data []byte, before [][]byte) (int, error) {
	n, err := itemSize(data, 0)
	if err != nil {
		return 0, err
	}
	if major := data[0] >> 5; major != majorUint && major != majorNegative && major != majorText {
		return 0, errors.New("a name that is neither a number nor a text")
	}
	for _, name := range before {
		if bytes.Equal(name, data[:n]) {
			return 0, errors.New("a name that is there twice")
		}
	}
	return n, nil
}

// head of what was found well-formed cannot fail to be read. An item that is not there has one that is of no kind that is read.
func (v cbor) head() head {
	h, err := readHead(v)
	if err != nil {
		return head{major: majorTag}
	}
	return h
}

// int returns an integer.
func (v cbor) int() (n int64, ok bool) {
	switch h := v.head(); h.major {
	case majorUint:
		return int64(h.value), true
	case majorNegative:
		return -1 - int64(h.value), true
	}
	return 0, false
}

// bytes returns a byte string.
func (v cbor) bytes() (b []byte, ok bool) {
	h := v.head()
	return v[h.size:], h.major == majorBytes
}

// text returns a text string.
func (v cbor) text() (s string, ok bool) {
	h := v.head()
	return string(v[h.size:]), h.major == majorText
}

// entries returns the names and values of a map, and how many there are.
func (v cbor) entries() (all iter.Seq2[cbor, cbor], n int, ok bool) {
	h := v.head()
	return func(yield func(name, value cbor) bool) {
		rest := v[h.size:]
		for range h.value {
			var name, value cbor
			name, rest, _ = cutCBOR(rest)
			value, rest, _ = cutCBOR(rest)
			if !yield(name, value) {
				return
			}
		}
	}, int(h.value), h.major == majorMap
}
