package api

import (
	"encoding/json"
	"net/http"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/passkey"
)

// beginPasskey says what the browser is to ask of a device: the argument of navigator.credentials.get, for JSON. The cookie that goes with it brings the
// challenge back.
func (h *Handler) beginPasskey(w http.ResponseWriter, _ *http.Request) error {
	begun, err := h.Passkeys.Keys.Begin()
	if err != nil {
		return err
	}
	h.Guard.Cookies.SetPasskey(w, begun.Sealed, h.Now().Add(passkey.BegunFor))
	return httpd.WriteJSON(w, http.StatusOK, begun.Options)
}

type passkeyRequest struct {
	Credential json.RawMessage `json:"credential"`
	Keep       string          `json:"keep"`
	Confirms   bool            `json:"confirms"`
}

// loginWithPasskey is login by what a passkey has answered.
func (h *Handler) loginWithPasskey(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[passkeyRequest](r)
	if err != nil {
		return err
	}
	want, err := h.wishOf(r, in.Keep, in.Confirms, in.lacks())
	if err != nil {
		return err
	}
	a := authn.Attempt{Device: h.Guard.Cookies.Device(r), Source: httpd.Source(r)}
	proven, err := h.Passkeys.Verify(r.Context(), h.Guard.Cookies.Passkey(r), string(in.Credential), a)
	if err != nil {
		return err
	}
	if err := h.Guard.UseProof(r, want.proof); err != nil {
		return err
	}
	if err := h.Passkeys.Spend(r.Context(), proven, a); err != nil { // last, when nothing else is missing
		return err
	}
	h.Guard.Cookies.ClearPasskey(w, r)
	return h.start(w, r, want, proven.User, a, authn.ByPasskey)
}

// lacks says what is missing in the body, by member.
func (in passkeyRequest) lacks() map[string]string {
	if len(in.Credential) == 0 {
		return map[string]string{"credential": "What navigator.credentials.get gave belongs here."}
	}
	return map[string]string{}
}
