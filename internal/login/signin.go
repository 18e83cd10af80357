package login

import (
	"context"
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

func (h *Handler) loginPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	to, ok := h.ReturnTo(q.Get("return_to"))
	if _, signedIn := httpd.Viewer(r); signedIn && q.Get("again") == "" {
		if !ok {
			to = httpd.AccountPath
		}
		return seeOther(w, r, to)
	}
	if p := h.straightTo(r); p != nil {
		return seeOther(w, r, connectPath(p, to, q.Get("again")))
	}
	page := webui.Login{ReturnTo: to}
	h.furnish(w, r, &page, q.Get("again"))
	if err := h.explain(r, &page); err != nil {
		return err
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.Login, page)
}

// furnish puts on the page what it has whatever has happened before.
func (h *Handler) furnish(w http.ResponseWriter, r *http.Request, page *webui.Login, again string) {
	page.Frame, page.Ways = h.Frame(r, signInPath(page.ReturnTo, again)), h.ways(r, page.ReturnTo, again)
	page.Forgot, page.Passkeys = h.Mailbox.Mails(), h.Passkeys.Keys.Available()
	page.SignUp = h.signUpPath(page.ReturnTo)
	page.InsecureKnown = h.InsecureKnown
	page.User = nil // who is asked to sign in again is not greeted as if they were in
	h.askedBy(w, r, page)
}

// straightTo is the provider that takes the place of the page, or nil: the form was asked for, or who is signed in is to prove it again, and the
// provider does not have people do that, or a page elsewhere asked.
func (h *Handler) straightTo(r *http.Request) *provider.Provider {
	_, signedIn := httpd.Viewer(r)
	if r.URL.Query().Get("form") != "" || signedIn && h.Provoked(r, httpd.Browser) != nil {
		return nil
	}
	if p := h.Providers.Only(); p != nil && (!signedIn || p.ProvesAnew()) {
		return p
	}
	return nil
}

// askedBy says on the page which app the sign-in is for, and follows what it wishes: its language, unless the person chose one, and who
// is meant. The form may lead to the app in the end, which its page must allow.
func (h *Handler) askedBy(w http.ResponseWriter, r *http.Request, page *webui.Login) {
	req := h.Asking(r, page.ReturnTo)
	if req == nil {
		page.App = h.app()
		return
	}
	page.App, page.Frame = req.Client.Name, page.Wishing(req.UILocales)
	if page.Username == "" && len(req.LoginHint) <= maxHint {
		page.Username = req.LoginHint
	}
	leadOn(w, req)
}

// leadOn lets the form of a page lead to the app in the end.
func leadOn(w http.ResponseWriter, req *grant.Request) {
	httpd.AllowForms(w.Header(), req.FormTarget())
	httpd.KeepOpener(w.Header())
}

// maxHint is how long a name may be that an app puts into the form.
const maxHint = 320

// app is the name of what people sign in to, unless it is only ours.
func (h *Handler) app() string {
	if h.Name == "Lingpai" {
		return ""
	}
	return h.Name
}

func (h *Handler) signIn(w http.ResponseWriter, r *http.Request, form url.Values) error {
	to, _ := h.ReturnTo(form.Get("return_to"))
	page := webui.Login{ReturnTo: to, Username: form.Get("username"), Stay: form.Get("stay") == "1"}
	u, err := h.Password.Verify(r.Context(), authn.Attempt{
		Login: page.Username, Password: secret.New(form.Get("password")), Device: h.Guard.Cookies.Device(r),
		Source: source(r),
	})
	if err != nil {
		return h.signInAgain(w, r, err, page)
	}
	return h.afterPassword(w, r, u, page.Stay, to)
}

// signInAgain draws the form with the reason. What is our own fault gets the page for that.
func (h *Handler) signInAgain(w http.ResponseWriter, r *http.Request, err error, page webui.Login) error {
	refusal := fault.From(err)
	if isOurs(refusal.Code) {
		return err
	}
	h.furnish(w, r, &page, "1")
	refusal.SetHeader(w.Header(), httpd.Realm, false)
	page.Notice = webui.Refused(refusal)
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.Login, page)
}

// begin starts a session for somebody who has proved who they are by these methods, and leads them on.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request, u user.User, methods []string, short bool, to string) error {
	return h.beginBy(w, r, u, short, to, h.by(methods))
}

// by is how a session starts of somebody who has proved who they are by these methods.
func (h *Handler) by(methods []string) starting {
	return func(ctx context.Context, b session.Beginning) (session.Started, error) {
		b.AMR = methods
		return h.Sessions.Start(ctx, b)
	}
}

// starting begins a session, by whatever it was that somebody proved who they are with.
type starting func(context.Context, session.Beginning) (session.Started, error)

// beginBy starts a session for somebody who has proved who they are, and leads them on.
func (h *Handler) beginBy(w http.ResponseWriter, r *http.Request, u user.User, short bool, to string, start starting) error {
	if err := h.openSession(w, r, u, short, start); err != nil {
		return err
	}
	if h.Asking(r, to) != nil {
		httpd.KeepOpener(w.Header())
	}
	return seeOther(w, r, to)
}

// openSession starts a session in place of the one that the pages had in this browser.
func (h *Handler) openSession(w http.ResponseWriter, r *http.Request, u user.User, short bool, start starting) error {
	cookies := h.Guard.Cookies
	b := h.Devices.Beginning(u, cookies.Device(r), source(r))
	b.Keep, b.Short = session.KeepCookie, short
	stays, err := h.Guard.EndOthers(r, b)
	if err != nil {
		return err
	}
	started, err := start(r.Context(), b)
	if err != nil {
		return err
	}
	until := started.ExpiresAt
	if short {
		until = untilBrowserCloses
	}
	cookies.SetSession(w, h.Sessions.Sealed.Cookie(started.ID), until)
	if !stays {
		cookies.ClearRefresh(w, r)
	}
	cookies.ClearHalfway(w, r)
	cookies.RememberDevice(w, h.Devices, u.ID, h.Now())
	return nil
}
