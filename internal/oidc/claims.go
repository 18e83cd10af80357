package oidc

import (
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
)

// claimsSupported are the claims that there are.
func claimsSupported() []string {
	all := []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"}
	for _, g := range byScope {
		all = append(all, g.claims...)
	}
	return all
}

// byScope says which claims a scope gives (OpenID Connect Core, section 5.4). The last one is our own.
var byScope = []struct {
	scope  string
	claims []string
}{
	{oauth.ScopeProfile, []string{
		"name", "preferred_username", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender",
		"birthdate", "zoneinfo", "locale", "updated_at",
	}},
	{oauth.ScopeEmail, []string{"email", "email_verified"}},
	{oauth.ScopeAddress, []string{"address"}},
	{oauth.ScopePhone, []string{"phone_number"}},
	{oauth.ScopeRoles, []string{"roles"}},
}

// personal are the claims about a person that a scope, or a name asked for, gives (OpenID Connect Core, section 5.4 and 5.5). What is not
// known is left out.
func personal(s session.Session, scope oauth.Scope, names []string) map[string]any {
	out := map[string]any{}
	for _, g := range byScope {
		given := scope.Has(g.scope)
		for _, name := range g.claims {
			if !given && !slices.Contains(names, name) {
				continue
			}
			if value := claimOf(&s.Holder, name); value != nil {
				out[name] = value
			}
		}
	}
	if out["email"] != nil { // Without it, who asks for the address alone would believe it.
		out["email_verified"] = s.Holder.EmailVerified
	}
	return out
}

// claimOf is one claim about a person, or nil.
func claimOf(p *session.Holder, name string) any {
	text := p.Claims[name]
	switch name {
	case "name":
		text = p.Name
	case "preferred_username":
		text = p.Username
	case "email":
		text = p.Email
	case "email_verified":
		if p.Email != "" {
			return p.EmailVerified
		}
	case "roles":
		if len(p.Roles) > 0 {
			return p.Roles
		}
	case "updated_at":
		if !p.ChangedAt.IsZero() {
			return p.ChangedAt.Unix()
		}
	case "address":
		return addressOf(p)
	}
	if text == "" {
		return nil
	}
	return text
}

// addressOf is the claim `address` (OpenID Connect Core, section 5.1.1), or nil.
func addressOf(p *session.Holder) any {
	var parts map[string]string
	for name, value := range p.Claims {
		part, ok := strings.CutPrefix(name, "address.")
		if !ok {
			continue
		}
		if parts == nil {
			parts = map[string]string{}
		}
		parts[part] = value
	}
	if parts == nil {
		return nil
	}
	return parts
}
