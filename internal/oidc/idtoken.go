package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// idTokenType is the `typ` of an ID token. An access token says at+jwt, so neither passes for the other.
const idTokenType = "JWT"

// idToken says to a client who signed in (OpenID Connect Core, section 2).
func (h *Handler) idToken(ctx context.Context, c client.Client, s session.Session, g sessionGrant, accessToken string) (string, error) {
	key, err := h.keyFor(ctx, c.IDTokenAlg)
	if err != nil {
		return "", err
	}
	now := h.Now().Truncate(time.Second)
	claims := map[string]any{
		"iss": h.Issuer, "sub": g.subjectOf(s.UserID), "aud": c.ID, "iat": now.Unix(), "exp": now.Add(h.Tokens.Lifetime).Unix(),
		"auth_time": s.AuthTime.Unix(), "acr": s.ACR(), "sid": s.ID.String(), "at_hash": halfHash(key.Algorithm(), accessToken),
	}
	if len(s.AMR) > 0 {
		claims["amr"] = s.AMR
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	for name, value := range personal(s, nil, g.claims) {
		if _, ours := claims[name]; !ours {
			claims[name] = value
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode ID token: %w", err)
	}
	signed, err := jose.Sign(key, idTokenType, payload)
	if err != nil {
		return "", fmt.Errorf("sign ID token: %w", err)
	}
	return signed, nil
}

// Sign signs a JWT as the ID tokens of a client are signed.
func (h *Handler) Sign(ctx context.Context, c client.Client, typ string, payload []byte) (string, error) {
	return h.signBy(ctx, c.IDTokenAlg, typ, payload)
}

// signBy signs a JWT by RS256 or the server's own algorithm.
func (h *Handler) signBy(ctx context.Context, alg jose.Algorithm, typ string, payload []byte) (string, error) {
	key, err := h.keyFor(ctx, alg)
	if err != nil {
		return "", err
	}
	return jose.Sign(key, typ, payload)
}

// keyFor signs by RS256, which every client knows, where a client was registered for that, and by the server's own algorithm otherwise.
func (h *Handler) keyFor(ctx context.Context, alg jose.Algorithm) (*jose.Key, error) {
	own := h.Own()
	if alg != jose.RS256 || own.Algorithm() == jose.RS256 {
		return own, nil
	}
	key, err := h.RSA(ctx)
	if err != nil {
		return nil, fmt.Errorf("find key of ID tokens: %w", err)
	}
	return key, nil
}

// halfHash is the left half of the hash that belongs to the algorithm (OpenID Connect Core, section 3.1.3.6).
func halfHash(alg jose.Algorithm, text string) string {
	var sum hash.Hash
	switch {
	case strings.HasPrefix(string(alg), "Ed"), strings.HasSuffix(string(alg), "512"):
		sum = sha512.New()
	case strings.HasSuffix(string(alg), "384"):
		sum = sha512.New384()
	default:
		sum = sha256.New()
	}
	sum.Write([]byte(text)) // never fails
	b := sum.Sum(nil)
	return base64.RawURLEncoding.EncodeToString(b[:len(b)/2])
}

// hint is what an ID token says that comes back as a hint. It may have expired: it tells who is meant, and opens nothing.
type hint struct {
	Subject, Audience, Session string
}

var errHint = errors.New("it is no ID token that this issuer signed")

func (h *Handler) readHint(raw string) (hint, error) {
	m, err := jose.Parse(raw)
	if err != nil {
		return hint{}, err
	}
	key := h.Keys.Key(m.Header().KeyID)
	if key == nil || !strings.EqualFold(m.Header().Type, idTokenType) {
		return hint{}, errHint
	}
	payload, err := m.Verify(key)
	if err != nil {
		return hint{}, err
	}
	var out hint
	var issuer string
	var expires bool // as ID tokens do, and other tokens of their type do not
	err = strictjson.ParseObject(payload, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "iss":
			issuer, err = v.String()
		case "sub":
			out.Subject, err = v.String()
		case "aud":
			out.Audience, err = v.String()
		case "exp":
			expires = true
		case "sid":
			out.Session, err = v.String()
		}
		return err
	})
	if err != nil || !expires || issuer != h.Issuer || out.Subject == "" || out.Audience == "" {
		return hint{}, errors.Join(errHint, err)
	}
	return out, nil
}
