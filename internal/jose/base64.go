package jose

import (
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
)

// strict refuses padding, foreign characters and bits left over in the last character. It would pass over line breaks in the middle of
// the text, so those are looked for separately.
var strict = base64.RawURLEncoding.Strict()

var errBase64 = errors.New("not base64url")

func encode(data []byte) string { return strict.EncodeToString(data) }

// hasLineBreak searches twice, since a search for one byte is many times faster than strings.ContainsAny.
func hasLineBreak(text string) bool {
	return strings.IndexByte(text, '\n') >= 0 || strings.IndexByte(text, '\r') >= 0
}

func decode(text string) ([]byte, error) {
	if hasLineBreak(text) {
		return nil, errBase64
	}
	return strict.DecodeString(text)
}

// decodeExactly decodes a value that must have size bytes.
func decodeExactly(text string, size int) ([]byte, error) {
	data, err := decode(text)
	if err == nil && len(data) != size {
		err = errBase64
	}
	return data, err
}

// encodeInt writes a positive integer in as few bytes as it takes (RFC 7518, section 2, Base64urlUInt).
func encodeInt(n *big.Int) string { return encode(n.Bytes()) }

func decodeInt(text string) (*big.Int, error) {
	data, err := decode(text)
	return new(big.Int).SetBytes(data), err
}
