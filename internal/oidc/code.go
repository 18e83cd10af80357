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
	resources, err := narrowed(got.Approval.Resources, in.params.All("resource"))
	if err != nil {
		return tokens{}, err
	}
	a := got.Approval
	details, err := in.narrowed(a.Details)
	if err != nil {
		return tokens{}, err
	}
	return h.granted(r, in, got.Started, sessionGrant{
		scope: a.Scope, resources: resources, nonce: a.Nonce, claims: a.Claims.IDToken, subject: a.Subject, details: details,
	})
}

// narrowed is what of the allowed details this one token is for (RFC 9396, section 6).
func (in *asked) narrowed(allowed grant.Details) (grant.Details, error) {
	wanted, err := grant.ParseDetails(&in.client, in.params.Get("authorization_details"))
	if err != nil {
		return nil, err
	}
	return allowed.Narrowed(wanted)
}

// narrowed is what of the allowed APIs this one token is for (RFC 8707, section 2.2).
func narrowed(allowed, wanted []string) ([]string, error) {
	if len(wanted) == 0 {
		return allowed, nil
	}
	if !oauth.Scope(allowed).Covers(wanted) {
		return nil, oauth.Refuse(oauth.InvalidTarget, "that resource was not allowed")
	}
	return wanted, nil
}
