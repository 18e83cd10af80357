// Package oidc speaks OAuth 2.1 and OpenID Connect. For now it publishes what a verifier needs: the keys, and the document that says
// where they are (RFC 8414, OpenID Connect Discovery 1.0).
package oidc

import (
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/httpd"
)

// KeysFor is how long anybody may keep a copy of the key set. A new key is published for longer than that before it signs.
const KeysFor = 5 * time.Minute

// PublicKeys is the published key set.
type PublicKeys interface {
	// PublicJWKS returns the JWK Set (RFC 7517) and a strong entity tag of it.
	PublicJWKS() (body []byte, etag string)
}

// Handler answers the well-known addresses. Its fields are set once.
type Handler struct {
	Issuer string
	// RevocationsURI is the absolute address of the feed of revocations.
	RevocationsURI string
	Keys           PublicKeys
}

// Routes is the table of the well-known addresses.
func (h *Handler) Routes() []httpd.Route {
	public := func(path string, handle httpd.Handler) httpd.Route {
		return httpd.Route{
			Pattern: "GET " + path, Surface: httpd.API, Auth: httpd.Public, CSRF: httpd.Safe, CORS: httpd.AnyOrigin,
			Cache: httpd.PublicFor(KeysFor), Body: httpd.NoBody, Handle: handle,
		}
	}
	return []httpd.Route{
		public("/.well-known/jwks.json", h.jwks),
		public("/.well-known/openid-configuration", h.metadata),
		public("/.well-known/oauth-authorization-server", h.metadata),
	}
}

func (h *Handler) jwks(w http.ResponseWriter, r *http.Request) error {
	body, etag := h.Keys.PublicJWKS()
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	_, _ = w.Write(body) // The client may be gone; nobody is left to tell.
	return nil
}

// metadata says what there is, and nothing that there is not.
type metadata struct {
	Issuer         string `json:"issuer"`
	JWKSURI        string `json:"jwks_uri"`
	RevocationsURI string `json:"revocations_uri,omitzero"` // our own: the feed of revocations
}

func (h *Handler) metadata(w http.ResponseWriter, _ *http.Request) error {
	return httpd.WriteJSON(w, http.StatusOK, metadata{
		Issuer: h.Issuer, JWKSURI: h.Issuer + "/.well-known/jwks.json", RevocationsURI: h.RevocationsURI,
	})
}
