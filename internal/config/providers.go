package config

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/lingpai/lingpai/internal/loopback"
	"github.com/lingpai/lingpai/internal/secret"
)

// Provider is one of `providers`.
type Provider struct {
	// What it is called in addresses: small letters, digits and dashes. The provider must know `ISSUER/auth/connect/NAME/callback` as a redirect URI.
	Name string `yaml:"name"`
	// What people read on its button. Left empty, the host of its issuer.
	Title string `yaml:"title"`
	// What it speaks: `openid`, which is meant when nothing is said, or `github`.
	Type string `yaml:"type"`
	// Its issuer, letter for letter as it says itself, such as `https://accounts.google.com`. Of GitHub, the address of a
	// server of your own, if you have one.
	Issuer string `yaml:"issuer"`
	// What it knows this server by.
	ClientID string `yaml:"client_id"`
	// A file with the secret that it gave this server, on one line. Without a secret, this server is a public client, and goes by PKCE alone.
	ClientSecretFile string `yaml:"client_secret_file" kind:"path"`
	// An environment variable with that secret, in place of the file. Its name does not begin with `LINGPAI_`.
	ClientSecretEnv string `yaml:"client_secret_env"`
	// The secret itself, where the configuration is as safe as a secret must be.
	ClientSecret secret.String `yaml:"client_secret"`
	// `true` proves who this server is by a signature in place of a secret (`private_key_jwt`). The provider reads the keys at
	// `ISSUER/.well-known/jwks.json`. It is done by itself where there is no secret and the provider takes signatures, and nobody without.
	PrivateKeyJWT bool `yaml:"private_key_jwt"`
	// What to ask it for. Left empty: `openid`, `profile`, `email`; of GitHub `read:user`, `user:email`, and `read:org` where its groups matter.
	Scopes []string `yaml:"scopes"`
	// What to say besides where people are sent, as a provider may want it: `{access_type: offline, prompt: consent}` makes Google give a refresh token.
	Parameters map[string]string `yaml:"parameters"`
	// The claim in which it says which groups somebody is in, such as `groups`, or a path like `realm_access.roles`. GitHub needs none: its groups are
	// organisations, such as `acme`, and teams, such as `acme/it`.
	RolesClaim string `yaml:"roles_claim"`
	// Our roles by its groups, such as `{engineering: dev, it: admin}`. A role that stands here is given and taken at each sign-in; other roles of an
	// account stay as they are.
	Roles map[string]string `yaml:"roles"`
	// Who may come in: people whose verified address is in one of these domains. Left empty: all whom it signs in.
	Domains []string `yaml:"domains"`
	// Who may come in: people in one of these of its groups. Left empty: all whom it signs in.
	Require []string `yaml:"require"`
	// `true` makes an account for everybody who may come in, at their first sign-in. Otherwise people connect an account that they have.
	Create bool `yaml:"create"`
	// `true` leads from the sign-in page straight there. The form for passwords stays at `/auth/login?form=1`.
	Only bool `yaml:"only"`
	// `true` keeps people signed in when the browser closes, as `session.idle` says; otherwise `session.short_idle` counts.
	Stay bool `yaml:"stay"`
	// `true` signs people out there as well, when they sign out here.
	Logout bool `yaml:"logout"`
	// How often it is asked whether somebody who is signed in may still come in, and with which roles: from `30s` to `24h`. Who may not is signed out.
	// It must give refresh tokens; many do by the scope `offline_access`. Left empty, it is not asked.
	Refresh Duration `yaml:"refresh"`
	// `true` believes addresses of email that it does not call verified: whoever can write one into their profile there is taken for its owner here.
	InsecureUnverifiedEmail bool `yaml:"insecure_unverified_email"`
}

// providers holds what can be judged of providers by themselves.
func (v *validator) providers() {
	names, issuers, only := map[string]bool{}, map[string]bool{}, ""
	for i, p := range v.config.Providers {
		at := func(field string) string { return itemKey("providers", i) + "." + field }
		switch {
		case p.Name == "" || len(p.Name) > 32 || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || p.Name[0] == '-':
			v.refuse(at("name"), "%s is no name; use up to 32 small letters, digits and dashes, as in `- name: company`", quoted(p.Name))
		case names[p.Name]:
			v.refuse(at("name"), "%s stands above already", quoted(p.Name))
		}
		switch err := checkProvider(p.KnownAs()); {
		case err != nil:
			v.refuse(at("issuer"), "%s", err)
		case issuers[p.KnownAs()]:
			v.refuse(at("issuer"), "%s stands above already; one person there is one person here", quoted(p.KnownAs()))
		}
		names[p.Name], issuers[p.KnownAs()] = true, true
		if p.Only && only != "" {
			v.refuse(at("only"), "is set for %s already; the sign-in page can lead to one place only", quoted(only))
		} else if p.Only {
			only = p.Name
		}
		v.provider(at, p)
	}
}

