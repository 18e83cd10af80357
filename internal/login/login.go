package login

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// Handler answers the pages. Its fields are set once.
type Handler struct {
	UI       *webui.UI
	Name     string // what people sign in to
	Setup    *Setup
	Password *authn.Password
	// SecondStep is what comes after the password, by the second factors of OTP.
	SecondStep *authn.SecondStep
	OTP        *otp.Service
	Passkeys   *authn.Passkeys
	Devices    *authn.Devices
	Users      *user.Directory
	Sessions   *session.Service
	Grants     *grant.Service
	Mailbox    *mailbox.Service
	// Caught leads to the letters where they are caught, in `lingpai dev`; "" elsewhere.
	Caught string
	// InsecureCode is what the app of an account shows now, to be read where it is asked for, in `lingpai dev`; nil elsewhere.
	InsecureCode func(ctx context.Context, userID string) (string, error)
	// InsecureKnown are people whose passwords everybody knows, in `lingpai dev`; none elsewhere.
	InsecureKnown []webui.Known
	Guard         *httpd.Guard
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
	return append(slices.Concat(h.connectRoutes(), h.secondStepRoutes(page, form), h.passkeyRoutes(page, form)), []httpd.Route{
		assets,
		page("/{$}", httpd.Public, home),
		page("/auth/{$}", httpd.Public, home),
		page(httpd.SetupPath, httpd.Public, h.setupPage),
		form(httpd.SetupPath, httpd.Public, h.setUp),
		page(httpd.LoginPath, httpd.OptionalUser, h.loginPage),
		form(httpd.LoginPath, httpd.OptionalUser, h.signIn),
		page(httpd.LogoutPath, httpd.OptionalUser, h.logoutPage),
		form(httpd.LogoutPath, httpd.OptionalUser, h.signOut),
		page(httpd.ForgotPath, httpd.Public, h.forgotPage),
		form(httpd.ForgotPath, httpd.Public, h.forgot),
		page(httpd.ResetPath, httpd.Public, h.resetPage),
		form(httpd.ResetPath, httpd.Public, h.reset),
		page(httpd.ConfirmPath, httpd.CookieOnly, h.confirmPage),
		form(httpd.ConfirmPath, httpd.CookieOnly, h.confirm),
		form(httpd.AccountPath+"/email/confirm", httpd.CookieOnly, h.askToConfirm),
		page(httpd.InspectPath, httpd.OptionalUser, h.inspectPage),
		page(httpd.AccountPath, httpd.CookieOnly, h.accountPage),
		page(httpd.AccountPath+"/profile", httpd.Public, home), // where a form that was refused leaves the address
		page(httpd.AccountPath+"/password", httpd.Public, home),
		page(httpd.AccountPath+"/email/confirm", httpd.Public, home),
		form(httpd.AccountPath+"/profile", httpd.CookieOnly, h.setProfile),
		form(httpd.AccountPath+"/password", httpd.CookieOnly, h.setPassword),
		form(httpd.AccountPath+"/sessions/{id}/end", httpd.CookieOnly, h.fresh("sessions", h.endSession)),
		form(httpd.AccountPath+"/sessions/end-others", httpd.CookieOnly, h.fresh("sessions", h.endOthers)),
		form(httpd.AccountPath+"/apps/{id}/end", httpd.CookieOnly, h.fresh("apps", h.takeBack)),
		form(httpd.AccountPath+"/connections/{provider}/end", httpd.CookieOnly, h.fresh("connections", h.untie)),
	}...)
}

func home(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, httpd.AccountPath, http.StatusSeeOther)
	return nil
}

func (h *Handler) asset(w http.ResponseWriter, r *http.Request) error {
	h.UI.Assets().ServeHTTP(w, r)
	return nil
}
