package oidc

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/token"
)

// byItself gives a client a token for itself, with nobody signed in (RFC 6749, section 4.4). It writes nothing to the store: such a token has
// no session, no refresh token, and lives for minutes.
func (h *Handler) byItself(_ *http.Request, in asked) (tokens, error) {
	scope, err := oauth.ParseScope(in.params.Get("scope"))
	if err != nil {
		return tokens{}, err
	}
	switch {
	case !in.client.Scopes.Covers(scope):
		return tokens{}, oauth.Refuse(oauth.InvalidScope, "the client may not ask for that")
	case scope.Has(oauth.ScopeOpenID), scope.Has(oauth.ScopeOffline):
		return tokens{}, oauth.Refuse(oauth.InvalidScope, "nobody is signed in, so openid and offline_access mean nothing")
	case len(scope) == 0:
		scope = in.client.Scopes
	}
	resources := in.params.All("resource")
	if err := in.client.CheckResources(resources); err != nil {
		return tokens{}, err
	}
	access, err := h.Tokens.Issue(token.Grant{
		Subject: in.client.ID, ClientID: in.client.ID, Audience: h.audienceOf(resources, scope), Scope: scope.String(),
		KeyThumb: in.proof.Thumbprint(), CertThumb: in.cert, Lifetime: in.client.TokenLifetime,
	})
	if err != nil {
		return tokens{}, err
	}
	return answerWith(access, scope), nil
}
