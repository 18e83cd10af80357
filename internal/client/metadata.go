package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// Metadata is what a program says of itself as a client, by the names of RFC 7591, section 2, and OpenID Connect Dynamic Client
// Registration 1.0, section 2. Names that are not known here are passed over, as both want it.
type Metadata struct {
	ClientID         string               `json:"client_id,omitzero"` // in a document of its own; see [Documents]
	Name             string               `json:"client_name,omitzero"`
	URI              string               `json:"client_uri,omitzero"`
	Logo             string               `json:"logo_uri,omitzero"`
	Policy           string               `json:"policy_uri,omitzero"`
	Terms            string               `json:"tos_uri,omitzero"`
	Contacts         []string             `json:"contacts,omitzero"`
	Application      string               `json:"application_type,omitzero"`
	RedirectURIs     []string             `json:"redirect_uris,omitzero"`
	PostLogout       []string             `json:"post_logout_redirect_uris,omitzero"`
	Backchannel      string               `json:"backchannel_logout_uri,omitzero"`
	Frontchannel     string               `json:"frontchannel_logout_uri,omitzero"`
	InitiateLogin    string               `json:"initiate_login_uri,omitzero"`
	Auth             oauth.AuthMethod     `json:"token_endpoint_auth_method,omitzero"`
	Grants           []oauth.GrantType    `json:"grant_types,omitzero"`
	Responses        []string             `json:"response_types,omitzero"`
	Scope            string               `json:"scope,omitzero"`
	JWKS             json.RawMessage      `json:"jwks,omitzero"`
	JWKSURI          string               `json:"jwks_uri,omitzero"`
	SubjectType      string               `json:"subject_type,omitzero"`
	Sector           string               `json:"sector_identifier_uri,omitzero"`
	IDTokenAlg       jose.Algorithm       `json:"id_token_signed_response_alg,omitzero"`
	Secret           string               `json:"client_secret,omitzero"` // only a document could have it, and must not
	RequirePAR       bool                 `json:"require_pushed_authorization_requests,omitzero"`
	RequireSigned    bool                 `json:"require_signed_request_object,omitzero"`
	UserInfoAlg      jose.Algorithm       `json:"userinfo_signed_response_alg,omitzero"`
	IntrospectionAlg jose.Algorithm       `json:"introspection_signed_response_alg,omitzero"`
	ResponseModes    []oauth.ResponseMode `json:"response_modes,omitzero"`
	// The name in its certificate, by one of these ways, and whether tokens are bound to it (RFC 8705, sections 2.1.2 and 3.4).
	CertificateDN    string `json:"tls_client_auth_subject_dn,omitzero"`
	CertificateDNS   string `json:"tls_client_auth_san_dns,omitzero"`
	CertificateURI   string `json:"tls_client_auth_san_uri,omitzero"`
	CertificateIP    string `json:"tls_client_auth_san_ip,omitzero"`
	CertificateEmail string `json:"tls_client_auth_san_email,omitzero"`
	CertificateBound bool   `json:"tls_client_certificate_bound_access_tokens,omitzero"`
}

// ErrMetadata says what is wrong with metadata, in words that the client may read (RFC 7591, section 3.2.2).
type ErrMetadata struct {
	// Redirect says that it is about a redirect address.
	Redirect bool
	Why      string
}

// Error implements error.
func (e *ErrMetadata) Error() string { return e.Why }

func badMetadata(format string, args ...any) error {
	return &ErrMetadata{Why: fmt.Sprintf(format, args...)}
}

// ParseMetadata reads metadata strictly: a name that comes twice, or that is known and has the wrong type, is refused.
func ParseMetadata(data []byte) (m Metadata, err error) {
	err = strictjson.ParseObject(data, m.set)
	if err != nil {
		return Metadata{}, badMetadata("the metadata cannot be read: %v", err)
	}
	return m, nil
}

