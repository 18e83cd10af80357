package oidc

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

// introspection is the answer about a token (RFC 7662, section 2.2). One that is not active says nothing else.
type introspection struct {
	Active    bool              `json:"active"`
	Scope     string            `json:"scope,omitzero"`
	ClientID  string            `json:"client_id,omitzero"`
	TokenType string            `json:"token_type,omitzero"`
	ExpiresAt int64             `json:"exp,omitzero"`
	IssuedAt  int64             `json:"iat,omitzero"`
	Subject   string            `json:"sub,omitzero"`
	Audience  []string          `json:"aud,omitzero"`
	Issuer    string            `json:"iss,omitzero"`
	ID        string            `json:"jti,omitzero"`
	SessionID string            `json:"sid,omitzero"`
	AuthTime  int64             `json:"auth_time,omitzero"`
	ACR       string            `json:"acr,omitzero"`
	AMR       []string          `json:"amr,omitzero"`
	Roles     []string          `json:"roles,omitzero"`
	Cnf       *holder           `json:"cnf,omitzero"`
	Details   []json.RawMessage `json:"authorization_details,omitzero"` // RFC 9396, section 9.2
	Act       *actor            `json:"act,omitzero"`
}

// actor is who acts, and for whom in turn (RFC 8693, section 4.1).
type actor struct {
	Subject string `json:"sub"`
	Act     *actor `json:"act,omitzero"`
}

func actorsOf(names []string) *actor {
	if len(names) == 0 {
		return nil
	}
	return &actor{names[0], actorsOf(names[1:])}
}

// holder names the key that a token is bound to (RFC 9449, section 6), or the certificate (RFC 8705, section 3.2).
type holder struct {
	KeyThumb  string `json:"jkt,omitzero"`
	CertThumb string `json:"x5t#S256,omitzero"`
}

// introspect tells a client that keeps a secret about tokens that are its own, or for one of its APIs. About others it learns nothing, not
// even whether they are good.
func (h *Handler) introspect(w http.ResponseWriter, r *http.Request) error {
	p, err := httpd.ReadParams(r)
	if err != nil {
		return err
	}
	c, err := h.clientOf(r, p)
	switch {
	case err != nil:
		return err
	case c.Public():
		return oauth.Refuse(oauth.InvalidClient, "a client that keeps no secret may not ask about tokens")
	case !p.Has("token"):
		return oauth.Refuse(oauth.InvalidRequest, "token is missing")
	}
	answer, err := h.about(r, c, p.Get("token"))
	if err != nil {
		return err
	}
	if !wantsSigned(r) {
		return httpd.WriteJSON(w, http.StatusOK, answer)
	}
	alg := cmp.Or(c.IntrospectionAlg, c.IDTokenAlg, jose.RS256)
	return h.writeSigned(w, r, alg, introspectionType, "application/"+introspectionType, signedIntrospection{h.Issuer, c.ID, h.Now().Unix(), answer})
}

// introspectionType is the type of an answer that is signed. It is no type of a token, so it passes for none.
const introspectionType = "token-introspection+jwt"

// signedIntrospection is an answer that is signed (RFC 9701, section 5), so that whoever it is shown to later can tell who gave it.
type signedIntrospection struct {
	Issuer        string        `json:"iss"`
	Audience      string        `json:"aud"`
	IssuedAt      int64         `json:"iat"`
	Introspection introspection `json:"token_introspection"`
}

// wantsSigned reports whether the Accept header names the type of a signed answer (RFC 9701, section 4).
func wantsSigned(r *http.Request) bool {
	for _, accepted := range r.Header["Accept"] {
		if strings.Contains(accepted, introspectionType) {
			return true
		}
	}
	return false
}

func (h *Handler) about(r *http.Request, c client.Client, raw string) (introspection, error) {
	if id, counter, ok := h.Sessions.Sealed.OpenClientRefresh(raw); ok {
		return h.aboutRefresh(r, c, id, counter)
	}
	claims, err := h.Guard.Stands(r.Context(), raw)
	if err != nil {
		return introspection{}, unlessRefused(err)
	}
	if !mayAsk(c, claims) {
		return introspection{}, nil
	}
	if err := h.keeps(r, claims); err != nil {
		return introspection{}, unlessRefused(err)
	}
	return h.aboutAccess(claims), nil
}

// keeps refuses a token whose client is not for its person any more: forbidden_role. The store is asked for the roles only where the
// client asks for some, and a program has none.
func (h *Handler) keeps(r *http.Request, t *token.Claims) error {
	id, ofPerson := session.ParseID(t.SessionID)
	if !ofPerson {
		return nil
	}
	c, err := h.Clients.Known(r.Context(), t.ClientID)
	switch {
	case errors.Is(err, fault.ErrNotFound), err == nil && len(c.Roles) == 0:
		return nil
	case err != nil:
		return err
	}
	row, err := h.Sessions.Living(r.Context(), id)
	if err != nil {
		return err
	}
	return h.Grants.Keep(r.Context(), &c, row, httpd.Source(r))
}

// mayAsk holds for tokens of the client, and for those that one of its APIs may be shown.
func mayAsk(c client.Client, t *token.Claims) bool {
	return t.ClientID == c.ID || slices.ContainsFunc(t.Audience, func(a string) bool { return slices.Contains(c.Audiences, a) })
}

func (h *Handler) aboutAccess(t *token.Claims) introspection {
	var cnf *holder
	if t.Bound() {
		cnf = &holder{t.KeyThumb, t.CertThumb}
	}
	return introspection{
		Active: true, Scope: oauth.Scope(t.Scopes).String(), ClientID: t.ClientID, TokenType: t.Type(), ExpiresAt: t.ExpiresAt.Unix(),
		IssuedAt: t.IssuedAt.Unix(), Subject: t.Subject, Audience: t.Audience, Issuer: t.Issuer, ID: t.ID, SessionID: t.SessionID,
		AuthTime: unix(t.AuthTime), ACR: t.ACR, AMR: t.AMR, Roles: t.Roles, Cnf: cnf, Act: actorsOf(t.Actors), Details: t.Details,
	}
}

func (h *Handler) aboutRefresh(r *http.Request, c client.Client, id session.ID, counter uint32) (introspection, error) {
	row, err := h.Sessions.Living(r.Context(), id)
	if err != nil {
		return introspection{}, unlessRefused(err)
	}
	if row.ClientID != c.ID || counter != row.Counter {
		return introspection{}, nil
	}
	if err := h.Grants.Keep(r.Context(), &c, row, httpd.Source(r)); err != nil {
		return introspection{}, unlessRefused(err)
	}
	a, err := h.Grants.Store.Approval(r.Context(), id)
	if err != nil {
		return introspection{}, err
	}
	return introspection{
		Active: true, Scope: a.Scope.String(), ClientID: row.ClientID, ExpiresAt: row.ExpiresAt.Unix(), IssuedAt: row.RotatedAt.Unix(),
		Subject: cmp.Or(a.Subject, row.UserID), Details: a.Details, Issuer: h.Issuer, SessionID: id.String(),
	}, nil
}

// unix is a time in seconds; 0 for none.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
