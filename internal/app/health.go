package app

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
)

// health says whether the process lives (/healthz) and whether it wants work (/readyz): not while it stops, not while the store cannot be
// asked, and not while there is no room to write.
type health struct {
	ping     func(ctx context.Context) error
	free     func() (bytes uint64, known bool)
	draining atomic.Bool
}

func (h *health) routes() []httpd.Route {
	rule := httpd.Route{
		Surface: httpd.API, Auth: httpd.Public, CSRF: httpd.Safe, CORS: httpd.OwnOrigin, Cache: httpd.NoStore, Body: httpd.NoBody,
	}
	alive, ready := rule, rule
	alive.Pattern, alive.Handle = "GET /healthz", h.alive
	ready.Pattern, ready.Handle = "GET /readyz", h.ready
	return []httpd.Route{alive, ready}
}

func (h *health) alive(w http.ResponseWriter, _ *http.Request) error {
	return httpd.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (h *health) ready(w http.ResponseWriter, r *http.Request) error {
	if h.draining.Load() {
		return fault.Refuse(fault.Unavailable).Because(errors.New("the server is stopping"))
	}
	if err := h.ping(r.Context()); err != nil {
		return fault.Refuse(fault.Unavailable).Because(err)
	}
	if left, known := h.free(); known && left < LowSpace {
		return fault.Refuse(fault.DiskFull, Space(left))
	}
	return httpd.WriteJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}
