package lingpai

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/token"
)

// maxLeeway bounds Leeway: more would undo what short lifetimes are for.
const maxLeeway = time.Minute

// Verifier verifies the access tokens of one issuer. It is safe for concurrent use, owns nothing that must be closed, and asks the
// issuer for its keys and for what it calls back, never about a token.
type Verifier struct {
	rules    token.Rules
	keys     *keySet
	cache    *token.Cache
	proofs   *proofs
	follower *follower // nil where revocations are ignored
}

// Option changes how a Verifier works.
type Option func(*settings)

type settings struct {
	audience  []string
	leeway    time.Duration
	cacheSize int
	dpop      *DPoPOptions
	client    *http.Client
	log       *slog.Logger
	lazy      bool
	plainHTTP bool

	staleness         StalenessPolicy
	copyAt            string
	subscriber        string
	ignoreRevocations bool
}

// Audience names this API: a token must be meant for one of these audiences, compared byte for byte. Without it, the issuer itself is the
// audience, which is what a Lingpai server issues tokens for by default.
func Audience(audience ...string) Option {
	return func(s *settings) { s.audience = append(s.audience, audience...) }
}

// Leeway accepts a token for this long after its `exp`; at most a minute, and none by default. A clock that runs behind the issuer's
// needs no leeway: 30 seconds are always given on `nbf` and `iat`.
func Leeway(d time.Duration) Option {
	return func(s *settings) { s.leeway = d }
}

const (
	// defaultCacheSize is how many verified tokens are kept, unless CacheSize says otherwise.
	defaultCacheSize = 8192
	// maxCacheSize is the largest CacheSize: about 2 GB.
	maxCacheSize = 1 << 20
)

// CacheSize keeps about n verified tokens, 8192 by default, so that a token that comes again costs next to nothing. One takes 2 kB or so.
// With 0, every token is judged anew. Tokens longer than 2 KiB are never kept.
func CacheSize(n int) Option {
	return func(s *settings) { s.cacheSize = n }
}

// HTTPClient fetches keys with a client of your own, for a proxy or a private certificate authority. Its CheckRedirect is not used:
// redirects are followed within one origin only.
func HTTPClient(c *http.Client) Option {
	return func(s *settings) { s.client = c }
}

// Logger is told when keys change and when they cannot be fetched. Without it, nothing is logged.
func Logger(l *slog.Logger) Option {
	return func(s *settings) { s.log = l }
}

// Lazy lets NewVerifier return without asking the issuer, for services that may start before it. Until the keys have been fetched,
// requests with a token are answered with 503; the first of them fetches the keys, and begins to follow the revocations.
func Lazy() Option {
	return func(s *settings) { s.lazy = true }
}

// InsecurePlainHTTP allows an issuer with an http address that is not on this machine. Whoever can alter traffic between here and
// there can then sign in as anyone.
func InsecurePlainHTTP() Option {
	return func(s *settings) { s.plainHTTP = true }
}

// NewVerifier returns a Verifier for the tokens of an issuer, named as in their `iss`. It fetches the issuer's keys by OpenID Connect
// Discovery, and fails if that fails. If the issuer has a feed of revocations, it is followed until ctx ends, so ctx should live as long as the
// Verifier; NewVerifier waits 3 seconds at most to learn what has been called back. Without a feed, ctx bounds the first fetch only.
func NewVerifier(ctx context.Context, issuer string, opts ...Option) (*Verifier, error) {
	s := settings{client: http.DefaultClient, log: slog.New(slog.DiscardHandler), cacheSize: defaultCacheSize}
	for _, o := range opts {
		o(&s)
	}
	if err := s.check(issuer); err != nil {
		return nil, fmt.Errorf("lingpai: %w", err)
	}
	if s.audience == nil {
		s.audience = []string{issuer}
	}
	proofs, err := newProofs(s.dpop)
	if err != nil {
		return nil, fmt.Errorf("lingpai: %w", err)
	}
	source, log := newSource(issuer, s.client), s.log.With(slog.String("issuer", issuer))
	follower := newFollower(ctx, &s, source, log)
	keys := newKeySet(source.fetch, follower.found, log)
	follower.verifyBy(keys)
	if !s.lazy {
		if err := keys.attempt(ctx); err != nil {
			return nil, fmt.Errorf("lingpai: fetch keys of issuer %s: %w", issuer, err)
		}
		follower.await(ctx)
	}
	rules := token.Rules{Issuer: issuer, Audience: s.audience, Leeway: s.leeway, Keys: keys.key, Withdrawn: follower.withdrawn, Now: time.Now}
	return &Verifier{rules: rules, keys: keys, cache: token.NewCache(s.cacheSize), proofs: proofs, follower: follower}, nil
}

