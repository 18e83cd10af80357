package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/oauth"
)

// Registration is who may register clients at the endpoint for it.
type Registration struct {
	Enabled bool
	// Open lets anybody, without an initial access token.
	Open bool
	// Begin charges an address for a registration; a refusal when it has made too many.
	Begin func(ctx context.Context, address string) error
}

// registered is the answer about a client that registered itself (RFC 7591, section 3.2.1; RFC 7592, section 3).
type registered struct {
	client.Metadata
	Secret        string `json:"client_secret,omitzero"`
	SecretExpires *int64 `json:"client_secret_expires_at,omitzero"`
	IssuedAt      int64  `json:"client_id_issued_at"`
	Token         string `json:"registration_access_token"`
	URI           string `json:"registration_client_uri"`
}

// register takes a client that describes itself (RFC 7591). Whoever it says that it is, people are asked before it gets anything. The order is that of
// trust: nothing is fetched for who may not register, and an invitation is used up by what is good alone.
func (h *Handler) register(w http.ResponseWriter, r *http.Request) error {
	invitation, err := h.mayRegister(r)
	if err != nil {
		return err
	}
	m, err := h.readMetadata(r)
	if err != nil {
		return err
	}
	settings, err := h.settingsOf(r.Context(), m)
	if err != nil {
		return err
	}
	if invitation != nil {
		if err := h.Clients.AcceptInvitation(r.Context(), *invitation); err != nil {
			return err
		}
	}
	c, secret, err := h.Clients.Add(r.Context(), client.New{Settings: settings, Source: httpd.Source(r)})
	if err != nil {
		return err
	}
	return h.describe(w, http.StatusCreated, c, secret.Reveal())
}

// mayRegister reads the invitation of a request; nil where none is needed, and the address is charged instead.
func (h *Handler) mayRegister(r *http.Request) (*client.Invitation, error) {
	token := bearerOf(r)
	if token == "" && h.Registration.Open {
		return nil, h.Registration.Begin(r.Context(), httpd.Source(r).Address)
	}
	invitation, err := h.Clients.ReadInvitation(token)
	return &invitation, err
}

// bearerOf is the token of the Authorization header, or "".
func bearerOf(r *http.Request) string {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func (h *Handler) readMetadata(r *http.Request) (client.Metadata, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return client.Metadata{}, fault.Refuse(fault.MediaType, "application/json")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return client.Metadata{}, fault.Refuse(fault.BodyTooLarge, int64(maxRequest)).Because(err)
	}
	m, err := client.ParseMetadata(body)
	return m, metadataError(err)
}

// settingsOf makes a client of metadata. What an address names that it gives is looked at now.
func (h *Handler) settingsOf(ctx context.Context, m client.Metadata) (client.Settings, error) {
	if m.ClientID != "" || m.Secret != "" {
		return client.Settings{}, oauth.Refuse(oauth.InvalidClientMetadata, "client_id and client_secret are given by this server")
	}
	s, err := m.Settings(h.Own().Algorithm())
	if err != nil {
		return client.Settings{}, metadataError(err)
	}
	if err := h.Clients.CheckServed(&s); err != nil {
		return client.Settings{}, oauth.Refuse(oauth.InvalidClientMetadata, "%s", err)
	}
	if s.JWKSURI != "" {
		if err := h.Fetch.Check(s.JWKSURI); err != nil {
			return client.Settings{}, oauth.Refuse(oauth.InvalidClientMetadata, "jwks_uri cannot be used: %s", err).Because(err)
		}
	}
	if s.SectorIdentifierURI != "" {
		return s, h.checkSector(ctx, &s)
	}
	return s, nil
}

