package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

const logPath = httpd.AdminPath + "/log"

// spans are those that the log can be narrowed to.
func spans() []time.Duration {
	return []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}
}

func (h *Handler) logPages() []httpd.Route {
	return []httpd.Route{h.page("/log", h.logPage)}
}

// logPage tells what happened.
func (h *Handler) logPage(w http.ResponseWriter, r *http.Request) error {
	page := webui.AdminLog{Frame: h.Frame(r, r.URL.RequestURI()), Spans: spans(), KeptFor: h.LogKeptFor}
	for _, a := range audit.Actions() {
		page.Actions = append(page.Actions, string(a))
	}
	q, err := h.eventQuery(r, &page)
	if err != nil {
		return err
	}
	found, err := h.Log.Events(r.Context(), q)
	if err != nil {
		return err
	}
	found, next := cut(found, rowsOfAPage, cursorOfEvent)
	if next != "" {
		page.Next = following(logPath, r.URL.Query(), "before", next)
	}
	if page.Events, err = h.tell(r.Context(), found); err != nil {
		return err
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminLog, page)
}

// eventQuery reads what is asked for, strictly: whoever looks for one thing is not shown another.
func (h *Handler) eventQuery(r *http.Request, page *webui.AdminLog) (q audit.Query, err error) {
	asked := r.URL.Query()
	q = audit.Query{Action: audit.Action(asked.Get("action")), Limit: rowsOfAPage + 1}
	page.Whom, page.Action = strings.TrimSpace(asked.Get("user")), string(q.Action)
	if q.Action != "" && !slices.Contains(audit.Actions(), q.Action) {
		return q, fault.Refuse(fault.RequestMalformed, "there is no such action")
	}
	if since := asked.Get("since"); since != "" && since != "0s" {
		page.Since, err = time.ParseDuration(since)
		if err != nil || !slices.Contains(spans(), page.Since) {
			return q, fault.Refuse(fault.RequestMalformed, "the time is none of those to choose from")
		}
		q.Since = h.Now().Add(-page.Since)
	}
	if before := asked.Get("before"); before != "" {
		if q.Before, err = strconv.ParseInt(before, 10, 64); err != nil || q.Before < 1 {
			return q, fault.Refuse(fault.RequestMalformed, "no page of the log begins there")
		}
		page.Later = true
	}
	q.UserID, err = h.idOf(r.Context(), page.Whom)
	return q, err
}

// idOf is the id of who goes by a name. What nobody goes by may be the id of an account that is gone, and is still in the log.
func (h *Handler) idOf(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	u, err := h.Users.Store.UserByLogin(ctx, user.CanonicalLogin(name))
	if errors.Is(err, fault.ErrNotFound) {
		return name, nil
	}
	return u.ID, err
}

// cursorOfEvent is the place of an event in the log.
func cursorOfEvent(e audit.Event) string { return strconv.FormatInt(e.ID, 10) }

// namesIn looks up who events speak of, each once, by id: "" for nobody, or for somebody who is gone.
func (h *Handler) namesIn(ctx context.Context, events []audit.Event) (map[string]string, error) {
	names := map[string]string{"": "", audit.CommandLine: "", audit.System: ""}
	for _, e := range events {
		for _, id := range []string{e.UserID, e.Actor} {
			if _, known := names[id]; known {
				continue
			}
			u, err := h.Users.Store.UserByID(ctx, id)
			if err != nil && !errors.Is(err, fault.ErrNotFound) {
				return nil, err
			}
			names[id] = u.Username
		}
	}
	return names, nil
}

// tell has events with the names of those that they speak of.
func (h *Handler) tell(ctx context.Context, events []audit.Event) ([]webui.Event, error) {
	names, err := h.namesIn(ctx, events)
	if err != nil {
		return nil, err
	}
	out := make([]webui.Event, len(events))
	for i, e := range events {
		out[i] = webui.Event{
			At: e.At, Action: string(e.Action), Whom: e.UserID, By: e.Actor, ClientID: e.ClientID, Address: e.Address, Agent: e.Agent, Detail: e.Detail,
		}
		if name := names[e.UserID]; name != "" {
			out[i].Whom, out[i].WhomID = name, e.UserID
		}
		if name := names[e.Actor]; name != "" {
			out[i].By = name
		}
	}
	return out, nil
}
