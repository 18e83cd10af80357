package oidc

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// authorizeByPost leads to the same request by GET: only then does a browser that comes from another site send the session cookie.
func (h *Handler) authorizeByPost(w http.ResponseWriter, r *http.Request) error {
	return toGet(w, r, AuthorizePath)
}

// toGet leads to the same request by GET. Beside the form, the address holds no parameters: somebody on the way might go by those.
func toGet(w http.ResponseWriter, r *http.Request, path string) error {
	if r.URL.RawQuery != "" {
		return fault.Refuse(fault.RequestMalformed, "a form is posted to an address with parameters")
	}
	p, err := httpd.ReadParams(r)
	if err != nil {
		return unreadable(err)
	}
	http.Redirect(w, r, path+"?"+p.Encode(), http.StatusSeeOther)
	return nil
}

// unreadable words what is wrong with parameters for the person in front of the browser.
func unreadable(err error) error {
	if oe, ok := errors.AsType[*oauth.Error](err); ok {
		return fault.Refuse(fault.RequestMalformed, oe.Description).Because(err)
	}
	return err
}

func (h *Handler) authorize(w http.ResponseWriter, r *http.Request) error {
	p, err := oauth.ParseParams(r.URL.RawQuery)
	if err != nil {
		return unreadable(err)
	}
	req, err := h.Grants.Read(r.Context(), p)
	if req == nil {
		return err
	}
	httpd.KeepOpener(w.Header())
	if err == nil {
		err = h.advance(w, r, req, p)
	}
	if err != nil {
		if known, unsure := h.knows(r, req); unsure != nil || !known {
			return errors.Join(unsure, unreadable(err))
		}
	}
	return h.denied(w, r, req, err)
}

// knows holds unless a client describes itself and this person has never allowed it anything: then a refusal is for the person to read, so
// that nobody makes a redirector of us by describing a client (RFC 9700, section 4.11.2).
func (h *Handler) knows(r *http.Request, req *grant.Request) (bool, error) {
	if req.Client.Self == nil {
		return true, nil
	}
	who, signedIn := httpd.Viewer(r)
	if !signedIn {
		return false, nil
	}
	_, err := h.Grants.Consents.Consent(r.Context(), who.Session.UserID, req.Client.ID)
	if errors.Is(err, fault.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// denied tells the client what it was refused. What is no refusal of OAuth is not for it.
func (h *Handler) denied(w http.ResponseWriter, r *http.Request, req *grant.Request, err error) error {
	oe, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return err
	}
	httpd.Denied(r, oe)
	if err := h.Grants.Answered(r.Context(), req); err != nil {
		return err
	}
	answer := url.Values{"error": {string(oe.Code)}}
	if oe.Description != "" {
		answer.Set("error_description", oe.Description)
	}
	return h.respond(w, r, req, answer)
}

// advance takes the request one step on.
func (h *Handler) advance(w http.ResponseWriter, r *http.Request, req *grant.Request, p oauth.Params) error {
	subject, err := h.subjectOf(req)
	if err != nil {
		return err
	}
	var who *session.Session
	if viewer, ok := httpd.Viewer(r); ok {
		who = &viewer.Session
	}
	began, _ := h.Grants.Began(p)
	step, err := h.Grants.Decide(r.Context(), req, who, subject, began)
	switch {
	case err != nil:
		return err
	case step == grant.SignIn:
		http.Redirect(w, r, signInFor(req, h.Grants.Mark(req.Params, began)), http.StatusSeeOther)
		return nil
	case step == grant.TurnAway:
		return h.turnAway(w, r, req, *who, h.Grants.Mark(req.Params, began))
	case step == grant.Ask:
		return h.ask(w, r, req, *who, h.Grants.Mark(req.Params, began))
	}
	return h.approve(w, r, req, *who)
}

// subjectOf is who the request is for, by an ID token that was issued before or by a claim asked for; "" for anybody.
func (h *Handler) subjectOf(req *grant.Request) (string, error) {
	if req.IDTokenHint == "" {
		return req.Claims.Subject, nil
	}
	hint, err := h.readHint(req.IDTokenHint)
	if err != nil || req.Claims.Subject != "" && req.Claims.Subject != hint.Subject {
		return "", oauth.Refuse(oauth.InvalidRequest, "id_token_hint is no ID token of this issuer").Because(err)
	}
	return hint.Subject, nil
}

// signInFor is the sign-in page that leads back to the request. The mark tells that it began before.
func signInFor(req *grant.Request, mark string) string {
	q := url.Values{"return_to": {AuthorizePath + "?" + req.Params.With(grant.MarkParam, mark).Encode()}, "again": {"1"}}
	return httpd.LoginPath + "?" + q.Encode()
}

func (h *Handler) approve(w http.ResponseWriter, r *http.Request, req *grant.Request, who session.Session) error {
	code, err := h.Grants.Code(r.Context(), req, who)
	if err != nil {
		return err
	}
	return h.respond(w, r, req, url.Values{"code": {code}})
}

// respond carries an answer to the client, in the way that it asked for, with its state and our name (RFC 9207).
func (h *Handler) respond(w http.ResponseWriter, r *http.Request, req *grant.Request, answer url.Values) error {
	if req.State != "" {
		answer.Set("state", req.State)
	}
	answer.Set("iss", h.Issuer)
	if req.Signed {
		var err error
		if answer, err = h.signAnswer(r.Context(), req, answer); err != nil {
			return err
		}
	}
	to := req.RedirectURI
	switch req.Mode {
	case oauth.FormPost:
		return h.handOver(w, r, to, answer)
	case oauth.Fragment:
		to += "#" + answer.Encode()
	default:
		to = withParams(to, answer)
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Location", to) // as it was registered: http.Redirect would clean its path
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// handOver is a page whose form the browser posts to the client by itself.
func (h *Handler) handOver(w http.ResponseWriter, r *http.Request, to string, answer url.Values) error {
	page := webui.HandOver{Frame: h.Frame(r, ""), To: to, Answer: answer}
	httpd.AllowForms(w.Header(), oauth.OriginOf(to))
	w.Header().Set("Referrer-Policy", "no-referrer")
	return httpd.WritePage(w, http.StatusOK, h.UI.HandOver, page)
}

// Asking is the request of an app that an address of ours makes, as far as it may be answered, or nil; see login.Handler.
func (h *Handler) Asking(r *http.Request, returnTo string) *grant.Request {
	query, ok := strings.CutPrefix(returnTo, AuthorizePath+"?")
	if !ok {
		return nil
	}
	p, err := oauth.ParseParams(query)
	if err != nil {
		return nil
	}
	req, _ := h.Grants.Read(r.Context(), p) // what is wrong with it is said when it comes back
	return req
}
