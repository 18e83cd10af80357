// Package token issues access tokens and judges them: JWTs by the profile of RFC 9068, signed by one of our keys.
//
// [Issuer.Issue] writes a token; [Rules.Judge] reads one. Judging needs nothing but keys and a clock, so that the same rules serve this
// server and, through the root package, every API that trusts it. Whether the token's session still lives is asked after it, by
// whoever holds the set of revocations.
//
// The package stands on jose, strictjson and fault alone, because the public root package stands on it.
package token

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
)

// Type is the `typ` of an access token (RFC 9068, section 2.1).
const Type = "at+jwt"

// Claims is what an access token says. Times have a resolution of one second.
type Claims struct {
	Issuer    string            // iss
	Subject   string            // sub: the user
	Audience  []string          // aud: the APIs that it is meant for
	ExpiresAt time.Time         // exp
	NotBefore time.Time         // nbf, or zero
	IssuedAt  time.Time         // iat
	ID        string            // jti
	ClientID  string            // client_id
	SessionID string            // sid
	AuthTime  time.Time         // auth_time: when the person last proved who they are, or zero
	ACR       string            // acr: how strongly, or ""
	AMR       []string          // amr: by which means (RFC 8176)
	Scopes    []string          // scope, split at spaces
	Roles     []string          // roles
	Actors    []string          // act: who acts for the subject, the last first (RFC 8693, section 4.1)
	Details   []json.RawMessage // authorization_details (RFC 9396, section 9.1)
	KeyThumb  string            // cnf.jkt: thumbprint of the DPoP key that it is bound to (RFC 9449), or ""
	CertThumb string            // cnf.x5t#S256: thumbprint of the client certificate that it is bound to (RFC 8705), or ""
	KeyID     string            // kid of the header: the key that signed it; Issue sets its own
}

// Bound reports whether the token is bound to a key or a certificate of its holder.
func (c *Claims) Bound() bool { return c.KeyThumb != "" || c.CertThumb != "" }

// Type is the `token_type`, which says how the token is shown: "DPoP" with a proof (RFC 9449, section 5), or else "Bearer". One that is bound
// to a certificate is a Bearer too (RFC 8705, section 3).
func (c *Claims) Type() string { return typeOf(c.KeyThumb) }

func typeOf(keyThumb string) string {
	if keyThumb != "" {
		return "DPoP"
	}
	return "Bearer"
}

// wire is Claims as JSON, for writing; reading is [parseClaims].
type wire struct {
	Issuer    string            `json:"iss"`
	Subject   string            `json:"sub"`
	Audience  audience          `json:"aud"`
	ExpiresAt int64             `json:"exp"`
	IssuedAt  int64             `json:"iat"`
	ID        string            `json:"jti"`
	ClientID  string            `json:"client_id"`
	SessionID string            `json:"sid,omitempty"`
	AuthTime  int64             `json:"auth_time,omitempty"`
	ACR       string            `json:"acr,omitempty"`
	AMR       []string          `json:"amr,omitempty"`
	Scope     string            `json:"scope,omitempty"`
	Roles     []string          `json:"roles,omitempty"`
	Act       *act              `json:"act,omitempty"`
	Cnf       *cnf              `json:"cnf,omitempty"`
	Details   []json.RawMessage `json:"authorization_details,omitempty"`
	Status    *status           `json:"status,omitempty"`
}

// status says where it stands whether the token was called back (draft-ietf-oauth-status-list-21, section 6.2).
type status struct {
	List struct {
		Index int    `json:"idx"`
		URI   string `json:"uri"`
	} `json:"status_list"`
}

// act is who acts, and for whom in turn (RFC 8693, section 4.1).
type act struct {
	Subject string `json:"sub"`
	Act     *act   `json:"act,omitempty"`
}

// chain nests actors, the last outermost.
func chain(actors []string) *act {
	if len(actors) == 0 {
		return nil
	}
	return &act{actors[0], chain(actors[1:])}
}

type cnf struct {
	KeyThumb  string `json:"jkt,omitempty"`
	CertThumb string `json:"x5t#S256,omitempty"`
}

// audience is written as a string when there is one and as an array when there are more (RFC 7519, section 4.1.3).
type audience []string

func (a audience) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		return json.Marshal(a[0])
	}
	return json.Marshal([]string(a))
}

// Grant is what a token is issued for.
type Grant struct {
	Subject   string
	Audience  []string // nil: the issuer's default
	ClientID  string
	SessionID string
	// Counter is the number of the refresh token that comes with this one, or 0; see [CounterOf].
	Counter  uint32
	AuthTime time.Time
	ACR      string
	AMR      []string
	Scope    string
	Roles    []string
	Actors   []string // see [Claims]
	KeyThumb string
	// CertThumb binds the token to a client certificate; see [Claims].
	CertThumb string
	Details   []json.RawMessage // authorization_details (RFC 9396)
	// StatusPlace is where the status lists have a bit for the session; 0 for nowhere.
	StatusPlace int64
	// Lifetime shortens that of the issuer; zero does not.
	Lifetime time.Duration
	// NotAfter caps the lifetime: no token outlives its session. Zero for no cap.
	NotAfter time.Time
}

// Access is an issued access token, with what an answer says of it (RFC 6749, section 5.1).
type Access struct {
	Token     string
	ID        string
	Type      string // see [Claims.Type]
	ExpiresAt time.Time
	ExpiresIn int64 // seconds from when it was issued, by the same reading of the clock
}

// Issuer issues access tokens. It is safe for concurrent use and touches no store.
type Issuer struct {
	// Name is the issuer identifier, the `iss` of all tokens.
	Name string
	// Audience is used for grants that name none.
	Audience []string
	// Lifetime of a token, at least one second.
	Lifetime time.Duration
	// Status gives the status list that a place is on and its number there; nil where there are no lists.
	Status func(place int64) (uri string, index int)
	// Signing gives the key that signs at this moment.
	Signing func() *jose.Key
	Now     func() time.Time
}

// Issue signs a token for a grant.
func (i *Issuer) Issue(g Grant) (Access, error) {
	w, expires := i.wire(g)
	payload, err := json.Marshal(w)
	if err != nil {
		return Access{}, fmt.Errorf("encode claims: %w", err)
	}
	signed, err := jose.Sign(i.Signing(), Type, payload)
	if err != nil {
		return Access{}, fmt.Errorf("sign access token: %w", err)
	}
	return Access{Token: signed, ID: w.ID, Type: typeOf(g.KeyThumb), ExpiresAt: expires, ExpiresIn: w.ExpiresAt - w.IssuedAt}, nil
}

// newID makes a `jti`: random, with the counter in front when there is one.
func newID(counter uint32) string {
	if counter == 0 {
		return rand.Text()
	}
	return strconv.FormatUint(uint64(counter), 10) + "." + rand.Text()
}

// CounterOf reads from a `jti` which refresh token came in the same answer. Whoever shows the access token therefore holds that refresh
// token too, which confirms it. 0 when there was none.
func CounterOf(id string) uint32 {
	number, _, ok := strings.Cut(id, ".")
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
