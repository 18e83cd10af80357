package login

import (
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/webui"
)

func (h *Handler) forgotPage(w http.ResponseWriter, r *http.Request) error {
	if !h.Mailbox.Mails() {
		return fault.Refuse(fault.NotFound)
	}
	if r.URL.Query().Get("asked") != "" {
		page := webui.Asked{Frame: h.Frame(r, httpd.ForgotPath+"?asked=1"), GoodFor: mailbox.ResetFor, Caught: h.Caught}
		return httpd.WritePage(w, http.StatusOK, h.UI.Asked, page)
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.Forgot, webui.Forgot{Frame: h.Frame(r, httpd.ForgotPath)})
}

// forgot answers everybody alike, whoever they ask for.
func (h *Handler) forgot(w http.ResponseWriter, r *http.Request, form url.Values) error {
	err := h.Mailbox.Ask(r.Context(), form.Get("username"), h.Guard.Cookies.Device(r), source(r))
	if refusal := fault.From(err); err != nil && (refusal.Code == fault.RateLimited || refusal.Code == fault.TooBusy) {
		refusal.SetHeader(w.Header(), httpd.Realm, false)
		page := webui.Forgot{Frame: h.Frame(r, httpd.ForgotPath), Username: form.Get("username"), Notice: webui.Refused(refusal)}
		return httpd.WritePage(w, refusal.Code.Status(), h.UI.Forgot, page)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, httpd.ForgotPath+"?asked=1")
}

func (h *Handler) resetPage(w http.ResponseWriter, r *http.Request) error {
	code := r.URL.Query().Get("code")
	o, err := h.Mailbox.Open(r.Context(), code)
	if err != nil {
		return h.resetAgain(w, r, err, webui.Reset{})
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.Reset, h.resetForm(r, code, o))
}

func (h *Handler) resetForm(r *http.Request, code string, o mailbox.Opened) webui.Reset {
	return webui.Reset{Frame: h.Frame(r, linkPath(httpd.ResetPath, code)), Code: code, Username: o.User.Username, First: o.User.Password.Empty()}
}

// reset sets the password, and leads to the sign-in page: what else a sign-in needs is asked for there.
func (h *Handler) reset(w http.ResponseWriter, r *http.Request, form url.Values) error {
	code := form.Get("code")
	o, err := h.Mailbox.Open(r.Context(), code)
	if err != nil {
		return h.resetAgain(w, r, err, webui.Reset{})
	}
	if _, err := h.Mailbox.Reset(r.Context(), code, secret.New(form.Get("new")), source(r)); err != nil {
		return h.resetAgain(w, r, err, h.resetForm(r, code, o))
	}
	h.Guard.Cookies.Clear(w) // Whatever session this browser had of the account is over.
	return seeOther(w, r, httpd.LoginPath+"?again=1&reason="+reasonReset)
}

func (h *Handler) resetAgain(w http.ResponseWriter, r *http.Request, err error, page webui.Reset) error {
	refusal := fault.From(err)
	switch {
	case isOurs(refusal.Code):
		return err
	case refusal.Code == fault.LinkVoid:
		return h.linkVoid(w, r, refusal, httpd.ForgotPath)
	}
	refusal.SetHeader(w.Header(), httpd.Realm, false)
	if page.Problems = problems(refusal, "new"); page.Problems == nil {
		page.Notice = webui.Refused(refusal)
	}
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.Reset, page)
}

// linkVoid draws the page for a link that is not good any more, without the link.
func (h *Handler) linkVoid(w http.ResponseWriter, r *http.Request, refusal *fault.Refusal, again string) error {
	page := webui.LinkVoid{Frame: h.Frame(r, httpd.LoginPath), Again: again}
	if !h.Mailbox.Mails() {
		page.Again = ""
	}
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.LinkVoid, page)
}
