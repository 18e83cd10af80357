package webui

import "io"

// adminUsers are the pages of accounts, for administrators.
func adminUsers() []drawing {
	list := func(change func(p *AdminUsers, text string)) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/users", viewer(text)
			p := AdminUsers{Frame: f, Users: []AdminUserRow{
				{ID: or(text, "u1"), Username: or(text, "alice"), Name: or(text, "Alice Zhang"), Email: or(text, "alice@example.com"), Roles: []string{"admin"}},
				{ID: or(text, "u2"), Username: or(text, "bob"), Email: or(text, "bob@example.com"), Unverified: true, Roles: []string{or(text, "editor")}},
				{ID: or(text, "u3"), Username: or(text, "farid"), Disabled: true},
				{ID: or(text, "u4"), Username: or(text, "chenwei"), Name: or(text, "陈伟"), Email: or(text, "chenwei@example.com"), NoPassword: true},
			}}
			change(&p, text)
			return u.AdminUsers(w, p)
		}
	}
	return []drawing{
		{"admin-users", list(func(*AdminUsers, string) {})},
		{"admin-users-later", list(func(p *AdminUsers, text string) {
			p.Search, p.Later, p.Next = or(text, "a"), true, "/auth/admin/users?after=farid"
		})},
		{"admin-users-nobody", list(func(p *AdminUsers, text string) { p.Search, p.Users = or(text, "zhao liu"), nil })},
	}
}
