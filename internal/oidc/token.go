package oidc

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

// asked is a request at the token endpoint whose client has proved who it is.
type asked struct {
	client client.Client
	params oauth.Params
	binding
}

// tokens is the answer (RFC 6749, section 5.1).
type tokens struct {
	AccessToken  string        `json:"access_token"`
	TokenType    string        `json:"token_type"`
	ExpiresIn    int64         `json:"expires_in"` // seconds
	RefreshToken string        `json:"refresh_token,omitzero"`
	Scope        string        `json:"scope,omitzero"`
	IDToken      string        `json:"id_token,omitzero"`
	Details      grant.Details `json:"authorization_details,omitzero"` // RFC 9396, section 7
	IssuedType   string        `json:"issued_token_type,omitzero"`     // RFC 8693, section 2.2.1
}

// grant is what carries out a grant of the token endpoint; nil for one that is not taken here.
func (h *Handler) grant(name oauth.GrantType) func(*http.Request, asked) (tokens, error) {
	switch name {
	case oauth.AuthorizationCode:
		return h.byCode
	case oauth.RefreshToken:
		return h.byRefresh
	case oauth.ClientCredentials:
		return h.byItself
	case oauth.DeviceCode:
		return h.byDevice
	case oauth.TokenExchange:
		return h.byExchange
	}
	return nil
}

func (h *Handler) token(w http.ResponseWriter, r *http.Request) error {
	p, err := httpd.ReadParams(r)
	if err != nil {
		return err
	}
	name := oauth.GrantType(p.Get("grant_type"))
	trade := h.grant(name)
	switch {
	case name == "":
		return oauth.Refuse(oauth.InvalidRequest, "grant_type is missing")
	case trade == nil:
		return oauth.Refuse(oauth.UnsupportedGrantType, "that grant_type is not taken here")
	}
	c, err := h.clientOf(r, p)
	if err != nil {
		return err
	}
	if !c.May(name) {
		return oauth.Refuse(oauth.UnauthorizedClient, "the client may not use this grant")
	}
	bound, err := h.bindingOf(r, &c)
	if err != nil {
		return err
	}
	answer, err := trade(r, asked{c, p, bound})
	if err != nil {
		return err
	}
	w.Header().Set("Pragma", "no-cache")
	return httpd.WriteJSON(w, http.StatusOK, answer)
}

// granted makes the answer for a session of a client: what was allowed, cut to scope.
func (h *Handler) granted(r *http.Request, in asked, s session.Started, g sessionGrant) (tokens, error) {
	c, allowed := in.client, s.Access()
	if in.cert != "" {
		allowed.CertThumb = in.cert
	}
	allowed.Subject, allowed.Audience, allowed.Details = g.subjectOf(s.UserID), h.audienceOf(g.resources, g.scope), g.details
	allowed.Scope, allowed.Roles, allowed.Lifetime = g.scope.String(), rolesFor(g.scope, s.Holder.Roles), c.TokenLifetime
	access, err := h.Tokens.Issue(allowed)
	if err != nil {
		return tokens{}, err
	}
	out := answerWith(access, g.scope)
	out.RefreshToken, out.Details = s.Refresh.Reveal(), g.details
	if g.scope.Has(oauth.ScopeOpenID) {
		out.IDToken, err = h.idToken(r.Context(), c, s.Session, g, access.Token)
	}
	return out, err
}

// sessionGrant is what one answer gives of what was allowed.
type sessionGrant struct {
	scope     oauth.Scope
	resources []string
	nonce     string   // of the request; a refreshed ID token has none (OpenID Connect Core, section 12.2)
	claims    []string // asked for in the ID token
	subject   string   // what the client knows the person by, or "" for the id of the account
	details   grant.Details
}

func (g *sessionGrant) subjectOf(userID string) string {
	if g.subject != "" {
		return g.subject
	}
	return userID
}

func answerWith(access token.Access, scope oauth.Scope) tokens {
	return tokens{AccessToken: access.Token, TokenType: access.Type, ExpiresIn: access.ExpiresIn, Scope: scope.String()}
}

// audienceOf is who a token is for: the APIs that were asked for, or the default one; and ourselves, where it opens the userinfo endpoint.
func (h *Handler) audienceOf(resources []string, scope oauth.Scope) []string {
	audience := append([]string(nil), resources...)
	if len(audience) == 0 {
		audience = append(audience, h.Audience...)
	}
	if scope.Has(oauth.ScopeOpenID) && !oauth.Scope(audience).Has(h.Issuer) {
		audience = append(audience, h.Issuer)
	}
	return audience
}

// rolesFor gives the roles of the account to who was allowed to know them.
func rolesFor(scope oauth.Scope, roles []string) []string {
	if scope.Has(oauth.ScopeRoles) {
		return roles
	}
	return nil
}

// invalidGrant words what is wrong with a refresh token, or its session, as RFC 6749, section 5.2 wants it.
func invalidGrant(err error) error {
	refusal := fault.From(err)
	switch refusal.Code {
	case fault.RefreshInvalid, fault.RefreshReused, fault.CertificateInvalid, fault.SessionEnded, fault.SessionExpired, fault.AccountDisabled, fault.ForbiddenRole:
		return oauth.Refuse(oauth.InvalidGrant, "%s", refusal.Detail()).Because(err)
	}
	return err
}
