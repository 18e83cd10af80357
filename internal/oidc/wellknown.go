package oidc

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// wellKnown are the addresses that everything else is found from.
func (h *Handler) wellKnown() []httpd.Route {
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
		public("/.well-known/oauth-protected-resource", h.resource),
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

// metadata says what there is, and nothing that there is not (RFC 8414; OpenID Connect Discovery 1.0, section 3).
type metadata struct {
	Issuer                string               `json:"issuer"`
	AuthorizationEndpoint string               `json:"authorization_endpoint"`
	TokenEndpoint         string               `json:"token_endpoint"`
	UserInfoEndpoint      string               `json:"userinfo_endpoint"`
	IntrospectionEndpoint string               `json:"introspection_endpoint"`
	RevocationEndpoint    string               `json:"revocation_endpoint"`
	EndSessionEndpoint    string               `json:"end_session_endpoint"`
	DeviceEndpoint        string               `json:"device_authorization_endpoint"`
	JWKSURI               string               `json:"jwks_uri"`
	Scopes                oauth.Scope          `json:"scopes_supported"`
	ResponseTypes         []string             `json:"response_types_supported"`
	ResponseModes         []oauth.ResponseMode `json:"response_modes_supported"`
	Grants                []oauth.GrantType    `json:"grant_types_supported"`
	ACRs                  []string             `json:"acr_values_supported"`
	Subjects              []string             `json:"subject_types_supported"`
	IDTokenAlgs           []jose.Algorithm     `json:"id_token_signing_alg_values_supported"`
	UserInfoAlgs          []jose.Algorithm     `json:"userinfo_signing_alg_values_supported"`
	IntrospectionAlgs     []jose.Algorithm     `json:"introspection_signing_alg_values_supported"`
	TokenAuth             []oauth.AuthMethod   `json:"token_endpoint_auth_methods_supported"`
	TokenAuthAlgs         []jose.Algorithm     `json:"token_endpoint_auth_signing_alg_values_supported"`
	IntrospectionAuth     []oauth.AuthMethod   `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAuthAlgs []jose.Algorithm     `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	RevocationAuth        []oauth.AuthMethod   `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAuthAlgs    []jose.Algorithm     `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	Claims                []string             `json:"claims_supported"`
	ClaimsParameter       bool                 `json:"claims_parameter_supported"`
	RequestParameter      bool                 `json:"request_parameter_supported"`
	RequestURIParameter   bool                 `json:"request_uri_parameter_supported"`
	Locales               []string             `json:"ui_locales_supported"`
	Prompts               []oauth.Prompt       `json:"prompt_values_supported"`
	ChallengeMethods      []string             `json:"code_challenge_methods_supported"`
	IssuerInResponse      bool                 `json:"authorization_response_iss_parameter_supported"`
	DPoPAlgs              []string             `json:"dpop_signing_alg_values_supported"`
	RegistrationEndpoint  string               `json:"registration_endpoint,omitzero"`
	DocumentsAreClients   bool                 `json:"client_id_metadata_document_supported,omitzero"`
	PushEndpoint          string               `json:"pushed_authorization_request_endpoint"`
	RequestAlgs           []jose.Algorithm     `json:"request_object_signing_alg_values_supported"`
	AnswerAlgs            []jose.Algorithm     `json:"authorization_signing_alg_values_supported"`
	BackchannelLogout     bool                 `json:"backchannel_logout_supported"`
	BackchannelSession    bool                 `json:"backchannel_logout_session_supported"`
	FrontchannelLogout    bool                 `json:"frontchannel_logout_supported"`
	FrontchannelSession   bool                 `json:"frontchannel_logout_session_supported"`
	RevocationsURI        string               `json:"revocations_uri,omitzero"` // our own: the feed of revocations
	StatusListsURI        string               `json:"status_list_aggregation_endpoint,omitzero"`
	CertificateBound      bool                 `json:"tls_client_certificate_bound_access_tokens,omitzero"`
	Aliases               *aliases             `json:"mtls_endpoint_aliases,omitzero"`
}

// assertionAlgs are the algorithms that a client may sign assertions with.
var assertionAlgs = []jose.Algorithm{
	jose.ES256, jose.ES384, jose.ES512, jose.PS256, jose.PS384, jose.PS512, jose.EdDSA, jose.Ed25519, jose.RS256, jose.RS384, jose.RS512,
}

func (h *Handler) metadata(w http.ResponseWriter, _ *http.Request) error {
	algs := []jose.Algorithm{jose.RS256}
	if own := h.Own().Algorithm(); !slices.Contains(algs, own) {
		algs = append(algs, own)
	}
	registration := ""
	if h.Registration.Enabled {
		registration = h.Issuer + RegisterPath
	}
	ways := h.authMethods()
	return httpd.WriteJSON(w, http.StatusOK, metadata{
		CertificateBound: h.CertificateOrigin != "", Aliases: h.aliases(),
		RegistrationEndpoint: registration, DocumentsAreClients: h.Clients.Documents != nil,
		Issuer: h.Issuer, AuthorizationEndpoint: h.Issuer + AuthorizePath, TokenEndpoint: h.Issuer + TokenPath,
		UserInfoEndpoint: h.Issuer + UserInfoPath, IntrospectionEndpoint: h.Issuer + IntrospectPath, RevocationEndpoint: h.Issuer + RevokePath,
		EndSessionEndpoint: h.Issuer + EndSessionPath, DeviceEndpoint: h.Issuer + DeviceStartPath,
		JWKSURI:        h.Issuer + "/.well-known/jwks.json",
		RevocationsURI: h.RevocationsURI, StatusListsURI: h.StatusListsURI,
		Scopes:        append(scopesOfPeople(), oauth.ScopeOffline),
		ResponseTypes: []string{"code"}, ResponseModes: oauth.ResponseModes(), Grants: oauth.GrantTypes(), ACRs: h.Classes,
		Subjects: []string{"public", "pairwise"}, IDTokenAlgs: algs, UserInfoAlgs: algs, IntrospectionAlgs: algs, TokenAuth: ways, TokenAuthAlgs: assertionAlgs,
		IntrospectionAuth: ways[1:], IntrospectionAuthAlgs: assertionAlgs, // a public client may not ask
		RevocationAuth: ways, RevocationAuthAlgs: assertionAlgs,
		Claims: claimsSupported(), ClaimsParameter: true, Locales: []string{"en", "zh-Hans"},
		Prompts:          []oauth.Prompt{oauth.PromptNone, oauth.PromptLogin, oauth.PromptConsent, oauth.PromptSelect},
		ChallengeMethods: []string{oauth.S256}, IssuerInResponse: true, PushEndpoint: h.Issuer + PushPath,
		BackchannelLogout: true, BackchannelSession: true, FrontchannelLogout: true, FrontchannelSession: true,
		RequestParameter: true, RequestAlgs: assertionAlgs, AnswerAlgs: algs, DPoPAlgs: strings.Fields(dpop.Algorithms),
	})
}

// aliases are the addresses where clients are asked for certificates (RFC 8705, section 5).
type aliases struct {
	Token         string `json:"token_endpoint"`
	Push          string `json:"pushed_authorization_request_endpoint"`
	Device        string `json:"device_authorization_endpoint"`
	Introspection string `json:"introspection_endpoint"`
	Revocation    string `json:"revocation_endpoint"`
	UserInfo      string `json:"userinfo_endpoint"`
}

func (h *Handler) aliases() *aliases {
	at := h.CertificateOrigin
	if at == "" {
		return nil
	}
	return &aliases{at + TokenPath, at + PushPath, at + DeviceStartPath, at + IntrospectPath, at + RevokePath, at + UserInfoPath}
}

// authMethods are the ways in which clients prove who they are: by certificates only where they are asked for these.
func (h *Handler) authMethods() []oauth.AuthMethod {
	return slices.DeleteFunc(oauth.AuthMethods(), func(m oauth.AuthMethod) bool { return m.ByCertificate() && h.CertificateOrigin == "" })
}

// scopesOfPeople are the scopes that say something about the person.
func scopesOfPeople() oauth.Scope {
	out := oauth.Scope{oauth.ScopeOpenID}
	for _, g := range byScope {
		out = append(out, g.scope)
	}
	return out
}

// resource says how our own API, such as the userinfo endpoint, is asked (RFC 9728, section 2).
func (h *Handler) resource(w http.ResponseWriter, _ *http.Request) error {
	return httpd.WriteJSON(w, http.StatusOK, struct {
		Resource string      `json:"resource"`
		Servers  []string    `json:"authorization_servers"`
		JWKSURI  string      `json:"jwks_uri"`
		Scopes   oauth.Scope `json:"scopes_supported"`
		Methods  []string    `json:"bearer_methods_supported"`
		DPoPAlgs []string    `json:"dpop_signing_alg_values_supported"`
		Bound    bool        `json:"tls_client_certificate_bound_access_tokens,omitzero"`
	}{
		h.Issuer, []string{h.Issuer}, h.Issuer + "/.well-known/jwks.json",
		scopesOfPeople(), []string{"header", "body"}, strings.Fields(dpop.Algorithms), h.CertificateOrigin != "",
	})
}
