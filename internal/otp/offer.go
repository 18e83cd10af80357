package otp

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
)

// offerFor is how long somebody may take to set an app up.
const offerFor = 30 * time.Minute

// Offer is a secret for an app, which nobody uses yet.
type Offer struct {
	// Secret is what is typed into an app that reads no pictures.
	Secret secret.String
	// Address is what the picture says.
	Address secret.String
	// Token brings the offer back with the code that confirms it. It holds the secret, which whoever is offered it knows, and a tag by which it is
	// good for their account alone, for a while.
	Token secret.String
}

// Offer makes a secret for the app of an account, and stores nothing. account is what the app calls it.
func (s *Service) Offer(userID, account string) Offer {
	key := newSecret()
	body := binary.BigEndian.AppendUint64(key, uint64(s.Now().Add(offerFor).Unix()))
	token := base64.RawURLEncoding.EncodeToString(slices.Concat(body, s.tagOf(userID, body)))
	return s.offer(body[:secretSize], account, token)
}

// Again is the offer of a token that was not confirmed yet. The refusal is offer_void.
func (s *Service) Again(userID, account, token string) (Offer, error) {
	key, err := s.opened(userID, token)
	if err != nil {
		return Offer{}, err
	}
	return s.offer(key, account, token), nil
}

func (s *Service) offer(key []byte, account, token string) Offer {
	text := appEncoding.EncodeToString(key)
	return Offer{
		Secret: secret.New(strings.Join(slices.Collect(groups(text)), " ")), Address: address(s.Name, account, text), Token: secret.New(token),
	}
}

// opened is the secret of an offer.
func (s *Service) opened(userID, token string) ([]byte, error) {
	const bodySize = secretSize + 8
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != bodySize+sha256.Size {
		return nil, fault.Refuse(fault.OfferVoid)
	}
	body, tag := b[:bodySize], b[bodySize:]
	until := int64(binary.BigEndian.Uint64(body[secretSize:]))
	if subtle.ConstantTimeCompare(tag, s.tagOf(userID, body)) != 1 || s.Now().Unix() >= until {
		return nil, fault.Refuse(fault.OfferVoid)
	}
	return body[:secretSize], nil
}

func (s *Service) tagOf(userID string, body []byte) []byte {
	mac := hmac.New(sha256.New, s.Key)
	mac.Write([]byte("offer\x00" + userID + "\x00"))
	mac.Write(body)
	return mac.Sum(nil)
}
