package login

import (
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// logoutPage asks; only the form that it shows signs out, so that no image or link on another page can.
func (h *Handler) logoutPage(w http.ResponseWriter, r *http.Request) error {
	to, _ := h.ReturnTo(r.URL.Query().Get("return_to"))
	who, ok := httpd.Viewer(r)
	if !ok {
		h.Guard.Cookies.Clear(w)
		return httpd.WritePage(w, http.StatusOK, h.UI.SignedOut, h.signedOut(r, to))
	}
	rows, err := h.Sessions.Of(r.Context(), who.Session.UserID)
	if err != nil {
		return err
	}
	path := "/auth/logout"
	if to != "" {
		path += "?" + url.Values{"return_to": {to}}.Encode()
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.Logout, webui.Logout{Frame: h.Frame(r, path), Others: len(rows) - 1, ReturnTo: to})
}

func (h *Handler) signOut(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	scope, ok := session.ParseScope(form.Get("scope"))
	if !ok {
		return fault.Refuse(fault.BodyMalformed, "the scope is one of this, others, all")
	}
	to, _ := h.ReturnTo(form.Get("return_to"))
	page := h.signedOut(r, to)
	if who, ok := httpd.Viewer(r); ok {
		if scope != session.Others {
			if page.Frames, err = h.Frames(r.Context(), who.Session.ID); err != nil {
				return err
			}
			httpd.AllowFrames(w.Header(), page.Frames)
		}
		if _, err := h.Sessions.SignOut(r.Context(), who.Session, scope, httpd.Source(r)); err != nil {
			return err
		}
		rows, err := h.Sessions.Of(r.Context(), who.Session.UserID)
		if err != nil {
			return err
		}
		page.Username, page.At, page.Others, page.Everywhere = who.Session.Holder.Username, h.Now(), len(rows), scope == session.All
	}
	h.Guard.Cookies.Clear(w)
	return httpd.WritePage(w, http.StatusOK, h.UI.SignedOut, page)
}

func (h *Handler) signedOut(r *http.Request, to string) webui.SignedOut {
	p := webui.SignedOut{Frame: h.Frame(r, "/auth/logout")}
	p.User = nil
	if to != "" {
		p.App, p.AppURL = h.Name, to
	}
	return p
}
