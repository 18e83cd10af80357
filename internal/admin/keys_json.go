package admin

import (
	"context"
	"errors"
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/record"
)

func (h calls) keyCalls() []httpd.Route {
	return []httpd.Route{
		h.look("/keys", h.listKeys),
		h.change("POST", "/keys/rotate", 4<<10, h.rotateKeys),
		h.change("POST", "/keys/{id}/withdraw", httpd.NoBody, h.withdrawKey),
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
		return noRoom(err)
	}
	return httpd.WriteJSON(w, http.StatusOK, record.OfKey(k))
}

// withdrawn says what was withdrawn, and which key signs.
type withdrawn struct {
	Withdrawn string `json:"withdrawn"`
	Signing   string `json:"signing"`
}

// withdrawKey refuses everything that a key has signed. Whoever hangs up before the answer stops nothing: half of it would leave a stolen key in use.
func (h calls) withdrawKey(w http.ResponseWriter, r *http.Request) error {
	kid := r.PathValue("id")
	signing, err := h.WithdrawKey(context.WithoutCancel(r.Context()), kid, httpd.Source(r))
	if err != nil {
		return meanwhile(noRoom(err))
	}
	return httpd.WriteJSON(w, http.StatusOK, withdrawn{kid, signing})
}

// noRoom refuses that no more keys can be published: key_limit.
func noRoom(err error) error {
	if errors.Is(err, keys.ErrTooMany) {
		return fault.Refuse(fault.KeyLimit).Because(err)
	}
	return err
}
