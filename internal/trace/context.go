package trace

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
)

// TraceID names a trace. All zeros name none.
type TraceID [16]byte

// String is the id as logs and collectors have it.
func (id TraceID) String() string { return hex.EncodeToString(id[:]) }

// SpanID names a span of a trace. All zeros name none.
type SpanID [8]byte

// Context is a place in a trace: what a traceparent says (W3C Trace Context, section 3.2). The zero value is in no trace.
type Context struct {
	TraceID TraceID
	SpanID  SpanID
	Sampled bool
}

func (c Context) valid() bool { return c.TraceID != TraceID{} }

// The headers that say where a request stands in a trace, in Go's spelling.
const (
	parentHeader = "Traceparent"
	stateHeader  = "Tracestate"
)

// FromHeader reads the traceparent of a request. One that is malformed, or there twice, is no traceparent (section 3.2.2), and the result the zero value.
func FromHeader(h http.Header) Context {
	lines := h[parentHeader]
	if len(lines) != 1 {
		return Context{}
	}
	return parse(lines[0])
}

// parse reads version, trace, span and flags: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01. Later versions may add to that, behind another
// hyphen; ff is none.
func parse(text string) (c Context) {
	const length, versionZero = len("00-") + 32 + len("-") + 16 + len("-01"), "00"
	if len(text) < length || text[2] != '-' || text[35] != '-' || text[52] != '-' {
		return Context{}
	}
	var version, flags [1]byte
	switch rest := text[length:]; {
	case rest != "" && (text[:2] == versionZero || rest[0] != '-'),
		!unhex(version[:], text[:2]), version[0] == 0xff,
		!unhex(c.TraceID[:], text[3:35]), c.TraceID == TraceID{},
		!unhex(c.SpanID[:], text[36:52]), c.SpanID == SpanID{},
		!unhex(flags[:], text[53:55]):
		return Context{}
	}
	c.Sampled = flags[0]&1 == 1
	return c
}

// unhex reads hexadecimal digits, which are small letters.
func unhex(into []byte, text string) bool {
	if strings.ContainsAny(text, "ABCDEF") {
		return false
	}
	_, err := hex.Decode(into, []byte(text))
	return err == nil
}

// String is the traceparent.
func (c Context) String() string {
	flags := "-00"
	if c.Sampled {
		flags = "-01"
	}
	return "00-" + c.TraceID.String() + "-" + hex.EncodeToString(c.SpanID[:]) + flags
}

// fill makes an id that is not all zeros.
func fill(id []byte) {
	for i := 0; i < len(id); i += 8 {
		binary.LittleEndian.PutUint64(id[i:], rand.Uint64()|1) //nolint:gosec // it names something, and guards nothing
	}
}
