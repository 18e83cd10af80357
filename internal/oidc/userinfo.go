package oidc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// userInfo says who the bearer of an access token stands for, as far as the token's scope goes (OpenID Connect Core, section 5.3): in
// JSON, or signed for a client that was registered for that.
func (h *Handler) userInfo(w http.ResponseWriter, r *http.Request) error {
	return h.tell(w, r, httpd.From(r))
}

// userInfoByPost also takes the token as a field of a form (RFC 6750, section 2.2), as no other endpoint does: the one who reads the
// body is the one who judges the token. A token that is bound to a key comes in the header.
func (h *Handler) userInfoByPost(w http.ResponseWriter, r *http.Request) error {
	field, err := tokenField(r)
	if err != nil {
		return err
	}
	switch inHeader := len(r.Header.Values("Authorization")) > 0; {
	case field != "" && inHeader:
		return fault.Refuse(fault.RequestMalformed, "it has a token in the header and one in the body")
	case field != "":
		r.Header.Set("Authorization", "Bearer "+field)
	}
	who, err := h.Guard.Granted(r)
	if err != nil {
		return err
	}
	return h.tell(w, r, who)
}

// tokenField is the access token of a form, or "".
func tokenField(r *http.Request) (string, error) {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/x-www-form-urlencoded" {
		return "", nil
	}
	p, err := httpd.ReadParams(r)
	if err != nil {
		return "", unreadable(err)
	}
	return p.Get("access_token"), nil
}

func (h *Handler) tell(w http.ResponseWriter, r *http.Request, who httpd.Principal) error {
	scope := oauth.Scope(who.Claims.Scopes)
	if !scope.Has(oauth.ScopeOpenID) {
		return fault.Refuse(fault.ForbiddenScope, oauth.ScopeOpenID)
	}
	a, err := h.Grants.Store.Approval(r.Context(), who.Session.ID)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	claims := personal(who.Session, scope, a.Claims.UserInfo)
	claims["sub"] = who.Claims.Subject // as the client knows it
	c, err := h.Clients.Find(r.Context(), who.Claims.ClientID)
	if err == nil {
		err = h.Grants.Keep(r.Context(), &c, who.Session, httpd.Source(r))
	}
	switch {
	case err != nil && !errors.Is(err, fault.ErrNotFound): // one that is gone by now wants nothing signed
		return err
	case c.UserInfoAlg == "":
		return httpd.WriteJSON(w, http.StatusOK, claims)
	}
	claims["iss"], claims["aud"] = h.Issuer, c.ID
	return h.writeSigned(w, r, c.UserInfoAlg, idTokenType, "application/jwt", claims)
}

// writeSigned writes claims as a JWT of a type, by which it is told from other tokens.
func (h *Handler) writeSigned(w http.ResponseWriter, r *http.Request, alg jose.Algorithm, typ, media string, claims any) error {
	payload, err := json.Marshal(claims)
	if err != nil {
		return fmt.Errorf("encode claims: %w", err)
	}
	signed, err := h.signBy(r.Context(), alg, typ, payload)
	if err != nil {
		return fmt.Errorf("sign claims: %w", err)
	}
	w.Header().Set("Content-Type", media)
	_, _ = io.WriteString(w, signed) // The client may be gone; nobody is left to tell.
	return nil
}
