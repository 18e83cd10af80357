package login

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// Where people look after their passkeys: a section of the account page, and a page for each.
const (
	passkeysSection = "passkeys"
	passkeysPath    = httpd.AccountPath + "/passkeys"
)

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

// mayChangePasskeys returns who is signed in if they have proved just before that it is them, by what their account asks for now. The refusals are those
// of requireProof.
func (h *Handler) mayChangePasskeys(r *http.Request) (user.User, error) {
	who := httpd.From(r).Session
	if err := h.requireProof(r.Context(), who); err != nil {
		return user.User{}, err
	}
	return h.Users.Store.UserByID(r.Context(), who.UserID)
}

// changingPasskeys lets a form act for who may change passkeys. Anybody else is asked to sign in again, and comes back to the section.
func (h *Handler) changingPasskeys(act func(w http.ResponseWriter, r *http.Request, u user.User) error) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, err := h.mayChangePasskeys(r)
		if err != nil {
			return askAnew(w, r, passkeysSection, err)
		}
		return act(w, r, u)
	}
}

func owner(u user.User) passkey.Owner {
	return passkey.Owner{ID: u.ID, Username: u.Username, Name: u.Name}
}

// beginAddingPasskey answers the script of the account page with what the browser is to ask of the device.
func (h *Handler) beginAddingPasskey(w http.ResponseWriter, r *http.Request) error {
	u, err := h.mayChangePasskeys(r)
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
func (h *Handler) addPasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	return h.changingPasskeys(func(w http.ResponseWriter, r *http.Request, u user.User) error {
		name := h.Frame(r, httpd.AccountPath).Lang.Device(r.UserAgent())
		_, err := h.Passkeys.Keys.Add(r.Context(), owner(u), h.Guard.Cookies.Passkey(r), form.Get("credential"), name, source(r))
		if err == nil {
			h.Guard.Cookies.ClearPasskey(w, r)
			return done(w, r, passkeysSection, "passkey_added", 0)
		}
		return h.passkeysAgain(w, r, err)
	})(w, r)
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
	return h.changingPasskeys(func(w http.ResponseWriter, r *http.Request, u user.User) error {
		c, err := h.Passkeys.Keys.Find(r.Context(), u.ID, r.PathValue("id"))
		if errors.Is(err, fault.ErrNotFound) { // removed elsewhere
			return done(w, r, passkeysSection, "", 0)
		}
		if err != nil {
			return err
		}
		page := webui.PasskeyPage{Frame: h.Frame(r, passkeysPath+"/"+c.ID), Passkey: passkeyView(&c)}
		return httpd.WritePage(w, http.StatusOK, h.UI.Passkey, page)
	})(w, r)
}

func (h *Handler) renamePasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := httpd.ReadForm(r)
	if err != nil {
		return err
	}
	return h.changingPasskeys(func(w http.ResponseWriter, r *http.Request, u user.User) error {
		err := h.Passkeys.Keys.Rename(r.Context(), u.ID, r.PathValue("id"), form.Get("name"))
		if errors.Is(err, fault.ErrNotFound) {
			return done(w, r, passkeysSection, "", 0)
		}
		if err != nil {
			return err
		}
		return done(w, r, passkeysSection, "passkey_renamed", 0)
	})(w, r)
}

func (h *Handler) removePasskey(w http.ResponseWriter, r *http.Request) error {
	if _, err := httpd.ReadForm(r); err != nil {
		return err
	}
	return h.changingPasskeys(func(w http.ResponseWriter, r *http.Request, u user.User) error {
		err := h.Passkeys.Keys.Remove(r.Context(), u.ID, r.PathValue("id"), source(r))
		switch {
		case errors.Is(err, fault.ErrNotFound): // removed elsewhere, or the form was sent twice
			return done(w, r, passkeysSection, "", 0)
		case err != nil:
			return h.passkeysAgain(w, r, err)
		}
		return done(w, r, passkeysSection, "passkey_removed", 0)
	})(w, r)
}
