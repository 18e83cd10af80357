package oidc

import (
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// endSessionByPost leads to the same request by GET, as [Handler.authorizeByPost] does.
func (h *Handler) endSessionByPost(w http.ResponseWriter, r *http.Request) error {
	return toGet(w, r, EndSessionPath)
}

// endSession signs a person out on the word of an app (OpenID Connect RP-Initiated Logout 1.0). Only an ID token shows that it is the app's
// word and about this person; without one, the person is asked at our own page, and sent nowhere.
func (h *Handler) endSession(w http.ResponseWriter, r *http.Request) error {
	p, err := oauth.ParseParams(r.URL.RawQuery)
	if err != nil {
		return unreadable(err)
	}
	raw := p.Get("id_token_hint")
	if raw == "" {
		http.Redirect(w, r, httpd.LogoutPath, http.StatusSeeOther)
		return nil
	}
	said, err := h.readHint(raw)
	if err != nil {
		return fault.Refuse(fault.RequestMalformed, "its id_token_hint is no ID token of this issuer").Because(err)
	}
	c, err := h.leaving(r, p, said)
	if err != nil {
		return err
	}
	httpd.KeepOpener(w.Header())
	viewer, signedIn := httpd.Viewer(r)
	if signedIn && !h.Grants.IsSubject(&c, said.Subject, viewer.Session.UserID) {
		http.Redirect(w, r, httpd.LogoutPath, http.StatusSeeOther) // somebody else sits here by now, and is asked
		return nil
	}
	var frames []string
	if signedIn {
		if frames, err = h.Frames(r.Context(), viewer.Session.ID); err != nil {
			return err
		}
		if _, err := h.Sessions.SignOut(r.Context(), viewer.Session, session.This, httpd.Source(r)); err != nil {
			return err
		}
		if err := h.Guard.EndTogether(r, viewer.Session.UserID); err != nil {
			return err
		}
		h.Guard.Cookies.Clear(w)
	}
	if err := h.endOf(r, c, said); err != nil {
		return err
	}
	if len(frames) > 0 {
		return h.showFrames(w, r, viewer.Session, c, frames, goodbye(p))
	}
	w.Header().Set("Location", goodbye(p)) // as it was registered: http.Redirect would clean its path
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// leaving is the client that an ID token was issued to, if the request may lead where it wants to.
func (h *Handler) leaving(r *http.Request, p oauth.Params, said hint) (client.Client, error) {
	c, err := h.Clients.Find(r.Context(), said.Audience)
	if err != nil || p.Has("client_id") && p.Get("client_id") != c.ID {
		return client.Client{}, fault.Refuse(fault.ClientUnknown).Because(err)
	}
	return c, h.Clients.CheckGoodbye(&c, p.Get("post_logout_redirect_uri"))
}

// endOf ends the session of the client that the ID token tells of, wherever it is.
func (h *Handler) endOf(r *http.Request, c client.Client, said hint) error {
	id, ok := session.ParseID(said.Session)
	if !ok {
		return nil
	}
	row, err := h.Sessions.Living(r.Context(), id)
	if err != nil || row.ClientID != c.ID {
		return unlessRefused(err)
	}
	return h.Sessions.EndFor(r.Context(), id, session.ReasonSignOut, audit.SignOut, httpd.Source(r))
}

// goodbye is where the browser goes: to the app, with its state, or to our own page.
func goodbye(p oauth.Params) string {
	to := p.Get("post_logout_redirect_uri")
	if to == "" {
		return httpd.LogoutPath
	}
	if !p.Has("state") {
		return to
	}
	return withParams(to, url.Values{"state": {p.Get("state")}})
}
