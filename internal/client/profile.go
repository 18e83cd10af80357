package client

import (
	"slices"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// Profile is a kind of client.
type Profile string

// The profiles.
const (
	SPA     Profile = "spa"     // runs in the browser and keeps no secret
	Web     Profile = "web"     // runs on a server and keeps a secret
	Native  Profile = "native"  // runs on a device of its user and keeps no secret
	Device  Profile = "device"  // has no browser: a television, a terminal elsewhere
	Service Profile = "service" // acts for itself, with nobody signed in
	FAPI2   Profile = "fapi2"   // runs on a server, under the FAPI 2.0 Security Profile
)

// Preset is what a profile implies.
type Preset struct {
	Profile Profile
	About   string // one line for people who choose
	Auth    oauth.AuthMethod
	Grants  []oauth.GrantType
	Scopes  oauth.Scope
	Alg     jose.Algorithm       // of ID tokens; "" where there are none
	Modes   []oauth.ResponseMode // ways that answers may take
}

// Presets is the table of profiles: what a client gets that says nothing else.
func Presets() []Preset {
	people := []oauth.GrantType{oauth.AuthorizationCode, oauth.RefreshToken}
	claims := oauth.Scope{oauth.ScopeOpenID, oauth.ScopeProfile, oauth.ScopeEmail, oauth.ScopeAddress, oauth.ScopePhone, oauth.ScopeRoles}
	offline := claims.With(oauth.Scope{oauth.ScopeOffline})
	query := []oauth.ResponseMode{oauth.Query}
	return []Preset{
		{SPA, "an app that runs in the browser", oauth.None, people, claims, jose.RS256, []oauth.ResponseMode{oauth.Query, oauth.Fragment}},
		{Web, "an app that runs on a server", oauth.SecretBasic, people, offline, jose.RS256, []oauth.ResponseMode{oauth.Query, oauth.FormPost}},
		{Native, "an app on a phone, a desktop or a terminal", oauth.None, people, offline, jose.RS256, query},
		{Device, "a device without a browser, or a terminal", oauth.None, []oauth.GrantType{oauth.DeviceCode, oauth.RefreshToken}, offline, jose.RS256, nil},
		{Service, "a program that acts for itself", oauth.SecretBasic, []oauth.GrantType{oauth.ClientCredentials}, nil, "", nil},
		{FAPI2, "an app of a bank or the like, by the FAPI 2.0 Security Profile", oauth.PrivateKeyJWT, people, offline, jose.ES256, append(query, oauth.JWT)},
	}
}

// PresetOf finds a profile by its name.
func PresetOf(name string) (Preset, bool) {
	all := Presets()
	i := slices.IndexFunc(all, func(p Preset) bool { return string(p.Profile) == name })
	if i < 0 {
		return Preset{}, false
	}
	return all[i], true
}