func (s *settings) check(issuer string) error {
	if err := checkIssuer(issuer, s.plainHTTP); err != nil {
		return err
	}
	switch {
	case slices.Contains(s.audience, ""):
		return errors.New("an audience is empty")
	case s.leeway < 0 || s.leeway > maxLeeway:
		return fmt.Errorf("leeway %v is not between 0 and %v", s.leeway, maxLeeway)
	case s.cacheSize < 0 || s.cacheSize > maxCacheSize:
		return fmt.Errorf("cache size %d is not between 0 and %d", s.cacheSize, maxCacheSize)
	case s.client == nil:
		return errors.New("the HTTP client is nil")
	case s.log == nil:
		return errors.New("the logger is nil")
	case s.staleness < Normal || s.staleness > Lenient:
		return fmt.Errorf("staleness %d is none of Strict, Normal and Lenient", s.staleness)
	}
	return nil
}

// subscriberName is what the issuer knows us by.
func (s *settings) subscriberName() string {
	if s.subscriber != "" {
		return s.subscriber
	}
	return s.audience[0]
}

// Verify judges an access token and returns what it says. The error is always an [*Error]; it names the first rule that the token
// breaks. Verify blocks only while it needs keys that are being fetched, and then heeds ctx.
//
// A token that was found good is remembered, and so are its claims: all who show it share them, and nobody must change them. What can
// change is asked every time: the clock, the published keys and the revocations.
//
// Verify does not know how the token was sent: where [Claims.KeyThumb] is set, the caller has to check the DPoP proof ([DPoP]); where
// [Claims.CertThumb] is, the certificate of the connection.
func (v *Verifier) Verify(ctx context.Context, accessToken string) (*Claims, error) {
	c, err := v.judge(ctx, accessToken)
	if err != nil {
		return nil, refuse(err)
	}
	return c, nil
}

// judge says what a good token says, unless it was called back.
func (v *Verifier) judge(ctx context.Context, accessToken string) (*Claims, error) {
	claims, marks, now, err := v.verdict(ctx, accessToken)
	if err != nil {
		return nil, err
	}
	if err := v.follower.check(claims, marks, now); err != nil {
		return nil, err
	}
	return claims, nil
}

// verdict finds the verdict of before, if it still holds, and judges otherwise. Whatever is in doubt is judged. It also says when it did, and what is
// kept of a token that was found.
func (v *Verifier) verdict(ctx context.Context, accessToken string) (*Claims, *revoked.Marks, time.Time, error) {
	now := time.Now()
	if e := v.cache.Find(accessToken); e != nil && v.holds(ctx, e, now) {
		return (*Claims)(e.Claims), &e.Marks, now, nil
	}
	verdict, err := v.rules.Verdict(ctx, accessToken)
	if err != nil {
		return nil, nil, now, err
	}
	v.cache.Add(accessToken, verdict)
	return (*Claims)(verdict.Claims), nil, time.Now(), nil
}

// holds reports whether a verdict of before would be given again. Asking for the key also renews the keys when they are due.
func (v *Verifier) holds(ctx context.Context, e *token.Kept, now time.Time) bool {
	if !e.HoldsAt(now) {
		return false
	}
	key, err := v.keys.keyAt(ctx, now, e.Claims.KeyID)
	return err == nil && key == e.Key
}
