package login

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

func (h *Handler) setProfile(w http.ResponseWriter, r *http.Request, form url.Values) error {
	p := user.Profile{Name: form.Get("name"), Email: form.Get("email")}
	sent, err := h.changeProfile(r, p, secret.New(form.Get("proof")))
	switch {
	case fault.Is(err, fault.ACRRequired):
		return httpd.AskAnew(w, r, profileSection.anew(), err)
	case err != nil:
		return h.profileAgain(w, r, err, p)
	case sent:
		return done(w, r, "unconfirmed", 0)
	}
	return done(w, r, "profile", 0)
}

// profileAgain draws the form with what is wrong with it.
func (h *Handler) profileAgain(w http.ResponseWriter, r *http.Request, err error, p user.Profile) error {
	refusal := fault.From(err)
	page, pageErr := h.account(r)
	if pageErr != nil {
		return err
	}
	typed := webui.Profile{Name: p.Name, Email: p.Email, HasPassword: page.Profile.HasPassword, Notice: webui.NothingChanged()}
	switch refusal.Code {
	case fault.CredentialsInvalid:
		typed.Problems.Add("proof", webui.WrongPassword)
	case fault.StepUpRequired:
		typed.Notice = webui.EmailNeedsPassword()
	case fault.RateLimited, fault.TooBusy:
		refusal.SetHeader(w.Header(), httpd.Realm, false)
		typed.Notice = webui.Refused(refusal)
	default:
		if typed.Problems = problems(refusal, ""); typed.Problems == nil {
			return err
		}
	}
	page.Profile = typed
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.Account, page)
}

// changeProfile changes name and address, and mails a link to another address. An address opens the account when the password is forgotten, so
// whoever changes it shows that it is still they who sit there.
func (h *Handler) changeProfile(r *http.Request, p user.Profile, proof secret.String) (sent bool, err error) {
	who, ctx := httpd.From(r).Session, r.Context()
	was, err := h.Users.Store.UserByID(ctx, who.UserID)
	if err != nil {
		return false, err
	}
	if err := p.Check(); err != nil { // before a password is looked at in vain
		return false, err
	}
	if p.Email != was.Email {
		if was, err = h.confirmHolder(r, who, was, proof); err != nil {
			return false, err
		}
	}
	err = h.Users.SetProfile(ctx, was, p, source(r))
	if errors.Is(err, fault.ErrConflict) { // Somebody else has changed it meanwhile.
		return false, fault.Refuse(fault.CredentialsInvalid).Because(err)
	}
	if err != nil || p.Email == was.Email || p.Email == "" || !h.Mailbox.Mails() {
		return false, err
	}
	err = h.Mailbox.AskToConfirm(ctx, who.UserID, source(r))
	if fault.Is(err, fault.RateLimited) { // The address is saved all the same, and can be confirmed later.
		return false, nil
	}
	return err == nil, err
}

// confirmHolder returns the account as it was when its holder showed their password, or, where there is none, had signed in just before. Who has a
// second factor has signed in with it.
func (h *Handler) confirmHolder(r *http.Request, who session.Session, was user.User, proof secret.String) (user.User, error) {
	if err := h.SecondStep.RequireFactor(r.Context(), who); err != nil {
		return user.User{}, err
	}
	if was.Password.Empty() {
		return was, h.Sessions.RequireFresh(who)
	}
	return h.Password.Confirm(r.Context(), who.UserID, authn.Attempt{
		Password: proof, Device: h.Guard.Cookies.Device(r), Source: source(r),
	})
}

// askToConfirm mails the link that confirms the address.
func (h *Handler) askToConfirm(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	err := h.Mailbox.AskToConfirm(r.Context(), httpd.From(r).Session.UserID, source(r))
	if err == nil {
		return done(w, r, "link_sent", 0)
	}
	refusal := fault.From(err)
	page, pageErr := h.account(r)
	if pageErr != nil || refusal.Code != fault.RateLimited {
		return err
	}
	refusal.SetHeader(w.Header(), httpd.Realm, false)
	page.Profile.Notice = webui.Refused(refusal)
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.Account, page)
}

func (h *Handler) confirmPage(w http.ResponseWriter, r *http.Request) error {
	code := r.URL.Query().Get("code")
	o, err := h.Mailbox.OpenConfirm(r.Context(), httpd.From(r).Session.UserID, code)
	if fault.Is(err, fault.LinkVoid) {
		return h.linkVoid(w, r, fault.From(err), httpd.AccountPath)
	}
	if err != nil {
		return err
	}
	page := webui.Confirm{Frame: h.Frame(r, linkPath(httpd.ConfirmPath, code)), Code: code, Email: o.Code.Email}
	return httpd.WritePage(w, http.StatusOK, h.UI.Confirm, page)
}

func (h *Handler) confirm(w http.ResponseWriter, r *http.Request, form url.Values) error {
	err := h.Mailbox.ConfirmEmail(r.Context(), httpd.From(r).Session.UserID, form.Get("code"), source(r))
	if fault.Is(err, fault.LinkVoid) {
		return h.linkVoid(w, r, fault.From(err), httpd.AccountPath)
	}
	if err != nil {
		return err
	}
	return done(w, r, "email_confirmed", 0)
}
