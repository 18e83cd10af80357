package login

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// accountRoutes are those of the account page, whose sections are in files of their own where they are larger.
func (h *Handler) accountRoutes() []httpd.Route {
	page := h.page
	return []httpd.Route{
		page(httpd.AccountPath, httpd.CookieOnly, h.accountPage),
		page(httpd.AccountPath+"/profile", httpd.Public, home), // where a form that was refused leaves the address
		page(httpd.AccountPath+"/password", httpd.Public, home),
		page(httpd.AccountPath+"/email/confirm", httpd.Public, home),
		form(httpd.AccountPath+"/profile", httpd.CookieOnly, h.setProfile),
		form(httpd.AccountPath+"/email/confirm", httpd.CookieOnly, h.askToConfirm),
		page(httpd.ConfirmPath, httpd.CookieOnly, h.confirmPage),
		form(httpd.ConfirmPath, httpd.CookieOnly, h.confirm),
		form(httpd.AccountPath+"/password", httpd.CookieOnly, h.withFactor(passwordSection.anew(), h.setPassword)),
		form(httpd.AccountPath+"/connections/{provider}/end", httpd.CookieOnly, h.proven(connectionsSection.anew(), h.untie)),
		form(httpd.AccountPath+"/apps/{id}/end", httpd.CookieOnly, h.fresh(appsSection.anew(), h.takeBack)),
		form(httpd.AccountPath+"/sessions/{id}/end", httpd.CookieOnly, h.fresh(sessionsSection.anew(), h.endSession)),
		form(httpd.AccountPath+"/sessions/end-others", httpd.CookieOnly, h.fresh(sessionsSection.anew(), h.endOthers)),
	}
}

func (h *Handler) accountPage(w http.ResponseWriter, r *http.Request) error {
	page, err := h.account(r)
	if err != nil {
		return err
	}
	tell(&page, r.URL.Query())
	return httpd.WritePage(w, http.StatusOK, h.UI.Account, page)
}

// account is the page as it is, before any form is judged.
func (h *Handler) account(r *http.Request) (webui.Account, error) {
	who := httpd.From(r)
	rows, err := h.Sessions.Of(r.Context(), who.Session.UserID)
	if err != nil {
		return webui.Account{}, err
	}
	apps, err := h.apps(r.Context(), who.Session.UserID)
	if err != nil {
		return webui.Account{}, err
	}
	ways, err := h.connections(r.Context(), who.Session.UserID)
	if err != nil {
		return webui.Account{}, err
	}
	at := places(rows, who.Session.ID)
	if err := h.named(r.Context(), rows, at); err != nil {
		return webui.Account{}, err
	}
	u, err := h.Users.Store.UserByID(r.Context(), who.Session.UserID)
	if err != nil {
		return webui.Account{}, err
	}
	since, err := h.twoStepSince(r.Context(), u.ID)
	if err != nil {
		return webui.Account{}, err
	}
	passkeys, err := h.passkeys(r.Context(), u)
	if err != nil {
		return webui.Account{}, err
	}
	return webui.Account{
		SecondFactor: webui.SecondFactor{Since: since}, Passkeys: passkeys,
		Frame: h.Frame(r, httpd.AccountPath),
		Apps:  apps, Connections: ways,
		Profile: webui.Profile{
			Name: u.Name, Email: u.Email, Unverified: u.Email != "" && !u.EmailVerified, Confirms: h.Mailbox.Mails(), HasPassword: !u.Password.Empty(),
		},
		Sessions: at,
	}, nil
}

// places lists sessions for the page. A place is new when the session began there after others had begun elsewhere.
func places(rows []session.Session, current session.ID) []webui.Session {
	began := beginnings(rows)
	out := make([]webui.Session, 0, len(rows))
	for _, s := range rows {
		out = append(out, webui.Session{
			ID: s.ID.String(), Agent: s.Agent, Address: s.Address, SignedInAt: s.CreatedAt, SeenAt: s.SeenAt,
			Current: s.ID == current, NewPlace: s.ID != current && began.isNewPlace(s),
		})
	}
	return out
}

// beginning is when the first session began, anywhere and at each place. It is gathered once, because there may be thousands of sessions.
type beginning struct {
	anywhere time.Time
	at       map[netip.Prefix]time.Time
}

func beginnings(rows []session.Session) beginning {
	b := beginning{at: make(map[netip.Prefix]time.Time, len(rows))}
	for _, s := range rows {
		if b.anywhere.IsZero() || s.CreatedAt.Before(b.anywhere) {
			b.anywhere = s.CreatedAt
		}
		place := session.Place(s.Address)
		if first, known := b.at[place]; !known || s.CreatedAt.Before(first) {
			b.at[place] = s.CreatedAt
		}
	}
	return b
}

func (b beginning) isNewPlace(s session.Session) bool {
	return b.anywhere.Before(s.CreatedAt) && !b.at[session.Place(s.Address)].Before(s.CreatedAt)
}

func (h *Handler) setPassword(w http.ResponseWriter, r *http.Request, form url.Values) error {
	n, err := h.changePassword(r, secret.New(form.Get("current")), secret.New(form.Get("new")))
	if err == nil {
		return done(w, r, "password", n)
	}
	refusal := fault.From(err)
	if isOurs(refusal.Code) {
		return err
	}
	page, pageErr := h.account(r)
	if pageErr != nil {
		return pageErr
	}
	page.Password.Problems = problems(refusal, "new")
	if page.Password.Notice = webui.NothingChanged(); page.Password.Problems == nil {
		page.Password.Notice = webui.Refused(refusal)
	}
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.Account, page)
}

// changePassword returns how many other sessions ended with it.
func (h *Handler) changePassword(r *http.Request, current, fresh secret.String) (int, error) {
	who, ctx := httpd.From(r).Session, r.Context()
	was, err := h.Password.Confirm(ctx, who.UserID, authn.Attempt{
		Password: current, Device: h.Guard.Cookies.Device(r), Source: source(r),
	})
	if err != nil {
		return 0, err
	}
	before, err := h.Sessions.Of(ctx, who.UserID)
	if err != nil {
		return 0, err
	}
	err = h.Users.SetPassword(ctx, was, fresh, who.ID.String(), source(r))
	if errors.Is(err, fault.ErrConflict) { // The one that was shown is not the password any more.
		return 0, fault.Refuse(fault.CredentialsInvalid).Because(err)
	}
	if err != nil {
		return 0, err
	}
	return len(before) - 1, nil
}

func (h *Handler) endSession(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	id, ok := session.ParseID(r.PathValue("id"))
	if !ok {
		return fault.Refuse(fault.NotFound)
	}
	if err := h.Sessions.EndOne(r.Context(), httpd.From(r).Session.UserID, id, source(r)); err != nil {
		return err
	}
	return done(w, r, "session", 0)
}

func (h *Handler) endOthers(w http.ResponseWriter, r *http.Request, _ url.Values) error {
	n, err := h.Sessions.SignOut(r.Context(), httpd.From(r).Session, session.Others, source(r))
	if err != nil {
		return err
	}
	return done(w, r, "others", n)
}
