package api

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
)

type logoutRequest struct {
	Scope        string        `json:"scope"`
	RefreshToken secret.String `json:"refresh_token"`
	Wait         string        `json:"wait"`
}

// logout ends sessions. Whoever asks shows one credential of the session: access token, session cookie, refresh token in body or
// cookie (with a DPoP proof, if the session is bound to a key); an access token that has expired does not keep anybody from signing out.
// A session that is over already is signed out. To end the others and stay takes a fresh sign-in; to leave everywhere does not. Whoever waits
// is told how many other servers refuse its tokens by then.
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[logoutRequest](r)
	if err != nil {
		return err
	}
	scope, ok := session.ParseScope(in.Scope)
	if !ok {
		refusal := fault.Refuse(fault.FieldInvalid, "The scope is one of this, others, all.")
		refusal.Fields = map[string]string{"scope": refusal.Detail()}
		return refusal
	}
	wait, err := revocation.ParseWait(in.Wait)
	if err != nil {
		return err
	}
	row, fresh, err := h.leaving(r, in.RefreshToken.Reveal())
	if err == nil && !fresh && scope != session.This {
		err = fault.Refuse(fault.RefreshReused)
	}
	if err == nil && scope == session.Others {
		err = h.Sessions.RequireFresh(row)
	}
	if err == nil {
		_, err = h.Sessions.SignOut(r.Context(), row, scope, httpd.Source(r))
	}
	if err != nil && !isOver(err) {
		return err
	}
	if scope != session.Others {
		if err := h.Guard.EndTogether(r, row.UserID); err != nil {
			return err
		}
		h.Guard.Cookies.Clear(w)
		h.Guard.Cookies.ClearHalfway(w, r)
	}
	if in.Wait != "" {
		standing := h.Told.Wait(r.Context(), h.Told.Latest(), wait)
		if !httpd.IsAdmin(row) {
			standing = standing.Counts()
		}
		return httpd.WriteJSON(w, http.StatusOK, standing)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// leaving finds the session that signs out, and whether what was shown may end others as well.
func (h *Handler) leaving(r *http.Request, refreshToken string) (row session.Session, fresh bool, err error) {
	if refreshToken == "" {
		refreshToken = h.Guard.Cookies.Refresh(r)
	}
	who, err := h.Guard.Signed(r)
	if err == nil {
		return who.Session, true, nil
	}
	if refreshToken == "" {
		return session.Session{}, false, err
	}
	row, fresh, err = h.Sessions.OfRefresh(r.Context(), refreshToken)
	if err != nil {
		return session.Session{}, false, err
	}
	key, err := h.keyOf(r, refreshToken)
	if err != nil {
		return session.Session{}, false, err
	}
	return row, fresh, session.Holds(row, key)
}

// isOver holds for refusals that say that the session has ended before.
func isOver(err error) bool {
	switch fault.From(err).Code {
	case fault.SessionEnded, fault.SessionExpired, fault.TokenRevoked:
		return true
	}
	return false
}
