package admin

import (
	"net/http"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/record"
)

func (h calls) keyCalls() []httpd.Route {
	return []httpd.Route{
		h.look("/keys", h.listKeys),
		h.change("POST", "/keys/rotate", 4<<10, h.rotateKeys),
	}
}

func (h calls) listKeys(w http.ResponseWriter, _ *http.Request) error {
	return httpd.WriteJSON(w, http.StatusOK, map[string][]record.Key{"keys": record.OfKeys(h.allKeys())})
}

// rotateKeys makes a new key before its time, which signs at once, or when everybody knows it.
func (h calls) rotateKeys(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Now bool `json:"now"`
	}](r)
	if err != nil {
		return err
	}
	k, err := h.Keys.Rotate(r.Context(), httpd.Source(r), in.Now)
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusOK, record.OfKey(k))
}
