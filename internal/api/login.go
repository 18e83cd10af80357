package api

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
)

type loginRequest struct {
	Username string        `json:"username"`
	Password secret.String `json:"password"`
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
	device, src := h.Guard.Cookies.Device(r), httpd.Source(r)
	u, err := h.Password.Verify(r.Context(), authn.Attempt{Login: in.Username, Password: in.Password, Device: device, Source: src})
	if err != nil {
		return err
	}
	if err := h.Guard.UseProof(r, proof); err != nil {
		return err
	}
	b := h.Devices.Beginning(u, device, src)
	b.Keep, b.Confirms, b.KeyThumb, b.AMR = keep, in.Confirms, proof.Thumbprint(), []string{"pwd"}
	if keep != session.KeepStorage { // It keeps nothing in cookies, so nothing is written over.
		if err := h.Guard.EndHeld(r, u.ID, b.ID, b.KeyThumb); err != nil {
			return err
		}
	}
	started, err := h.Sessions.Start(r.Context(), b)
	if err != nil {
		return err
	}
	return h.hand(w, r, started)
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
	keep := session.Keep(in.Keep)
	switch keep {
	case "":
		keep = session.KeepMemory
	case session.KeepCookie:
		if proven {
			missing["keep"] = "A session in a cookie of its own has no tokens that a key could be bound to: choose memory or storage, or leave out the DPoP header."
		}
	case session.KeepMemory, session.KeepStorage:
	default:
		missing["keep"] = "This is one of cookie, memory, storage."
	}
	if len(missing) == 0 {
		return keep, nil
	}
	refusal := fault.Refuse(fault.FieldInvalid, "A member of the body is missing or wrong; see errors.")
	refusal.Fields = missing
	return "", refusal
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
		cookies.RememberDevice(w, r, h.Devices, s.UserID, h.Now())
	}
	return httpd.WriteJSON(w, http.StatusOK, a)
}
