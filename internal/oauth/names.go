package oauth

import "slices"

// GrantType says what a client trades for tokens (RFC 6749, section 1.3).
type GrantType string

// The grants there are.
const (
	AuthorizationCode GrantType = "authorization_code"                              // RFC 6749, section 4.1
	RefreshToken      GrantType = "refresh_token"                                   // RFC 6749, section 6
	ClientCredentials GrantType = "client_credentials"                              // RFC 6749, section 4.4
	TokenExchange     GrantType = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693, section 2.1
	DeviceCode        GrantType = "urn:ietf:params:oauth:grant-type:device_code"    // RFC 8628, section 3.4
)

// GrantTypes lists the grants, in the order of the metadata.
func GrantTypes() []GrantType {
	return []GrantType{AuthorizationCode, RefreshToken, ClientCredentials, DeviceCode, TokenExchange}
}

// ResponseMode says how the answer of the authorization endpoint travels to the client.
type ResponseMode string

// The response modes.
const (
	Query    ResponseMode = "query"     // in the query of the redirect address
	Fragment ResponseMode = "fragment"  // behind its #
	FormPost ResponseMode = "form_post" // as a form that the browser posts (OAuth 2.0 Form Post Response Mode)

	// JWT and those below are the same, as one signed JWT (JWT Secured Authorization Response Mode, section 2.3).
	JWT         ResponseMode = "jwt" // as the response type has it, which for a code is QueryJWT
	QueryJWT    ResponseMode = "query.jwt"
	FragmentJWT ResponseMode = "fragment.jwt"
	FormPostJWT ResponseMode = "form_post.jwt"
)

// ResponseModes lists the modes, in the order of the metadata.
func ResponseModes() []ResponseMode {
	return []ResponseMode{Query, Fragment, FormPost, JWT, QueryJWT, FragmentJWT, FormPostJWT}
}

// ParseModes takes words for modes. Whether they are any is for who registers them to say.
func ParseModes(words []string) (modes []ResponseMode) {
	for _, w := range words {
		modes = append(modes, ResponseMode(w))
	}
	return modes
}

// Among reports whether a mode is one of a list, in which JWT and QueryJWT mean the same.
func (m ResponseMode) Among(list []ResponseMode) bool {
	return slices.Contains(list, m) || m == JWT && slices.Contains(list, QueryJWT) || m == QueryJWT && slices.Contains(list, JWT)
}

// Carrier is how an answer of this mode travels, and whether it is signed.
func (m ResponseMode) Carrier() (by ResponseMode, signed bool) {
	switch m {
	case JWT, QueryJWT:
		return Query, true
	case FragmentJWT:
		return Fragment, true
	case FormPostJWT:
		return FormPost, true
	}
	return m, false
}

// AuthMethod is how a client proves who it is at the token endpoint.
type AuthMethod string

// The methods.
const (
	None          AuthMethod = "none"                // a public client: PKCE ties the answer to who asked
	SecretBasic   AuthMethod = "client_secret_basic" // RFC 6749, section 2.3.1
	SecretPost    AuthMethod = "client_secret_post"  // the same, in the body
	PrivateKeyJWT AuthMethod = "private_key_jwt"     // RFC 7523, section 2.2

	TLSClientAuth AuthMethod = "tls_client_auth"             // RFC 8705, section 2.1: a certificate that an authority signed
	SelfSignedTLS AuthMethod = "self_signed_tls_client_auth" // RFC 8705, section 2.2: one whose key the client has registered
)

// AuthMethods lists the methods, in the order of the metadata.
func AuthMethods() []AuthMethod {
	return []AuthMethod{None, SecretBasic, SecretPost, PrivateKeyJWT, TLSClientAuth, SelfSignedTLS}
}

// ByCertificate reports whether the method is mutual TLS, which works only where clients are asked for certificates.
func (m AuthMethod) ByCertificate() bool { return m == TLSClientAuth || m == SelfSignedTLS }

// Prompt is a value of `prompt` (OpenID Connect Core, section 3.1.2.1).
type Prompt string

// The prompts.
const (
	PromptNone    Prompt = "none"
	PromptLogin   Prompt = "login"
	PromptConsent Prompt = "consent"
	PromptSelect  Prompt = "select_account"
)

// ParsePrompt reads the list. `none` stands alone.
func ParsePrompt(s string) ([]Prompt, error) {
	words, err := ParseScope(s)
	if err != nil {
		return nil, Refuse(InvalidRequest, "prompt is not a list of words")
	}
	var out []Prompt
	for _, w := range words {
		p := Prompt(w)
		if !slices.Contains([]Prompt{PromptNone, PromptLogin, PromptConsent, PromptSelect}, p) {
			return nil, Refuse(InvalidRequest, "prompt is not one of none, login, consent, select_account")
		}
		out = append(out, p)
	}
	if slices.Contains(out, PromptNone) && len(out) > 1 {
		return nil, Refuse(InvalidRequest, "prompt=none stands alone")
	}
	return out, nil
}

// The scopes of OpenID Connect (Core, section 5.4 and 11).
const (
	ScopeOpenID  = "openid"
	ScopeProfile = "profile"
	ScopeEmail   = "email"
	ScopeAddress = "address"
	ScopePhone   = "phone"
	ScopeOffline = "offline_access"

	ScopeRoles = "roles" // our own: the roles of the account
)

// AssertionType is the only `client_assertion_type` (RFC 7523, section 2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
