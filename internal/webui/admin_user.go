package webui

import (
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// AdminUser is an account, for administrators. Its forms post to its own address (name, username, email, verified, roles, had), and to those that follow
// with /link, /disable, /enable, /sessions/end, /sessions/{id}/end, /connections/{provider}/end, /reset (reset) and /remove (remove).
type AdminUser struct {
	Frame
	// Account is what it is, Typed what stands in the form.
	Account AdminUserRow
	Typed   AdminProfile
	// Oneself says that it is the account of who looks.
	Oneself bool
	// Mails says that a link for a password is mailed; otherwise it is shown, to be handed over.
	Mails bool
	// PasswordAt is when the password was set.
	PasswordAt   time.Time
	TwoStepSince time.Time // zero when it is off
	Passkeys     []Passkey
	Connections  []Connection
	Sessions     []Session
	Events       []Event
	Notice       *Notice
}

// AdminProfile is what administrators change of an account, as it is or as it was typed.
type AdminProfile struct {
	Name, Username, Email, Roles string
	Verified                     bool
	// Had is what the form began with, so that nothing is undone that somebody else does meanwhile.
	Had string
	// Problems are those of the fields "name", "username", "email" and "roles".
	Problems Problems
}

// adminUserView is an account in words.
type adminUserView struct {
	AdminUser
	Fields   []field
	Notice   *noticeView
	Sessions []sessionView
	Events   []eventView
	Details  string
}

// Factors reports whether there is anything besides the password that can be reset.
func (p adminUserView) Factors() bool { return !p.TwoStepSince.IsZero() || len(p.Passkeys) > 0 }

// At is the address of a form of the account.
func (p adminUserView) At(form string) string { return p.Account.Link() + "/" + form }

// EndOf is where the form posts to that ends a session.
func (p adminUserView) EndOf(s sessionView) string {
	return p.At("sessions/" + url.PathEscape(s.ID) + "/end")
}

// Disconnect is where the form posts to that ends a connection.
func (p adminUserView) Disconnect(c Connection) string {
	return p.At("connections/" + url.PathEscape(c.Name) + "/end")
}

// AdminUser draws the page of an account.
func (u *UI) AdminUser(w io.Writer, p AdminUser) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.users.title")
	v.Title = p.Account.Called()
	fields := v.adminFields(p.Typed)
	v.judge(fields, p.Typed.Problems)
	focusWrong(fields)
	page := adminUserView{
		AdminUser: p, Fields: fields, Notice: v.notice("done", p.Notice), Events: v.events(p.Events), Details: v.adminDetails(p.Account),
	}
	page.Sessions, _ = v.sessions(p.Sessions)
	v.P = page
	return u.render(w, "admin_user", v)
}

func (v view) adminFields(p AdminProfile) []field {
	return []field{
		{Name: "name", Label: v.Lang.text("account.name"), Value: p.Name, Type: "text", Autocomplete: "off"},
		{Name: "username", Label: v.Lang.text("setup.username"), Value: p.Username, Type: "text", Autocomplete: "off", Required: true},
		{Name: "email", Label: v.Lang.text("account.email"), Value: p.Email, Type: "email", Autocomplete: "off"},
		{Name: "roles", Label: v.Lang.text("admin.users.roles"), Value: p.Roles, Type: "text", Autocomplete: "off", Hint: v.Lang.text("admin.user.roles.hint")},
	}
}

// adminDetails is the line under the name.
func (v view) adminDetails(u AdminUserRow) string {
	parts := []string{}
	if u.Name != "" {
		parts = append(parts, u.Username)
	}
	if u.Email != "" {
		parts = append(parts, u.Email)
	}
	for _, role := range u.Roles {
		parts = append(parts, v.Role(role))
	}
	return strings.Join(parts, "\u00a0· ")
}

// AdminNewUser is the page that adds an account. It posts name, username, email, verified and roles to its own address.
type AdminNewUser struct {
	Frame
	Typed AdminProfile
	// Mails says that a link for a password is mailed to an address that is known to be theirs; otherwise it is shown.
	Mails  bool
	Notice *Notice
}

// AdminNewUser draws it.
func (u *UI) AdminNewUser(w io.Writer, p AdminNewUser) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.user.add")
	fields := v.adminFields(p.Typed)
	v.judge(fields, p.Typed.Problems)
	if !focusWrong(fields) {
		fields[0].Focus = true
	}
	v.P = struct {
		AdminNewUser
		Fields []field
		Notice *noticeView
	}{p, fields, v.notice("done", p.Notice)}
	return u.render(w, "admin_user_new", v)
}

// AdminLink shows a link for a password, once.
type AdminLink struct {
	Frame
	Account AdminUserRow
	Link    string
	GoodFor time.Duration
	// Added says that the account is new.
	Added bool
}

// AdminLink draws it.
func (u *UI) AdminLink(w io.Writer, p AdminLink) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.link.title")
	v.P = p
	return u.render(w, "admin_user_link", v)
}

// ProblemsOf says what a refusal finds wrong with what somebody is called, or nil when it is about something else.
func ProblemsOf(r *fault.Refusal) (p Problems) {
	switch r.Code {
	case fault.UsernameTaken:
		p.Add("username", UsernameTaken)
	case fault.EmailTaken:
		p.Add("email", EmailTaken)
	case fault.FieldInvalid:
		for field, problem := range map[string]Problem{"username": UsernameForm, "email": EmailForm, "name": NotText, "roles": RolesForm} {
			if r.Fields[field] != "" {
				p.Add(field, problem)
			}
		}
	}
	return p
}
