package login

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// signUpPath leads from the sign-in page to an account of one's own; "" where nobody makes one.
func (h *Handler) signUpPath(returnTo string) string {
	if !h.Mailbox.SignsUp() {
		return ""
	}
	return withReturn(httpd.SignUpPath, returnTo)
}

func (h *Handler) signUpPage(w http.ResponseWriter, r *http.Request) error {
	if !h.Mailbox.SignsUp() {
		return fault.Refuse(fault.NotFound)
	}
	to, _ := h.ReturnTo(r.URL.Query().Get("return_to"))
	return httpd.WritePage(w, http.StatusOK, h.UI.SignUp, h.signUpForm(r, to))
}

func (h *Handler) signUpForm(r *http.Request, to string) webui.SignUp {
	return webui.SignUp{Frame: h.Frame(r, withReturn(httpd.SignUpPath, to)), ReturnTo: to, Domains: h.Mailbox.SignUps.Domains}
}

// signUp answers everybody alike, whether or not the address has an account. The answer has the address in it, where a slip of the finger is seen; the
// address of a page would not keep it to who typed it.
func (h *Handler) signUp(w http.ResponseWriter, r *http.Request, form url.Values) error {
	to, _ := h.ReturnTo(form.Get("return_to"))
	page := h.signUpForm(r, to)
	page.Email = form.Get("email")
	err := h.Mailbox.AskToSignUp(r.Context(), page.Email, to, source(r))
	if err == nil {
		sent := webui.SignUpSent{Frame: page.Frame, Email: page.Email, GoodFor: mailbox.SignUpFor, ReturnTo: to, Caught: h.Caught}
		return httpd.WritePage(w, http.StatusOK, h.UI.SignUpSent, sent)
	}
	refusal := fault.From(err)
	switch {
	case isOurs(refusal.Code), refusal.Code == fault.NotFound:
		return err
	case errors.Is(err, mailbox.ErrDomain):
		page.Problems.Add("email", webui.OtherDomain(page.Domains))
	default:
		page.Problems = problems(refusal, "")
	}
	if page.Problems == nil {
		page.Notice = webui.Refused(refusal)
	}
	refusal.SetHeader(w.Header(), httpd.Realm, false)
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.SignUp, page)
}

func (h *Handler) finishSignUpPage(w http.ResponseWriter, r *http.Request) error {
	code := r.URL.Query().Get("code")
	up, err := h.Mailbox.OpenSignUp(r.Context(), code)
	if err != nil {
		return h.finishAgain(w, r, err, webui.FinishSignUp{})
	}
	h.leadOnTo(w, r, up)
	return httpd.WritePage(w, http.StatusOK, h.UI.FinishSignUp, h.finishForm(r, code, up))
}

func (h *Handler) finishForm(r *http.Request, code string, up mailbox.SignUp) webui.FinishSignUp {
	return webui.FinishSignUp{Frame: h.Frame(r, linkPath(httpd.FinishPath, code)), Code: code, Email: up.Email}
}

// leadOnTo lets the form lead to the app that the sign-up is for.
func (h *Handler) leadOnTo(w http.ResponseWriter, r *http.Request, up mailbox.SignUp) {
	to, _ := h.ReturnTo(up.ReturnTo)
	if req := h.Asking(r, to); req != nil {
		leadOn(w, req)
	}
}

// finishSignUp makes the account and signs its person in.
func (h *Handler) finishSignUp(w http.ResponseWriter, r *http.Request, form url.Values) error {
	code := form.Get("code")
	up, err := h.Mailbox.OpenSignUp(r.Context(), code)
	if err != nil {
		return h.finishAgain(w, r, err, webui.FinishSignUp{})
	}
	u, err := h.Mailbox.FinishSignUp(r.Context(), code, user.New{
		Username: form.Get("username"), Name: form.Get("name"), Password: secret.New(form.Get("password")), Source: source(r),
	})
	if err != nil {
		h.leadOnTo(w, r, up)
		page := h.finishForm(r, code, up)
		page.Username, page.Name = form.Get("username"), form.Get("name")
		return h.finishAgain(w, r, err, page)
	}
	to, _ := h.ReturnTo(up.ReturnTo)
	return h.afterPassword(w, r, u, false, to)
}

func (h *Handler) finishAgain(w http.ResponseWriter, r *http.Request, err error, page webui.FinishSignUp) error {
	refusal := fault.From(err)
	switch {
	case isOurs(refusal.Code), refusal.Code == fault.NotFound:
		return err
	case refusal.Code == fault.LinkVoid:
		return h.linkVoid(w, r, refusal, httpd.SignUpPath)
	}
	refusal.SetHeader(w.Header(), httpd.Realm, false)
	if page.Problems = problems(refusal, "password"); page.Problems == nil {
		page.Notice = webui.Refused(refusal)
	}
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.FinishSignUp, page)
}
