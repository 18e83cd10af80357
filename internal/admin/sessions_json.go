package admin

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

func (h calls) sessionCalls() []httpd.Route {
	return []httpd.Route{
		h.look("/sessions", h.listSessions),
		h.change("POST", "/sessions/end-all", 1<<10, h.endEverybody),
		h.look("/users/{id}/sessions", h.listSessionsOf),
		h.change("DELETE", "/users/{id}/sessions", httpd.NoBody, h.endSessionsOf),
		h.change("DELETE", "/users/{id}/sessions/{sid}", httpd.NoBody, h.endSessionOf),
	}
}

// sessionList is a page of sessions that live, the newest first.
type sessionList struct {
	Sessions []record.Session `json:"sessions"`
	Next     string           `json:"next,omitempty"`
}

func (h calls) listSessions(w http.ResponseWriter, r *http.Request) error {
	l, err := readListing(r, "q")
	if err != nil {
		return err
	}
	return h.writeSessions(w, r, l, session.Query{Search: l.Get("q")})
}

func (h calls) listSessionsOf(w http.ResponseWriter, r *http.Request) error {
	l, err := readListing(r)
	if err != nil {
		return err
	}
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	return h.writeSessions(w, r, l, session.Query{UserID: u.ID})
}

func (h calls) writeSessions(w http.ResponseWriter, r *http.Request, l listing, q session.Query) error {
	after, ok := session.ParseCursor(l.Get("after"))
	if !ok {
		return badCursor()
	}
	q.After, q.Limit = after, l.limit+1
	found, err := h.Sessions.List(r.Context(), q)
	if err != nil {
		return err
	}
	found, next := cut(found, l.limit, cursorOfSession)
	return httpd.WriteJSON(w, http.StatusOK, sessionList{record.OfSessions(found), next})
}

// endEverybody ends all sessions, by the word that the page wants as well: nothing that was left out of a request signs everybody out.
func (h calls) endEverybody(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Confirm string `json:"confirm"`
	}](r)
	if err != nil {
		return err
	}
	if in.Confirm != webui.EverySession {
		return invalid("confirm", "This signs everybody out, you as well: say so by \"confirm\": \""+webui.EverySession+"\".")
	}
	n, err := h.Sessions.EndEverybody(r.Context(), httpd.Source(r))
	return writeEnded(w, n, err)
}

// writeEnded says how many sessions ended.
func writeEnded(w http.ResponseWriter, n int, err error) error {
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusOK, map[string]int{"ended": n})
}

func (h calls) endSessionsOf(w http.ResponseWriter, r *http.Request) error {
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	n, err := h.Sessions.EndAllByOperator(r.Context(), u.ID, httpd.Source(r))
	return writeEnded(w, n, err)
}

// endSessionOf ends one session of an account. That of another is not found.
func (h calls) endSessionOf(w http.ResponseWriter, r *http.Request) error {
	id, err := h.sessionOfSubject(r)
	if err != nil {
		return err
	}
	n, err := h.Sessions.EndByOperator(r.Context(), id, httpd.Source(r))
	if err == nil && n == 0 { // It was over before.
		return fault.Refuse(fault.NotFound)
	}
	if err != nil {
		return err
	}
	return noContent(w)
}
