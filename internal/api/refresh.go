package api

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
)

type refreshRequest struct {
	RefreshToken secret.String `json:"refresh_token"`
}

// presented is the refresh token of a request: in the body, or else in the cookie.
func (h *Handler) presented(r *http.Request) (token string, inCookie bool, err error) {
	in, err := httpd.ReadJSON[refreshRequest](r)
	if err != nil {
		return "", false, err
	}
	if !in.RefreshToken.Empty() {
		return in.RefreshToken.Reveal(), false, nil
	}
	if token = h.Guard.Cookies.Refresh(r); token != "" {
		return token, true, nil
	}
	return "", false, fault.Refuse(fault.TokenMissing)
}

func (h *Handler) refresh(w http.ResponseWriter, r *http.Request) error {
	token, inCookie, err := h.presented(r)
	if err != nil {
		return err
	}
	started, err := h.Sessions.Refresh(r.Context(), token, "", httpd.Source(r))
	if err != nil {
		if inCookie && fault.From(err).Code.Status() < http.StatusInternalServerError {
			h.Guard.Cookies.Clear(w) // What is over need not be sent again.
		}
		return err
	}
	return h.hand(w, r, started)
}

func (h *Handler) confirm(w http.ResponseWriter, r *http.Request) error {
	token, _, err := h.presented(r)
	if err != nil {
		return err
	}
	if err := h.Sessions.Confirm(r.Context(), token); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
