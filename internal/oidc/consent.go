package oidc

import (
	"net/http"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// nothingToAllow is where a form that was answered leaves the address.
func nothingToAllow(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, httpd.AccountPath, http.StatusSeeOther)
	return nil
}

// ask draws the consent page. The form brings the request back, with a proof that it is the one that was shown, to this person.
func (h *Handler) ask(w http.ResponseWriter, r *http.Request, req *grant.Request, who session.Session, mark string) error {
	marked := req.Params.With(grant.MarkParam, mark)
	here := AuthorizePath + "?" + marked.Encode()
	page := webui.Consent{
		Frame: h.Frame(r, here).Wishing(req.UILocales), App: req.Client.Name, Scopes: req.Scope, Until: h.until(req, who), BackTo: backTo(req.RedirectURI),
		Request: marked.Encode(), Proof: h.Grants.Proof(req.Params, who.ID), SwitchTo: signInFor(req, mark),
	}
	var err error
	if page.Details, err = shownDetails(req.Details); err != nil {
		return err
	}
	if self := req.Client.Self; self != nil {
		page.Unchecked, page.Policy, page.Terms = true, self.Policy, self.Terms
	}
	if req.Client.Document {
		page.From = backTo(req.Client.ID)
	}
	page.User = nil // the page has no bar; who is asked stands below
	page.Username = who.Holder.Username
	httpd.AllowForms(w.Header(), req.FormTarget())
	return httpd.WritePage(w, http.StatusOK, h.UI.Consent, page)
}

// until is when what a client may do ends by itself.
func (h *Handler) until(req *grant.Request, who session.Session) time.Time {
	if req.Scope.Has(oauth.ScopeOffline) {
		return h.Now().Add(h.Sessions.Long.Lifetime)
	}
	return who.ExpiresAt
}

// backTo is where the answer goes, as a person can read it: a host, or the scheme of an app.
func backTo(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Host == "" {
		return oauth.OriginOf(redirectURI)
	}
	return u.Host
}

// consent takes what the person says.
func (h *Handler) consent(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	p, err := oauth.ParseParams(form.Get("request"))
	if err != nil {
		return unreadable(err)
	}
	who := httpd.From(r).Session
	if !h.Grants.Proves(form.Get("proof"), p, who.ID) {
		return fault.Refuse(fault.CSRFRefused)
	}
	req, err := h.Grants.Read(r.Context(), p)
	if req == nil {
		return err
	}
	httpd.KeepOpener(w.Header())
	if err == nil {
		err = h.answered(w, r, req, who, form.Get("answer"))
	}
	return h.denied(w, r, req, err)
}

func (h *Handler) answered(w http.ResponseWriter, r *http.Request, req *grant.Request, who session.Session, answer string) error {
	if err := grant.Denied(&req.Client, who); err != nil {
		return err
	}
	switch answer {
	case "deny":
		return oauth.Refuse(oauth.AccessDenied, "the person said no")
	case "allow":
	default:
		return fault.Refuse(fault.BodyMalformed, "the answer is one of allow, deny")
	}
	if err := h.Grants.Allow(r.Context(), req, who, httpd.Source(r)); err != nil {
		return err
	}
	return h.approve(w, r, req, who)
}
