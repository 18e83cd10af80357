package feed

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/statuslist"
)

// StatusPath is where the status lists are.
const StatusPath = "/auth/status"

// Lists is the side of package revocation that makes status lists. *revocation.StatusLists is one.
type Lists interface {
	List(ctx context.Context, n int) (revocation.StatusList, error)
	URIs() []string
}

// statusRoutes is empty where there are no lists. Anybody may read one: without the tokens it tells nothing, not even how many there are.
func (h *Handler) statusRoutes() []httpd.Route {
	if h.Lists == nil {
		return nil
	}
	rule := httpd.Route{
		Surface: httpd.API, Auth: httpd.Public, CSRF: httpd.Safe, CORS: httpd.AnyOrigin, Cache: httpd.PublicFor(time.Minute), Body: httpd.NoBody,
	}
	all, one := rule, rule
	all.Pattern, all.Handle = "GET "+StatusPath, h.allLists
	one.Pattern, one.Handle = "GET "+StatusPath+"/{n}", h.oneList
	return []httpd.Route{all, one}
}

// oneList answers with a list (draft-ietf-oauth-status-list-21, section 8.2).
func (h *Handler) oneList(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || strconv.Itoa(n) != r.PathValue("n") {
		return fmt.Errorf("read number of status list: %w", fault.ErrNotFound)
	}
	list, err := h.Lists.List(r.Context(), n)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", list.ETag)
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(list.MaxAge.Seconds())))
	if r.Header.Get("If-None-Match") == list.ETag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", statuslist.MediaType)
	_, _ = io.WriteString(w, list.Text) // The client may be gone; nobody is left to tell.
	return nil
}

// allLists names all lists, for who fetches them ahead (section 9).
func (h *Handler) allLists(w http.ResponseWriter, _ *http.Request) error {
	return httpd.WriteJSON(w, http.StatusOK, struct {
		Lists []string `json:"status_lists"`
	}{h.Lists.URIs()})
}
