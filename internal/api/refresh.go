package api

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
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

// keyOf is the thumbprint of the key that the bearer of a refresh token holds by the proof that came with it, "" when none did. A proof that
// comes with a token which is not ours is not used up: that would let strangers fill the memory of used proofs.
func (h *Handler) keyOf(r *http.Request, token string) (string, error) {
	proof, err := h.Guard.Proof(r)
	if err != nil {
		return "", err
	}
	if _, _, ours := h.Sessions.Sealed.OpenRefresh(token); !ours {
		return "", fault.Refuse(fault.RefreshInvalid)
	}
	return proof.Thumbprint(), h.Guard.UseProof(r, proof)
}

func (h *Handler) refresh(w http.ResponseWriter, r *http.Request) error {
	token, inCookie, err := h.presented(r)
	if err != nil {
		return err
	}
	started, err := h.rotate(r, token)
	if err != nil {
		if inCookie && isUseless(err) {
			h.Guard.Cookies.ClearRefresh(w, r)
		}
		return err
	}
	return h.hand(w, r, started)
}

func (h *Handler) rotate(r *http.Request, token string) (session.Started, error) {
	key, err := h.keyOf(r, token)
	if err != nil {
		return session.Started{}, err
	}
	return h.Sessions.Refresh(r.Context(), token, key, httpd.Source(r))
}

// isUseless holds for refusals after which a refresh token need not be sent again. With another proof, it may be good.
func isUseless(err error) bool {
	switch code := fault.From(err).Code; code {
	case fault.DPoPProofInvalid, fault.DPoPNonceRequired:
		return false
	default:
		return code.Status() < http.StatusInternalServerError
	}
}

func (h *Handler) confirm(w http.ResponseWriter, r *http.Request) error {
	token, _, err := h.presented(r)
	if err != nil {
		return err
	}
	if _, err := h.keyOf(r, token); err != nil {
		return err
	}
	if err := h.Sessions.Confirm(r.Context(), token); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