func (m *Metadata) set(name string, v strictjson.Value) (err error) {
	texts := map[string]*string{
		"client_id": &m.ClientID, "client_name": &m.Name, "client_uri": &m.URI, "logo_uri": &m.Logo, "policy_uri": &m.Policy, "tos_uri": &m.Terms,
		"application_type": &m.Application, "backchannel_logout_uri": &m.Backchannel, "frontchannel_logout_uri": &m.Frontchannel,
		"initiate_login_uri": &m.InitiateLogin, "scope": &m.Scope, "jwks_uri": &m.JWKSURI, "subject_type": &m.SubjectType,
		"sector_identifier_uri": &m.Sector, "client_secret": &m.Secret,
		"tls_client_auth_subject_dn": &m.CertificateDN, "tls_client_auth_san_dns": &m.CertificateDNS, "tls_client_auth_san_uri": &m.CertificateURI,
		"tls_client_auth_san_ip": &m.CertificateIP, "tls_client_auth_san_email": &m.CertificateEmail,
		"token_endpoint_auth_method": (*string)(&m.Auth), "id_token_signed_response_alg": (*string)(&m.IDTokenAlg),
		"userinfo_signed_response_alg": (*string)(&m.UserInfoAlg), "introspection_signed_response_alg": (*string)(&m.IntrospectionAlg),
	}
	lists := map[string]*[]string{
		"contacts": &m.Contacts, "redirect_uris": &m.RedirectURIs, "post_logout_redirect_uris": &m.PostLogout, "response_types": &m.Responses,
	}
	switch {
	case texts[name] != nil:
		*texts[name], err = v.String()
	case lists[name] != nil:
		*lists[name], err = v.Strings()
	case name == "jwks":
		m.JWKS = v.Raw()
	case name == "require_pushed_authorization_requests":
		m.RequirePAR, err = v.Bool()
	case name == "require_signed_request_object":
		m.RequireSigned, err = v.Bool()
	case name == "tls_client_certificate_bound_access_tokens":
		m.CertificateBound, err = v.Bool()
	case name == "response_modes":
		var words []string
		words, err = v.Strings()
		m.ResponseModes = oauth.ParseModes(words)
	case name == "grant_types":
		var words []string
		words, err = v.Strings()
		for _, w := range words {
			m.Grants = append(m.Grants, oauth.GrantType(w))
		}
	}
	return err
}

// selfGrants are what a program may give itself: people are asked before it gets anything.
var selfGrants = []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken}

// selfScopes are what it may ask people for.
var selfScopes = oauth.Scope{
	oauth.ScopeOpenID, oauth.ScopeProfile, oauth.ScopeEmail, oauth.ScopeAddress, oauth.ScopePhone, oauth.ScopeOffline,
}

// Settings makes the client that the metadata describes: never a first-party one, and for people only. The error is an *ErrMetadata.
func (m *Metadata) Settings(own jose.Algorithm) (Settings, error) {
	m.defaults()
	s := Settings{
		Name: m.Name, Profile: m.profile(), Auth: m.Auth, JWKS: string(m.JWKS), JWKSURI: m.JWKSURI,
		RedirectURIs: m.RedirectURIs, PostLogoutRedirectURIs: m.PostLogout,
		Grants: m.Grants, IDTokenAlg: m.IDTokenAlg, RequirePAR: m.RequirePAR, RequireSignedRequest: m.RequireSigned,
		BackchannelLogoutURI: m.Backchannel, FrontchannelLogoutURI: m.Frontchannel, Pairwise: m.SubjectType == "pairwise", SectorIdentifierURI: m.Sector,
		UserInfoAlg: m.UserInfoAlg, IntrospectionAlg: m.IntrospectionAlg, ResponseModes: m.ResponseModes,
		CertificateName: m.certificateName(), CertificateBound: m.CertificateBound,
		Self: &SelfDescription{URI: m.URI, Logo: m.Logo, Policy: m.Policy, Terms: m.Terms, Contacts: m.Contacts, InitiateLogin: m.InitiateLogin},
	}
	if err := m.check(own); err != nil {
		return Settings{}, err
	}
	wanted, err := oauth.ParseScope(m.Scope)
	if err != nil {
		return Settings{}, badMetadata("scope is not a list of words")
	}
	if s.Scopes = wanted.Only(selfScopes); len(wanted) == 0 {
		s.Scopes = selfScopes
	}
	if err := s.checkAddresses(); err != nil {
		return Settings{}, &ErrMetadata{Redirect: true, Why: err.Error()}
	}
	if err := s.Check(); err != nil {
		return Settings{}, badMetadata("%v", err)
	}
	return s, nil
}

