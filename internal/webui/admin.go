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

// adminDone are the things that a page of administrators says of what was done before it, and whether that is good news.
var adminDone = map[string]string{
	"saved": "is-good", "enabled": "is-good", "disabled": "is-good", "session_ended": "is-good", "sessions_ended": "is-good", "mailed": "is-good",
	"reset": "is-good", "disconnected": "is-good", "last_way": "is-bad", "removed": "is-good", "added_mailed": "is-good",
	"added_unsent": "is-warn", "not_sure": "is-bad", "changed_meanwhile": "is-bad",
}

// AdminDone is the notice of what was done, as the address of the page says it; nil for anything unknown.
func AdminDone(what string) *Notice {
	if what == "anew" {
		return SignedInAnew()
	}
	tone, ok := adminDone[what]
	if !ok {
		return nil
	}
	return &Notice{tone: tone, key: "admin." + what}
}

// Sure is the view of a field in which somebody types the name of what cannot be brought back.
func (v view) Sure(field, name string) view { return v.With(struct{ Field, Name string }{field, name}) }
