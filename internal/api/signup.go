package api

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

// signUp asks for the letter by which an account is made. The answer is the same whether or not the address has one.
func (h *Handler) signUp(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Email string `json:"email"`
	}](r)
	if err != nil {
		return err
	}
	if err := h.Mailbox.AskToSignUp(r.Context(), in.Email, "", httpd.Source(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

type finishRequest struct {
	Code     string        `json:"code"`
	Username string        `json:"username"`
	Name     string        `json:"name"`
	Password secret.String `json:"password"`
	Keep     string        `json:"keep"`
	Confirms bool          `json:"confirms"`
}

// finishSignUp makes the account by the code of that letter, and signs its person in. An account of which more than a password is asked is made, and
// refused as at any other sign-in.
func (h *Handler) finishSignUp(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[finishRequest](r)
	if err != nil {
		return err
	}
	want, err := h.wishOf(r, in.Keep, in.Confirms, loginRequest{Username: in.Username, Password: in.Password}.lacks())
	if err != nil {
		return err
	}
	if err := h.Guard.UseProof(r, want.proof); err != nil {
		return err
	}
	a := authn.Attempt{Device: h.Guard.Cookies.Device(r), Source: httpd.Source(r)}
	u, err := h.Mailbox.FinishSignUp(r.Context(), in.Code, user.New{Username: in.Username, Name: in.Name, Password: in.Password, Source: a.Source})
	if err != nil {
		return err
	}
	need, err := h.SecondStep.After(r.Context(), u)
	if err != nil {
		return err
	}
	if need != authn.Nothing {
		return h.SecondStep.Ask(r.Context(), u, need, a.Source)
	}
	return h.start(w, r, want, u, a, authn.ByPassword)
}
