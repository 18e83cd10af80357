package admin

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/record"
)

func (h calls) eventCalls() []httpd.Route {
	return []httpd.Route{h.look("/audit", h.listEvents)}
}

// eventList is a page of the audit log, the newest first.
type eventList struct {
	Events []record.Event `json:"events"`
	Next   string         `json:"next,omitempty"`
}

func (h calls) listEvents(w http.ResponseWriter, r *http.Request) error {
	l, err := readListing(r, "user_id", "action", "since")
	if err != nil {
		return err
	}
	q, err := l.events()
	if err != nil {
		return err
	}
	found, err := h.Log.Events(r.Context(), q)
	if err != nil {
		return err
	}
	found, next := cut(found, l.limit, cursorOfEvent)
	names, err := h.namesIn(r.Context(), found)
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusOK, eventList{record.OfEvents(found, func(id string) string { return names[id] }), next})
}

// events is the query that a request means.
func (l listing) events() (audit.Query, error) {
	q := audit.Query{UserID: l.Get("user_id"), Action: audit.Action(l.Get("action")), Limit: l.limit + 1}
	if q.Action != "" && !slices.Contains(audit.Actions(), q.Action) {
		return q, badParameter("action", "one that there is")
	}
	var err error
	if text := l.Get("since"); text != "" {
		if q.Since, err = time.Parse(time.RFC3339, text); err != nil {
			return q, badParameter("since", "a time such as 2026-03-01T12:00:00Z (RFC 3339)")
		}
	}
	if text := l.Get("after"); text != "" {
		if q.Before, err = strconv.ParseInt(text, 10, 64); err != nil || q.Before < 1 {
			return q, badCursor()
		}
	}
	return q, nil
}
