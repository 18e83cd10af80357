package webui

import "strings"

// room is one of the pages of administrators in the bar.
type room struct {
	Path, Key string
	Current   bool
}

// Rooms are those that lead further, for administrators. A page belongs to a room by the beginning of its name.
func (v view) Rooms() []room {
	if v.User == nil || !v.User.Admin {
		return nil
	}
	var out []room
	for _, subject := range []string{"user", "session", "app", "key", "log"} {
		path := pathAdmin + "/" + subject + "s"
		if subject == "log" {
			path = pathAdmin + "/log"
		}
		out = append(out, room{path, "nav.admin." + subject, strings.HasPrefix(v.Page, "admin_"+subject)})
	}
	return out
}

// With is the view of a part of the page, for a template that draws it.
func (v view) With(part any) view {
	v.P = part
	return v
}

// Beginning is the address of the first page of a list.
func (v view) Beginning() string { return withoutQuery(v.Path, "after") }
