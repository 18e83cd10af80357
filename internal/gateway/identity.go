package gateway

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/token"
)

// The headers that tell an app who is asking. X-Lingpai-Identity is signed; the others are for apps that cannot verify, and are to be believed
// only where nobody reaches the app past the gateway.
const (
	identityHeader = "X-Lingpai-Identity"
	userHeader     = "X-Forwarded-User"
	emailHeader    = "X-Forwarded-Email"
	rolesHeader    = "X-Forwarded-Roles"
)

const (
	// identityLife is how long an identity is good for. It is handed out for fresh at most, so an app has most of it left.
	identityLife = time.Minute
	// mostMinted is how many identities one session has at a time: one for each app that is asked.
	mostMinted = 8
)

// minted is a token that was signed for a session.
type minted struct {
	audience string // "" for the access token
	text     string
	until    time.Time
}

// tell writes who is asking into a header: all of it always, so that nothing that a client wrote stays beside it.
func (g *Gateway) tell(h http.Header, v *verdict) error {
	h[identityHeader], h[userHeader], h[emailHeader], h[rolesHeader] = []string{""}, []string{""}, []string{""}, []string{""}
	if v.who == nil && v.machine == nil {
		return nil
	}
	identity, err := g.identity(v)
	if err != nil {
		return err
	}
	h[identityHeader] = []string{identity}
	if v.who == nil {
		h[userHeader] = []string{v.machine.Subject}
		return nil
	}
	h[userHeader], h[rolesHeader] = []string{v.who.Holder.Username}, []string{v.who.roles}
	h[emailHeader] = []string{v.who.Holder.Email}
	return nil
}

// identity is the signed word on who is asking, for the app that a route leads to.
func (g *Gateway) identity(v *verdict) (string, error) {
	audience := v.route.Audience
	if audience == "" {
		audience = v.asked.origin
	}
	if v.who == nil {
		c := v.machine
		access, err := g.Tokens.IssueIdentity(token.Grant{
			Subject: c.Subject, Audience: []string{audience}, ClientID: c.ClientID, Scope: strings.Join(c.Scopes, " "),
			Lifetime: identityLife, NotAfter: c.ExpiresAt,
		}, token.Profile{})
		return access.Token, err
	}
	return v.who.mint(audience, g.Now(), func() (token.Access, error) {
		grant := grantOf(v.who)
		grant.Audience, grant.Lifetime = []string{audience}, identityLife
		h := v.who.Holder
		return g.Tokens.IssueIdentity(grant, token.Profile{Username: h.Username, Name: h.Name, Email: h.Email})
	})
}

// access is an access token for the app, which verifies by itself.
func (g *Gateway) access(who *person) (string, error) {
	return who.mint("", g.Now(), func() (token.Access, error) { return g.Tokens.Issue(grantOf(who)) })
}

func grantOf(who *person) token.Grant {
	return token.Grant{
		Subject: who.UserID, ClientID: who.ClientID, SessionID: who.key, AuthTime: who.AuthTime, ACR: acrOf(who), AMR: who.AMR,
		Roles: who.Holder.Roles, StatusPlace: int64(who.StatusPlace), NotAfter: who.ExpiresAt,
	}
}

// acrOf is the class of a sign-in, as access tokens of the API have it.
func acrOf(*person) string { return "urn:lingpai:password" }

// mint returns what was signed for an audience, or signs it. It is kept as long as its person is, and while half of its life is left.
func (who *person) mint(audience string, now time.Time, sign func() (token.Access, error)) (string, error) {
	who.mu.Lock()
	defer who.mu.Unlock()
	i := slices.IndexFunc(who.minted, func(m minted) bool { return m.audience == audience })
	if i >= 0 && now.Before(who.minted[i].until) {
		return who.minted[i].text, nil
	}
	access, err := sign()
	if err != nil {
		return "", err
	}
	m := minted{audience, access.Token, now.Add(access.ExpiresAt.Sub(now) / 2)}
	switch {
	case i >= 0:
		who.minted[i] = m
	case len(who.minted) < mostMinted:
		who.minted = append(who.minted, m)
	default:
		who.minted = append(who.minted[:0], append(slices.Clone(who.minted[1:]), m)...)
	}
	return access.Token, nil
}
