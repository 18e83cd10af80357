package client

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// OwnID is the client of our own pages and of the first-party API.
const OwnID = "lingpai"

// Client is a program that people sign in to, or that acts for itself.
type Client struct {
	ID string
	Settings
	Secrets   []Secret // newest first, at most [MaxSecrets]
	CreatedAt time.Time
	// Configured says that it stands in the configuration, and can be changed only there.
	Configured bool
}

// Settings is what a client is, apart from its secrets.
type Settings struct {
	Name    string  `json:"name"` // what people read at consent
	Profile Profile `json:"profile"`
	// Auth is how it proves who it is. SecretBasic takes the secret in the body as well, as every server must (OAuth 2.1, section 2.4.1).
	Auth oauth.AuthMethod `json:"auth"`
	// JWKS is the public key set (RFC 7517) of a client with PrivateKeyJWT or SelfSignedTLS.
	JWKS string `json:"jwks,omitzero"`
	// RedirectURIs are the exact addresses that answers may go to.
	RedirectURIs []string `json:"redirect_uris,omitzero"`
	// PostLogoutRedirectURIs are the exact addresses that a sign-out may lead to (OpenID Connect RP-Initiated Logout 1.0, section 3).
	PostLogoutRedirectURIs []string          `json:"post_logout_redirect_uris,omitzero"`
	Grants                 []oauth.GrantType `json:"grants"`
	// Scopes that it may ask for.
	Scopes oauth.Scope `json:"scopes,omitzero"`
	// Audiences are the APIs that it may have tokens for (RFC 8707), besides the default one.
	Audiences []string `json:"audiences,omitzero"`
	// FirstParty says that it belongs to whoever runs this server, so people are not asked whether they trust it.
	FirstParty bool `json:"first_party,omitzero"`
	// Roles are those of which a person needs one to use it, whichever; empty for everybody.
	Roles []string `json:"roles,omitzero"`
	// TokenLifetime of access tokens, if it is shorter than the server's; zero for that.
	TokenLifetime time.Duration `json:"token_lifetime,omitzero"`
	// InsecureWithoutPKCE lets a client that proves who it is ask without a challenge, for old ones that cannot: a stolen code is then kept
	// from others by its secret alone, and a code that is slipped into its callback by nothing but `state` or `nonce`.
	InsecureWithoutPKCE bool `json:"insecure_without_pkce,omitzero"`
	// IDTokenAlg signs its ID tokens: RS256, which every client knows, or the server's own algorithm.
	IDTokenAlg jose.Algorithm `json:"id_token_alg,omitzero"`
	// UserInfoAlg signs what the userinfo endpoint tells it: RS256, or the server's own algorithm. "" for plain JSON.
	UserInfoAlg jose.Algorithm `json:"userinfo_alg,omitzero"`
	// IntrospectionAlg signs answers about tokens that it wants signed (RFC 9701). "" for IDTokenAlg, or else RS256.
	IntrospectionAlg jose.Algorithm `json:"introspection_alg,omitzero"`
	// ResponseModes are the ways that answers may take to it. Empty for those of its profile; see [Settings.Modes].
	ResponseModes []oauth.ResponseMode `json:"response_modes,omitzero"`
	// JWKSURI is where that key set is, in place of JWKS.
	JWKSURI string `json:"jwks_uri,omitzero"`
	// RequirePAR lets the client ask by pushed requests only (RFC 9126, section 6).
	RequirePAR bool `json:"require_par,omitzero"`
	// RequireSignedRequest lets it ask by request objects only that it has signed (RFC 9101, section 10.5), pushed or not.
	RequireSignedRequest bool `json:"require_signed_request,omitzero"`
	// BackchannelLogoutURI is told of each sign-out by a signed token (OpenID Connect Back-Channel Logout 1.0, section 2.2).
	BackchannelLogoutURI string `json:"backchannel_logout_uri,omitzero"`
	// FrontchannelLogoutURI is loaded by the browser that signs out, in a frame (OpenID Connect Front-Channel Logout 1.0, section 2).
	FrontchannelLogoutURI string `json:"frontchannel_logout_uri,omitzero"`
	// Pairwise gives the client subjects that no client of another sector knows (OpenID Connect Core, section 8).
	Pairwise bool `json:"pairwise,omitzero"`
	// SectorIdentifierURI names the sector of the client, where its redirect addresses do not.
	SectorIdentifierURI string `json:"sector_identifier_uri,omitzero"`
	// DetailTypes are the types of `authorization_details` that it may ask for (RFC 9396).
	DetailTypes []string `json:"authorization_details_types,omitzero"`
	// CertificateName is what stands in the certificate of a client with TLSClientAuth, such as "san_dns:app.example.com" (RFC 8705, section 2.1.2).
	CertificateName string `json:"certificate_name,omitzero"`
	// CertificateBound binds its access tokens to the certificate that it shows, and the refresh tokens of a public client (RFC 8705, section 3).
	CertificateBound bool `json:"tls_client_certificate_bound_access_tokens,omitzero"`
	// Self is what a client says of itself that nobody has checked; nil for one that an operator added.
	Self *SelfDescription `json:"self,omitzero"`
	// Document says that its id is the address of a document that describes it; see [Documents]. It is never stored.
	Document bool `json:"-"`
}

