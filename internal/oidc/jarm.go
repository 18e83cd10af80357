package oidc

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/grant"
)

// signedFor is how long a signed answer is good. Its code is good for no longer.
const signedFor = grant.CodeLifetime

// signAnswer makes an answer one JWT, which tells who made it and whom it is for (JWT Secured Authorization Response Mode, section 2.1).
func (h *Handler) signAnswer(ctx context.Context, req *grant.Request, answer url.Values) (url.Values, error) {
	now := h.Now().Truncate(time.Second)
	claims := map[string]any{}
	for name := range answer {
		claims[name] = answer.Get(name)
	}
	claims["iss"], claims["aud"], claims["iat"], claims["exp"] = h.Issuer, req.Client.ID, now.Unix(), now.Add(signedFor).Unix()
	payload, err := json.Marshal(claims)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	signed, err := h.Sign(ctx, req.Client, idTokenType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign answer: %w", err)
	}
	return url.Values{"response": {signed}}, nil
}
