package oidc

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
)

// byCode trades an authorization code for tokens (RFC 6749, section 4.1.3).
func (h *Handler) byCode(r *http.Request, in asked) (tokens, error) {
	if !in.params.Has("code") {
		return tokens{}, oauth.Refuse(oauth.InvalidRequest, "code is missing")
	}
	got, err := h.Grants.Redeem(r.Context(), grant.Trade{
		Client: in.client, Code: in.params.Get("code"), RedirectURI: in.params.Get("redirect_uri"), Verifier: in.params.Get("code_verifier"),
		KeyThumb: in.binding.session(&in.client), Prove: in.once, Source: httpd.Source(r),
	})
	if err != nil {
		return tokens{}, err
	}
	g, err := in.given(&got.Approval)
	if err != nil {
		return tokens{}, err
	}
	g.nonce = got.Approval.Nonce
	return h.granted(r, in, got.Started, g)
}

// given is what of all that was allowed one token is for: everything, or the APIs and details that are asked for (RFC 8707, section 2.2; RFC 9396, section
// 6). What was taken from the client since is not given any more.
func (in *asked) given(a *grant.Approval) (g sessionGrant, err error) {
	g = sessionGrant{scope: a.Scope.Only(in.client.Scopes), claims: a.Claims.IDToken, subject: a.Subject}
	if g.resources, err = in.resources(a.Resources); err != nil {
		return sessionGrant{}, err
	}
	wanted, err := grant.ParseDetails(&in.client, in.params.Get("authorization_details"))
	if err != nil {
		return sessionGrant{}, err
	}
	g.details, err = a.Details.Only(&in.client).Narrowed(wanted)
	return g, err
}

func (in *asked) resources(allowed []string) ([]string, error) {
	left, wanted := oauth.Scope(allowed).Only(in.client.Audiences), in.params.All("resource")
	switch {
	case !left.Covers(wanted):
		return nil, oauth.Refuse(oauth.InvalidTarget, "that resource was not allowed")
	case len(wanted) > 0:
		return wanted, nil
	case len(left) == 0 && len(allowed) > 0: // A token that names none would be for the default API.
		return nil, oauth.Refuse(oauth.InvalidTarget, "tokens for that resource are not for this client any more")
	}
	return left, nil
}
