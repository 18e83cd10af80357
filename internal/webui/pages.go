package webui

import (
	"errors"
	"html/template"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// Login is the sign-in page. It posts username, password, stay ("1" when chosen) and return_to to /auth/login.
type Login struct {
	Frame
	// App is the name of the app that the person comes from, or "".
	App string
	// ReturnTo is where to go afterwards. The caller has checked it.
	ReturnTo string
	// Username and Stay are what was typed before.
	Username string
	Stay     bool
	// Forgot says that there is a way for who has forgotten their password.
	Forgot bool
	// SignUp leads to an account of one's own; "" where nobody makes one.
	SignUp string
	// Passkeys says that people can sign in with one.
	Passkeys bool
	// Ways are other ones to sign in.
	Ways []Way
	// InsecureKnown are people whose passwords are their names, whom the page signs in at a click; none but in `lingpai dev`.
	InsecureKnown []Known
	// Notice says why the person is here, or why the last try was refused.
	Notice *Notice
}

// Way is a provider to sign in through: what it is called, and where that begins.
type Way struct{ Title, Link string }

// Known is somebody whose password everybody knows.
type Known struct {
	Name  string // the username, and the password
	Roles []string
}

// Login draws the sign-in page.
func (u *UI) Login(w io.Writer, p Login) error {
	v := u.view(p.Frame, loginTitle(p.Notice))
	name := field{
		Name: "username", Label: v.Lang.text("login.username"), Value: p.Username, Type: "text", Autocomplete: "username", Required: true,
	}
	if p.Passkeys {
		name.Autocomplete = "username webauthn" // so that the browser offers passkeys with the names it knows
	}
	fields := []field{name, v.secretField("password", "login.password", "current-password")}
	fields[0].Focus = p.Username == ""
	fields[1].Focus = p.Username != ""
	if p.Notice.code() == fault.CredentialsInvalid {
		fields[1].Invalid, fields[1].Describe = true, "why"
	}
	v.P = struct {
		Login
		Fields []field
		Notice *noticeView
	}{p, fields, v.notice("why", p.Notice)}
	return u.render(w, "login", v)
}

// loginTitle is the title of the sign-in page: it says what happened before anything else is read.
func loginTitle(n *Notice) string {
	switch {
	case n.code() == "":
		return "login.title"
	case waits(n.refusal):
		return "login.title.wait"
	}
	return "login.title.refused"
}

// Setup makes the first account. It posts code, username, name and password to /auth/setup.
type Setup struct {
	Frame
	// Code is the secret of the link.
	Code string
	// EndsAt is when the link ends; zero says nothing about it.
	EndsAt time.Time
	// Username and Name are what was typed before.
	Username, Name string
	Notice         *Notice
	// Problems are those of the fields "username", "name" and "password".
	Problems Problems
}

// Setup draws the page of the first account.
func (u *UI) Setup(w io.Writer, p Setup) error {
	v := u.view(p.Frame, "setup.title")
	fields := v.accountFields(p.Username, p.Name, p.Problems)
	v.P = struct {
		Setup
		Fields []field
		Notice *noticeView
	}{p, fields, v.notice("why", p.Notice)}
	return u.render(w, "setup", v)
}

// accountFields are those of a new account, with what is wrong with them.
func (v view) accountFields(username, name string, problems Problems) []field {
	secret := v.secretField("password", "setup.password", "new-password")
	secret.Hint, secret.Minimum = v.Lang.text("password.rule", v.Minimum), v.Minimum
	fields := []field{
		{
			Name: "username", Label: v.Lang.text("setup.username"), Value: username, Type: "text", Autocomplete: "username",
			Hint: v.Lang.text("setup.username.hint"), Required: true,
		},
		{
			Name: "name", Label: v.Lang.text("setup.name"), Value: name, Type: "text", Autocomplete: "name",
			Optional: v.Lang.text("optional"),
		},
		secret,
	}
	v.judge(fields, problems)
	if !focusWrong(fields) {
		fields[0].Focus = true
	}
	return fields
}

// SetupClosed answers a setup link that is no longer good.
type SetupClosed struct {
	Frame
	// Done says that an account exists, so that signing in is the way on. Otherwise a restart prints a new link.
	Done bool
}

// SetupClosed draws the page for a setup link that is no longer good.
func (u *UI) SetupClosed(w io.Writer, p SetupClosed) error {
	v := u.view(p.Frame, "setup.closed.title")
	v.P = p
	return u.render(w, "setup_closed", v)
}

// Logout asks whether to sign out here or everywhere. It posts scope ("this" or "all") and return_to to /auth/logout.
type Logout struct {
	Frame
	// Others is how many other sessions the person has; with none there is nothing to sign out of but here.
	Others int
	// ReturnTo is where to go afterwards. The caller has checked it.
	ReturnTo string
}

// Logout draws the question.
func (u *UI) Logout(w io.Writer, p Logout) error {
	v := u.view(p.Frame, "logout.title")
	v.P = p
	return u.render(w, "logout", v)
}

// SignedOut says that the person is signed out.
type SignedOut struct {
	Frame
	// Username is who was signed in, or "".
	Username string
	// At is when the session ended; zero when there was none.
	At time.Time
	// Everywhere says that all sessions of the person were ended, not this one alone.
	Everywhere bool
	// Others is how many sessions are still open.
	Others int
	// App and AppURL lead back to the app, if one is known. The caller has checked the address.
	App, AppURL string
	// Frames are addresses of apps that are told of it by being loaded. The caller has checked them.
	Frames []string
	// Way leads to the provider that the session came from, to sign out there too; its link is "" for none.
	Way Way
}

// SignedOut draws the page that follows signing out.
func (u *UI) SignedOut(w io.Writer, p SignedOut) error {
	v := u.view(p.Frame, "signed_out.title")
	v.P = p
	return u.render(w, "signed_out", v)
}

// Where is the key of the line that says where the person was signed out of.
func (p SignedOut) Where() string {
	key := "signed_out.here"
	if p.Everywhere {
		key = "signed_out.everywhere"
	}
	if p.Username != "" {
		key += ".as"
	}
	return key
}

// Account is the account page. Its forms post to /auth/account/profile (name, email), /auth/account/password (current, new),
// /auth/account/sessions/{id}/end and /auth/account/sessions/end-others. Frame.User must be set.
type Account struct {
	Frame
	Profile  Profile
	Sessions []Session
	// SessionsNotice stands above the sessions.
	SessionsNotice *Notice
	// Apps are those that the person has allowed something. The form of each posts to /auth/account/apps/{id}/end.
	Apps       []App
	AppsNotice *Notice
	// Connections are the providers that the person may sign in through. The form of each posts to /auth/account/connections/{name}/end.
	Connections       []Connection
	ConnectionsNotice *Notice
	Password          PasswordChange
	SecondFactor      SecondFactor
	// Passkeys is nil where there can be none.
	Passkeys *Passkeys
}

// SecondFactor is what the page says of two-step sign-in.
type SecondFactor struct {
	// Since is when it was turned on; zero when it is off.
	Since  time.Time
	Notice *Notice
}

// Connection is a provider, as it stands to an account.
type Connection struct {
	Name, Title string
	// Link begins to connect it; "" when it is connected, since Since.
	Link  string
	Since time.Time
}

// End is where the form that ends it posts to.
func (c Connection) End() string { return pathAccount + "/connections/" + c.Name + "/end" }

// App is an app that the person has allowed something.
type App struct {
	ID, Name string
	Scopes   []string
	Since    time.Time
}

// End is where the form that takes it back posts to.
func (a App) End() string { return pathAccount + "/apps/" + url.PathEscape(a.ID) + "/end" }

// May is the scopes in one line.
func (a App) May() string { return strings.Join(a.Scopes, " ") }

// Profile is what can be changed of a person, as it is or as it was typed.
type Profile struct {
	Name, Email string
	// Unverified says that the address is there and nobody knows it to be the person's. Confirms says that a link to confirm it can be mailed.
	Unverified, Confirms bool
	// HasPassword says that there is a password to show when the address is changed.
	HasPassword bool
	Notice      *Notice
	// Problems are those of the fields "name" and "email".
	Problems Problems
}

// PasswordChange is the form for a new password.
type PasswordChange struct {
	Notice *Notice
	// Problems are those of the fields "current" and "new".
	Problems Problems
}

// Session is one place where the person is signed in.
type Session struct {
	ID         string
	Agent      string // the User-Agent header, as it came
	App        string // what the app is called that holds the session; "" for a browser
	Address    string
	SignedInAt time.Time
	SeenAt     time.Time
	Current    bool // the session of this very request; it is left by signing out
	NewPlace   bool // the person was not seen there before
}

// sessionView is a session in words.
type sessionView struct {
	Session
	Icon, Device string
}

// End is where the form that ends the session posts to.
func (s sessionView) End() string {
	return pathAccount + "/sessions/" + url.PathEscape(s.ID) + "/end"
}

// Account draws the account page.
func (u *UI) Account(w io.Writer, p Account) error {
	if p.User == nil {
		return errors.New("render page account: nobody is signed in")
	}
	v := u.view(p.Frame, "account.title")
	profile, secrets := v.profileFields(p.Profile), v.passwordFields()
	v.judge(profile, p.Profile.Problems)
	v.judge(secrets, p.Password.Problems)
	focusWrong(profile, secrets)
	sessions, others := v.sessions(p.Sessions)
	v.P = struct {
		Heading, Details                              string
		Confirms, Proves                              bool
		Profile, Password                             []field
		ProfileNotice, SessionsNotice, PasswordNotice *noticeView
		Sessions                                      []sessionView
		Others                                        int
		Apps                                          []App
		AppsNotice                                    *noticeView
		Connections                                   []Connection
		ConnectionsNotice                             *noticeView
		TwoStepSince                                  time.Time
		TwoStepNotice                                 *noticeView
		Passkeys                                      *passkeysView
	}{
		heading(p.User), v.details(p.User), p.Profile.Unverified && p.Profile.Confirms, p.Profile.HasPassword,
		profile, secrets,
		v.notice("profile-note", p.Profile.Notice), v.notice("sessions-note", p.SessionsNotice), v.notice("password-note", p.Password.Notice),
		sessions, others, p.Apps, v.notice("apps-note", p.AppsNotice),
		p.Connections, v.notice("connections-note", p.ConnectionsNotice),
		p.SecondFactor.Since, v.notice("two-step-note", p.SecondFactor.Notice), v.passkeys(p.Passkeys),
	}
	return u.render(w, "account", v)
}

func (v view) profileFields(p Profile) []field {
	email := field{Name: "email", Label: v.Lang.text("account.email"), Value: p.Email, Type: "email", Autocomplete: "email"}
	if p.Unverified {
		email.Hint = v.Lang.text("account.email.unverified")
	}
	fields := []field{{Name: "name", Label: v.Lang.text("account.name"), Value: p.Name, Type: "text", Autocomplete: "name"}, email}
	if p.HasPassword {
		proof := v.secretField("proof", "account.password.current", "current-password")
		proof.Hint, proof.Required = v.Lang.text("account.email.change"), false
		fields = append(fields, proof)
	}
	return fields
}

func (v view) passwordFields() []field {
	fresh := v.secretField("new", "account.password.new", "new-password")
	fresh.Hint, fresh.Minimum = v.Lang.text("password.rule", v.Minimum), v.Minimum
	return []field{v.secretField("current", "account.password.current", "current-password"), fresh}
}

// sessions words the sessions and counts those that are not this one.
func (v view) sessions(list []Session) (out []sessionView, others int) {
	for _, s := range list {
		seen := sessionView{s, parseDevice(s.Agent).icon, v.Lang.Device(s.Agent)}
		if s.App != "" {
			seen.Device = s.App
		}
		out = append(out, seen)
		if !s.Current {
			others++
		}
	}
	return out, others
}

// Seen says when a session was used. One that was not used since it began says so once.
func (v view) Seen(s Session) template.HTML {
	since, seen := v.Ago(s.SignedInAt), v.Ago(s.SeenAt)
	if s.Current || s.SeenAt.Sub(s.SignedInAt) < 2*time.Minute {
		return v.rich("session.since", since)
	}
	return v.rich("session.seen", seen, since)
}

// heading is what the person is called.
func heading(u *Viewer) string {
	if u.Name != "" {
		return u.Name
	}
	return u.Username
}

// details is the line under the name: what else is known of the person.
func (v view) details(u *Viewer) string {
	var parts []string
	if u.Name != "" {
		parts = append(parts, u.Username)
	}
	if u.Email != "" {
		parts = append(parts, u.Email)
	}
	for _, role := range u.Roles {
		parts = append(parts, v.Role(role))
	}
	return strings.Join(parts, "\u00a0· ") // the dot stays at the end of a line
}
