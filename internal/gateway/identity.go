package gateway

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/token"
)

// The headers that tell an app who is asking. X-Lingpai-Identity is signed; the others are for apps that cannot verify, and are to be believed
// only where nobody reaches the app past the gateway. An address of email is there only when it is verified: many apps know people by it, and
// anybody can write any address into their profile.
const (
	identityHeader = "X-Lingpai-Identity"
	userHeader     = "X-Forwarded-User"
	emailHeader    = "X-Forwarded-Email"
	rolesHeader    = "X-Forwarded-Roles"
)

// telling are all of them.
var telling = []string{identityHeader, userHeader, emailHeader, rolesHeader}

const (
	// identityLife is how long an identity is good for. It is handed out for fresh at most, so an app has most of it left.
	identityLife = time.Minute
	// mostMinted is how many identities one session has at a time: one for each app that is asked.
	mostMinted = 8
)

// minted is a token that was signed for a session.
type minted struct {
	audience string // "" for the access token
	value    []string
	until    time.Time
}

// none is the value of a header that has nothing to say.
var none = []string{""}

// tell writes who is asking into a header: all of it always, so that nothing that a client wrote stays beside it.
func (g *Gateway) tell(h http.Header, v *verdict) (err error) {
	h[identityHeader], h[userHeader], h[emailHeader], h[rolesHeader] = none, none, none, none
	switch {
	case v.who != nil:
		h[userHeader], h[emailHeader], h[rolesHeader] = v.who.user, v.who.email, v.who.roles
		h[identityHeader], err = g.identity(v)
	case v.machine != nil:
		h[userHeader] = []string{v.machine.Subject}
		h[identityHeader], err = g.identityOfMachine(v)
	}
	return err
}

// audience is the app that an identity is for.
func (v *verdict) audience() string {
	if v.route.Audience != "" {
		return v.route.Audience
	}
	return v.asked.origin
}

// identity is the signed word on who is asking, as the value of a header.
func (g *Gateway) identity(v *verdict) ([]string, error) {
	return v.who.mint(v.audience(), g.Now(), func() (token.Access, error) {
		grant := grantOf(v.who)
		grant.Audience, grant.Lifetime = []string{v.audience()}, identityLife
		h := v.who.Holder
		return g.Tokens.IssueIdentity(grant, token.Profile{Username: h.Username, Name: h.Name, Email: h.VerifiedEmail()})
	})
}

func (g *Gateway) identityOfMachine(v *verdict) ([]string, error) {
	c := v.machine
	access, err := g.Tokens.IssueIdentity(token.Grant{
		Subject: c.Subject, Audience: []string{v.audience()}, ClientID: c.ClientID, Scope: strings.Join(c.Scopes, " "),
		Lifetime: identityLife, NotAfter: c.ExpiresAt,
	}, token.Profile{})
	return []string{access.Token}, err
}

// access is the Authorization header with an access token for the app, which verifies by itself.
func (g *Gateway) access(who *person) ([]string, error) {
	return who.mint("", g.Now(), func() (token.Access, error) {
		access, err := g.Tokens.Issue(grantOf(who))
		access.Token = "Bearer " + access.Token
		return access, err
	})
}

// grantOf is what tokens for an app are issued for. They are the gateway's to send, so they are bound to no key of the person's, and using one
// confirms nothing.
func grantOf(who *person) token.Grant {
	grant := who.Access()
	grant.Counter, grant.KeyThumb, grant.CertThumb = 0, "", ""
	return grant
}

// mint returns what was signed for an audience, or signs it. It is kept as long as its person is, and while half of its life is left.
func (who *person) mint(audience string, now time.Time, sign func() (token.Access, error)) ([]string, error) {
	who.mu.Lock()
	defer who.mu.Unlock()
	i := slices.IndexFunc(who.minted, func(m minted) bool { return m.audience == audience })
	if i >= 0 && now.Before(who.minted[i].until) {
		return who.minted[i].value, nil
	}
	access, err := sign()
	if err != nil {
		return nil, err
	}
	m := minted{audience, []string{access.Token}, now.Add(access.ExpiresAt.Sub(now) / 2)}
	switch {
	case i >= 0:
		who.minted[i] = m
	case len(who.minted) < mostMinted:
		who.minted = append(who.minted, m)
	default:
		who.minted = append(who.minted[:0], append(slices.Clone(who.minted[1:]), m)...)
	}
	return m.value, nil
}
