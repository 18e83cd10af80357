package oidc

import (
	"errors"
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
)

// userInfo says who the bearer of an access token stands for, as far as the token's scope goes (OpenID Connect Core, section 5.3).
func (h *Handler) userInfo(w http.ResponseWriter, r *http.Request) error {
	who := httpd.From(r)
	scope := oauth.Scope(who.Claims.Scopes)
	if !scope.Has(oauth.ScopeOpenID) {
		return fault.Refuse(fault.ForbiddenScope, oauth.ScopeOpenID)
	}
	a, err := h.Grants.Store.Approval(r.Context(), who.Session.ID)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	claims := personal(who.Session, scope, a.Claims.UserInfo)
	claims["sub"] = who.Session.UserID
	return httpd.WriteJSON(w, http.StatusOK, claims)
}
