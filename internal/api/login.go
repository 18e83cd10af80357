package api

import (
	"context"
	"net/http"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

type loginRequest struct {
	Username string        `json:"username"`
	Password secret.String `json:"password"`
	Code     string        `json:"code"`
	Keep     string        `json:"keep"`
	Confirms bool          `json:"confirms"`
}

func (h *Handler) login(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[loginRequest](r)
	if err != nil {
		return err
	}
	proof, err := h.Guard.Proof(r)
	if err != nil {
		return err
	}
	keep, err := in.check(proof != nil)
	if err != nil {
		return err
	}
	a := authn.Attempt{Login: in.Username, Password: in.Password, Device: h.Guard.Cookies.Device(r), Source: httpd.Source(r)}
	u, need, err := h.verify(r.Context(), a, in.Code)
	if err != nil {
		return err
	}
	if err := h.Guard.UseProof(r, proof); err != nil {
		return err
	}
	methods := authn.ByPassword
	if need == authn.Code { // spent last, when nothing else is missing
		if err := h.SecondStep.Prove(r.Context(), u, in.Code, a); err != nil {
			return err
		}
		methods = authn.ByPasswordAndCode
	}
	b := h.Devices.Beginning(u, a.Device, a.Source)
	b.Keep, b.Confirms, b.KeyThumb, b.AMR = keep, in.Confirms, proof.Thumbprint(), methods
	return h.start(w, r, b)
}

// verify judges the password, and refuses who needs more than they have sent.
func (h *Handler) verify(ctx context.Context, a authn.Attempt, code string) (user.User, authn.Need, error) {
	u, err := h.Password.Verify(ctx, a)
	if err != nil {
		return user.User{}, authn.Nothing, err
	}
	need, err := h.SecondStep.After(ctx, u)
	switch {
	case err != nil:
		return user.User{}, need, err
	case need == authn.Code && code == "", need == authn.Passkey, need == authn.SetUp:
		return user.User{}, need, h.SecondStep.Ask(ctx, u, need, a.Source)
	}
	return u, need, nil
}

// check returns where the client keeps the session. proven says that it brings a DPoP proof.
func (in loginRequest) check(proven bool) (session.Keep, error) {
	missing := map[string]string{}
	if in.Username == "" {
		missing["username"] = "A username or an email address belongs here."
	}
	if in.Password.Empty() {
		missing["password"] = "A password belongs here."
	}
	return checkKeep(in.Keep, proven, missing)
}

// hand gives a client its session in the way in which it keeps it.
func (h *Handler) hand(w http.ResponseWriter, r *http.Request, s session.Started) error {
	a, err := h.issue(s.Session)
	if err != nil {
		return err
	}
	cookies := h.Guard.Cookies
	switch s.Keep {
	case session.KeepCookie:
		cookies.SetSession(w, h.Sessions.Sealed.Cookie(s.ID), s.ExpiresAt)
		cookies.ClearRefresh(w, r)
	case session.KeepMemory:
		cookies.SetRefresh(w, s.Refresh, s.ExpiresAt)
	case session.KeepStorage:
		a.RefreshToken = s.Refresh.Reveal()
	}
	if s.Keep != session.KeepStorage {
		cookies.RememberDevice(w, h.Devices, s.UserID, h.Now())
	}
	return httpd.WriteJSON(w, http.StatusOK, a)
}
