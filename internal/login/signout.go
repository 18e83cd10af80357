package login

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// logoutPage asks; only the form that it shows signs out, so that no image or link on another page can.
func (h *Handler) logoutPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	to, _ := h.ReturnTo(cmp.Or(q.Get("return_to"), q.Get("state"))) // state: back from the provider that the person signed out of, too
	own, ok, err := h.leaver(r)
	if err != nil {
		return err
	}
	if !ok {
		if h.Provoked(r, httpd.Browser) == nil { // a page elsewhere has cookies not sent that are good, and is to have none removed
			h.Guard.Cookies.Clear(w)
		}
		return httpd.WritePage(w, http.StatusOK, h.UI.SignedOut, h.signedOut(r, to))
	}
	rows, err := h.Sessions.Of(r.Context(), own.UserID)
	if err != nil {
		return err
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.Logout, webui.Logout{Frame: h.Frame(r, withReturn(httpd.LogoutPath, to)), Others: len(rows) - 1, ReturnTo: to})
}

func (h *Handler) signOut(w http.ResponseWriter, r *http.Request, form url.Values) error {
	scope, ok := session.ParseScope(form.Get("scope"))
	if !ok || scope == session.Others { // which the account page ends, for who has just signed in
		return fault.Refuse(fault.BodyMalformed, "the scope is one of this, all")
	}
	to, _ := h.ReturnTo(form.Get("return_to"))
	page := h.signedOut(r, to)
	own, ok, err := h.leaver(r)
	if err != nil {
		return err
	}
	if ok {
		err = h.end(w, r, own, scope, to, &page)
	} else {
		err = h.Guard.EndTogether(r, "")
	}
	if err != nil {
		return err
	}
	h.Guard.Cookies.Clear(w)
	h.Guard.Cookies.ClearHalfway(w, r)
	return httpd.WritePage(w, http.StatusOK, h.UI.SignedOut, page)
}

// leaver is the session that a browser signs out of: that of the pages, or else of an app that keeps its token in memory.
func (h *Handler) leaver(r *http.Request) (session.Session, bool, error) {
	if who, ok := httpd.Viewer(r); ok {
		return who.Session, true, nil
	}
	return h.Guard.HeldApp(r)
}

// end signs somebody out and says so on the page, by which those are told who want to know of the session of this browser.
func (h *Handler) end(w http.ResponseWriter, r *http.Request, own session.Session, scope session.Scope, to string, page *webui.SignedOut) (err error) {
	if page.Frames, err = h.Frames(r.Context(), own.ID); err != nil {
		return err
	}
	httpd.AllowFrames(w.Header(), page.Frames)
	if page.Way, err = h.signOutThere(w, r, own.ID, to, len(page.Frames) > 0); err != nil {
		return err
	}
	if _, err := h.Sessions.SignOut(r.Context(), own, scope, source(r)); err != nil {
		return err
	}
	if err := h.Guard.EndTogether(r, own.UserID); err != nil {
		return err
	}
	rows, err := h.Sessions.Of(r.Context(), own.UserID)
	if err != nil {
		return err
	}
	page.Username, page.At, page.Others, page.Everywhere = own.Holder.Username, h.Now(), len(rows), scope == session.All
	return nil
}

// signOutThere leads on to the provider that a session came from, if people sign out there as well. The page does it by a header: a form may lead to
// us alone. Apps that are told by the page get a moment first.
func (h *Handler) signOutThere(w http.ResponseWriter, r *http.Request, id session.ID, to string, wait bool) (webui.Way, error) {
	p, address, err := h.Providers.Logout(r.Context(), id, h.origin(r)+httpd.LogoutPath, to)
	if err != nil || p == nil {
		return webui.Way{}, err
	}
	seconds := "0"
	if wait {
		seconds = "3"
	}
	w.Header().Set("Refresh", seconds+";url="+address)
	return webui.Way{Title: p.Title, Link: address}, nil
}

func (h *Handler) signedOut(r *http.Request, to string) webui.SignedOut {
	p := webui.SignedOut{Frame: h.Frame(r, httpd.LogoutPath)}
	p.User = nil
	if to != "" {
		p.App, p.AppURL = h.Name, to
	}
	return p
}
