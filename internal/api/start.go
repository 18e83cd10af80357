package api

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// wish is what a client wants of the session that it asks for, whatever it proves who it is by.
type wish struct {
	keep     session.Keep
	confirms bool
	proof    *dpop.Proof // of the key that the session is to be bound to; nil for none
}

// wishOf reads the proof that comes with a sign-in, and checks the members of its body that every sign-in has. missing is what is wrong with the others.
func (h *Handler) wishOf(r *http.Request, keep string, confirms bool, missing map[string]string) (wish, error) {
	proof, err := h.Guard.Proof(r)
	if err != nil {
		return wish{}, err
	}
	where, err := checkKeep(keep, proof != nil, missing)
	return wish{where, confirms, proof}, err
}

// checkKeep returns where the client keeps the session. proven says that it brings a DPoP proof, missing what is wrong with other members of the body.
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

// start begins a session in place of the one that the browser had, and gives it to the client. methods are those by which somebody proved who they are.
func (h *Handler) start(w http.ResponseWriter, r *http.Request, want wish, u user.User, a authn.Attempt, methods []string) error {
	b := h.Devices.Beginning(u, a.Device, a.Source)
	b.Keep, b.Confirms, b.KeyThumb, b.AMR = want.keep, want.confirms, want.proof.Thumbprint(), methods
	if b.Keep != session.KeepStorage { // It keeps nothing in cookies, so nothing is written over.
		if err := h.Guard.EndHeld(r, b); err != nil {
			return err
		}
	}
	started, err := h.Sessions.Start(r.Context(), b)
	if err != nil {
		return err
	}
	return h.hand(w, r, started)
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