func (v *validator) provider(at func(string) string, p Provider) {
	if n := utf8.RuneCountInString(p.Title); n > 60 || strings.ContainsFunc(p.Title, unicode.IsControl) {
		v.refuse(at("title"), "%s cannot be shown; use up to 60 characters on one line", quoted(p.Title))
	}
	if p.ClientID == "" || strings.ContainsFunc(p.ClientID, isControl) {
		v.refuse(at("client_id"), "is missing; it is what the provider knows this server by")
	}
	if set(p.ClientSecretFile != "", p.ClientSecretEnv != "", !p.ClientSecret.Empty()) > 1 {
		v.refuse(at("client_secret"), "is given in more than one way; keep one of client_secret_file, client_secret_env, client_secret")
	}
	if p.PrivateKeyJWT && (p.ClientSecretFile != "" || p.ClientSecretEnv != "" || !p.ClientSecret.Empty()) {
		v.refuse(at("private_key_jwt"), "takes the place of a secret; keep one of the two")
	}
	v.secretEnv(at("client_secret_env"), p.ClientSecretEnv)
	if p.Type != GitHub && p.RolesClaim == "" && (len(p.Roles) > 0 || len(p.Require) > 0) {
		v.refuse(at("roles_claim"), "is missing; roles and require need to know the claim with the groups, such as groups")
	}
	v.words(at("scopes"), p.Scopes)
	if p.Type == GitHub {
		v.gitHub(at, p)
	} else if len(p.Scopes) > 0 && !slices.Contains(p.Scopes, "openid") {
		v.refuse(at("scopes"), "lack openid, without which nobody says who it is")
	}
	v.oneOf(at("type"), cmp.Or(p.Type, "openid"), "openid", GitHub)
	if p.Refresh != 0 {
		v.duration(at("refresh"), p.Refresh, 30*time.Second, 24*time.Hour)
	}
	v.parameters(at, p.Parameters)
	for theirs, ours := range p.Roles {
		v.words(at("roles."+theirs), []string{ours})
	}
	for i, d := range p.Domains {
		if !isHost(d) {
			v.refuse(itemKey(at("domains"), i), "%s is no domain; write it in small letters, like example.com", quoted(d))
		}
	}
}

// ownParameters are those of an authorization request that this server decides on, or that would let it ask in another way.
var ownParameters = []string{
	"response_type", "response_mode", "client_id", "client_secret", "client_assertion", "client_assertion_type", "redirect_uri", "scope", "state", "nonce",
	"code_challenge", "code_challenge_method", "request", "request_uri", "max_age", "login_hint", "id_token_hint",
}

func (v *validator) parameters(at func(string) string, said map[string]string) {
	for name, value := range said {
		switch {
		case slices.Contains(ownParameters, name):
			v.refuse(at("parameters."+name), "is said by this server itself; leave it out")
		case name == "" || len(name)+len(value) > 1000 || strings.ContainsFunc(name+value, isControl):
			v.refuse(at("parameters."+name), "cannot be sent; a name and up to 1,000 characters on one line")
		}
	}
}

// GitHub is the type of providers that speak as GitHub does.
const GitHub = "github"

// KnownAs is the issuer of a provider, also of one that need not say it.
func (p Provider) KnownAs() string {
	if p.Type == GitHub {
		return strings.TrimSuffix(cmp.Or(p.Issuer, "https://github.com"), "/")
	}
	return p.Issuer
}

// gitHub refuses what needs OpenID Connect.
func (v *validator) gitHub(at func(string) string, p Provider) {
	for field, given := range map[string]bool{
		"roles_claim": p.RolesClaim != "", "logout": p.Logout, "refresh": p.Refresh != 0, "private_key_jwt": p.PrivateKeyJWT,
		"insecure_unverified_email": p.InsecureUnverifiedEmail,
	} {
		if given {
			v.refuse(at(field), "is nothing that GitHub knows; take it out")
		}
	}
	if set(p.ClientSecretFile != "", p.ClientSecretEnv != "", !p.ClientSecret.Empty()) == 0 {
		v.refuse(at("client_secret_file"), "is missing; GitHub asks for a secret")
	}
	for group := range p.Roles {
		v.gitHubGroup(at("roles."+group), group)
	}
	for i, group := range p.Require {
		v.gitHubGroup(itemKey(at("require"), i), group)
	}
	tells := func(s string) bool { return slices.Contains([]string{"read:org", "write:org", "admin:org", "user"}, s) }
	if p.NamesGroups() && len(p.Scopes) > 0 && !slices.ContainsFunc(p.Scopes, tells) {
		v.refuse(at("scopes"), "lack read:org, without which GitHub tells of no organisations and teams")
	}
}

// NamesGroups reports whether it matters in which groups of a provider people are.
func (p Provider) NamesGroups() bool { return len(p.Roles) > 0 || len(p.Require) > 0 }

// gitHubGroup holds that a name is that of an organisation, or of a team in one.
func (v *validator) gitHubGroup(key, name string) {
	org, team, isTeam := strings.Cut(name, "/")
	number, byNumber := strings.CutPrefix(org, "id:")
	allowed := "abcdefghijklmnopqrstuvwxyz0123456789-_"
	if byNumber {
		org, allowed = number, "0123456789"
	}
	if org == "" || strings.Trim(org, allowed) != "" || isTeam && (team == "" || strings.Trim(team, allowed) != "") {
		v.refuse(key, "%s is no group of GitHub; write an organisation like acme or id:9919, or a team like acme/it or id:9919/42, in small letters", quoted(name))
	}
}

// checkProvider holds that text is the issuer of another provider: https, or this machine, with or without a path.
func checkProvider(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%s is no issuer; write it as the provider does, like https://accounts.google.com", quotedURL(text))
	}
	if u.Scheme == "http" && !loopback.Is(u.Hostname()) {
		return fmt.Errorf("%s would say in the clear who people are; use https", quoted(text))
	}
	return nil
}
