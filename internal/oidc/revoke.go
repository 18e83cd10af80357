package oidc

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

// revoke takes a token back from a client that is done with it (RFC 7009). A refresh token goes with its session and every access token of
// it; an access token goes alone. What is no token of that client is left alone, and answered alike.
func (h *Handler) revoke(w http.ResponseWriter, r *http.Request) error {
	p, err := httpd.ReadParams(r)
	if err != nil {
		return err
	}
	c, err := h.clientOf(r, p)
	switch {
	case err != nil:
		return err
	case !p.Has("token"):
		return oauth.Refuse(oauth.InvalidRequest, "token is missing")
	}
	if err := h.takeBack(r, c, p.Get("token")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (h *Handler) takeBack(r *http.Request, c client.Client, raw string) error {
	ctx := r.Context()
	if id, _, ok := h.Sessions.Sealed.OpenClientRefresh(raw); ok {
		row, err := h.Sessions.Living(ctx, id)
		if err != nil || row.ClientID != c.ID {
			return unlessRefused(err)
		}
		return h.Sessions.EndFor(ctx, id, session.ReasonRevoked, audit.SessionEnded, httpd.Source(r))
	}
	claims, err := h.Guard.Stands(ctx, raw)
	if err != nil || claims.ClientID != c.ID {
		return unlessRefused(err)
	}
	if ended, err := h.endListed(r, claims); ended || err != nil {
		return err
	}
	until := claims.ExpiresAt.Add(h.Clients.RevokeFor - h.Tokens.Lifetime) // the leeway that judges may give
	if err := h.Revocations.Revoke(ctx, revocation.Record{Kind: revocation.Token, Key: claims.ID, At: h.Now(), Until: until}); err != nil {
		return err
	}
	return h.Sessions.Ended(ctx)
}

// endListed ends the session of a token that refers to a status list, where there is no bit for a single token (RFC 7009, section 2.1, lets
// the token's grant go with it). It reports whether it did.
func (h *Handler) endListed(r *http.Request, claims *token.Claims) (bool, error) {
	id, ok := session.ParseID(claims.SessionID)
	if !ok {
		return false, nil
	}
	row, err := h.Sessions.Living(r.Context(), id)
	if err != nil || row.StatusPlace == 0 || h.StatusListsURI == "" {
		return false, unlessRefused(err)
	}
	return true, h.Sessions.EndFor(r.Context(), id, session.ReasonRevoked, audit.SessionEnded, httpd.Source(r))
}

// unlessRefused passes on what went wrong here, and not that a token is no good: then there is nothing to take back.
func unlessRefused(err error) error {
	if err == nil || fault.From(err).Code.Status() < http.StatusInternalServerError {
		return nil
	}
	return err
}
