package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/record"
	"github.com/lingpai/lingpai/internal/secret"
)

// maxClient is the size of a body that says what a client is; it may hold a key set.
const maxClient = 64 << 10

func (h calls) clientCalls() []httpd.Route {
	return []httpd.Route{
		h.look("/clients", h.listClients),
		h.change("POST", "/clients", maxClient, h.addClient),
		h.look("/clients/{id}", h.readClient),
		h.change("PATCH", "/clients/{id}", maxClient, h.changeClient),
		h.change("DELETE", "/clients/{id}", httpd.NoBody, h.removeClient),
		h.change("POST", "/clients/{id}/secrets", httpd.NoBody, h.addSecret),
		h.change("DELETE", "/clients/{id}/secrets/old", httpd.NoBody, h.dropSecrets),
	}
}

func (h calls) listClients(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Clients.List(r.Context())
	if err != nil {
		return err
	}
	list := make([]record.Client, 0, len(all))
	for _, c := range all {
		list = append(list, record.OfClient(c, h.Clients.Issuer))
	}
	return httpd.WriteJSON(w, http.StatusOK, map[string][]record.Client{"clients": list})
}

// client is that of the path, without a call to anybody. fault.ErrNotFound when there is none.
func (h calls) client(r *http.Request) (client.Client, error) {
	return h.Clients.Known(r.Context(), r.PathValue("id"))
}

func (h calls) readClient(w http.ResponseWriter, r *http.Request) error {
	c, err := h.client(r)
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusOK, record.OfClient(c, h.Clients.Issuer))
}

// clientChange is what may be said of a client when it is added and when it is changed: a merge patch (RFC 7396).
type clientChange struct {
	Name             given[string]          `json:"client_name"`
	RedirectURIs     given[[]string]        `json:"redirect_uris"`
	PostLogoutURIs   given[[]string]        `json:"post_logout_redirect_uris"`
	Scope            given[string]          `json:"scope"`
	Audiences        given[[]string]        `json:"audiences"`
	Roles            given[[]string]        `json:"roles"`
	FirstParty       given[bool]            `json:"first_party"`
	IDTokenAlg       given[jose.Algorithm]  `json:"id_token_signed_response_alg"`
	UserInfoAlg      given[jose.Algorithm]  `json:"userinfo_signed_response_alg"`
	IntrospectionAlg given[jose.Algorithm]  `json:"introspection_signed_response_alg"`
	ResponseModes    given[[]string]        `json:"response_modes"`
	CertificateName  given[string]          `json:"certificate_name"`
	CertificateBound given[bool]            `json:"tls_client_certificate_bound_access_tokens"`
	Backchannel      given[string]          `json:"backchannel_logout_uri"`
	Frontchannel     given[string]          `json:"frontchannel_logout_uri"`
	JWKS             given[json.RawMessage] `json:"jwks"`
	JWKSURI          given[string]          `json:"jwks_uri"`
	RequirePAR       given[bool]            `json:"require_pushed_authorization_requests"`
	RequireSigned    given[bool]            `json:"require_signed_request_object"`
	DetailTypes      given[[]string]        `json:"authorization_details_types"`
	Lifetime         given[float64]         `json:"token_lifetime_seconds"`
	WithoutPKCE      given[bool]            `json:"insecure_without_pkce"`
}

// apply makes of settings what is said.
func (c *clientChange) apply(s *client.Settings) error {
	put(&s.Name, c.Name)
	put(&s.RedirectURIs, c.RedirectURIs)
	put(&s.PostLogoutRedirectURIs, c.PostLogoutURIs)
	put(&s.Audiences, c.Audiences)
	put(&s.Roles, c.Roles)
	put(&s.FirstParty, c.FirstParty)
	put(&s.IDTokenAlg, c.IDTokenAlg)
	put(&s.UserInfoAlg, c.UserInfoAlg)
	put(&s.IntrospectionAlg, c.IntrospectionAlg)
	put(&s.CertificateName, c.CertificateName)
	put(&s.CertificateBound, c.CertificateBound)
	put(&s.BackchannelLogoutURI, c.Backchannel)
	put(&s.FrontchannelLogoutURI, c.Frontchannel)
	put(&s.JWKSURI, c.JWKSURI)
	put(&s.RequirePAR, c.RequirePAR)
	put(&s.RequireSignedRequest, c.RequireSigned)
	put(&s.DetailTypes, c.DetailTypes)
	put(&s.InsecureWithoutPKCE, c.WithoutPKCE)
	if c.ResponseModes.named {
		s.ResponseModes = oauth.ParseModes(c.ResponseModes.value)
	}
	if c.JWKS.named {
		s.JWKS = string(c.JWKS.value)
	}
	return errors.Join(c.applyScope(s), c.applyLifetime(s))
}

func (c *clientChange) applyScope(s *client.Settings) error {
	if !c.Scope.named {
		return nil
	}
	scope, err := oauth.ParseScope(c.Scope.value)
	if err != nil {
		return invalid("scope", "The scope is words with one space between them.")
	}
	s.Scopes = scope
	return nil
}

// day is longer than any access token lives.
const day = 24 * 60 * 60

