package login

import (
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/webui"
)

// passkeyPath is where the sign-in page posts what a passkey has answered.
const passkeyPath = httpd.LoginPath + "/passkey"

func (h *Handler) passkeyRoutes() []httpd.Route {
	proven := func(act formHandler) formHandler { return h.proven(passkeysSection.anew(), act) }
	return []httpd.Route{
		h.page(passkeyPath, httpd.Public, toLogin), // where a form that was refused leaves the address
		form(passkeyPath, httpd.OptionalUser, h.signInByPasskey),
		h.page(passkeysPath, httpd.Public, home),
		form(passkeysPath, httpd.CookieOnly, proven(h.addPasskey)),
		h.page(passkeysPath+"/{id}", httpd.CookieOnly, h.passkeyPage),
		form(passkeysPath+"/{id}", httpd.CookieOnly, proven(h.renamePasskey)),
		h.page(passkeysPath+"/{id}/remove", httpd.Public, home),
		form(passkeysPath+"/{id}/remove", httpd.CookieOnly, proven(h.removePasskey)),
		{ // a script asks, which reads refusals as JSON
			Pattern: "POST " + httpd.AccountPath + "/passkey-options", Surface: httpd.API, Auth: httpd.CookieOnly, CSRF: httpd.SameOrigin,
			CORS: httpd.OwnOrigin, Cache: httpd.NoStore, Body: httpd.NoBody, Handle: h.beginAddingPasskey,
		},
		{
			Pattern: "GET /.well-known/passkey-endpoints", Surface: httpd.API, Auth: httpd.Public, CSRF: httpd.Safe,
			CORS: httpd.AnyOrigin, Cache: httpd.NoStore, Body: httpd.NoBody, Handle: h.passkeyEndpoints,
		},
	}
}

func toLogin(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, httpd.LoginPath)
}

// passkeyEndpoints tells password managers where people look after their passkeys (A Well-Known URL for Relying Party Passkey Endpoints, section 2).
func (h *Handler) passkeyEndpoints(w http.ResponseWriter, _ *http.Request) error {
	if !h.Passkeys.Keys.Available() {
		return fault.Refuse(fault.PasskeysUnavailable)
	}
	there := h.Issuer + passkeysSection.path()
	return httpd.WriteJSON(w, http.StatusOK, struct {
		Enroll string `json:"enroll"`
		Manage string `json:"manage"`
	}{there, there})
}

// signInByPasskey judges what a passkey has answered to the sign-in page, and begins the session. It is two factors, so nothing else is asked.
func (h *Handler) signInByPasskey(w http.ResponseWriter, r *http.Request, form url.Values) error {
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
	return seeOther(w, r, signInPath(back, "1")+"&reason="+reasonPasskey)
}
