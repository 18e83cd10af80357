package webui

import (
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
)

// errNobody refuses to draw a page of administrators for nobody.
var errNobody = errors.New("render page of administrators: nobody is signed in")

// AdminUsers is the list of accounts. Its form gets q, role and state from itself.
type AdminUsers struct {
	Frame
	// Search, Role and State are what was asked for.
	Search, Role, State string
	// Roles are those that accounts have.
	Roles []string
	Users []AdminUserRow
	// Later says that this is not the first page. Next leads to the page that follows, or is "".
	Later  bool
	Next   string
	Notice *Notice
}

// AdminUserRow is an account in the list.
type AdminUserRow struct {
	ID, Username, Name, Email        string
	Unverified, Disabled, NoPassword bool
	Roles                            []string
	// Open is how many living sessions there are, SeenAt the last use of any of them.
	Open   int
	SeenAt time.Time
}

// Link leads to the page of the account.
func (r AdminUserRow) Link() string { return pathAdmin + "/users/" + url.PathEscape(r.ID) }

// Called is what people call the person.
func (r AdminUserRow) Called() string { return heading(&Viewer{Name: r.Name, Username: r.Username}) }

// Has is the roles in one line.
func (r AdminUserRow) Has() string { return strings.Join(r.Roles, ", ") }

// AdminUsers draws the list.
func (u *UI) AdminUsers(w io.Writer, p AdminUsers) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.users.title")
	v.P = struct {
		AdminUsers
		Roles  []option
		Notice *noticeView
	}{p, v.roles(p), v.notice("done", p.Notice)}
	return u.render(w, "admin_users", v)
}

// roles are those to choose from, by their names. The one that was asked for is among them, whether anybody has it or not.
func (v view) roles(p AdminUsers) []option {
	all := p.Roles
	if p.Role != "" && !slices.Contains(all, p.Role) {
		all = append(slices.Clone(all), p.Role)
	}
	out := []option{{Label: v.Lang.text("admin.users.role.any"), Selected: p.Role == ""}}
	for _, role := range all {
		out = append(out, option{role, v.Role(role), role == p.Role})
	}
	return out
}

// StateChoice is one that accounts can be chosen by.
type StateChoice struct {
	Name, Key string
	Chosen    bool
}

// States are those that accounts can be chosen by.
func (p AdminUsers) States() []StateChoice {
	out := []StateChoice{{Name: "enabled", Key: "admin.user.active"}, {Name: "disabled", Key: "admin.user.disabled"}}
	for i := range out {
		out[i].Chosen = out[i].Name == p.State
	}
	return out
}
