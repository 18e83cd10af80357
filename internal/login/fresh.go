package login

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/webui"
)

// fresh lets a form of a section of the account page act for who has signed in just before. Anybody else is asked to, and comes back to the section.
func (h *Handler) fresh(section string, act httpd.Handler) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := httpd.ReadForm(r); err != nil {
			return err
		}
		if err := h.Sessions.RequireFresh(httpd.From(r).Session); err != nil {
			return askAnew(w, r, section, err)
		}
		return act(w, r)
	}
}

// askAnew is [httpd.AskAnew] with the way back to a section of the account page.
func askAnew(w http.ResponseWriter, r *http.Request, section string, refused error) error {
	return httpd.AskAnew(w, r, httpd.AccountPath+"?done=anew_"+section+"#"+section, refused)
}

// explainAnew says on the sign-in page why somebody who is signed in is there. Who came from a provider that does not ask people again signs out for
// that, so the way there stays on the page.
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
