package record

import (
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/oauth"
)

// Client is a client, by the names of RFC 7591 where it has them.
type Client struct {
	ID               string               `json:"client_id"`
	Secret           string               `json:"client_secret,omitempty"` // when it was just made, and never again
	Name             string               `json:"client_name"`
	Profile          client.Profile       `json:"profile"`
	Issuer           string               `json:"issuer"`
	Auth             oauth.AuthMethod     `json:"token_endpoint_auth_method"`
	Grants           []oauth.GrantType    `json:"grant_types"`
	RedirectURIs     []string             `json:"redirect_uris"`
	PostLogoutURIs   []string             `json:"post_logout_redirect_uris"`
	Scope            string               `json:"scope"`
	Audiences        []string             `json:"audiences"`
	Roles            []string             `json:"roles,omitempty"`
	FirstParty       bool                 `json:"first_party"`
	IDTokenAlg       string               `json:"id_token_signed_response_alg,omitempty"`
	ResponseModes    []oauth.ResponseMode `json:"response_modes,omitempty"`
	UserInfoAlg      string               `json:"userinfo_signed_response_alg,omitempty"`
	IntrospectionAlg string               `json:"introspection_signed_response_alg,omitempty"`
	CertificateName  string               `json:"certificate_name,omitempty"`
	CertificateBound bool                 `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	Backchannel      string               `json:"backchannel_logout_uri,omitempty"`
	Frontchannel     string               `json:"frontchannel_logout_uri,omitempty"`
	JWKSURI          string               `json:"jwks_uri,omitempty"`
	RequirePAR       bool                 `json:"require_pushed_authorization_requests,omitempty"`
	RequireSigned    bool                 `json:"require_signed_request_object,omitempty"`
	DetailTypes      []string             `json:"authorization_details_types,omitempty"`
	Lifetime         float64              `json:"token_lifetime_seconds,omitempty"`
	WithoutPKCE      bool                 `json:"insecure_without_pkce,omitempty"`
	Secrets          []Secret             `json:"secrets"`
	Configured       bool                 `json:"configured"`
	AddedAt          time.Time            `json:"added_at,omitzero"`
}

// Secret is one that a client has: which, and since when.
type Secret struct {
	ID      string    `json:"id"`
	AddedAt time.Time `json:"added_at,omitzero"`
}

// OfClient makes the record of a client of an issuer.
func OfClient(c client.Client, issuer string) Client {
	v := Client{
		ID: c.ID, Name: c.Name, Profile: c.Profile, Issuer: issuer, Auth: c.Auth, Grants: List(c.Grants),
		RedirectURIs: List(c.RedirectURIs), PostLogoutURIs: List(c.PostLogoutRedirectURIs), Scope: c.Scopes.String(), Audiences: List(c.Audiences),
		Roles: c.Roles, FirstParty: c.FirstParty, IDTokenAlg: string(c.IDTokenAlg), Configured: c.Configured, AddedAt: UTC(c.CreatedAt), Secrets: []Secret{},
		UserInfoAlg: string(c.UserInfoAlg), IntrospectionAlg: string(c.IntrospectionAlg),
		CertificateName: c.CertificateName, CertificateBound: c.CertificateBound,
		Backchannel: c.BackchannelLogoutURI, Frontchannel: c.FrontchannelLogoutURI, JWKSURI: c.JWKSURI, RequirePAR: c.RequirePAR,
		RequireSigned: c.RequireSignedRequest, DetailTypes: c.DetailTypes, Lifetime: c.TokenLifetime.Seconds(), WithoutPKCE: c.InsecureWithoutPKCE,
	}
	if c.May(oauth.AuthorizationCode) {
		v.ResponseModes = c.Modes()
	}
	for _, s := range c.Secrets {
		v.Secrets = append(v.Secrets, Secret{s.ID, UTC(s.AddedAt)})
	}
	return v
}
