package grant

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// MarkParam is the parameter that we add to a request while a person signs in for it.
const MarkParam = "begun"

const tagSize = 16

// Mark says when a request began, sealed with its parameters.
func (s *Service) Mark(p oauth.Params, began time.Time) string {
	at := binary.BigEndian.AppendUint64(nil, uint64(began.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(at, s.tag("begun", p, at)...))
}

// Began reads the mark of a request, and says now for one that has none, or one that was not made for it.
func (s *Service) Began(p oauth.Params) (at time.Time, marked bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(p.Get(MarkParam))
	if err != nil || len(b) != 8+tagSize || subtle.ConstantTimeCompare(b[8:], s.tag("begun", p, b[:8])) != 1 {
		return s.Now(), false
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b))), true
}

// Proof ties a consent form to the request that it shows and the session that it was shown to.
func (s *Service) Proof(p oauth.Params, id session.ID) string {
	return base64.RawURLEncoding.EncodeToString(s.tag("consent", p, id[:]))
}

// Proves reports whether a proof was made for this request and session, in constant time.
func (s *Service) Proves(proof string, p oauth.Params, id session.ID) bool {
	return subtle.ConstantTimeCompare([]byte(proof), []byte(s.Proof(p, id))) == 1
}

func (s *Service) tag(purpose string, p oauth.Params, with []byte) []byte {
	mac := hmac.New(sha256.New, s.Key)
	digest := p.Without(MarkParam).Digest()
	mac.Write([]byte(purpose))
	mac.Write(digest[:])
	mac.Write(with)
	return mac.Sum(nil)[:tagSize]
}
