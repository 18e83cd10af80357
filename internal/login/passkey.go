package login

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/webui"
)

// passkeyPath is where the sign-in page posts what a passkey has answered.
const passkeyPath = httpd.LoginPath + "/passkey"

// reasonPasskey at the sign-in page says that the password is right, and that the account takes none without a second factor.
const reasonPasskey = string(fault.PasskeyRequired)

func (h *Handler) passkeyRoutes(page, form routeOf) []httpd.Route {
	begin := form(httpd.AccountPath+"/passkey-options", httpd.CookieOnly, h.beginAddingPasskey)
	begin.Surface, begin.Body = httpd.API, httpd.NoBody // a script asks, which reads refusals as JSON
	endpoints := page("/.well-known/passkey-endpoints", httpd.Public, h.passkeyEndpoints)
	endpoints.Surface, endpoints.CORS, endpoints.Handle = httpd.API, httpd.AnyOrigin, h.passkeyEndpoints
	return []httpd.Route{
		endpoints,
		page(passkeyPath, httpd.Public, toLogin), // where a form that was refused leaves the address
		form(passkeyPath, httpd.OptionalUser, h.signInByPasskey),
		begin,
		page(passkeysPath, httpd.Public, home),
		form(passkeysPath, httpd.CookieOnly, h.addPasskey),
		page(passkeysPath+"/{id}", httpd.CookieOnly, h.passkeyPage),
		form(passkeysPath+"/{id}", httpd.CookieOnly, h.renamePasskey),
		page(passkeysPath+"/{id}/remove", httpd.Public, home),
		form(passkeysPath+"/{id}/remove", httpd.CookieOnly, h.removePasskey),
	}
}

func toLogin(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, httpd.LoginPath, http.StatusSeeOther)
	return nil
}

// passkeyEndpoints tells password managers where people look after their passkeys (A Well-Known URL for Relying Party Passkey Endpoints, section 2).
func (h *Handler) passkeyEndpoints(w http.ResponseWriter, _ *http.Request) error {
	if !h.Passkeys.Keys.Available() {
		return fault.Refuse(fault.PasskeysUnavailable)
	}
	there := h.Issuer + httpd.AccountPath + "#" + passkeysSection
	return httpd.WriteJSON(w, http.StatusOK, struct {
		Enroll string `json:"enroll"`
		Manage string `json:"manage"`
	}{there, there})
}

// signInByPasskey judges what a passkey has answered to the sign-in page, and begins the session. It is two factors, so nothing else is asked.
func (h *Handler) signInByPasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	to, _ := h.ReturnTo(form.Get("return_to"))
	page := webui.Login{ReturnTo: to, Stay: form.Get("stay") == "1"}
	a := authn.Attempt{Device: h.Guard.Cookies.Device(r), Source: source(r)}
	proven, err := h.Passkeys.Verify(r.Context(), h.Guard.Cookies.Passkey(r), form.Get("credential"), a)
	if err == nil {
		err = h.Passkeys.Spend(r.Context(), proven, a)
	}
	if err != nil {
		return h.signInAgain(w, r, err, page)
	}
	h.Guard.Cookies.ClearPasskey(w, r)
	return h.begin(w, r, proven.User, authn.ByPasskey, !page.Stay, orAccount(to))
}

// leadToPasskey answers a right password of an account that must show two factors, and has a passkey for it.
func (h *Handler) leadToPasskey(w http.ResponseWriter, r *http.Request, returnTo string) error {
	back := orAccount(returnTo)
	http.Redirect(w, r, signInPath(back, "1")+"&reason="+reasonPasskey, http.StatusSeeOther)
	return nil
}
