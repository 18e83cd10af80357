package admin

import (
	"slices"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/webui"
)

// facts are what is known of a client, in the order in which it is read. What the form of its settings shows is left to that.
func (h *Handler) facts(c *client.Client) (out []webui.AdminFact) {
	add := func(about string, values ...string) {
		values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
		if len(values) > 0 {
			out = append(out, webui.AdminFact{About: about, Values: values})
		}
	}
	add("client_id", c.ID)
	add("issuer", h.Clients.Issuer)
	add("auth", string(c.Auth))
	add("grants", texts(c.Grants)...)
	if c.Configured || c.Self != nil {
		changeable(c, add)
	}
	if c.May(oauth.AuthorizationCode) {
		add("modes", texts(c.Modes())...)
	}
	add("details", slices.Clone(c.DetailTypes)...)
	add("keys", c.JWKSURI)
	add("keys", keysIn(c.JWKS)...)
	add("certificate", c.CertificateName)
	add("signs", string(c.IDTokenAlg), string(c.UserInfoAlg), string(c.IntrospectionAlg))
	if c.InsecureWithoutPKCE {
		add("insecure", "insecure_without_pkce")
	}
	return out
}

// changeable are the facts that the form of the settings shows, where there is one.
func changeable(c *client.Client, add func(about string, values ...string)) {
	add("redirects", slices.Clone(c.RedirectURIs)...)
	add("logouts", slices.Clone(c.PostLogoutRedirectURIs)...)
	add("scopes", slices.Clone(c.Scopes)...)
	add("audiences", slices.Clone(c.Audiences)...)
	add("roles", slices.Clone(c.Roles)...)
	add("told", c.BackchannelLogoutURI, c.FrontchannelLogoutURI)
	if c.TokenLifetime != 0 {
		add("lifetime", shortly(c.TokenLifetime))
	}
	if c.Self != nil {
		add("uri", c.Self.URI)
	}
}

// keysIn names the public keys of a key set.
func keysIn(jwks string) (out []string) {
	set, err := jose.ParseKeySet([]byte(jwks))
	if err != nil {
		return nil
	}
	for _, k := range set.Keys() {
		out = append(out, k.ID()+" ("+string(k.Algorithm())+")")
	}
	return out
}

func texts[T ~string](list []T) (out []string) {
	for _, w := range list {
		out = append(out, string(w))
	}
	return out
}
