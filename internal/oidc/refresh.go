package oidc

import (
	"fmt"
	"net/http"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
)

// byRefresh gives new tokens for a refresh token (RFC 6749, section 6), by the rules of package session. The token of a public client
// rotates; a client that proves who it is keeps its own.
func (h *Handler) byRefresh(r *http.Request, in asked) (tokens, error) {
	presented := in.params.Get("refresh_token")
	if presented == "" {
		return tokens{}, oauth.Refuse(oauth.InvalidRequest, "refresh_token is missing")
	}
	wanted, err := oauth.ParseScope(in.params.Get("scope"))
	if err != nil {
		return tokens{}, err
	}
	if _, _, ours := h.Sessions.Sealed.OpenClientRefresh(presented); ours {
		if err := in.once(); err != nil {
			return tokens{}, err
		}
	}
	s, err := h.Sessions.RefreshClient(r.Context(), presented, in.client.ID, in.binding.session(&in.client), in.client.Public(), httpd.Source(r))
	if err == nil {
		err = h.Grants.Keep(r.Context(), &in.client, s.Session, httpd.Source(r))
	}
	if err != nil {
		return tokens{}, invalidGrant(err)
	}
	a, err := h.Grants.Store.Approval(r.Context(), s.ID)
	if err != nil {
		return tokens{}, fmt.Errorf("find what was allowed: %w", err)
	}
	g, err := in.given(&a)
	if err != nil {
		return tokens{}, err
	}
	if !g.scope.Covers(wanted) {
		return tokens{}, oauth.Refuse(oauth.InvalidScope, "that is more than was allowed")
	}
	if len(wanted) > 0 {
		g.scope = wanted
	}
	return h.granted(r, in, s, g)
}
