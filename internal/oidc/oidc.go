package oidc

import (
	"context"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/webui"
)

// KeysFor is how long anybody may keep a copy of the key set. A new key is published for longer than that before it signs.
const KeysFor = 5 * time.Minute

// The addresses of the endpoints.
const (
	AuthorizePath   = "/auth/authorize"
	ConsentPath     = "/auth/consent"
	PushPath        = "/auth/par"
	TokenPath       = "/auth/token"
	UserInfoPath    = "/auth/userinfo"
	IntrospectPath  = "/auth/introspect"
	RevokePath      = "/auth/revoke"
	EndSessionPath  = "/auth/end_session"
	DeviceStartPath = "/auth/device_authorization"
	DevicePath      = "/auth/device"
	RegisterPath    = "/auth/register"
)

// Keys are the keys that are published.
type Keys interface {
	// PublicJWKS returns the JWK Set (RFC 7517) and a strong entity tag of it.
	PublicJWKS() (body []byte, etag string)
	// Key is the published key with this id, or nil.
	Key(kid string) *jose.Key
}

// Handler answers clients. Its fields are set once.
type Handler struct {
	Issuer   string
	Audience []string // of tokens whose client names none
	// RevocationsURI is the absolute address of the feed of revocations.
	RevocationsURI string
	// StatusListsURI is the absolute address where the status lists are named, or "".
	StatusListsURI string
	// CertificateOrigin is where clients are asked for certificates (RFC 8705), or "".
	CertificateOrigin string
	// Classes are those that a sign-in can be of (`acr`).
	Classes []string
	Keys    Keys
	// Own signs ID tokens by the server's own algorithm, RSA those by RS256.
	Own func() *jose.Key
	RSA func(ctx context.Context) (*jose.Key, error)

	Grants   *grant.Service
	Clients  *client.Registry
	Sessions *session.Service
	Tokens   *token.Issuer
	Guard    *httpd.Guard
	// Revocations calls back single tokens.
	Revocations interface {
		// Revoke appends a record to the log, durably.
		Revoke(ctx context.Context, r revocation.Record) error
	}
	Registration Registration
	Fetch        Fetcher
	UI           *webui.UI
	// Frame is what every page has around its matter, and Speaking lets a page answer the language switch.
	Frame    func(r *http.Request, path string) webui.Frame
	Speaking func(httpd.Handler) httpd.Handler
	Now      func() time.Time
}

// Routes is the table of the endpoints.
func (h *Handler) Routes() []httpd.Route {
	return append(h.wellKnown(), append(h.pages(), h.endpoints()...)...)
}

// maxRequest bounds a request, in a body.
const maxRequest = 16 << 10

// pages are for people.
func (h *Handler) pages() []httpd.Route {
	base := httpd.Route{Surface: httpd.Browser, CORS: httpd.OwnOrigin, Cache: httpd.NoStore}
	route := func(pattern string, auth httpd.Auth, csrf httpd.CSRF, body int64, handle httpd.Handler) httpd.Route {
		r := base
		r.Pattern, r.Auth, r.CSRF, r.Body, r.Handle = pattern, auth, csrf, body, handle
		return r
	}
	return []httpd.Route{
		route("GET "+AuthorizePath, httpd.OptionalUser, httpd.Safe, httpd.NoBody, h.speaking(h.authorize)),
		route("POST "+AuthorizePath, httpd.Public, httpd.Cookieless, maxRequest, h.authorizeByPost),
		route("GET "+ConsentPath, httpd.Public, httpd.Safe, httpd.NoBody, nothingToAllow),
		route("POST "+ConsentPath, httpd.CookieOnly, httpd.SameOrigin, maxRequest, h.consent),
		// Another site may cause it, with an ID token that was issued to it: that is what it is for.
		route("GET "+EndSessionPath, httpd.OptionalUser, httpd.Safe, httpd.NoBody, h.endSession),
		route("GET "+DevicePath, httpd.CookieOnly, httpd.Safe, httpd.NoBody, h.speaking(h.devicePage)),
		route("POST "+DevicePath, httpd.CookieOnly, httpd.SameOrigin, maxRequest, h.device),
		route("POST "+EndSessionPath, httpd.Public, httpd.Cookieless, maxRequest, h.endSessionByPost),
	}
}

func (h *Handler) speaking(next httpd.Handler) httpd.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return h.Speaking(next)(w, r) }
}

// endpoints are for clients. They look at no cookie, so pages of every origin may call them and read what they say.
func (h *Handler) endpoints() []httpd.Route {
	return append(h.registrationRoutes(), h.called()...)
}

// ForCertificates is the table of where clients are asked for certificates: what they call with one, and nothing that is for browsers.
func (h *Handler) ForCertificates() []httpd.Route { return h.called() }

// called are the endpoints that a client calls in the name of itself or of somebody who is signed in.
func (h *Handler) called() []httpd.Route {
	info := endpoint("GET "+UserInfoPath, h.userInfo)
	info.Surface, info.Auth, info.Body = httpd.API, httpd.Granted, httpd.NoBody
	posted := info
	posted.Pattern, posted.Auth, posted.Body, posted.Handle = "POST "+UserInfoPath, httpd.SelfJudged, maxRequest, h.userInfoByPost
	return []httpd.Route{
		endpoint("POST "+PushPath, h.push), endpoint("POST "+TokenPath, h.token), endpoint("POST "+IntrospectPath, h.introspect),
		endpoint("POST "+RevokePath, h.revoke), endpoint("POST "+DeviceStartPath, h.startDevice), info, posted,
	}
}

func endpoint(pattern string, handle httpd.Handler) httpd.Route {
	return httpd.Route{
		Pattern: pattern, Surface: httpd.OAuth, Auth: httpd.SelfJudged, CSRF: httpd.Cookieless, CORS: httpd.AnyOrigin, Cache: httpd.NoStore,
		Body: maxRequest, Handle: handle,
	}
}
