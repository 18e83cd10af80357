package login

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/webui"
)

// What leads to the sign-in page besides refusals.
const (
	reasonReset   = "password_reset"              // a new password was set just now
	reasonSlow    = "too_slow"                    // somebody took too long over the code
	reasonPasskey = string(fault.PasskeyRequired) // the password is right, and the account takes none without a second factor
)

// explain says on the sign-in page why somebody was led there.
func (h *Handler) explain(r *http.Request, page *webui.Login) (err error) {
	switch fault.Code(r.URL.Query().Get("reason")) {
	case fault.StepUpRequired:
		h.explainAnew(r, page)
	case fault.SessionEnded, fault.SessionExpired, fault.TokenExpired, fault.TokenRevoked:
		page.Notice = webui.SessionOver()
	case reasonReset:
		page.Notice = webui.PasswordReset()
	case reasonSlow:
		page.Notice = webui.TooSlow()
	case fault.PasskeyRequired:
		page.Notice = webui.PasskeyWanted()
	case fault.ACRRequired:
		page.Notice, err = h.wantsTwoSteps(r)
	}
	return err
}

// explainAnew says why somebody who is signed in is there. Who came from a provider that does not ask people again signs out for that, so the way
// there stays on the page.
func (h *Handler) explainAnew(r *http.Request, page *webui.Login) {
	who, signedIn := httpd.Viewer(r)
	if !signedIn {
		return
	}
	page.Username, page.Notice = who.Session.Holder.Username, webui.SignInAnew("")
	for _, p := range h.Providers.All() {
		if !p.ProvesAnew() {
			page.User, page.Notice = viewer(who), webui.SignInAnew(p.Title)
		}
	}
}

// wantsTwoSteps says at the sign-in page that two factors are wanted, if they are: whoever has no second one would be led in circles.
func (h *Handler) wantsTwoSteps(r *http.Request) (*webui.Notice, error) {
	wanted := strings.Fields(r.URL.Query().Get("acr_values"))
	mfa := slices.Contains(wanted, token.ACRMFA)
	switch {
	case !mfa && slices.Contains(wanted, token.ACRPasskey):
		return webui.PasskeyAsked(), nil
	case !mfa:
		return nil, nil //nolint:nilnil // there is nothing to say
	}
	who, signedIn := httpd.Viewer(r)
	if !signedIn {
		return webui.TwoStepsWanted(), nil
	}
	has, err := h.SecondStep.Has(r.Context(), who.Session.UserID)
	if err != nil || has {
		return webui.TwoStepsWanted(), err
	}
	return webui.TwoStepMissing(), nil
}
