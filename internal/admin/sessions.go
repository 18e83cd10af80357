package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

const sessionsPath = httpd.AdminPath + "/sessions"

func (h *Handler) sessionPages() []httpd.Route {
	return []httpd.Route{
		h.page("/sessions", h.sessionsPage),
		h.page("/sessions/end-all", leadTo(at(sessionsPath))), // where a form that was refused leaves the address
		h.form("/sessions/end-all", at(sessionsPath), h.endEverybody),
		h.form("/sessions/{id}/end", sameSearch, h.endSession),
	}
}

// leadTo answers a page that is none by leading to one.
func leadTo(path func(*http.Request) string) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, path(r), http.StatusSeeOther)
		return nil
	}
}

// sameSearch leads back to the sessions of whom was searched for.
func sameSearch(r *http.Request) string {
	if search := r.URL.Query().Get("q"); search != "" {
		return withQuery(sessionsPath, "q", search)
	}
	return sessionsPath
}

// sessionsPage lists who is signed in.
func (h *Handler) sessionsPage(w http.ResponseWriter, r *http.Request) error {
	page, err := h.sessions(r, r.URL.Query())
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(r.URL.Query().Get("n")) // 0 when there is none
	switch r.URL.Query().Get("done") {
	case "anew":
		page.Notice = webui.SignedInAnew()
	case "session":
		page.Notice = webui.SessionEnded()
	case "everybody":
		page.Notice = webui.EverybodyEnded(max(n, 0))
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminSessions, page)
}

// sessions is the page as it is, before any form is judged.
func (h *Handler) sessions(r *http.Request, asked url.Values) (webui.AdminSessions, error) {
	after, ok := session.ParseCursor(asked.Get("after"))
	if !ok {
		return webui.AdminSessions{}, fault.Refuse(fault.RequestMalformed, "no page of the list begins after that")
	}
	q := session.Query{Search: strings.TrimSpace(asked.Get("q")), After: after, Limit: rowsOfAPage + 1}
	found, err := h.Sessions.List(r.Context(), q)
	if err != nil {
		return webui.AdminSessions{}, err
	}
	page := webui.AdminSessions{Frame: h.Frame(r, sessionsPath), Search: q.Search, Later: !after.IsZero()}
	if r.Method == http.MethodGet {
		page.Path = r.URL.RequestURI()
	}
	found, next := cut(found, rowsOfAPage, cursorOfSession)
	if next != "" {
		page.Next = following(sessionsPath, asked, "after", next)
	}
	for _, s := range found {
		shown, err := h.shown(r.Context(), s, httpd.From(r).Session.ID)
		if err != nil {
			return webui.AdminSessions{}, err
		}
		page.Sessions = append(page.Sessions, webui.AdminSession{Session: shown, UserID: s.UserID, Username: s.Holder.Username, Name: s.Holder.Name})
	}
	return page, nil
}

// cursorOfSession is the place of a session in a list.
func cursorOfSession(s session.Session) string { return s.Cursor().String() }

func (h *Handler) endSession(w http.ResponseWriter, r *http.Request) error {
	id, ok := session.ParseID(r.PathValue("id"))
	if !ok {
		return fault.Refuse(fault.NotFound)
	}
	n, err := h.Sessions.EndByOperator(r.Context(), id, httpd.Source(r))
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Refuse(fault.NotFound)
	}
	return done(w, r, sameSearch(r), "session")
}

// endEverybody ends all sessions, that of the administrator with them.
func (h *Handler) endEverybody(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	if form.Get("confirm") != webui.EverySession {
		page, err := h.sessions(r, url.Values{})
		if err != nil {
			return err
		}
		page.Problems.Add("confirm", webui.NotThatWord)
		return httpd.WritePage(w, http.StatusUnprocessableEntity, h.UI.AdminSessions, page)
	}
	n, err := h.Sessions.EndEverybody(r.Context(), httpd.Source(r))
	if err != nil {
		return err
	}
	return done(w, r, withQuery(sessionsPath, "n", strconv.Itoa(n)), "everybody")
}
