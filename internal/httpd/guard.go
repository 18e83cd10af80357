package httpd

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/revocation"
	"github.com/lingpai/lingpai/internal/revoked"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

// Principal is whoever a request was let in for.
type Principal struct {
	// Session is living, its holder as the account is now.
	Session session.Session
	// Claims of the access token; nil when the session cookie was shown.
	Claims *token.Claims
}

// From returns the Principal of a request that passed a guarded route. It panics on a route that lets anybody in, which is a mistake
// in the table of routes.
func From(r *http.Request) Principal {
	who := eventOf(r).who
	if who == nil {
		panic("httpd.From on a route without a principal: " + r.Pattern)
	}
	return *who
}

// Viewer returns the Principal if there is one.
func Viewer(r *http.Request) (Principal, bool) {
	if who := eventOf(r).who; who != nil {
		return *who, true
	}
	return Principal{}, false
}

// AdminRole is the role of who may do everything. The first account has it.
const AdminRole = "admin"

// IsAdmin reports whether a session is that of an administrator.
func IsAdmin(s session.Session) bool { return slices.Contains(s.Holder.Roles, AdminRole) }

// Guard lets requests in. It is safe for concurrent use.
type Guard struct {
	Rules    *token.Rules
	About    *token.Rules // for tokens that were sent to somebody else; nil for none
	Revoked  *revocation.Set
	Sessions *session.Service
	Cookies  Cookies
	Proofs   *dpop.Judge
}

func (g *Guard) admit(r *http.Request, rule Auth) (*http.Request, error) {
	var find func(*http.Request) (Principal, error)
	switch rule {
	case Signed:
		find = g.Signed
	case Granted:
		find = g.byToken
	case CookieOnly, OptionalUser:
		find = g.byCookie
	default:
		return r, nil
	}
	who, err := find(r)
	if rule == OptionalUser && isRefusal(err) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	eventOf(r).who = &who
	return r, nil
}

func isRefusal(err error) bool {
	_, ok := errors.AsType[*fault.Refusal](err)
	return ok
}

// Granted judges the access token of a request, whose scope says what it is good for.
func (g *Guard) Granted(r *http.Request) (Principal, error) {
	who, err := g.byToken(r)
	if err == nil {
		eventOf(r).who = &who
	}
	return who, err
}

// Signed judges the access token of a request, or else its session cookie. A token that is refused is not made good by a cookie: who
// sends a token means it.
func (g *Guard) Signed(r *http.Request) (Principal, error) {
	if len(r.Header.Values("Authorization")) == 0 {
		return g.byCookie(r)
	}
	who, err := g.byToken(r)
	if err == nil && who.Session.Keep == session.KeepClient {
		return Principal{}, fault.Refuse(fault.TokenType, "a token of an app that the person signed in to")
	}
	return who, err
}

func (g *Guard) byToken(r *http.Request) (Principal, error) {
	claims, err := g.Token(r)
	if err != nil {
		return Principal{}, err
	}
	return g.living(r.Context(), claims)
}

// Token judges the access token of a request, and the proof that it may need. Whether its session lives is known as far as it was called
// back; the store is not asked.
func (g *Guard) Token(r *http.Request) (*token.Claims, error) {
	if len(r.Header.Values("Authorization")) == 0 {
		return nil, fault.Refuse(fault.TokenMissing)
	}
	sent, err := readCredentials(r.Header)
	if err != nil {
		return nil, err
	}
	claims, err := g.Rules.Judge(r.Context(), sent.token)
	if err != nil {
		return nil, err
	}
	eventOf(r).bound = claims.KeyThumb != ""
	if err := g.CheckRevoked(claims); err != nil {
		return nil, err
	}
	return claims, g.holds(r, sent, claims)
}

// Stands returns the claims of an access token that was not called back, whatever API it is for: for who asks about a token rather than
// by it.
func (g *Guard) Stands(ctx context.Context, raw string) (*token.Claims, error) {
	claims, err := g.About.Judge(ctx, raw)
	if err != nil {
		return nil, err
	}
	return claims, g.CheckRevoked(claims)
}

// CheckRevoked returns the refusal for a token that was called back, or nil. It asks nobody.
func (g *Guard) CheckRevoked(c *token.Claims) error {
	e, ok := g.Revoked.Revoked(revoked.Claims{
		Session: c.SessionID, Token: c.ID, Subject: c.Subject, Client: c.ClientID, Signer: c.KeyID, IssuedAt: c.IssuedAt,
	})
	if !ok {
		return nil
	}
	ago := max(0, g.Rules.Now().Truncate(time.Second).Sub(e.Time()))
	if e.Kind == revoked.Session {
		return fault.Refuse(fault.SessionEnded, ago)
	}
	return fault.Refuse(fault.TokenRevoked, ago)
}

// living finds the session of an access token, and takes the token as the confirmation of the refresh token that came with it.
func (g *Guard) living(ctx context.Context, c *token.Claims) (Principal, error) {
	id, ok := session.ParseID(c.SessionID)
	if !ok {
		return Principal{}, fault.Refuse(fault.TokenType, "a token of no session")
	}
	row, err := g.Sessions.Living(ctx, id)
	if err != nil {
		return Principal{}, err
	}
	if err := g.Sessions.Seen(ctx, row, token.CounterOf(c.ID)); err != nil {
		return Principal{}, err
	}
	return Principal{Session: row, Claims: c}, nil
}

func (g *Guard) byCookie(r *http.Request) (Principal, error) {
	value := g.Cookies.Session(r)
	if value == "" {
		return Principal{}, fault.Refuse(fault.TokenMissing)
	}
	row, err := g.Sessions.Use(r.Context(), value, Source(r))
	return Principal{Session: row}, err
}
