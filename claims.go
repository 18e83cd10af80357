package lingpai

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Claims is what a verified access token says (RFC 9068). Times have a resolution of one second. Claims of a request are shared by all
// who handle it and must not be changed.
type Claims struct {
	Issuer    string            // iss
	Subject   string            // sub: the user, or the client itself where no user is involved
	Audience  []string          // aud: the APIs that the token is meant for
	ExpiresAt time.Time         // exp
	NotBefore time.Time         // nbf, or zero
	IssuedAt  time.Time         // iat
	ID        string            // jti: names this token
	ClientID  string            // client_id: the app that the token was issued to
	SessionID string            // sid: the session that it belongs to, or ""
	AuthTime  time.Time         // auth_time: when the person last proved who they are, or zero
	ACR       string            // acr: how strongly, or ""
	AMR       []string          // amr: by which means (RFC 8176)
	Scopes    []string          // scope: what the client may do
	Roles     []string          // roles: what the person may do
	Actors    []string          // act: which clients act for the person, the last first, when the token was exchanged (RFC 8693)
	Details   []json.RawMessage // authorization_details: what the person allowed in particular (RFC 9396)
	KeyThumb  string            // cnf.jkt: thumbprint of the DPoP key that the token is bound to (RFC 9449), or ""
	CertThumb string            // cnf.x5t#S256: thumbprint of the client certificate that the token is bound to (RFC 8705), or ""
	KeyID     string            // kid of the header: the key that signed the token
}

// HasRole reports whether the person has this role.
func (c *Claims) HasRole(role string) bool { return slices.Contains(c.Roles, role) }

// HasScope reports whether the client was given this scope.
func (c *Claims) HasScope(scope string) bool { return slices.Contains(c.Scopes, scope) }

// Bound reports whether the token is bound to a key of its holder, by DPoP or by a client certificate. [Verifier.Authenticate] has then checked
// that the request comes from who holds it.
func (c *Claims) Bound() bool { return c.KeyThumb != "" || c.CertThumb != "" }

type contextKey struct{}

// NewContext returns a context that carries claims, as [Verifier.Middleware] makes it. It lets handlers be tested without a token.
func NewContext(ctx context.Context, c *Claims) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// FromContext returns the claims of the request's token. It reports false where [Verifier.Middleware] did not stand before the handler.
func FromContext(ctx context.Context) (*Claims, bool) {
	c, ok := ctx.Value(contextKey{}).(*Claims)
	return c, ok
}