func (m *Metadata) defaults() {
	if m.Name == "" && len(m.RedirectURIs) > 0 {
		m.Name = cut(hostOf(m.RedirectURIs[0]), 60)
	}
	if m.Auth == "" {
		m.Auth = oauth.SecretBasic
	}
	if len(m.Grants) == 0 {
		m.Grants = []oauth.GrantType{oauth.AuthorizationCode}
	}
	if len(m.Responses) == 0 {
		m.Responses = []string{"code"}
	}
	if m.IDTokenAlg == "" {
		m.IDTokenAlg = jose.RS256
	}
	if m.Application == "" {
		m.Application = "web"
	}
	if m.SubjectType == "" {
		m.SubjectType = "public"
	}
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

func (m *Metadata) profile() Profile {
	switch {
	case m.Application == "native":
		return Native
	case m.Auth == oauth.None:
		return SPA
	}
	return Web
}

func (m *Metadata) check(own jose.Algorithm) error {
	switch {
	case m.Application != "web" && m.Application != "native":
		return badMetadata("application_type is web or native")
	case m.SubjectType != "public" && m.SubjectType != "pairwise":
		return badMetadata("subject_type is public or pairwise")
	case slices.ContainsFunc([]jose.Algorithm{m.IDTokenAlg, m.UserInfoAlg, m.IntrospectionAlg}, func(alg jose.Algorithm) bool {
		return alg != "" && alg != jose.RS256 && alg != own
	}):
		return badMetadata("id_token_signed_response_alg, userinfo_signed_response_alg and introspection_signed_response_alg are RS256 or %s", own)
	case !slices.Equal(m.Responses, []string{"code"}):
		return badMetadata("response_types is code, and nothing else")
	case !slices.Contains(m.Grants, oauth.AuthorizationCode):
		return badMetadata("grant_types has no authorization_code, so nobody could be asked")
	case slices.ContainsFunc(m.Grants, func(g oauth.GrantType) bool { return !slices.Contains(selfGrants, g) }):
		return badMetadata("grant_types has more than authorization_code and refresh_token")
	}
	for name, uri := range map[string]string{
		"client_uri": m.URI, "logo_uri": m.Logo, "policy_uri": m.Policy, "tos_uri": m.Terms, "initiate_login_uri": m.InitiateLogin,
		"jwks_uri": m.JWKSURI,
	} {
		if uri == "" {
			continue
		}
		if !strings.HasPrefix(uri, "https://") || oauth.CheckRedirectURI(uri, false) != nil {
			return badMetadata("%s is no plain https address", name)
		}
	}
	return nil
}

// certificateNames are the ways to name a certificate, by their words in [Settings].
func (m *Metadata) certificateNames() map[string]*string {
	return map[string]*string{
		"subject_dn": &m.CertificateDN, "san_dns": &m.CertificateDNS, "san_uri": &m.CertificateURI, "san_ip": &m.CertificateIP, "san_email": &m.CertificateEmail,
	}
}

// certificateName is the one name that was given; of several, one that is refused.
func (m *Metadata) certificateName() string {
	var given []string
	for word, value := range m.certificateNames() {
		if *value != "" {
			given = append(given, word+":"+*value)
		}
	}
	if len(given) > 1 {
		return "several"
	}
	return strings.Join(given, "")
}

// Describe is the metadata of a client, for an answer.
func (c *Client) Describe() Metadata {
	m := Metadata{
		ClientID: c.ID, Name: c.Name, Application: "web", RedirectURIs: c.RedirectURIs, PostLogout: c.PostLogoutRedirectURIs,
		Backchannel: c.BackchannelLogoutURI, Frontchannel: c.FrontchannelLogoutURI, Auth: c.Auth, Grants: c.Grants, Responses: []string{"code"},
		Scope: c.Scopes.String(), JWKS: json.RawMessage(c.JWKS), JWKSURI: c.JWKSURI, SubjectType: "public", Sector: c.SectorIdentifierURI, IDTokenAlg: c.IDTokenAlg,
		RequirePAR: c.RequirePAR, RequireSigned: c.RequireSignedRequest, CertificateBound: c.CertificateBound,
		UserInfoAlg: c.UserInfoAlg, IntrospectionAlg: c.IntrospectionAlg, ResponseModes: c.ResponseModes,
	}
	if name, ok := parseCertificateName(c.CertificateName); ok {
		*m.certificateNames()[name.word] = name.value
	}
	if c.Profile == Native {
		m.Application = "native"
	}
	if c.Pairwise {
		m.SubjectType = "pairwise"
	}
	if d := c.Self; d != nil {
		m.URI, m.Logo, m.Policy, m.Terms, m.Contacts, m.InitiateLogin = d.URI, d.Logo, d.Policy, d.Terms, d.Contacts, d.InitiateLogin
	}
	if len(m.JWKS) == 0 {
		m.JWKS = nil
	}
	return m
}

var errNotSelf = errors.New("it did not register itself")
