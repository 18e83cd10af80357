package api

import (
	"context"
	"net/http"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
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
	want, err := h.wishOf(r, in.Keep, in.Confirms, in.lacks())
	if err != nil {
		return err
	}
	a := authn.Attempt{Login: in.Username, Password: in.Password, Device: h.Guard.Cookies.Device(r), Source: httpd.Source(r)}
	u, need, err := h.verify(r.Context(), a, in.Code)
	if err != nil {
		return err
	}
	if err := h.Guard.UseProof(r, want.proof); err != nil {
		return err
	}
	methods := authn.ByPassword
	if need == authn.Code { // spent last, when nothing else is missing
		if err := h.SecondStep.Prove(r.Context(), u, in.Code, a); err != nil {
			return err
		}
		methods = authn.ByPasswordAndCode
	}
	return h.start(w, r, want, u, a, methods)
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

// lacks says what is missing in the body, by member.
func (in loginRequest) lacks() map[string]string {
	missing := map[string]string{}
	if in.Username == "" {
		missing["username"] = "A username or an email address belongs here."
	}
	if in.Password.Empty() {
		missing["password"] = "A password belongs here."
	}
	return missing
}
