package token

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/jose"
)

const (
	// DefaultSkew is how far a clock may be off before `nbf` or `iat` in the future is refused.
	DefaultSkew = 30 * time.Second
	// maxLifetime is the longest exp - iat that is believed: ours live minutes, and nobody needs an access token for longer than a day.
	maxLifetime = 24 * time.Hour
)

// KeyFunc finds the published key of an issuer by its id. It returns nil when there is none, and an error when it could not look.
type KeyFunc func(ctx context.Context, kid string) (*jose.Key, error)

// Rules says which access tokens are good. It is safe for concurrent use as long as nobody changes it.
type Rules struct {
	// Issuer must be the `iss`, byte for byte.
	Issuer string
	// Audience: one of these must be in `aud`, byte for byte.
	Audience []string
	// AnyAudience passes over `aud`, for who asks about a token that was sent to somebody else.
	AnyAudience bool
	// Leeway is given on `exp`; zero means that a token is over at the very second that it names.
	Leeway time.Duration
	// Skew is given on `nbf` and `iat`; zero means DefaultSkew.
	Skew time.Duration
	Keys KeyFunc
	// Withdrawn says whether a key that is not published any more was withdrawn, and when; nil knows of none.
	Withdrawn func(kid string) (at time.Time, ok bool)
	// Cache keeps what these rules have found good, and belongs to them alone; nil keeps nothing. Claims that come out of it are shared, so nobody
	// may change them.
	Cache *Cache
	Now   func() time.Time
}

// Verdict is what the rules say of a good token, and how long they will say so.
type Verdict struct {
	Claims *Claims
	// Key verified the signature. The verdict stands only while Keys answers with this very key.
	Key *jose.Key
	// From (inclusive) and Until (exclusive) bound the times at which the token is good.
	From, Until time.Time
}

// Judge verifies a token and returns what it says. A refusal is a *fault.Refusal, which names the first rule that the token breaks, in
// the order: three parts that read; algorithm and key; signature; type; issuer; audience; time. Any other error means that
// judgement was impossible (no keys could be had), and the request must not pass.
func (r *Rules) Judge(ctx context.Context, token string) (*Claims, error) {
	if kept := r.Cache.Find(token); kept != nil && r.holds(ctx, kept) {
		return kept.Claims, nil
	}
	v, err := r.Verdict(ctx, token)
	if err == nil {
		r.Cache.Add(token, v)
	}
	return v.Claims, err
}

// holds reports whether a verdict of before would be given again.
func (r *Rules) holds(ctx context.Context, kept *Kept) bool {
	if !kept.HoldsAt(r.Now()) {
		return false
	}
	key, err := r.Keys(ctx, kept.Claims.KeyID)
	return err == nil && key == kept.Key
}

// Verdict is Judge for those who keep what was found, to find it again without judging.
func (r *Rules) Verdict(ctx context.Context, token string) (Verdict, error) {
	v, _, err := r.verdict(ctx, token, checkType)
	return v, err
}

// verdict judges a token of the types that pass checkType, and returns what it says and its payload.
func (r *Rules) verdict(ctx context.Context, token string, checkType func(typ string) error) (Verdict, []byte, error) {
	m, err := jose.Parse(token)
	if err != nil {
		return Verdict{}, nil, refuseParse(token, err)
	}
	payload, key, err := r.verify(ctx, m)
	if err != nil {
		return Verdict{}, nil, err
	}
	c, err := parseClaims(payload)
	if err != nil {
		return Verdict{}, nil, fault.Refuse(fault.TokenMalformed, "its claims do not read").Because(err)
	}
	c.KeyID = m.Header().KeyID
	if err := checkType(m.Header().Type); err != nil {
		return Verdict{}, nil, err
	}
	if err := r.checkClaims(c); err != nil {
		return Verdict{}, nil, err
	}
	from, until := r.span(c)
	return Verdict{c, key, from, until}, payload, nil
}

func (r *Rules) verify(ctx context.Context, m *jose.Message) ([]byte, *jose.Key, error) {
	h := m.Header()
	key, err := r.Keys(ctx, h.KeyID)
	if err != nil {
		return nil, nil, fmt.Errorf("find key: %w", err)
	}
	if key == nil {
		return nil, nil, r.refuseUnknownKey(m)
	}
	payload, err := m.Verify(key)
	switch {
	case errors.Is(err, jose.ErrAlgorithm):
		return nil, nil, fault.Refuse(fault.TokenAlgorithm, string(h.Algorithm)).Because(err)
	case err != nil:
		return nil, nil, fault.Refuse(fault.TokenSignature).Because(err)
	}
	return payload, key, nil
}

