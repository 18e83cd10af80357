// Package api is the first-party JSON API under /auth/api/: sign in, refresh, confirm, sign out, who am I, my sessions.
// docs/sign-in.md describes it for clients.
//
//	POST   /auth/api/login             {"username","password","code"?,"keep"?,"confirms"?}
//	POST   /auth/api/passkey/options   what to ask of a device
//	POST   /auth/api/passkey           {"credential","keep"?,"confirms"?}
//	POST   /auth/api/refresh           {"refresh_token"} or the cookie
//	POST   /auth/api/refresh/confirm   {"refresh_token"} or the cookie
//	POST   /auth/api/logout            {"scope"?,"refresh_token"?,"wait"?}
//	POST   /auth/api/forgot            {"username"}
//	POST   /auth/api/reset             {"code","password"}
//	POST   /auth/api/sign-up           {"email"}
//	POST   /auth/api/sign-up/finish    {"code","username","name"?,"password","keep"?,"confirms"?}
//	GET    /auth/api/me
//	GET    /auth/api/session           whose session the cookies of a browser hold
//	GET    /auth/api/events            the end of a session, for open tabs
//	GET    /auth/api/sessions
//	DELETE /auth/api/sessions/{id}
//
// It only translates: what a request means and what follows from it is said in authn, session and token.
package api

import (
	"context"
	"time"

	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

// Told says how far a revocation has come. *revocation.Hub does.
type Told interface {
	Latest() int64
	Wait(ctx context.Context, seq int64, d time.Duration) revocation.Standing
}

// Handler answers the API. Its fields are set once.
type Handler struct {
	Password *authn.Password
	// SecondStep is what comes after the password.
	SecondStep *authn.SecondStep
	Passkeys   *authn.Passkeys
	Devices    *authn.Devices
	Sessions   *session.Service
	Tokens     *token.Issuer
	Guard      *httpd.Guard
	Mailbox    *mailbox.Service
	Told       Told
	Tabs       *Tabs
	Now        func() time.Time
}

// Routes is the table of the API.
func (h *Handler) Routes() []httpd.Route {
	base := httpd.Route{Surface: httpd.API, CORS: httpd.Configured, Cache: httpd.NoStore}
	route := func(pattern string, auth httpd.Auth, csrf httpd.CSRF, body int64, handle httpd.Handler) httpd.Route {
		r := base
		r.Pattern, r.Auth, r.CSRF, r.Body, r.Handle = pattern, auth, csrf, body, handle
		return r
	}
	return []httpd.Route{
		route("POST /auth/api/login", httpd.Public, httpd.SameOrigin, 16<<10, h.login),
		route("POST /auth/api/passkey/options", httpd.Public, httpd.SameOrigin, httpd.NoBody, h.beginPasskey),
		route("POST /auth/api/passkey", httpd.Public, httpd.SameOrigin, 16<<10, h.loginWithPasskey),
		route("POST /auth/api/refresh", httpd.SelfJudged, httpd.CookieBound, 4<<10, h.refresh),
		route("POST /auth/api/refresh/confirm", httpd.SelfJudged, httpd.CookieBound, 4<<10, h.confirm),
		route("POST /auth/api/logout", httpd.SelfJudged, httpd.CookieBound, 4<<10, h.logout),
		route("POST /auth/api/forgot", httpd.Public, httpd.SameOrigin, 4<<10, h.forgot),
		route("POST /auth/api/reset", httpd.SelfJudged, httpd.SameOrigin, 16<<10, h.reset),
		route("POST /auth/api/sign-up", httpd.Public, httpd.SameOrigin, 4<<10, h.signUp),
		route("POST /auth/api/sign-up/finish", httpd.Public, httpd.SameOrigin, 16<<10, h.finishSignUp),
		route("GET /auth/api/me", httpd.Signed, httpd.Safe, httpd.NoBody, h.me),
		route("GET /auth/api/session", httpd.SelfJudged, httpd.Safe, httpd.NoBody, h.session),
		route("GET /auth/api/events", httpd.SelfJudged, httpd.CookieBound, httpd.NoBody, h.events),
		route("GET /auth/api/sessions", httpd.Signed, httpd.Safe, httpd.NoBody, h.sessions),
		route("DELETE /auth/api/sessions/{id}", httpd.Signed, httpd.CookieBound, httpd.NoBody, h.endSession),
	}
}
