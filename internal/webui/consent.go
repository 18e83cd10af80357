package webui

import (
	"html/template"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Consent asks a person whether an app may act for them. It posts answer ("allow" or "deny"), request and proof to /auth/consent.
type Consent struct {
	Frame
	// App is what the app is called.
	App string
	// Username is who is asked.
	Username string
	// Scopes is what the app asks for.
	Scopes []string
	// Until is when it ends by itself.
	Until time.Time
	// BackTo is the host that the answer goes to.
	BackTo string
	// Unchecked says that the app described itself, and that nobody has checked that. From is the host that it has shown to be its own, or "".
	Unchecked bool
	From      string
	// Policy and Terms are addresses of the app's own texts, or "".
	Policy, Terms string
	// Details is what it asks for besides, one by one.
	Details []ConsentDetail
	// Request and Proof come back with the answer.
	Request, Proof string
	// SwitchTo leads to the sign-in page, for somebody else.
	SwitchTo string
}

// permission is one thing that the app may do, in words, and the scopes that say so.
type permission struct {
	Text   template.HTML
	Scopes string
}

// ConsentDetail is one thing that an app asks for in its own words: what kind it is, and each of its members.
type ConsentDetail struct {
	Type  string
	Parts [][2]string // name and value
}

// Consent draws the question.
func (u *UI) Consent(w io.Writer, p Consent) error {
	v := u.view(p.Frame, "consent.title")
	v.P = struct {
		Consent
		May []permission
	}{p, v.permissions(p)}
	return u.render(w, "consent", v)
}

// permissions words the scopes: those about the person first, what goes on without them last.
func (v view) permissions(p Consent) (out []permission) {
	known := []struct{ scope, key string }{
		{"openid", "scope.openid"}, {"profile", "scope.profile"}, {"email", "scope.email"}, {"address", "scope.address"},
		{"phone", "scope.phone"}, {"roles", "scope.roles"},
	}
	names := []string{"offline_access"}
	for _, k := range known {
		names = append(names, k.scope)
		if slices.Contains(p.Scopes, k.scope) {
			out = append(out, permission{v.rich(k.key), k.scope})
		}
	}
	for _, scope := range p.Scopes {
		if !slices.Contains(names, scope) {
			out = append(out, permission{v.rich("scope.other", scope), scope})
		}
	}
	if slices.Contains(p.Scopes, "offline_access") {
		out = append(out, permission{v.rich("scope.offline_access", v.day(p.Until)), "offline_access"})
	}
	if len(out) == 0 {
		out = append(out, permission{v.rich("scope.none"), ""})
	}
	return out
}

// TurnedAway tells a person that an app is for people with other roles. It may post answer ("deny"), request and proof to /auth/consent, which leads back
// to the app.
type TurnedAway struct {
	Frame
	// App is what the app is called.
	App string
	// Roles are those of which one is needed.
	Roles []string
	// Username is who has none of them.
	Username string
	// SwitchTo leads to the sign-in page, for somebody else.
	SwitchTo string
	// Request and Proof come back with the answer; "" where no way leads back to the app.
	Request, Proof string
}

// TurnedAway draws the page.
func (u *UI) TurnedAway(w io.Writer, p TurnedAway) error {
	v := u.view(p.Frame, "turned_away.title")
	v.P = struct {
		TurnedAway
		Why template.HTML
	}{p, v.rich("turned_away.why", strings.Join(p.Roles, v.Lang.text("turned_away.or")), p.Username)}
	return u.render(w, "turned_away", v)
}

// HandOver is a page without matter: its form takes an answer to an app, as soon as it is there.
type HandOver struct {
	Frame
	// To is where the form posts to. The caller has checked it.
	To string
	// Answer are its fields.
	Answer url.Values
}

// HandOver draws the page.
func (u *UI) HandOver(w io.Writer, p HandOver) error {
	v := u.view(p.Frame, "hand_over.title")
	v.P = struct {
		HandOver
		Action template.URL // a private scheme is one that was registered
	}{p, template.URL(p.To)}
	return u.render(w, "hand_over", v)
}
