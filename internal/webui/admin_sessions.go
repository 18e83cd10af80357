package webui

import (
	"io"
	"net/url"
)

// EverySession is the word that has to be typed before everybody is signed out.
const EverySession = "all"

// AdminSessions is the list of all open sessions. Its form gets q from itself; that of a session posts to /auth/admin/sessions/{id}/end, and that of all
// posts confirm to /auth/admin/sessions/end-all.
type AdminSessions struct {
	Frame
	// Search is what was asked for.
	Search   string
	Sessions []AdminSession
	// Later says that this is not the first page. Next leads to the page that follows, or is "".
	Later  bool
	Next   string
	Notice *Notice
	// Problems are those of the field "confirm".
	Problems Problems
}

// AdminSession is a session of somebody.
type AdminSession struct {
	Session
	UserID, Username, Name string
}

// Link leads to the page of whose it is.
func (s AdminSession) Link() string { return pathAdmin + "/users/" + url.PathEscape(s.UserID) }

// Called is what people call the person.
func (s AdminSession) Called() string { return heading(&Viewer{Name: s.Name, Username: s.Username}) }

// adminSession is a session of somebody in words.
type adminSession struct {
	AdminSession
	Device string
	search string
}

// End is where the form that ends it posts to. It leads back to the same search.
func (s adminSession) End() string {
	path := pathAdmin + "/sessions/" + url.PathEscape(s.ID) + "/end"
	if s.search == "" {
		return path
	}
	return path + "?" + url.Values{"q": {s.search}}.Encode()
}

// AdminSessions draws the list.
func (u *UI) AdminSessions(w io.Writer, p AdminSessions) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.sessions.title")
	rows := make([]adminSession, 0, len(p.Sessions))
	for _, s := range p.Sessions {
		row := adminSession{s, v.Lang.Device(s.Agent), p.Search}
		if s.App != "" {
			row.Device = s.App
		}
		rows = append(rows, row)
	}
	fields := []field{v.sureField(EverySession)}
	v.judge(fields, p.Problems)
	focusWrong(fields)
	v.P = struct {
		AdminSessions
		Sessions []adminSession
		Sure     field
		Notice   *noticeView
	}{p, rows, fields[0], v.notice("done", p.Notice)}
	return u.render(w, "admin_sessions", v)
}

// sureField is an input for a word that has to be typed before something that cannot be undone.
func (v view) sureField(word string) field {
	return field{Name: "confirm", Label: v.Lang.text("admin.sure", word), Type: "text", Autocomplete: "off", Required: true}
}