func (c *clientChange) applyLifetime(s *client.Settings) error {
	if !c.Lifetime.named {
		return nil
	}
	if c.Lifetime.value < 0 || c.Lifetime.value > day {
		return invalid("token_lifetime_seconds", "The lifetime is a number of seconds, of a day at most.")
	}
	s.TokenLifetime = time.Duration(c.Lifetime.value * float64(time.Second))
	return nil
}

// clientAddition is the body that adds a client: what its profile implies, and what is said besides.
type clientAddition struct {
	ID      string           `json:"client_id"` // "": made from the name
	Profile string           `json:"profile"`
	Auth    oauth.AuthMethod `json:"token_endpoint_auth_method"` // "": by its keys, its certificate or its profile
	clientChange
}

func (a *clientAddition) settings() (s client.Settings, err error) {
	preset, ok := client.PresetOf(a.Profile)
	if !ok {
		var known []string
		for _, p := range client.Presets() {
			known = append(known, string(p.Profile))
		}
		return s, invalid("profile", "The profile is one of "+strings.Join(known, ", ")+".")
	}
	s = client.Settings{Profile: preset.Profile, Auth: a.auth(preset), Grants: preset.Grants, Scopes: preset.Scopes, IDTokenAlg: preset.Alg}
	return s, a.apply(&s)
}

func (a *clientAddition) auth(preset client.Preset) oauth.AuthMethod {
	switch {
	case a.Auth != "":
		return a.Auth
	case a.CertificateName.value != "":
		return oauth.TLSClientAuth
	case len(a.JWKS.value) > 0 || a.JWKSURI.value != "":
		return oauth.PrivateKeyJWT
	}
	return preset.Auth
}

func (h calls) addClient(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[clientAddition](r)
	if err != nil {
		return err
	}
	settings, err := in.settings()
	if err != nil {
		return err
	}
	if settings.Profile == client.FAPI2 && h.Keys.Signing().Algorithm() == jose.RS256 {
		return invalid("profile", "The profile fapi2 takes no tokens by RS256; set token.algorithm to ES256 or EdDSA.")
	}
	added, plain, err := h.Clients.Add(r.Context(), client.New{ID: in.ID, Settings: settings, Source: httpd.Source(r)})
	if errors.Is(err, fault.ErrConflict) {
		return invalid("client_id", "There is a client of this id already.")
	}
	if err == nil {
		err = h.publishKeys(r.Context(), added)
	}
	if err != nil {
		return refuseClient(err)
	}
	return created(w, APIPath+"/clients/"+added.ID, withSecret(added, h.Clients.Issuer, plain))
}

// withSecret is the record of a client with the secret that was just made: the one time that anybody sees it.
func withSecret(c client.Client, issuer string, plain secret.String) record.Client {
	out := record.OfClient(c, issuer)
	out.Secret = plain.Reveal()
	return out
}

func (h calls) changeClient(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[clientChange](r)
	if err != nil {
		return err
	}
	c, err := h.client(r)
	if err != nil {
		return err
	}
	_, is, err := h.Clients.Amend(r.Context(), c.ID, in.apply, httpd.Source(r))
	if err == nil {
		err = h.publishKeys(r.Context(), is)
	}
	if err != nil {
		return refuseClient(err)
	}
	return httpd.WriteJSON(w, http.StatusOK, record.OfClient(is, h.Clients.Issuer))
}

func (h calls) removeClient(w http.ResponseWriter, r *http.Request) error {
	c, err := h.client(r)
	if err == nil {
		err = h.Clients.Remove(r.Context(), c.ID, httpd.Source(r))
	}
	if err != nil {
		return refuseClient(err)
	}
	return noContent(w)
}

func (h calls) addSecret(w http.ResponseWriter, r *http.Request) error {
	c, err := h.client(r)
	if err != nil {
		return err
	}
	plain, err := h.Clients.AddSecret(r.Context(), c.ID, httpd.Source(r))
	if err == nil {
		c, err = h.client(r)
	}
	if err != nil {
		return refuseClient(err)
	}
	return httpd.WriteJSON(w, http.StatusCreated, withSecret(c, h.Clients.Issuer, plain))
}

func (h calls) dropSecrets(w http.ResponseWriter, r *http.Request) error {
	c, err := h.client(r)
	if err == nil {
		err = h.Clients.DropSecrets(r.Context(), c.ID, httpd.Source(r))
	}
	if err != nil {
		return refuseClient(err)
	}
	return noContent(w)
}

// refuseClient words what the registry refuses.
func refuseClient(err error) error {
	fixed := func(why string) error { return fault.Refuse(fault.ClientFixed, why).Because(err) }
	switch {
	case errors.Is(err, client.ErrConfigured):
		return fixed("it stands in the configuration")
	case errors.Is(err, client.ErrDescribesItself):
		return fixed("it describes itself, and only its own word changes it")
	case errors.Is(err, client.ErrNoSecret):
		return fixed("it proves who it is without a secret")
	}
	flaws := client.Flaws(err)
	if len(flaws) == 0 {
		return meanwhile(err)
	}
	var all []string
	fields := map[string]string{}
	for _, f := range flaws {
		all = append(all, f.Error())
		member := cmp.Or(f.Member, "profile") // what does not go together is a matter of its kind
		fields[member] = strings.TrimPrefix(fields[member]+"; "+f.Error(), "; ")
	}
	r := fault.Refuse(fault.FieldInvalid, "The client cannot be like that: "+strings.Join(all, "; ")+".").Because(err)
	r.Fields = fields
	return r
}