// Secret is one of a client's secrets, as it is stored.
type Secret struct {
	ID      string // names it in lists
	Hash    []byte // HMAC-SHA256 under a key of the server
	Digest  []byte // SHA-256, in place of Hash, of a client of the configuration, which does not know that key
	AddedAt time.Time
}

// MaxSecrets is how many secrets a client has at a time: the old one stays good while the new one is put in its place.
const MaxSecrets = 2

// Public reports whether the client keeps no secret.
func (c *Client) Public() bool { return c.Auth == oauth.None }

// May reports whether the client may use a grant.
func (c *Client) May(g oauth.GrantType) bool { return slices.Contains(c.Grants, g) }

// Modes are the ways that answers may take to the client: those that it was registered for, or those of its profile. The first is taken for an
// error about the way itself.
func (s *Settings) Modes() []oauth.ResponseMode {
	if len(s.ResponseModes) > 0 {
		return s.ResponseModes
	}
	if preset, _ := PresetOf(string(s.Profile)); len(preset.Modes) > 0 {
		return preset.Modes
	}
	return []oauth.ResponseMode{oauth.Query}
}

// WantsRS256 reports whether something is signed for the client by RS256, which needs a key of its own.
func (s *Settings) WantsRS256() bool {
	return s.IDTokenAlg == jose.RS256 || s.UserInfoAlg == jose.RS256 || s.IntrospectionAlg == jose.RS256
}

// Redirects reports whether answers may go to an address.
func (c *Client) Redirects(uri string) bool {
	return oauth.MatchRedirectURI(c.RedirectURIs, uri, c.Profile == Native)
}

// CheckResources returns an [oauth.InvalidTarget] if tokens for one of these APIs are not for the client (RFC 8707, section 2).
func (c *Client) CheckResources(resources []string) error {
	for _, uri := range resources {
		if !slices.Contains(c.Audiences, uri) {
			return oauth.Refuse(oauth.InvalidTarget, "tokens for that resource are not for this client")
		}
	}
	return nil
}

// CheckRoles returns a [fault.ForbiddenRole] if somebody with these roles may not use the client.
func (s *Settings) CheckRoles(roles []string) error {
	has := func(role string) bool { return slices.Contains(roles, role) }
	if len(s.Roles) == 0 || slices.ContainsFunc(s.Roles, has) {
		return nil
	}
	return fault.Refuse(fault.ForbiddenRole, strings.Join(s.Roles, " or "))
}

// Assured reports whether an answer at this address reaches the client and nobody else: it must then prove who it is, or the address is
// one that only it can answer for. A private scheme, or a port of this machine, is taken by any program (RFC 8252, section 8.6).
func (c *Client) Assured(redirectURI string) bool {
	return !c.Public() || strings.HasPrefix(redirectURI, "https://")
}

// Reader finds clients.
type Reader interface {
	// Client returns fault.ErrNotFound when there is none.
	Client(ctx context.Context, id string) (Client, error)
	// Clients lists all, in the order of their ids.
	Clients(ctx context.Context) ([]Client, error)
}

// Writer changes clients. Every method is one atomic, durable act.
type Writer interface {
	// AddClient inserts a client with its secrets; fault.ErrConflict when the id is taken.
	AddClient(ctx context.Context, c Client, e audit.Event) error
	// ReplaceSecrets sets the secrets of a client; fault.ErrNotFound when there is none, fault.ErrConflict when its newest is not newest
	// ("" for none) any more.
	ReplaceSecrets(ctx context.Context, id, newest string, secrets []Secret, e audit.Event) error
	// ReplaceSettings sets the settings of a client; fault.ErrNotFound when there is none, fault.ErrConflict when they are not what they were
	// any more.
	ReplaceSettings(ctx context.Context, id string, was, s Settings, e audit.Event) error
	// RemoveClient removes a client, what people allowed it, and its sessions, and appends a revocation of all its tokens, those of the
	// next [KnownFor] included, until revokeUntil. fault.ErrNotFound when there is none.
	RemoveClient(ctx context.Context, id string, at, revokeUntil time.Time, e audit.Event) error
	// SpendID takes a one-time id, such as the `jti` of an assertion; fault.ErrConflict when it was taken before. It is kept until then.
	SpendID(ctx context.Context, id string, until time.Time) error
}

// Store is what clients need.
type Store interface {
	Reader
	Writer
}
