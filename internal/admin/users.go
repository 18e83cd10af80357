package admin

import (
	"context"
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

const usersPath = httpd.AdminPath + "/users"

func (h *Handler) userPages() []httpd.Route {
	return []httpd.Route{
		h.page("/users", h.usersPage),
		h.page("/add-user", h.newUserPage),
		h.form("/add-user", at(newUserPath), h.addUser),
		h.page("/users/{id}", h.userPage),
		h.form("/users/{id}", backToSubject, h.saveUser),
		h.page("/users/{id}/link", leadTo(backToSubject)), // where the page that shows a link leaves the address
		h.form("/users/{id}/link", backToSubject, h.link),
		h.form("/users/{id}/disable", backToSubject, h.setDisabled(true)),
		h.form("/users/{id}/enable", backToSubject, h.setDisabled(false)),
		h.form("/users/{id}/sessions/{sid}/end", backToSubject, h.onUser(h.endUserSession)),
		h.form("/users/{id}/sessions/end", backToSubject, h.onUser(h.endUserSessions)),
		h.form("/users/{id}/connections/{provider}/end", backToSubject, h.onUser(h.endConnection)),
		h.form("/users/{id}/reset", backToSubject, h.onUser(h.resetFactors)),
		h.form("/users/{id}/remove", backToSubject, h.removeUser),
	}
}

// usersPage lists accounts.
func (h *Handler) usersPage(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query()
	q := user.Query{
		Search: strings.TrimSpace(asked.Get("q")), Role: strings.TrimSpace(asked.Get("role")), State: user.State(asked.Get("state")),
		After: asked.Get("after"), Limit: rowsOfAPage + 1,
	}
	if q.State != user.Enabled && q.State != user.Disabled {
		q.State = ""
	}
	found, err := h.Users.Store.Users(r.Context(), q)
	if err != nil {
		return err
	}
	page := webui.AdminUsers{Frame: h.Frame(r, r.URL.RequestURI()), Search: q.Search, Role: q.Role, State: string(q.State), Later: q.After != ""}
	page.Notice = webui.AdminDone(asked.Get("done"))
	if page.Roles, err = h.Users.Store.Roles(r.Context()); err != nil {
		return err
	}
	found, next := cut(found, rowsOfAPage, placeOf)
	if next != "" {
		page.Next = following(usersPath, asked, "after", next)
	}
	if page.Users, err = h.userRows(r.Context(), found); err != nil {
		return err
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminUsers, page)
}

// placeOf is where an account stands in the list.
func placeOf(u user.User) string {
	canonical, _ := user.CanonicalUsername(u.Username) // It was checked when the account got it.
	return canonical
}

// userRows are accounts with what is open of each.
func (h *Handler) userRows(ctx context.Context, users []user.User) (rows []webui.AdminUserRow, err error) {
	ids := make([]string, 0, len(users))
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	open, err := h.Presences.PresencesOf(ctx, ids, h.Now())
	for _, u := range users {
		row := userRow(u)
		row.Open, row.SeenAt = open[u.ID].Open, open[u.ID].SeenAt
		rows = append(rows, row)
	}
	return rows, err
}

func userRow(u user.User) webui.AdminUserRow {
	return webui.AdminUserRow{
		ID: u.ID, Username: u.Username, Name: u.Name, Email: u.Email, Unverified: u.Email != "" && !u.EmailVerified,
		Roles: u.Roles, Disabled: u.Disabled, NoPassword: u.Password.Empty(),
	}
}
