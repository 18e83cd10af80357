package webui

import (
	"io"
	"time"
)

// adminUsers are the pages of accounts, for administrators.
func adminUsers() []drawing {
	list := func(change func(p *AdminUsers, text string)) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/users", viewer(text)
			p := AdminUsers{Frame: f, Roles: []string{"admin", or(text, "editor")}, Users: []AdminUserRow{
				{ID: or(text, "u1"), Username: or(text, "alice"), Name: or(text, "Alice Zhang"), Email: or(text, "alice@example.com"), Roles: []string{"admin"}, Open: 3, SeenAt: today.Add(-12 * time.Minute)},
				{ID: or(text, "u2"), Username: or(text, "bob"), Email: or(text, "bob@example.com"), Unverified: true, Roles: []string{or(text, "editor")}},
				{ID: or(text, "u3"), Username: or(text, "farid"), Disabled: true},
				{ID: or(text, "u4"), Username: or(text, "chenwei"), Name: or(text, "陈伟"), Email: or(text, "chenwei@example.com"), NoPassword: true},
			}}
			change(&p, text)
			return u.AdminUsers(w, p)
		}
	}
	one := func(change func(p *AdminUser, text string)) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/users/u2", viewer(text)
			p := adminUser(text)
			p.Frame = f
			change(&p, text)
			return u.AdminUser(w, p)
		}
	}
	fresh := func(change func(p *AdminNewUser, text string)) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/add-user", viewer(text)
			p := AdminNewUser{Frame: f, Typed: AdminProfile{Verified: true, Name: text, Username: text, Email: text, Roles: text}}
			change(&p, text)
			return u.AdminNewUser(w, p)
		}
	}
	link := func(added bool) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/users/u2", viewer(text)
			return u.AdminLink(w, AdminLink{
				Frame: f, Account: AdminUserRow{ID: or(text, "u2"), Username: or(text, "bob")}, GoodFor: 24 * time.Hour, Added: added,
				Link: "http://localhost:4401/auth/reset?code=" + or(text, "qk7v5p2m4x6c3b9n8d1f0g2h4j"),
			})
		}
	}
	return []drawing{
		{"admin-user", one(func(*AdminUser, string) {})},
		{"admin-user-last-way", one(func(p *AdminUser, _ string) { p.Notice, p.Account.NoPassword = AdminDone("last_way"), true })},
		{"admin-user-unsent", one(func(p *AdminUser, _ string) { p.Notice, p.Account.NoPassword = AdminDone("added_unsent"), true })},
		{"admin-user-oneself", one(func(p *AdminUser, _ string) {
			p.Oneself, p.Sessions[0].Current, p.Notice, p.Mails = true, true, AdminDone("saved"), false
		})},
		{"admin-user-bare", one(func(p *AdminUser, text string) {
			*p = AdminUser{Frame: p.Frame, Account: AdminUserRow{ID: "u3", Username: or(text, "farid"), Disabled: true, NoPassword: true}, Notice: AdminDone("disabled")}
		})},
		{"admin-user-refused", one(func(p *AdminUser, _ string) {
			p.Typed.Problems.Add("username", UsernameTaken)
			p.Typed.Problems.Add("roles", RolesForm)
			p.Notice = NothingChanged()
		})},
		{"admin-user-new", fresh(func(*AdminNewUser, string) {})},
		{"admin-user-new-mailed", fresh(func(p *AdminNewUser, _ string) {
			p.Mails = true
			p.Typed.Problems.Add("email", EmailForm)
			p.Notice = NothingChanged()
		})},
		{"admin-user-link", link(false)},
		{"admin-user-link-added", link(true)},
		{"admin-users", list(func(*AdminUsers, string) {})},
		{"admin-users-later", list(func(p *AdminUsers, text string) {
			p.Search, p.Role, p.Later, p.Next = or(text, "a"), or(text, "editor"), true, "/auth/admin/users?after=farid"
		})},
		{"admin-users-nobody", list(func(p *AdminUsers, text string) { p.Search, p.Users = or(text, "zhao liu"), nil })},
	}
}

// adminUser is an account with something of everything.
func adminUser(text string) AdminUser {
	whom := or(text, "bob")
	return AdminUser{
		Account: AdminUserRow{ID: or(text, "u2"), Username: whom, Name: or(text, "Alice Zhang"), Email: or(text, "bob@example.com"), Unverified: true, Roles: []string{or(text, "editor")}},
		Typed:   AdminProfile{Name: or(text, "Alice Zhang"), Username: whom, Email: or(text, "bob@example.com"), Roles: or(text, "editor"), Had: or(text, "editor")},
		Mails:   true, PasswordAt: today.Add(-90 * 24 * time.Hour), TwoStepSince: today.Add(-30 * 24 * time.Hour),
		Passkeys: []Passkey{
			{ID: "k1", Name: or(text, "Firefox"), AddedAt: today.Add(-20 * 24 * time.Hour), UsedAt: today.Add(-time.Hour)},
			{ID: "k2", Name: or(text, "iPhone"), AddedAt: today.Add(-3 * 24 * time.Hour)},
		},
		Connections: []Connection{{Name: "github", Title: or(text, "GitHub"), Since: today.Add(-40 * 24 * time.Hour)}, {Title: or(text, "https://accounts.google.com"), Since: today.Add(-400 * 24 * time.Hour)}},
		Sessions: []Session{
			{ID: "AAAAAAAAAAAAAAAAAAAAAA", Agent: or(text, agentWindows), Address: or(text, "198.51.100.61"), SignedInAt: today.Add(-3 * 24 * time.Hour), SeenAt: today.Add(-12 * time.Minute)},
			{ID: "BAAAAAAAAAAAAAAAAAAAAA", Agent: or(text, agentIPhone), App: or(text, "Notes"), Address: or(text, "192.0.2.77"), SignedInAt: today.Add(-time.Hour), SeenAt: today.Add(-time.Hour)},
		},
		Events: []Event{
			{At: today.Add(-5 * time.Minute), Action: "refresh_reused", Whom: whom, By: whom, Address: or(text, "192.0.2.77"), Detail: text},
			{At: today.Add(-2 * time.Hour), Action: "sign_in_failed", Whom: whom, Address: or(text, "192.0.2.77"), Detail: "credentials_invalid"},
			{At: today.Add(-26 * time.Hour), Action: "session_ended", Whom: whom, By: or(text, "alice"), Address: or(text, "203.0.113.8"), Detail: "ended by an operator"},
			{At: today.Add(-300 * time.Hour), Action: "user_added", Whom: whom, By: "cli"},
		},
	}
}
