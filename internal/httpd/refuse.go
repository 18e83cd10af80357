package httpd

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
)

// Refuse writes an error as whoever asked can use it: to a program problem JSON, to a person a page, and to a person who only has to
// sign in the sign-in page. What the error says inside goes to the log alone.
func (e *Edge) Refuse(w http.ResponseWriter, r *http.Request, surface Surface, err error) {
	refusal, ev := fault.From(err), eventOf(r)
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		refusal, ev.left = fault.Refuse(fault.Unavailable).Because(err), true // Nobody reads this.
	}
	if surface == OAuth {
		e.refuseClient(w, r, err, refusal)
		return
	}
	if e.Help != nil {
		helped := *refusal
		helped.Help, refusal = e.Help(r), &helped
	}
	ev.refusal = refusal
	tell(w, refusal)
	tokenSent := len(r.Header.Values("Authorization")) > 0
	switch {
	case refusal.Code.Status() == http.StatusUnauthorized && isNavigation(r) && !tokenSent:
		http.Redirect(w, r, loginFor(r, refusal), http.StatusSeeOther)
	case surface == Browser:
		refusal.SetHeader(w.Header(), Realm, tokenSent)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		e.Page(w, r, refusal)
	default:
		e.challenge(w.Header(), r, refusal, tokenSent)
		w.WriteHeader(refusal.Code.Status())
		_, _ = w.Write(refusal.Problem(RequestID(r))) // The client may be gone; nobody is left to tell.
	}
}

// refusalWriter is an answer that somebody looks on at who wants to know more of a refusal than its bytes, as the dev server does.
type refusalWriter interface{ Refused(refusal *fault.Refusal) }

// tell lets whoever looks on at an answer know of a refusal.
func tell(w http.ResponseWriter, refusal *fault.Refusal) {
	for {
		if to, ok := w.(refusalWriter); ok {
			to.Refused(refusal)
			return
		}
		inner, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return
		}
		w = inner.Unwrap()
	}
}

// challenge writes what the header says of a refusal, in the scheme that the client needs (RFC 6750, section 3; RFC 9449, section 7.1).
func (e *Edge) challenge(h http.Header, r *http.Request, refusal *fault.Refusal, tokenSent bool) {
	if !challenged(r, refusal) {
		refusal.SetHeader(h, Realm, tokenSent)
		return
	}
	refusal.SetHeader(h, Realm, true)
	dpop.Challenge(h)
	e.Guard.giveNonce(h)
}

// isNavigation tells a person who opened an address, or sent a form, from a program.
func isNavigation(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// loginFor is the sign-in page that leads back to where the person was. A form that was sent cannot be sent again by a redirect, so it
// leads back to nowhere in particular.
func loginFor(r *http.Request, refusal *fault.Refusal) string {
	q := url.Values{}
	if r.Method == http.MethodGet {
		q.Set("return_to", r.URL.RequestURI())
	}
	if refusal.Code != fault.TokenMissing {
		q.Set("reason", string(refusal.Code))
	}
	if refusal.Code.BearerError() == "insufficient_user_authentication" {
		q.Set("again", "1") // or who is signed in would be sent straight back
	}
	if name, value := refusal.Wanted(); name == "acr_values" {
		q.Set(name, value) // so that the page can say what is missing
	}
	if len(q) == 0 {
		return LoginPath
	}
	return LoginPath + "?" + q.Encode()
}
