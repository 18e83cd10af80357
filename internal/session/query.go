package session

import (
	"encoding/base64"
	"encoding/binary"
	"time"
)

// MostListed is the largest Limit of a [Query].
const MostListed = 1000

// Query selects living sessions for a listing, the newest first.
type Query struct {
	UserID string // whose; "" for everybody's
	Search string // part of the username, email address or name of whose they are, any case; "" for all. Not looked at with UserID
	After  Cursor // the last one of the page before; zero for the first page
	Limit  int    // 1 to MostListed; 0 means 100
}

// Cursor is the place of a session in a listing. It stays the same while the session lives, and is good when the session is gone.
type Cursor struct {
	CreatedAt time.Time // to the microsecond
	ID        ID
}

// Cursor is the place of s.
func (s *Session) Cursor() Cursor { return Cursor{s.CreatedAt, s.ID} }

// IsZero reports whether it is no place: the beginning.
func (c Cursor) IsZero() bool { return c.ID.IsZero() && c.CreatedAt.IsZero() }

// String is the written form, which needs no escaping in an address; "" for the zero value.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	at := binary.BigEndian.AppendUint64(nil, uint64(c.CreatedAt.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(at, c.ID[:]...))
}

// ParseCursor reads the written form, strictly: what it accepts, String gives back unchanged.
func ParseCursor(s string) (c Cursor, ok bool) {
	if s == "" {
		return Cursor{}, true
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != 8+len(c.ID) {
		return Cursor{}, false
	}
	c.CreatedAt = time.UnixMicro(int64(binary.BigEndian.Uint64(raw))).UTC()
	copy(c.ID[:], raw[8:])
	return c, c.String() == s
}
