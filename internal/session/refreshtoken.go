package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"strings"
	"sync"

	"github.com/lingpai/lingpai/internal/secret"
)

const (
	refreshPrefix = "lpr_" // shows scanners of leaked secrets what they found
	clientPrefix  = "lpo_" // the refresh token of an OAuth client
	cookiePrefix  = "lps_"
	tagSize       = 16
	refreshSize   = len(ID{}) + 4 + tagSize
	cookieSize    = len(ID{}) + tagSize
)

// Sealed writes and reads the opaque tokens of sessions: the refresh token and the value of the session cookie. Both carry a tag, so that
// what we did not write is refused without asking the store. It is safe for concurrent use.
type Sealed struct{ macs sync.Pool }

// NewSealed takes the key of the tags, 32 bytes, which all nodes share.
func NewSealed(key []byte) *Sealed {
	key = append([]byte(nil), key...)
	return &Sealed{sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// Refresh writes the refresh token of a session and counter.
func (s *Sealed) Refresh(id ID, counter uint32) secret.String {
	return s.numbered(refreshPrefix, id, counter)
}

// ClientRefresh writes the refresh token of a session of an OAuth client. It does not open as the other kind, so that nobody gets past the
// authentication of clients with it.
func (s *Sealed) ClientRefresh(id ID, counter uint32) secret.String {
	return s.numbered(clientPrefix, id, counter)
}

func (s *Sealed) numbered(prefix string, id ID, counter uint32) secret.String {
	var b [refreshSize]byte
	n := copy(b[:], id[:])
	binary.BigEndian.PutUint32(b[n:], counter)
	n += 4
	s.tag(b[n:], prefix, b[:n])
	return secret.New(prefix + base64.RawURLEncoding.EncodeToString(b[:]))
}

// OpenRefresh reads a refresh token. What it accepts is exactly what [Sealed.Refresh] wrote.
func (s *Sealed) OpenRefresh(token string) (id ID, counter uint32, ok bool) {
	return s.openNumbered(refreshPrefix, token)
}

// OpenClientRefresh reads what [Sealed.ClientRefresh] wrote.
func (s *Sealed) OpenClientRefresh(token string) (id ID, counter uint32, ok bool) {
	return s.openNumbered(clientPrefix, token)
}

func (s *Sealed) openNumbered(prefix, token string) (id ID, counter uint32, ok bool) {
	var b [refreshSize]byte
	if !s.open(b[:], prefix, token) {
		return ID{}, 0, false
	}
	n := copy(id[:], b[:])
	return id, binary.BigEndian.Uint32(b[n:]), true
}

// Cookie writes the value of the cookie that stands for a whole session.
func (s *Sealed) Cookie(id ID) secret.String {
	var b [cookieSize]byte
	n := copy(b[:], id[:])
	s.tag(b[n:], cookiePrefix, b[:n])
	return secret.New(cookiePrefix + base64.RawURLEncoding.EncodeToString(b[:]))
}

// OpenCookie reads the value of a session cookie.
func (s *Sealed) OpenCookie(value string) (id ID, ok bool) {
	var b [cookieSize]byte
	if !s.open(b[:], cookiePrefix, value) {
		return ID{}, false
	}
	copy(id[:], b[:])
	return id, true
}

// open decodes token into b and checks its tag, in constant time.
func (s *Sealed) open(b []byte, prefix, token string) bool {
	text, ok := strings.CutPrefix(token, prefix)
	if !ok || len(text) != base64.RawURLEncoding.EncodedLen(len(b)) {
		return false
	}
	if strings.ContainsAny(text, "\r\n") { // which base64 would pass over
		return false
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(b, []byte(text)); err != nil {
		return false
	}
	var want [tagSize]byte
	body := b[:len(b)-tagSize]
	s.tag(want[:], prefix, body)
	return subtle.ConstantTimeCompare(want[:], b[len(body):]) == 1
}

// tag writes the first 16 bytes of an HMAC-SHA256 over prefix and body. The prefix keeps the kinds of token apart.
func (s *Sealed) tag(dst []byte, prefix string, body []byte) {
	mac := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(prefix))
	mac.Write(body)
	var sum [sha256.Size]byte
	copy(dst, mac.Sum(sum[:0]))
}
