package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/jose"
)

// ErrNoKeys says that a client has no public keys here.
var ErrNoKeys = errors.New("the client has no public keys here")

// objectTypes are the types that a request object may say it has: none, the usual one, or its own (RFC 9101, section 10.8).
var objectTypes = []string{"", "jwt", "oauth-authz-req+jwt"}

// VerifyRequest returns what a request object says, if a key of the client signed it. ErrNoKeys when it has none.
func (r *Registry) VerifyRequest(ctx context.Context, c *Client, jwt string) ([]byte, error) {
	if c.JWKS == "" && c.JWKSURI == "" {
		return nil, ErrNoKeys
	}
	m, err := jose.Parse(jwt)
	if err != nil {
		return nil, err
	}
	h := m.Header()
	if !slices.Contains(objectTypes, strings.TrimPrefix(strings.ToLower(h.Type), "application/")) {
		return nil, fmt.Errorf("it is a token of the type %q", h.Type)
	}
	key, err := r.publicKey(ctx, c, h.KeyID)
	if err != nil {
		return nil, err
	}
	return m.Verify(key)
}
