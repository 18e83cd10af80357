package api

import (
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
)

// held is what a page that has just been loaded learns of the session that its browser holds.
type held struct {
	Session heldSession `json:"session"`
	User    person      `json:"user"`
}

type heldSession struct {
	ID string `json:"id"`
	// ExpiresAt is when the session is over, IdleExpiresAt when it is over unless it is used before.
	ExpiresAt     time.Time `json:"expires_at"`
	IdleExpiresAt time.Time `json:"idle_expires_at"`
	Keep          string    `json:"keep"`
}

// session says whose session a browser holds, and until when, without a token reaching the page and without using one up.
func (h *Handler) session(w http.ResponseWriter, r *http.Request) error {
	row, byRefresh, err := h.shown(r)
	if err == nil && byRefresh != nil {
		err = h.mayAsk(r, row, *byRefresh)
	}
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusOK, held{
		heldSession{row.ID.String(), seconds(row.ExpiresAt), seconds(row.IdleUntil), string(row.Keep)}, personOf(row),
	})
}

// refreshShown is a refresh token that named a session without being used.
type refreshShown struct {
	token string
	fresh bool // as [session.Service.OfRefresh] says
}

// shown finds the living session of a request: by access token or session cookie, or else by the refresh token in its cookie, which is
// then returned, too, and is judged by nobody yet.
func (h *Handler) shown(r *http.Request) (session.Session, *refreshShown, error) {
	who, err := h.Guard.Signed(r)
	token := h.Guard.Cookies.Refresh(r)
	if err == nil || token == "" || len(r.Header.Values("Authorization")) > 0 {
		return who.Session, nil, err
	}
	row, fresh, err := h.Sessions.OfRefresh(r.Context(), token)
	return row, &refreshShown{token, fresh}, err
}

// mayAsk refuses who shows a refresh token that was replaced, or one that is bound to a key without a proof: it may be stolen.
func (h *Handler) mayAsk(r *http.Request, row session.Session, shown refreshShown) error {
	if !shown.fresh {
		return fault.Refuse(fault.RefreshReused)
	}
	key, err := h.keyOf(r, shown.token)
	if err != nil {
		return err
	}
	return session.Holds(row, key)
}
