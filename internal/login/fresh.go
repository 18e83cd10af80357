package login

import (
	"context"
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
)

// fresh lets a form act for who has signed in just before. Anybody else is asked to, and comes back.
func (h *Handler) fresh(back string, act formHandler) formHandler {
	return after(h.requireFresh, back, act)
}

// withFactor lets a form act for who has signed in with the second factor, if the account asks for one: where the form has the password in it, a fresh
// sign-in says nothing more.
func (h *Handler) withFactor(back string, act formHandler) formHandler {
	return after(h.SecondStep.RequireFactor, back, act)
}

// proven asks for both. What it guards changes by what the account is opened.
func (h *Handler) proven(back string, act formHandler) formHandler {
	return after(h.requireProof, back, act)
}

// after lets a form act for who has proved enough that it is them. Anybody else is asked to sign in again, and comes back.
func after(require func(context.Context, session.Session) error, back string, act formHandler) formHandler {
	return func(w http.ResponseWriter, r *http.Request, form url.Values) error {
		if err := require(r.Context(), httpd.From(r).Session); err != nil {
			return httpd.AskAnew(w, r, back, err)
		}
		return act(w, r, form)
	}
}

func (h *Handler) requireFresh(_ context.Context, who session.Session) error {
	return h.Sessions.RequireFresh(who)
}

// requireProof refuses who has not proved just before that it is them, by what their account asks for now. The refusals are those of
// [session.Service.RequireFresh] and of [authn.SecondStep.RequireFactor].
func (h *Handler) requireProof(ctx context.Context, who session.Session) error {
	if err := h.Sessions.RequireFresh(who); err != nil {
		return err
	}
	return h.SecondStep.RequireFactor(ctx, who)
}
