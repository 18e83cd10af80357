package revoked

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lingpai/lingpai/internal/strictjson"
)

// Type is the `typ` of a signed message: a JWS in compact form (RFC 7515) whose payload is the JSON of a [Message].
const Type = "revocations+jwt"

// MessageKind says what a message is for.
type MessageKind string

// The kinds of messages.
const (
	Snapshot MessageKind = "snapshot" // all that is called back, up to Seq
	Events   MessageKind = "events"   // what was called back after Prev, up to Seq
	Beat     MessageKind = "beat"     // nothing was called back after Seq, so far
)

// MaxPart is how many entries one message holds at most, so that it stays below the 16 KiB that a JWS may have. A longer snapshot comes
// in parts.
const MaxPart = 480

// Message is what one server tells others. Numbers of revocations rise by any step; Prev is what makes a lost message visible.
type Message struct {
	Issuer   string      // iss: must be the issuer of the tokens
	Feed     string      // feed: names the numbering; another one begins when a database was restored
	Kind     MessageKind // kind
	Prev     int64       // prev: of events, the Seq before the first of them
	Seq      int64       // seq
	IssuedAt int64       // iat: when it was signed, in seconds since 1970
	Key      *Key        // key: of a snapshot, the key of the fingerprints
	Part     int         // part: of a snapshot, 1 to Parts
	Parts    int         // parts
	Entries  []Entry     // entries: by name of their kind, each 16 bytes packed
}

type wire struct {
	Issuer   string            `json:"iss"`
	Feed     string            `json:"feed"`
	Kind     MessageKind       `json:"kind"`
	Prev     int64             `json:"prev,omitzero"`
	Seq      int64             `json:"seq"`
	IssuedAt int64             `json:"iat"`
	Key      string            `json:"key,omitzero"`
	Part     int               `json:"part,omitzero"`
	Parts    int               `json:"parts,omitzero"`
	Entries  map[string]string `json:"entries,omitempty"`
}

// entrySize is an entry on the wire, big endian: print 8, at 4, until 4.
const entrySize = 16

// Marshal writes the payload.
func (m *Message) Marshal() ([]byte, error) {
	w := wire{m.Issuer, m.Feed, m.Kind, m.Prev, m.Seq, m.IssuedAt, "", m.Part, m.Parts, map[string]string{}}
	if m.Key != nil {
		w.Key = base64.RawURLEncoding.EncodeToString(m.Key[:])
	}
	var packed [kinds][]byte
	for _, e := range m.Entries {
		b := binary.BigEndian.AppendUint64(packed[e.Kind], e.Print)
		packed[e.Kind] = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, e.At), e.Until)
	}
	for k, b := range packed {
		if b != nil {
			w.Entries[names[k]] = base64.RawURLEncoding.EncodeToString(b)
		}
	}
	return json.Marshal(w)
}

// ParseMessage reads a payload whose signature was checked. An entry of an unknown kind stands for [All] until its time, because whatever
// it calls back was issued before it; only a kind whose name ends in "?" may be passed over.
func ParseMessage(payload []byte) (*Message, error) {
	m := new(Message)
	if err := strictjson.ParseObject(payload, m.set); err != nil {
		return nil, err
	}
	return m, m.check()
}

func (m *Message) set(name string, v strictjson.Value) (err error) {
	switch name {
	case "iss":
		m.Issuer, err = v.String()
	case "feed":
		m.Feed, err = v.String()
	case "kind":
		var kind string
		kind, err = v.String()
		m.Kind = MessageKind(kind)
	case "prev":
		m.Prev, err = v.Int64()
	case "seq":
		m.Seq, err = v.Int64()
	case "iat":
		m.IssuedAt, err = v.Int64()
	case "key":
		m.Key, err = parseKey(v)
	case "part":
		m.Part, err = small(v)
	case "parts":
		m.Parts, err = small(v)
	case "entries":
		err = v.Object(m.unpack)
	}
	return err
}

func small(v strictjson.Value) (int, error) {
	n, err := v.Int64()
	if err == nil && (n < 1 || n > 1<<20) {
		err = errors.New("out of range")
	}
	return int(n), err
}

func parseKey(v strictjson.Value) (*Key, error) {
	text, err := v.String()
	if err != nil {
		return nil, err
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != len(Key{}) {
		return nil, errors.New("the key is not 16 bytes in base64url")
	}
	return new(Key(b)), nil
}

func (m *Message) unpack(name string, v strictjson.Value) error {
	kind, known := ParseKind(name)
	if !known && strings.HasSuffix(name, "?") {
		return nil
	}
	text, err := v.String()
	if err != nil {
		return err
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b)%entrySize != 0 {
		return fmt.Errorf("entries of kind %.20q do not read", name)
	}
	for ; len(b) > 0; b = b[entrySize:] {
		e := Entry{binary.BigEndian.Uint64(b), binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[12:]), kind}
		if e.Print == 0 {
			return errors.New("an entry without fingerprint")
		}
		if !known {
			e.Kind, e.Print = All, 0 // Set.Add gives it the fingerprint of All under its key.
		}
		m.Entries = append(m.Entries, e)
	}
	return nil
}

func (m *Message) check() error {
	switch {
	case m.Issuer == "" || m.Feed == "" || m.Seq < 0 || m.Prev < 0 || m.IssuedAt <= 0:
		return errors.New("one of iss, feed, seq, iat is missing or out of range")
	case m.Kind == Events && m.Prev < m.Seq, m.Kind == Beat && m.Entries == nil:
		return nil
	case m.Kind == Snapshot && m.Key != nil && 1 <= m.Part && m.Part <= m.Parts:
		return nil
	}
	return fmt.Errorf("a message of kind %.20q that says too much or too little", m.Kind)
}
