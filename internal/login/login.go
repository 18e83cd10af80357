package login

import (
	"context"
	"net/http"
	"net/url"
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
	return slices.Concat(h.signInRoutes(), h.secondStepRoutes(), h.connectRoutes(), h.accountRoutes(), h.twoStepRoutes(), h.passkeyRoutes())
}

// page is a route that shows something, and changes nothing.
func (h *Handler) page(path string, auth httpd.Auth, show httpd.Handler) httpd.Route {
	return httpd.Route{
		Pattern: "GET " + path, Surface: httpd.Browser, Auth: auth, CSRF: httpd.Safe, CORS: httpd.OwnOrigin,
		Cache: httpd.NoStore, Body: httpd.NoBody, Handle: h.Speaking(show),
	}
}

// formHandler does what a form says.
type formHandler func(w http.ResponseWriter, r *http.Request, form url.Values) error

// form is a route that changes something.
func form(path string, auth httpd.Auth, act formHandler) httpd.Route {
	return httpd.Route{
		Pattern: "POST " + path, Surface: httpd.Browser, Auth: auth, CSRF: httpd.SameOrigin, CORS: httpd.OwnOrigin,
		Cache: httpd.NoStore, Body: 16 << 10, Handle: func(w http.ResponseWriter, r *http.Request) error {
			sent, err := httpd.ReadForm(r)
			if err != nil {
				return err
			}
			return act(w, r, sent)
		},
	}
}

// signInRoutes are those of whoever is not signed in yet, or not any more.
func (h *Handler) signInRoutes() []httpd.Route {
	page := h.page
	assets := page("/auth/assets/{hash}/{file}", httpd.Public, h.asset)
	assets.Cache = httpd.PublicFor(365 * 24 * time.Hour)
	changing := page("/.well-known/change-password", httpd.Public, toPassword)
	changing.Surface = httpd.API // a program asks first
	return []httpd.Route{
		assets,
		page("/{$}", httpd.Public, home),
		page("/auth/{$}", httpd.Public, home),
		page(httpd.InspectPath, httpd.OptionalUser, h.inspectPage),
		changing,
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
		page(httpd.SignUpPath, httpd.Public, h.signUpPage),
		form(httpd.SignUpPath, httpd.Public, h.signUp),
		page(httpd.FinishPath, httpd.Public, h.finishSignUpPage),
		form(httpd.FinishPath, httpd.Public, h.finishSignUp),
	}
}

func home(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, httpd.AccountPath)
}

// toPassword leads a password manager, and who follows it, to where a password is changed (W3C, A Well-Known URL for Changing Passwords).
func toPassword(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, httpd.AccountPath+"#password", http.StatusSeeOther)
	return nil
}

func (h *Handler) asset(w http.ResponseWriter, r *http.Request) error {
	h.UI.Assets().ServeHTTP(w, r)
	return nil
}
