package api

import (
	"encoding/json"
	"net/http"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/session"
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
	proof, err := h.Guard.Proof(r)
	if err != nil {
		return err
	}
	keep, err := in.check(proof != nil)
	if err != nil {
		return err
	}
	a := authn.Attempt{Device: h.Guard.Cookies.Device(r), Source: httpd.Source(r)}
	proven, err := h.Passkeys.Verify(r.Context(), h.Guard.Cookies.Passkey(r), string(in.Credential), a)
	if err != nil {
		return err
	}
	if err := h.Guard.UseProof(r, proof); err != nil {
		return err
	}
	if err := h.Passkeys.Spend(r.Context(), proven, a); err != nil { // last, when nothing else is missing
		return err
	}
	h.Guard.Cookies.ClearPasskey(w, r)
	b := h.Devices.Beginning(proven.User, a.Device, a.Source)
	b.Keep, b.Confirms, b.KeyThumb, b.AMR = keep, in.Confirms, proof.Thumbprint(), authn.ByPasskey
	return h.start(w, r, b)
}

func (in passkeyRequest) check(proven bool) (session.Keep, error) {
	missing := map[string]string{}
	if len(in.Credential) == 0 {
		missing["credential"] = "What navigator.credentials.get gave belongs here."
	}
	return checkKeep(in.Keep, proven, missing)
}

// start begins a session in place of the one that the browser had, and gives it to the client.
func (h *Handler) start(w http.ResponseWriter, r *http.Request, b session.Beginning) error {
	if b.Keep != session.KeepStorage { // It keeps nothing in cookies, so nothing is written over.
		if err := h.Guard.EndHeld(r, b.UserID, b.ID, b.KeyThumb); err != nil {
			return err
		}
	}
	started, err := h.Sessions.Start(r.Context(), b)
	if err != nil {
		return err
	}
	return h.hand(w, r, started)
}

// checkKeep returns where the client keeps the session. proven says that it brings a DPoP proof, missing what is wrong with other members.
func checkKeep(wanted string, proven bool, missing map[string]string) (session.Keep, error) {
	keep := session.Keep(wanted)
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
