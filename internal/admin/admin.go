package admin

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/provider"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// APIPath is where the JSON is.
const APIPath = "/auth/api/admin"

// Handler answers administrators. Its fields are set once.
type Handler struct {
	Users      *user.Directory
	Sessions   *session.Service
	Presences  session.Presences
	SecondStep *authn.SecondStep
	OTP        *otp.Service
	Passkeys   *passkey.Service
	Openers    record.Openers
	Providers  *provider.Service
	Mailbox    *mailbox.Service
	Clients    *client.Registry
	Keys       *keys.Ring
	IDKeys     *keys.Lazy // of ID tokens by RS256
	// WithdrawKey refuses what a key has signed, and returns the key that signs now; fault.ErrNotFound when there is none of that id.
	WithdrawKey func(ctx context.Context, kid string, src audit.Source) (signing string, err error)
	Log         audit.Log

	// PublishBefore is for how long a signing key is published before it signs; LogKeptFor how long events are kept, 0 for ever.
	PublishBefore, LogKeptFor time.Duration

	UI *webui.UI
	// Frame is what every page has around its matter, and Speaking lets a page answer the language switch.
	Frame    func(r *http.Request, path string) webui.Frame
	Speaking func(httpd.Handler) httpd.Handler
	Now      func() time.Time
}

// Routes is the table of all pages and of the JSON.
func (h *Handler) Routes() []httpd.Route {
	return slices.Concat(
		[]httpd.Route{h.page("", leadTo(at(usersPath)))},
		h.userPages(), h.sessionPages(), h.appPages(), h.keyPages(), h.logPages(),
		calls{h}.routes(),
	)
}

// page is a route of the pages that shows something: path is below [httpd.AdminPath].
func (h *Handler) page(path string, handle httpd.Handler) httpd.Route {
	return httpd.Route{
		Pattern: "GET " + httpd.AdminPath + path, Surface: httpd.Browser, Auth: httpd.CookieOnly, CSRF: httpd.Safe, CORS: httpd.OwnOrigin,
		Cache: httpd.NoStore, Body: httpd.NoBody, Handle: h.speaking(admins(handle)),
	}
}

// form is one that changes something. Who has to sign in again for it comes back to the page that back names.
func (h *Handler) form(path string, back func(*http.Request) string, handle httpd.Handler) httpd.Route {
	return httpd.Route{
		Pattern: "POST " + httpd.AdminPath + path, Surface: httpd.Browser, Auth: httpd.CookieOnly, CSRF: httpd.SameOrigin, CORS: httpd.OwnOrigin,
		Cache: httpd.NoStore, Body: 16 << 10, Handle: admins(h.proved(back, handle)),
	}
}

// look is a route of the JSON that tells something: path is below [APIPath].
func (h *Handler) look(path string, handle httpd.Handler) httpd.Route {
	return httpd.Route{
		Pattern: "GET " + APIPath + path, Surface: httpd.API, Auth: httpd.Signed, CSRF: httpd.Safe, CORS: httpd.Configured,
		Cache: httpd.NoStore, Body: httpd.NoBody, Handle: admins(handle),
	}
}

// change is one that changes something. Body is in bytes, or [httpd.NoBody].
func (h *Handler) change(method, path string, body int64, handle httpd.Handler) httpd.Route {
	return httpd.Route{
		Pattern: method + " " + APIPath + path, Surface: httpd.API, Auth: httpd.Signed, CSRF: httpd.CookieBound, CORS: httpd.Configured,
		Cache: httpd.NoStore, Body: body, Handle: admins(h.proved(nil, handle)),
	}
}

func (h *Handler) speaking(next httpd.Handler) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return h.Speaking(next)(w, r) }
}
