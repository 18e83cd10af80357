package login

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// passkeysPath leads to the page of each passkey; all are listed on the account page.
const passkeysPath = httpd.AccountPath + "/passkeys"

// passkeys are what the account page says of them; nil where there can be none.
func (h *Handler) passkeys(ctx context.Context, u user.User) (*webui.Passkeys, error) {
	keys := h.Passkeys.Keys
	if !keys.Available() {
		return nil, nil //nolint:nilnil // the page has no section then
	}
	list, err := keys.Of(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	p := &webui.Passkeys{RPID: keys.RPID(), UserHandle: base64.RawURLEncoding.EncodeToString([]byte(u.ID)), Full: len(list) >= passkey.Most}
	for i := range list {
		p.List = append(p.List, passkeyView(&list[i]))
	}
	return p, nil
}

func passkeyView(c *passkey.Credential) webui.Passkey {
	return webui.Passkey{ID: c.ID, Name: c.Name, AddedAt: c.AddedAt, UsedAt: c.UsedAt, Synced: c.BackupEligible}
}

func owner(u user.User) passkey.Owner {
	return passkey.Owner{ID: u.ID, Username: u.Username, Name: u.Name}
}

// beginAddingPasskey answers the script of the account page with what the browser is to ask of the device.
func (h *Handler) beginAddingPasskey(w http.ResponseWriter, r *http.Request) error {
	who := httpd.From(r).Session
	if err := h.requireProof(r.Context(), who); err != nil {
		return err
	}
	u, err := h.Users.Store.UserByID(r.Context(), who.UserID)
	if err != nil {
		return err
	}
	begun, err := h.Passkeys.Keys.BeginAdding(r.Context(), owner(u))
	if err != nil {
		return err
	}
	h.Guard.Cookies.SetPasskey(w, begun.Sealed, h.Now().Add(passkey.BegunFor))
	return httpd.WriteJSON(w, http.StatusOK, begun.Options)
}

// addPasskey adds what the device has made. Without that, the form has come to have its person sign in again.
func (h *Handler) addPasskey(w http.ResponseWriter, r *http.Request, form url.Values) error {
	u, err := h.Users.Store.UserByID(r.Context(), httpd.From(r).Session.UserID)
	if err != nil {
		return err
	}
	name := h.Frame(r, httpd.AccountPath).Lang.Device(r.UserAgent())
	if _, err := h.Passkeys.Keys.Add(r.Context(), owner(u), h.Guard.Cookies.Passkey(r), form.Get("credential"), name, source(r)); err != nil {
		return h.passkeysAgain(w, r, err)
	}
	h.Guard.Cookies.ClearPasskey(w, r)
	return done(w, r, "passkey_added", 0)
}

// passkeysAgain draws the account page with what was refused. What is our own fault gets the page for that.
func (h *Handler) passkeysAgain(w http.ResponseWriter, r *http.Request, err error) error {
	refusal := fault.From(err)
	if isOurs(refusal.Code) {
		return err
	}
	page, pageErr := h.account(r)
	if pageErr != nil {
		return pageErr
	}
	if page.Passkeys == nil {
		return err
	}
	page.Passkeys.Notice = webui.Refused(refusal)
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.Account, page)
}

// passkeyPage is that of one passkey: its name, and the way to be rid of it.
func (h *Handler) passkeyPage(w http.ResponseWriter, r *http.Request) error {
	who := httpd.From(r).Session
	if err := h.requireProof(r.Context(), who); err != nil {
		return httpd.AskAnew(w, r, passkeysSection.anew(), err)
	}
	c, err := h.Passkeys.Keys.Find(r.Context(), who.UserID, r.PathValue("id"))
	if errors.Is(err, fault.ErrNotFound) { // removed elsewhere
		return seeOther(w, r, passkeysSection.path())
	}
	if err != nil {
		return err
	}
	page := webui.PasskeyPage{Frame: h.Frame(r, passkeysPath+"/"+c.ID), Passkey: passkeyView(&c)}
	return httpd.WritePage(w, http.StatusOK, h.UI.Passkey, page)
}

func (h *Handler) renamePasskey(w http.ResponseWriter, r *http.Request, form url.Values) error {
	err := h.Passkeys.Keys.Rename(r.Context(), httpd.From(r).Session.UserID, r.PathValue("id"), form.Get("name"))
	switch {
	case errors.Is(err, fault.ErrNotFound):
		return seeOther(w, r, passkeysSection.path())
	case err != nil:
		return err
	}
	return done(w, r, "passkey_renamed", 0)
}

func (h *Handler) removePasskey(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	err := h.Passkeys.Keys.Remove(r.Context(), httpd.From(r).Session.UserID, r.PathValue("id"), source(r))
	switch {
	case errors.Is(err, fault.ErrNotFound): // removed elsewhere, or the form was sent twice
		return seeOther(w, r, passkeysSection.path())
	case err != nil:
		return h.passkeysAgain(w, r, err)
	}
	return done(w, r, "passkey_removed", 0)
}
