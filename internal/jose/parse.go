package jose

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// MaxTokenSize is the longest token, in bytes.
const MaxTokenSize = 16 << 10

// Header is what is read of a JOSE header (RFC 7515, section 4.1).
type Header struct {
	Algorithm   Algorithm
	KeyID       string
	Type        string
	ContentType string
}

// Message is a compact JWS that has been parsed and not verified.
type Message struct {
	header    Header
	signed    []byte // what the signature is over: both segments and the dot between them
	payload   []byte
	signature []byte
	// unseen is the length of a header segment that is to be remembered once the signature is found to fit; 0 for none.
	unseen int
}

// Parse reads a compact JWS. The size and the number of dots are judged before anything is allocated. An algorithm that is not ours, "none" in
// any spelling included, is an [ErrAlgorithm]; anything else that is wrong is an [ErrMalformed].
func Parse(token string) (*Message, error) { return parseWith(token, nil) }

// extra reads members of the header that parseHeader passes over.
type extra func(name string, v strictjson.Value) error

func parseWith(token string, x extra) (*Message, error) {
	if len(token) > MaxTokenSize {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, MaxTokenSize)
	}
	if n := strings.Count(token, "."); n != 2 {
		return nil, fmt.Errorf("%w: %d segments", ErrMalformed, n+1)
	}
	if hasLineBreak(token) {
		return nil, fmt.Errorf("%w: line break", ErrMalformed)
	}
	return parse(token, x)
}

// parse decodes the segments into one buffer, behind a copy of the token.
func parse(token string, x extra) (*Message, error) {
	first, last := strings.IndexByte(token, '.'), strings.LastIndexByte(token, '.')
	buf := make([]byte, 0, len(token)+strict.DecodedLen(len(token)))
	buf = append(buf, token...)
	m := &Message{signed: buf[:last:last]}

	var err error
	if buf, err = m.readHeader(buf, token[:first], x); err != nil {
		return nil, err
	}
	if m.payload, buf, err = decodeSegment(buf, first+1, last); err != nil {
		return nil, fmt.Errorf("%w: the payload is not base64url", ErrMalformed)
	}
	if m.signature, _, err = decodeSegment(buf, last+1, len(token)); err != nil {
		return nil, fmt.Errorf("%w: the signature is not base64url", ErrMalformed)
	}
	if len(m.signature) == 0 {
		return nil, fmt.Errorf("%w: no signature", ErrMalformed)
	}
	return m, nil
}

// readHeader decodes the first segment to the end of buf, unless it has been seen.
func (m *Message) readHeader(buf []byte, segment string, x extra) ([]byte, error) {
	if x == nil {
		if header, ok := seenHeaders.find(segment); ok {
			m.header = header
			return buf, nil
		}
		m.unseen = len(segment)
	}
	data, buf, err := decodeSegment(buf, 0, len(segment))
	if err != nil {
		return nil, fmt.Errorf("%w: the header is not base64url", ErrMalformed)
	}
	m.header, err = parseHeader(data, x)
	return buf, err
}

// decodeSegment appends to buf what buf[from:to] decodes to, and returns that part and the longer buf.
func decodeSegment(buf []byte, from, to int) (segment, longer []byte, err error) {
	longer, err = strict.AppendDecode(buf, buf[from:to])
	return longer[len(buf):len(longer):len(longer)], longer, err
}

// parseHeader reads a JOSE header. A key that the token brings along, or its address, is passed over like any unknown member,
// unless x is there to read it.
func parseHeader(data []byte, x extra) (Header, error) {
	var h Header
	var alg string
	err := strictjson.ParseObject(data, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "alg":
			alg, err = v.String()
		case "kid":
			h.KeyID, err = v.String()
		case "typ":
			h.Type, err = v.String()
		case "cty":
			h.ContentType, err = v.String()
		case "crit", "b64", "zip", "enc":
			err = errors.New("not supported")
		default:
			if x != nil {
				err = x(name, v)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
	if err != nil {
		return Header{}, fmt.Errorf("%w: the header does not read: %w", ErrMalformed, err)
	}
	if alg == "" {
		return Header{}, fmt.Errorf("%w: the header has no alg", ErrMalformed)
	}
	if h.Algorithm, err = ParseAlgorithm(alg); err != nil {
		return Header{}, err
	}
	return h, nil
}

// Header is what the token says about itself; nothing vouches for it before [Message.Verify] does.
func (m *Message) Header() Header { return m.header }

// UnverifiedPayload is what anybody may have written. It serves to show and explain tokens, never to decide.
func (m *Message) UnverifiedPayload() []byte { return m.payload }
