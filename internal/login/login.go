package login

import (
	"context"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

const accountPath = "/auth/account"

// Handler answers the pages. Its fields are set once.
type Handler struct {
	UI       *webui.UI
	Name     string // what people sign in to
	Setup    *Setup
	Password *authn.Password
	Devices  *authn.Devices
	Users    *user.Directory
	Sessions *session.Service
	Grants   *grant.Service
	Mailbox  *mailbox.Service
	// Caught leads to the letters where they are caught, in `lingpai dev`; "" elsewhere.
	Caught string
	Guard  *httpd.Guard
	// Providers are those that people may come from.
	Providers *provider.Service
	// Issuer is our origin.
	Issuer string
	// Provoked refuses a request that a page of a foreign origin caused.
	Provoked func(r *http.Request, surface httpd.Surface) error
	// Keys are those that the page which opens tokens brings along.
	Keys interface {
		// PublicJWKS returns the JWK Set (RFC 7517) and a strong entity tag of it.
		PublicJWKS() (body []byte, etag string)
	}
	// Asking is the request of an app that returnTo leads to, or nil.
	Asking func(r *http.Request, returnTo string) *grant.Request
	// Frames are addresses of apps to be loaded as a session of the browser ends, which tells them.
	Frames func(ctx context.Context, browser session.ID) ([]string, error)
	// ReturnTo checks where a person wants to go.
	ReturnTo func(string) (string, bool)
	Now      func() time.Time
}

// Routes is the table of the pages.
func (h *Handler) Routes() []httpd.Route {
	page := func(path string, auth httpd.Auth, handle httpd.Handler) httpd.Route {
		return httpd.Route{
			Pattern: "GET " + path, Surface: httpd.Browser, Auth: auth, CSRF: httpd.Safe, CORS: httpd.OwnOrigin,
			Cache: httpd.NoStore, Body: httpd.NoBody, Handle: h.Speaking(handle),
		}
	}
	form := func(path string, auth httpd.Auth, handle httpd.Handler) httpd.Route {
		return httpd.Route{
			Pattern: "POST " + path, Surface: httpd.Browser, Auth: auth, CSRF: httpd.SameOrigin, CORS: httpd.OwnOrigin,
			Cache: httpd.NoStore, Body: 16 << 10, Handle: handle,
		}
	}
	assets := page("/auth/assets/{hash}/{file}", httpd.Public, h.asset)
	assets.Cache = httpd.PublicFor(365 * 24 * time.Hour)
	return append(h.connectRoutes(), []httpd.Route{
		assets,
		page("/{$}", httpd.Public, home),
		page("/auth/{$}", httpd.Public, home),
		page("/auth/setup", httpd.Public, h.setupPage),
		form("/auth/setup", httpd.Public, h.setUp),
		page("/auth/login", httpd.OptionalUser, h.loginPage),
		form("/auth/login", httpd.OptionalUser, h.signIn),
		page("/auth/logout", httpd.OptionalUser, h.logoutPage),
		form("/auth/logout", httpd.OptionalUser, h.signOut),
		page(mailbox.ForgotPath, httpd.Public, h.forgotPage),
		form(mailbox.ForgotPath, httpd.Public, h.forgot),
		page(mailbox.ResetPath, httpd.Public, h.resetPage),
		form(mailbox.ResetPath, httpd.Public, h.reset),
		page(mailbox.ConfirmPath, httpd.CookieOnly, h.confirmPage),
		form(mailbox.ConfirmPath, httpd.CookieOnly, h.confirm),
		form(accountPath+"/email/confirm", httpd.CookieOnly, h.askToConfirm),
		page(inspectPath, httpd.OptionalUser, h.inspectPage),
		page(accountPath, httpd.CookieOnly, h.accountPage),
		page(accountPath+"/profile", httpd.Public, home), // where a form that was refused leaves the address
		page(accountPath+"/password", httpd.Public, home),
		page(accountPath+"/email/confirm", httpd.Public, home),
		form(accountPath+"/profile", httpd.CookieOnly, h.setProfile),
		form(accountPath+"/password", httpd.CookieOnly, h.setPassword),
		form(accountPath+"/sessions/{id}/end", httpd.CookieOnly, h.endSession),
		form(accountPath+"/sessions/end-others", httpd.CookieOnly, h.endOthers),
		form(accountPath+"/apps/{id}/end", httpd.CookieOnly, h.takeBack),
		form(accountPath+"/connections/{provider}/end", httpd.CookieOnly, h.untie),
	}...)
}

func home(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, accountPath, http.StatusSeeOther)
	return nil
}

func (h *Handler) asset(w http.ResponseWriter, r *http.Request) error {
	h.UI.Assets().ServeHTTP(w, r)
	return nil
}
