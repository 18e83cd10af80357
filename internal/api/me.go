package api

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
)

// me is the protected sample: it says who the bearer is.
func (h *Handler) me(w http.ResponseWriter, r *http.Request) error {
	who := httpd.From(r)
	return httpd.WriteJSON(w, http.StatusOK, answer{Session: briefOf(who.Session), User: personOf(who.Session)})
}

func (h *Handler) sessions(w http.ResponseWriter, r *http.Request) error {
	who := httpd.From(r)
	rows, err := h.Sessions.Of(r.Context(), who.Session.UserID)
	if err != nil {
		return err
	}
	entries := make([]sessionEntry, 0, len(rows))
	for _, s := range rows {
		entries = append(entries, sessionEntry{
			ID: s.ID.String(), Current: s.ID == who.Session.ID, ClientID: s.ClientID, Keep: string(s.Keep),
			CreatedAt: seconds(s.CreatedAt), SeenAt: seconds(s.SeenAt), ExpiresAt: seconds(s.ExpiresAt), Address: s.Address, Agent: s.Agent,
		})
	}
	return httpd.WriteJSON(w, http.StatusOK, map[string][]sessionEntry{"sessions": entries})
}

// endSession ends the session that asks, or, soon after a sign-in, another one.
func (h *Handler) endSession(w http.ResponseWriter, r *http.Request) error {
	id, ok := session.ParseID(r.PathValue("id"))
	if !ok {
		return fault.Refuse(fault.NotFound)
	}
	own := httpd.From(r).Session
	if id != own.ID {
		if err := h.Sessions.RequireFresh(own); err != nil {
			return err
		}
	}
	if err := h.Sessions.EndOne(r.Context(), own.UserID, id, httpd.Source(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
