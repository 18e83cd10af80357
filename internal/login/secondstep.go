package login

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// The pages between the password and the session.
const (
	codePath     = httpd.LoginPath + "/code"
	appSetupPath = httpd.LoginPath + "/two-step"
)

func (h *Handler) secondStepRoutes() []httpd.Route {
	return []httpd.Route{
		h.page(codePath, httpd.OptionalUser, h.codePage),
		form(codePath, httpd.OptionalUser, h.enterCode),
		h.page(appSetupPath, httpd.OptionalUser, h.appSetupPage),
		form(appSetupPath, httpd.OptionalUser, h.setUpApp),
	}
}

// afterPassword goes on with a sign-in whose password was right: to the session, or to what else is needed.
func (h *Handler) afterPassword(w http.ResponseWriter, r *http.Request, u user.User, stay bool, returnTo string) error {
	need, err := h.SecondStep.After(r.Context(), u)
	if err != nil {
		return err
	}
	if need == authn.Nothing {
		return h.begin(w, r, u, authn.ByPassword, !stay, orAccount(returnTo))
	}
	err = h.SecondStep.Ask(r.Context(), u, need, source(r))
	switch {
	case fault.Is(err, fault.PasskeyRequired): // the page asks, in place of the refusal
		return h.leadToPasskey(w, r, returnTo)
	case !fault.Is(err, fault.CodeRequired) && !fault.Is(err, fault.TwoStepRequired):
		return err
	}
	sealed, err := h.SecondStep.Seal(u, stay, returnTo)
	if err != nil {
		return err
	}
	h.Guard.Cookies.SetHalfway(w, sealed, h.Now().Add(authn.HalfwayFor))
	if h.Asking(r, returnTo) != nil {
		httpd.KeepOpener(w.Header())
	}
	return seeOther(w, r, stepPath(need, returnTo))
}

// waiting is somebody who showed their password in this browser just now, and needs more.
type waiting struct {
	user     user.User
	stay     bool
	returnTo string
}

// whoWaits finds whose sign-in it is that needs this. If there is none, the person is led to where it begins, or to what they need, and the result is nil.
func (h *Handler) whoWaits(w http.ResponseWriter, r *http.Request, returnTo string, wanted authn.Need) (*waiting, error) {
	who, need, err := h.halfway(r, returnTo)
	switch {
	case err != nil:
		return nil, err
	case need == authn.Nothing:
		h.beginAgain(w, r, returnTo)
	case need == authn.Passkey:
		return nil, h.leadToPasskey(w, r, returnTo)
	case need != wanted:
		http.Redirect(w, r, stepPath(need, returnTo), http.StatusSeeOther)
	default:
		return who, nil
	}
	return nil, nil //nolint:nilnil // nobody waits for this, and the answer is written
}

// halfway finds whose sign-in waits in this browser, and what for; for nothing if there is none, or it is over.
func (h *Handler) halfway(r *http.Request, returnTo string) (*waiting, authn.Need, error) {
	begun, err := h.SecondStep.Open(h.Guard.Cookies.Halfway(r), returnTo)
	if err != nil {
		return nil, authn.Nothing, nil //nolint:nilerr // there is none: why, is nothing that anybody could mend
	}
	u, err := h.Users.Store.UserByID(r.Context(), begun.UserID)
	switch {
	case errors.Is(err, fault.ErrNotFound), err == nil && (u.Disabled || !u.PasswordChangedAt.Equal(begun.PasswordAt)):
		return nil, authn.Nothing, nil
	case err != nil:
		return nil, authn.Nothing, err
	}
	need, err := h.SecondStep.After(r.Context(), u)
	return &waiting{u, begun.Stay, returnTo}, need, err
}

// beginAgain leads to the sign-in page; who is signed in goes on from there.
func (h *Handler) beginAgain(w http.ResponseWriter, r *http.Request, returnTo string) {
	h.Guard.Cookies.ClearHalfway(w, r)
	q := url.Values{"reason": {reasonSlow}}
	if returnTo != "" {
		q.Set("return_to", returnTo)
	}
	http.Redirect(w, r, httpd.LoginPath+"?"+q.Encode(), http.StatusSeeOther)
}

func (h *Handler) codePage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	to, _ := h.ReturnTo(q.Get("return_to"))
	who, err := h.whoWaits(w, r, to, authn.Code)
	if who == nil {
		return err
	}
	page := h.codeForm(w, r, to, q.Get("recovery") != "")
	if h.InsecureCode != nil {
		if page.Showing, err = h.InsecureCode(r.Context(), who.user.ID); err != nil {
			return err
		}
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.Code, page)
}

