package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// latest is how many events the page of an account shows.
const latest = 10

// pathOf is the page of an account. The id may be what a stranger put into an address, and stays one segment of the path.
func pathOf(id string) string { return usersPath + "/" + url.PathEscape(id) }

// subject finds the account that the path of a request names; fault.ErrNotFound for nobody.
func (h *Handler) subject(r *http.Request) (user.User, error) {
	return h.Users.Store.UserByID(r.Context(), r.PathValue("id"))
}

// backToSubject is its page, for who has to sign in again.
func backToSubject(r *http.Request) string { return pathOf(r.PathValue("id")) }

func (h *Handler) userPage(w http.ResponseWriter, r *http.Request) error {
	u, err := h.subject(r)
	if err != nil {
		return err
	}
	page, err := h.userAsItIs(r, u)
	if err != nil {
		return err
	}
	page.Notice = webui.AdminDone(r.URL.Query().Get("done"))
	return httpd.WritePage(w, http.StatusOK, h.UI.AdminUser, page)
}

// userAsItIs is the page of an account before any form is judged.
func (h *Handler) userAsItIs(r *http.Request, u user.User) (webui.AdminUser, error) {
	who := httpd.From(r).Session
	page := webui.AdminUser{
		Frame: h.Frame(r, pathOf(u.ID)), Account: userRow(u), Typed: profileOf(u), Oneself: who.UserID == u.ID,
		Mails: h.reaches(u), PasswordAt: u.PasswordChangedAt,
	}
	rows, err := h.Sessions.Of(r.Context(), u.ID)
	if err != nil {
		return page, err
	}
	if page.Sessions, err = h.sessionsOf(r.Context(), rows, who.ID); err != nil {
		return page, err
	}
	if err := h.addWays(r.Context(), &page); err != nil {
		return page, err
	}
	page.Events, err = h.happened(r.Context(), u)
	return page, err
}

func profileOf(u user.User) webui.AdminProfile {
	return webui.AdminProfile{
		Name: u.Name, Username: u.Username, Email: u.Email, Verified: u.EmailVerified, Roles: strings.Join(u.Roles, ", "), Had: had(u),
	}
}

// had is what a form begins with. While the account is something else, the form changes nothing: an address that another administrator took away, because
// a stranger reads it, does not come back with it.
func had(u user.User) string {
	return url.Values{
		"name": {u.Name}, "username": {u.Username}, "email": {u.Email}, "verified": {strconv.FormatBool(u.EmailVerified)}, "roles": u.Roles,
	}.Encode()
}

// sessionsOf are sessions as pages show them. Those of apps go by the name of the app: they run on servers, whose address tells nobody anything.
func (h *Handler) sessionsOf(ctx context.Context, rows []session.Session, current session.ID) ([]webui.Session, error) {
	var out []webui.Session
	for _, s := range rows {
		shown, err := h.shown(ctx, s, current)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}

func (h *Handler) shown(ctx context.Context, s session.Session, current session.ID) (shown webui.Session, err error) {
	shown = webui.Session{ID: s.ID.String(), Agent: s.Agent, Address: s.Address, SignedInAt: s.CreatedAt, SeenAt: s.SeenAt, Current: s.ID == current}
	if s.Keep == session.KeepClient {
		shown.App, err = h.appName(ctx, s.ClientID)
	}
	return shown, err
}

// appName is what a client is called; one that is gone goes by its id.
func (h *Handler) appName(ctx context.Context, id string) (string, error) {
	c, err := h.Clients.Known(ctx, id)
	if errors.Is(err, fault.ErrNotFound) || err == nil && c.Name == "" {
		return id, nil
	}
	return c.Name, err
}

// addWays adds by what the account is opened besides the password.
func (h *Handler) addWays(ctx context.Context, page *webui.AdminUser) error {
	id := page.Account.ID
	f, err := h.OTP.Of(ctx, id)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return err
	}
	page.TwoStepSince = f.AddedAt
	keys, err := h.Passkeys.Of(ctx, id)
	if err != nil {
		return err
	}
	for _, k := range keys {
		page.Passkeys = append(page.Passkeys, webui.Passkey{ID: k.ID, Name: k.Name, AddedAt: k.AddedAt, UsedAt: k.UsedAt, Synced: k.BackupEligible})
	}
	links, err := h.Providers.Links.LinksOf(ctx, id)
	for _, l := range links {
		c := webui.Connection{Title: l.Issuer, Since: l.At}
		if p := h.Providers.ByIssuer(l.Issuer); p != nil {
			c.Name, c.Title = p.Name, p.Title
		}
		page.Connections = append(page.Connections, c)
	}
	return err
}

// happened is what the log says of an account, newest first.
func (h *Handler) happened(ctx context.Context, u user.User) ([]webui.Event, error) {
	events, err := h.Log.Events(ctx, audit.Query{UserID: u.ID, Limit: latest})
	if err != nil {
		return nil, err
	}
	return h.tell(ctx, events)
}
