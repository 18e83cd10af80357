package admin

import (
	"context"
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
)

// admins lets administrators in and nobody else: forbidden_role. What the account is now counts, not what a token says.
func admins(next httpd.Handler) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !httpd.IsAdmin(httpd.From(r).Session) {
			return fault.Refuse(fault.ForbiddenRole, httpd.AdminRole)
		}
		return next(w, r)
	}
}

// proved lets somebody change something who has proved just before that it is them, by what their account asks for now. Anybody else is refused
// (step_up_required, acr_required), or led to the sign-in page and back where there is a page to come back to.
func (h *Handler) proved(back func(*http.Request) string, act httpd.Handler) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := h.requireProof(r.Context(), httpd.From(r).Session)
		switch {
		case err == nil:
			return act(w, r)
		case back == nil:
			return err
		}
		if _, bad := httpd.ReadForm(r); bad != nil { // Nobody is led anywhere for what is no form.
			return bad
		}
		return httpd.AskAnew(w, r, withQuery(back(r), "done", "anew"), err)
	}
}

func (h *Handler) requireProof(ctx context.Context, who session.Session) error {
	if err := h.Sessions.RequireFresh(who); err != nil {
		return err
	}
	return h.SecondStep.RequireAll(ctx, who)
}

// at leads back to one page, whatever was sent.
func at(path string) func(*http.Request) string {
	return func(*http.Request) string { return path }
}

// notOneself refuses what administrators do not do to their own account: own_account.
func notOneself(r *http.Request, userID string) error {
	if httpd.From(r).Session.UserID == userID {
		return fault.Refuse(fault.OwnAccount)
	}
	return nil
}