// refuseUnknownKey refuses in any case; it looks at the unverified issuer only to say which refusal helps more.
func (r *Rules) refuseUnknownKey(m *jose.Message) error {
	if c, err := parseClaims(m.UnverifiedPayload()); err == nil && c.Issuer != r.Issuer {
		return fault.Refuse(fault.TokenIssuer, excerpt(c.Issuer))
	}
	if r.Withdrawn != nil {
		if at, ok := r.Withdrawn(m.Header().KeyID); ok {
			return fault.Refuse(fault.TokenRevoked, max(0, r.Now().Sub(at))).Because(errors.New("its key was withdrawn"))
		}
	}
	return fault.Refuse(fault.TokenSignature).Because(errors.New("no published key has this kid"))
}

func refuseParse(token string, err error) error {
	if errors.Is(err, jose.ErrAlgorithm) {
		return fault.Refuse(fault.TokenAlgorithm, "an algorithm").Because(err)
	}
	what := "a part of it does not read"
	if parts := strings.Count(token, ".") + 1; parts != 3 {
		what = fmt.Sprintf("it has %d parts, not 3", parts)
		if parts == 1 {
			what = "it has one part, not 3"
		}
	}
	if slip := slipIn(token); slip != "" {
		what = slip
	} else if altered(token) {
		return fault.Refuse(fault.TokenSignature).Because(err)
	}
	return fault.Refuse(fault.TokenMalformed, what).Because(err)
}

// altered reports whether payload or signature read only if the unused bits of their last character are overlooked. Whoever encodes leaves
// these bits zero, so that character was changed since: the person is told the same as for any other changed character.
func altered(token string) bool {
	parts := strings.SplitN(token, ".", 4)
	if len(parts) != 3 {
		return false
	}
	for _, part := range parts[1:] {
		_, strict := base64.RawURLEncoding.Strict().DecodeString(part)
		_, loose := base64.RawURLEncoding.DecodeString(part)
		if strict != nil && loose == nil {
			return true
		}
	}
	return false
}

// checkType accepts the media types that equal at+jwt (RFC 9068, section 4; RFC 7515, section 4.1.9) and nothing else, so that no ID token,
// logout token or DPoP proof passes for an access token.
func checkType(typ string) error {
	switch strings.TrimPrefix(strings.ToLower(typ), "application/") {
	case Type:
		return nil
	case "jwt":
		return fault.Refuse(fault.TokenType, "an ID token or another plain JWT")
	case "":
		return fault.Refuse(fault.TokenType, "a token that does not say its type")
	case "logout+jwt":
		return fault.Refuse(fault.TokenType, "a logout token")
	case "dpop+jwt":
		return fault.Refuse(fault.TokenType, "a DPoP proof")
	}
	return fault.Refuse(fault.TokenType, "a token of another type")
}

func (r *Rules) checkClaims(c *Claims) error {
	if c.Issuer != r.Issuer {
		return fault.Refuse(fault.TokenIssuer, excerpt(c.Issuer))
	}
	if !r.AnyAudience && !slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(r.Audience, a) }) {
		return fault.Refuse(fault.TokenAudience, excerpt(strings.Join(c.Audience, " ")))
	}
	if c.Subject == "" || c.ID == "" || c.ClientID == "" {
		return fault.Refuse(fault.TokenMalformed, "it lacks sub, jti or client_id")
	}
	return r.checkTimes(c)
}

func (r *Rules) checkTimes(c *Claims) error {
	if c.ExpiresAt.Sub(c.IssuedAt) > maxLifetime {
		return fault.Refuse(fault.TokenMalformed, "it claims to live for more than a day")
	}
	from, until := r.span(c)
	switch now := r.Now(); {
	case now.Before(from):
		return fault.Refuse(fault.TokenNotYetValid, from.Add(r.skew()).Sub(now))
	case !now.Before(until):
		return fault.Refuse(fault.TokenExpired, now.Sub(c.ExpiresAt))
	}
	return nil
}

// span is when a token is good: from the later of `nbf` and `iat`, less the skew, until `exp` and the leeway.
func (r *Rules) span(c *Claims) (from, until time.Time) {
	from = c.IssuedAt
	if c.NotBefore.After(from) {
		from = c.NotBefore
	}
	return from.Add(-r.skew()), c.ExpiresAt.Add(r.Leeway)
}

func (r *Rules) skew() time.Duration {
	if r.Skew == 0 {
		return DefaultSkew
	}
	return r.Skew
}

// excerpt cuts what a stranger wrote to what a sentence and a header can bear.
func excerpt(s string) string {
	clean := fault.Printable(s)
	if len(clean) > 120 {
		clean = clean[:120] + "..."
	}
	if clean == "" {
		return "nobody"
	}
	return clean
}