// checkSector reads the list that a sector identifier names: it must hold every redirect address, or anybody could join a sector (OpenID
// Connect Core, section 8.1).
func (h *Handler) checkSector(ctx context.Context, s *client.Settings) error {
	refuse := oauth.Refuse(oauth.InvalidClientMetadata, "sector_identifier_uri names no list that holds every redirect_uri")
	doc, err := h.Fetch.Get(ctx, s.SectorIdentifierURI, "application/json", 0)
	if err != nil {
		return refuse.Because(err)
	}
	var listed []string
	if err := json.Unmarshal(doc.Body, &listed); err != nil {
		return refuse.Because(err)
	}
	if slices.ContainsFunc(s.RedirectURIs, func(uri string) bool { return !slices.Contains(listed, uri) }) {
		return refuse
	}
	return nil
}

// metadataError words what is wrong with metadata (RFC 7591, section 3.2.2).
func metadataError(err error) error {
	bad, ok := errors.AsType[*client.ErrMetadata](err)
	switch {
	case !ok:
		return err
	case bad.Redirect:
		return oauth.Refuse(oauth.InvalidRedirectURI, "%s", bad.Why)
	}
	return oauth.Refuse(oauth.InvalidClientMetadata, "%s", bad.Why)
}

// describe answers with what is registered. secret is that of a client that was just added, or "".
func (h *Handler) describe(w http.ResponseWriter, status int, c client.Client, secret string) error {
	out := registered{
		Metadata: c.Describe(), Secret: secret, IssuedAt: c.CreatedAt.Unix(), Token: h.Clients.RegistrationToken(c.ID).Reveal(),
		URI: h.Issuer + RegisterPath + "/" + c.ID,
	}
	if secret != "" {
		out.SecretExpires = new(int64) // 0: never
	}
	return httpd.WriteJSON(w, status, out)
}

// registration, reregister and unregister are how a client looks after itself (RFC 7592, section 2).
func (h *Handler) registration(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Clients.Registered(r.Context(), r.PathValue("id"), bearerOf(r))
	if err != nil {
		return err
	}
	return h.describe(w, http.StatusOK, c, "")
}

func (h *Handler) reregister(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Clients.Registered(r.Context(), r.PathValue("id"), bearerOf(r))
	if err != nil {
		return err
	}
	m, err := h.readMetadata(r)
	switch {
	case err != nil:
		return err
	case m.ClientID != c.ID:
		return oauth.Refuse(oauth.InvalidClientMetadata, "client_id is not that of the client")
	case m.Secret != "":
		return oauth.Refuse(oauth.InvalidClientMetadata, "client_secret is given by this server")
	}
	m.ClientID = ""
	settings, err := h.settingsOf(r.Context(), m)
	if err != nil {
		return err
	}
	if c, err = h.Clients.Change(r.Context(), c, settings, httpd.Source(r)); err != nil {
		return metadataError(err)
	}
	return h.describe(w, http.StatusOK, c, "")
}

func (h *Handler) unregister(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Clients.Registered(r.Context(), r.PathValue("id"), bearerOf(r))
	if err != nil {
		return err
	}
	if err := h.Clients.Remove(r.Context(), c.ID, httpd.Source(r)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// registrationRoutes are there if clients may register themselves.
func (h *Handler) registrationRoutes() []httpd.Route {
	if !h.Registration.Enabled {
		return nil
	}
	one := RegisterPath + "/{id}"
	routes := []httpd.Route{
		endpoint("POST "+RegisterPath, h.register), endpoint("GET "+one, h.registration), endpoint("PUT "+one, h.reregister),
		endpoint("DELETE "+one, h.unregister),
	}
	routes[1].Body, routes[3].Body = httpd.NoBody, httpd.NoBody
	return routes
}

// Fetcher reads documents that clients name.
type Fetcher interface {
	// Check says what keeps an address from being called, in words that who named it may read.
	Check(address string) error
	// Get reads a document of at most maxBytes (0: 64 KiB). Nothing that is not public is called; see package fetch.
	Get(ctx context.Context, address, accept string, maxBytes int64) (fetch.Document, error)
}