// codeForm is the page as it is, before a code is judged.
func (h *Handler) codeForm(w http.ResponseWriter, r *http.Request, to string, recovery bool) webui.Code {
	app, other := withReturn(codePath, to), withReturn(codePath, to)+sep(to)+"recovery=1"
	if recovery {
		app, other = other, app
	}
	page := webui.Code{Frame: h.Frame(r, app), App: h.app(), ReturnTo: to, Recovery: recovery, Other: other}
	page.User = nil // who is asked to sign in again is not greeted as if they were in
	if req := h.Asking(r, to); req != nil {
		page.App, page.Frame = req.Client.Name, page.Wishing(req.UILocales)
		leadOn(w, req)
	}
	return page
}

func (h *Handler) enterCode(w http.ResponseWriter, r *http.Request, form url.Values) error {
	to, _ := h.ReturnTo(form.Get("return_to"))
	who, err := h.whoWaits(w, r, to, authn.Code)
	if who == nil {
		return err
	}
	err = h.SecondStep.Prove(r.Context(), who.user, form.Get("code"), authn.Attempt{Device: h.Guard.Cookies.Device(r), Source: source(r)})
	if err != nil {
		refusal := fault.From(err)
		if isOurs(refusal.Code) {
			return err
		}
		page := h.codeForm(w, r, to, form.Get("recovery") != "")
		refusal.SetHeader(w.Header(), httpd.Realm, false)
		page.Notice = webui.Refused(refusal)
		return httpd.WritePage(w, refusal.Code.Status(), h.UI.Code, page)
	}
	return h.begin(w, r, who.user, authn.ByPasswordAndCode, !who.stay, orAccount(to))
}

func (h *Handler) appSetupPage(w http.ResponseWriter, r *http.Request) error {
	to, _ := h.ReturnTo(r.URL.Query().Get("return_to"))
	who, err := h.whoWaits(w, r, to, authn.SetUp)
	if who == nil {
		return err
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AppSetup, h.requiredSetup(r, who, h.OTP.Offer(who.user.ID, who.user.Username)))
}

func (h *Handler) requiredSetup(r *http.Request, who *waiting, o otp.Offer) webui.AppSetup {
	page := appSetup(h.Frame(r, withReturn(appSetupPath, who.returnTo)), who.user.Username, o)
	page.User = nil
	page.Action, page.ReturnTo, page.Required = appSetupPath, who.returnTo, true
	return page
}

func appSetup(f webui.Frame, username string, o otp.Offer) webui.AppSetup {
	return webui.AppSetup{
		Frame: f, Username: username, Secret: o.Secret.Reveal(), Address: o.Address.Reveal(), Token: o.Token.Reveal(),
	}
}

// setUpApp turns on the second factor that a sign-in needs, which is thereby shown, and begins the session.
func (h *Handler) setUpApp(w http.ResponseWriter, r *http.Request, form url.Values) error {
	to, _ := h.ReturnTo(form.Get("return_to"))
	who, err := h.whoWaits(w, r, to, authn.SetUp)
	if who == nil {
		return err
	}
	src := source(r)
	src.Actor = who.user.ID
	codes, err := h.OTP.Add(r.Context(), who.user.ID, form.Get("token"), form.Get("code"), src)
	if err != nil {
		return h.setUpAgain(w, err, who.user, form.Get("token"), func(o otp.Offer) webui.AppSetup { return h.requiredSetup(r, who, o) })
	}
	if err := h.openSession(w, r, who.user, !who.stay, h.by(authn.ByPasswordAndCode)); err != nil {
		return err
	}
	page := webui.RecoveryCodes{
		Frame: h.Frame(r, orAccount(to)), Codes: codes, TurnedOn: true, Next: orAccount(to), Username: who.user.Username,
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.RecoveryCodes, page)
}

// setUpAgain draws the page once more: with the same secret, or with another where that is not good any more.
func (h *Handler) setUpAgain(w http.ResponseWriter, err error, u user.User, token string, draw func(otp.Offer) webui.AppSetup) error {
	refusal := fault.From(err)
	if refusal.Code != fault.CodeInvalid && refusal.Code != fault.OfferVoid {
		return err
	}
	o, void := h.OTP.Again(u.ID, u.Username, token)
	if void != nil {
		o = h.OTP.Offer(u.ID, u.Username)
	}
	page := draw(o)
	page.Notice = webui.Refused(refusal)
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.AppSetup, page)
}
