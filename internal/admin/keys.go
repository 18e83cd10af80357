package admin

import (
	"errors"
	"net/http"

	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/webui"
)

const keysPath = httpd.AdminPath + "/keys"

func (h *Handler) keyPages() []httpd.Route {
	return []httpd.Route{
		h.page("/keys", h.keysPage),
		h.page("/keys/rotate", leadTo(at(keysPath))), // where a form that was refused leaves the address
		h.form("/keys/rotate", at(keysPath), h.rotateKey),
	}
}

// allKeys are the keys of access tokens and those of ID tokens.
func (h *Handler) allKeys() []keys.Info {
	all := h.Keys.List()
	if ring := h.IDKeys.Opened(); ring != nil {
		all = append(all, ring.List()...)
	}
	return all
}

// keysPage lists what tokens are signed with.
func (h *Handler) keysPage(w http.ResponseWriter, r *http.Request) error {
	page := h.keysOf(r)
	switch r.URL.Query().Get("done") {
	case "anew":
		page.Notice = webui.SignedInAnew()
	case "key_made":
		page.Notice = webui.KeyMade()
	case "key_signs":
		page.Notice = webui.KeySigns()
	}
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminKeys, page)
}

func (h *Handler) keysOf(r *http.Request) webui.AdminKeys {
	page := webui.AdminKeys{Frame: h.Frame(r, keysPath), PublishBefore: h.PublishBefore}
	for _, k := range h.allKeys() {
		page.Keys = append(page.Keys, webui.AdminKey{
			ID: k.ID, Algorithm: string(k.Algorithm), State: string(k.State), MadeAt: k.CreatedAt, SignsFrom: k.ActivatesAt, RemovedAt: k.ExpiresAt,
		})
	}
	return page
}

func (h *Handler) rotateKey(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	made, err := h.Keys.Rotate(r.Context(), httpd.Source(r), form.Get("now") != "")
	switch {
	case errors.Is(err, keys.ErrTooMany):
		page := h.keysOf(r)
		page.Notice = webui.TooManyKeys()
		return httpd.WritePage(w, http.StatusConflict, h.UI.AdminKeys, page)
	case err != nil:
		return err
	case made.State == keys.Next:
		return done(w, r, keysPath, "key_made")
	}
	return done(w, r, keysPath, "key_signs")
}
