package gateway

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
	"github.com/lingpai/lingpai/internal/wire"
)

// verdict lets a request pass.
type verdict struct {
	route *route
	asked *asked
	// who is the person, or nil for a guest and for a machine.
	who *person
	// machine is the token of a client that acts for nobody but itself.
	machine *token.Claims
	// claims of the access token; nil where the cookie was shown.
	claims *token.Claims
}

// judge decides on a request for a route. r is the request as the client sent it to the app, whichever way it came here. An error that is no
// refusal means that judgement was impossible, and nothing passes.
func (g *Gateway) judge(r *http.Request, a *asked, rt *route) (*verdict, error) {
	if rt.Maintenance {
		return nil, fault.Refuse(fault.Maintenance)
	}
	if err := rt.checkAddress(r); err != nil {
		return nil, err
	}
	v := &verdict{route: rt, asked: a}
	r = fromWebSocket(r)
	err := g.recognise(r, v)
	if err == nil && v.claims == nil && v.who != nil {
		err = g.checkPage(r, a, rt)
	}
	if rt.Public {
		if err != nil { // Who cannot be recognised here is a guest, since nothing hangs on it.
			*v = verdict{route: rt, asked: a}
		}
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	if v.who != nil {
		httpd.Identify(r, v.who.principal)
	}
	return v, g.checkRequirements(v, g.Now())
}

func (rt *route) checkAddress(r *http.Request) error {
	if len(rt.Require.Addresses) == 0 {
		return nil
	}
	address, err := netip.ParseAddr(httpd.Source(r).Address)
	if err == nil && slices.ContainsFunc(rt.Require.Addresses, func(p netip.Prefix) bool { return p.Contains(address) }) {
		return nil
	}
	return fault.Refuse(fault.AddressRefused)
}

// recognise finds out who is asking: by the access token, or else by the session cookie. A token that is refused is not made good by a cookie,
// and where both are good and of two people, nobody can say which is meant.
func (g *Gateway) recognise(r *http.Request, v *verdict) error {
	cookie := g.Guard.Cookies.Session(r)
	if len(r.Header["Authorization"]) > 0 {
		if err := g.byToken(r, v); err != nil {
			return err
		}
		if cookie == "" {
			return nil
		}
		other, err := g.people.byCookie(r.Context(), cookie, func() audit.Source { return httpd.Source(r) })
		if err == nil && (v.who == nil || other.UserID != v.who.UserID) {
			return fault.Refuse(fault.RequestMalformed, "its token and its session cookie are of two people")
		}
		return nil
	}
	if cookie == "" {
		return fault.Refuse(fault.TokenMissing)
	}
	who, err := g.people.byCookie(r.Context(), cookie, func() audit.Source { return httpd.Source(r) })
	v.who = who
	return err
}

func (g *Gateway) byToken(r *http.Request, v *verdict) error {
	claims, err := g.Guard.Token(r)
	if err != nil {
		return err
	}
	if v.claims = claims; claims.SessionID == "" {
		v.machine = claims
		return nil
	}
	id, ok := session.ParseID(claims.SessionID)
	if !ok {
		return fault.Refuse(fault.TokenType, "a token of no session")
	}
	who, err := g.people.byID(r.Context(), id)
	if err == nil {
		who, err = g.people.confirm(r.Context(), who, token.CounterOf(claims.ID))
	}
	v.who = who
	return err
}

// checkPage refuses what a page of another origin has a browser send with its cookie: everything that may change something, and what is not
// the opening of a page. A handshake of a WebSocket is a GET that changes something.
func (g *Gateway) checkPage(r *http.Request, a *asked, rt *route) error {
	site := r.Header.Get("Sec-Fetch-Site")
	safe := wire.IsSafe(a.method) && upgradeOf(r.Header) == "" && !opensWebSocket(r.Header)
	if safe && (site != "cross-site" || r.Header.Get("Sec-Fetch-Mode") == "navigate") {
		return nil
	}
	if slices.Contains(rt.Origins, r.Header.Get("Origin")) {
		return nil
	}
	return g.Edge.Provoked(r, httpd.API)
}

// judgeAgain decides on a request that is with its app already, by the routes and the person as they are now. Whether they had signed in lately
// enough is asked of when it began, and that its token expires does not end it: its session does.
func (g *Gateway) judgeAgain(ctx context.Context, s *stream, t *table) (*verdict, error) {
	v := *s.v
	if s.doubt {
		if err := g.renew(ctx, &v); err != nil {
			return nil, err
		}
	}
	if s.by != t {
		if err := g.reroute(s.r, &v, t); err != nil {
			return nil, err
		}
	}
	if !v.route.Public {
		if v.who == nil && v.machine == nil {
			return nil, fault.Refuse(fault.TokenMissing)
		}
		if err := g.checkRequirements(&v, s.began); err != nil {
			return nil, err
		}
	}
	return &v, nil
}

// outdated reports whether the one who asks may be another by now, or gone.
func (g *Gateway) outdated(v *verdict) bool {
	return v.claims != nil && g.Guard.CheckRevoked(v.claims) != nil || v.who != nil && g.people.outdated(v.who)
}

// renew finds out who asks by now. Where a route is public, who was recognised is not made a guest: the app was told who they are.
func (g *Gateway) renew(ctx context.Context, v *verdict) (err error) {
	if v.claims != nil {
		if err := g.Guard.CheckRevoked(v.claims); err != nil {
			return err
		}
	}
	if v.who != nil {
		v.who, err = g.people.byID(ctx, v.who.ID)
	}
	return err
}

// reroute finds the route of other routes that r is for. That it leads to another app does not matter to what has begun, and an app that is
// closed for maintenance may end it by itself.
func (g *Gateway) reroute(r *http.Request, v *verdict, t *table) (err error) {
	if v.route, err = t.proxied(v.asked, r.Header); err != nil {
		return err
	}
	if err := v.route.checkAddress(r); err != nil {
		return err
	}
	if v.claims == nil && v.who != nil && !v.route.Public {
		return g.checkPage(fromWebSocket(r), v.asked, v.route)
	}
	return nil
}

// checkRequirements holds the person, or the app that acts for them, against the route, for a request that began at a time.
func (g *Gateway) checkRequirements(v *verdict, began time.Time) error {
	need := &v.route.Require
	if v.machine != nil || v.who.Keep == session.KeepClient {
		if err := checkScopes(v.claims, need.Scopes); err != nil {
			return err
		}
	}
	if len(need.Roles) > 0 && (v.who == nil || !slices.ContainsFunc(need.Roles, v.who.hasRole)) {
		return fault.Refuse(fault.ForbiddenRole, strings.Join(need.Roles, " or "))
	}
	if v.who == nil {
		return nil
	}
	if len(need.ACR) > 0 && !v.who.Meets(need.ACR) {
		return fault.Refuse(fault.ACRRequired, strings.Join(need.ACR, " "))
	}
	if need.MaxAge > 0 && began.Sub(v.who.AuthTime) > need.MaxAge {
		return fault.Refuse(fault.StepUpRequired, need.MaxAge)
	}
	return nil
}

func (who *person) hasRole(role string) bool { return slices.Contains(who.Holder.Roles, role) }

// checkScopes bounds what an app may do that was given a token: only what it was given is let through, so a route that names no scope lets
// none of them pass.
func checkScopes(c *token.Claims, need []string) error {
	if len(need) == 0 {
		return fault.Refuse(fault.TokenType, "a token of an app, and this route names no scope for apps")
	}
	for _, scope := range need {
		if c == nil || !slices.Contains(c.Scopes, scope) {
			return fault.Refuse(fault.ForbiddenScope, strings.Join(need, " "))
		}
	}
	return nil
}
