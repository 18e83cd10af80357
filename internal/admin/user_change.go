package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// saveUser changes what somebody is called, and their roles.
func (h *Handler) saveUser(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	if form.Get("had") != had(u) {
		return done(w, r, pathOf(u.ID), "changed_meanwhile")
	}
	change := amendment(u, form)
	if change.Roles != nil && !slices.Contains(*change.Roles, httpd.AdminRole) && slices.Contains(u.Roles, httpd.AdminRole) {
		err = notOneself(r, u.ID)
	}
	if err == nil && change != (user.Amendment{}) {
		err = h.Users.Amend(r.Context(), u.ID, change, httpd.Source(r))
	}
	switch {
	case errors.Is(err, fault.ErrConflict):
		return done(w, r, pathOf(u.ID), "changed_meanwhile")
	case err != nil:
		return h.saveAgain(w, r, u, form, err)
	}
	return done(w, r, pathOf(u.ID), "saved")
}

// saveAgain draws the form again with what is wrong.
func (h *Handler) saveAgain(w http.ResponseWriter, r *http.Request, u user.User, form url.Values, err error) error {
	refusal := fault.From(err)
	if refusal.Code == fault.Internal || refusal.Code == fault.Unavailable {
		return err
	}
	page, err := h.userAsItIs(r, u)
	if err != nil {
		return err
	}
	page.Typed = typed(form)
	page.Notice, page.Typed.Problems = judged(refusal)
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.AdminUser, page)
}

// judged says what is wrong with a form: under its fields, or above it.
func judged(refusal *fault.Refusal) (*webui.Notice, webui.Problems) {
	if problems := webui.ProblemsOf(refusal); problems != nil {
		return webui.NothingChanged(), problems
	}
	return webui.Refused(refusal), nil
}

// typed is a form as it was sent, without spaces around.
func typed(form url.Values) webui.AdminProfile {
	of := func(field string) string { return strings.TrimSpace(form.Get(field)) }
	return webui.AdminProfile{
		Name: of("name"), Username: of("username"), Email: of("email"), Roles: of("roles"), Verified: of("verified") == "1", Had: of("had"),
	}
}

// amendment is what a form says otherwise than the account. The roles are changed only while they are those that it had.
func amendment(u user.User, form url.Values) (a user.Amendment) {
	p := typed(form)
	a.Name, a.Username, a.Email = other(u.Name, p.Name), other(u.Username, p.Username), other(u.Email, p.Email)
	if verified := p.Verified && p.Email != ""; a.Email != nil || verified != u.EmailVerified {
		a.EmailVerified = &verified
	}
	if roles := rolesIn(p.Roles); !slices.Equal(roles, u.Roles) {
		a.Roles, a.IfRoles = &roles, &u.Roles
	}
	return a
}

func other(is, wanted string) *string {
	if is == wanted {
		return nil
	}
	return &wanted
}

// rolesIn reads roles with commas or spaces between: in order, each once.
func rolesIn(text string) []string {
	roles := strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == '，' || c == '、' })
	slices.Sort(roles)
	return slices.Compact(roles)
}

// setDisabled closes an account for now, or opens it again.
func (h *Handler) setDisabled(disabled bool) httpd.Handler {
	return h.onUser(func(r *http.Request, u user.User, _ url.Values) (string, error) {
		what := "enabled"
		if disabled {
			what = "disabled"
			if err := notOneself(r, u.ID); err != nil {
				return "", err
			}
		}
		if u.Disabled == disabled {
			return what, nil
		}
		return what, h.Users.SetDisabled(r.Context(), u.ID, disabled, httpd.Source(r))
	})
}

// onUser answers a form that does one thing to an account, and leads back to its page. do returns what was done, as [webui.AdminDone] says it.
func (h *Handler) onUser(do func(r *http.Request, u user.User, form url.Values) (what string, err error)) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		form, err := httpd.ReadForm(r)
		if err != nil {
			return err
		}
		u, err := h.subject(r)
		if err != nil {
			return err
		}
		what, err := do(r, u, form)
		if err != nil {
			return err
		}
		return done(w, r, pathOf(u.ID), what)
	}
}

// sessionOfSubject is the session that a path names. That of another account than the path names is not found.
func (h *Handler) sessionOfSubject(r *http.Request) (session.ID, error) {
	id, ok := session.ParseID(r.PathValue("sid"))
	if !ok {
		return id, fault.Refuse(fault.NotFound)
	}
	row, err := h.Sessions.Store.Session(r.Context(), id)
	if err == nil && row.UserID != r.PathValue("id") {
		err = fault.Refuse(fault.NotFound)
	}
	return id, err
}

func (h *Handler) endUserSession(r *http.Request, _ user.User, _ url.Values) (string, error) {
	id, err := h.sessionOfSubject(r)
	if err != nil {
		return "", err
	}
	_, err = h.Sessions.EndByOperator(r.Context(), id, httpd.Source(r)) // That it is over by now is what was wanted.
	return "session_ended", err
}

func (h *Handler) endUserSessions(r *http.Request, u user.User, _ url.Values) (string, error) {
	_, err := h.Sessions.EndAllByOperator(r.Context(), u.ID, httpd.Source(r))
	return "sessions_ended", err
}

func (h *Handler) resetFactors(r *http.Request, u user.User, form url.Values) (string, error) {
	if strings.TrimSpace(form.Get("reset")) != u.Username {
		return "not_sure", nil
	}
	_, err := h.SecondStep.TakeOff(r.Context(), u.ID, httpd.Source(r))
	return "reset", err
}

// removeUser deletes an account for good.
func (h *Handler) removeUser(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	u, err := h.subject(r)
	if err == nil {
		err = notOneself(r, u.ID)
	}
	if err != nil {
		return err
	}
	if strings.TrimSpace(form.Get("remove")) != u.Username {
		return done(w, r, pathOf(u.ID), "not_sure")
	}
	if err := h.Users.Remove(r.Context(), u.ID, httpd.Source(r)); err != nil {
		return err
	}
	return done(w, r, usersPath, "removed")
}
