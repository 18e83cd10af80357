package webui

import (
	"io"
	"net/url"
	"time"
)

const pathApps = pathAdmin + "/apps"

// AdminApps is the list of apps. Its form gets q from itself.
type AdminApps struct {
	Frame
	// Search is what was asked for.
	Search string
	Apps   []AdminApp
	// Later says that this is not the first page. Next leads to the page that follows, or is "".
	Later  bool
	Next   string
	Notice *Notice
}

// AdminApp is an app that people sign in to, or that acts for itself.
type AdminApp struct {
	ID, Name string
	Profile  string // its stable name
	// Configured and Self say that it is changed elsewhere: in the configuration, or by its own word.
	Configured, Self bool
	AddedAt          time.Time // zero for one of the configuration
}

// Link leads to its page.
func (a AdminApp) Link() string { return pathApps + "/" + url.PathEscape(a.ID) }

// AdminApps draws the list.
func (u *UI) AdminApps(w io.Writer, p AdminApps) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.apps.title")
	v.P = struct {
		AdminApps
		Notice *noticeView
	}{p, v.notice("done", p.Notice)}
	return u.render(w, "admin_apps", v)
}

// AdminAppPage is the page of an app. Its forms post to its own address, and to that with /secret, /drop-old or /remove (confirm) after it.
type AdminAppPage struct {
	Frame
	App AdminApp
	// Facts are what is known of it, besides what Settings can change.
	Facts []AdminFact
	// Settings can be changed here; nil where they cannot.
	Settings *AdminAppSettings
	// Secrets are those it has, newest first. KeepsSecret says that it may have some, and that they can be changed here.
	Secrets       []AdminSecret
	KeepsSecret   bool
	SecretsNotice *Notice
	Notice        *Notice
	// Seen stands in the forms, to say which state of the app they were drawn for.
	Seen string
	// Problems are those of the field "confirm".
	Problems Problems
}

// AdminFact is something that is known of an app: what about, by its key in the catalogue after admin.fact., and as it is written.
type AdminFact struct {
	About  string
	Values []string
}

// AdminSecret is one of the secrets of an app. Nobody can read it any more.
type AdminSecret struct {
	ID      string
	AddedAt time.Time // zero where that is not known
}

// AdminAppSettings are what can be changed of an app, as they are or as they were typed. Of a list, each stands on a line of its own.
type AdminAppSettings struct {
	Name, Redirects, Logouts, Scopes, Audiences, Roles, Lifetime, Backchannel, Frontchannel string
	FirstParty, RequirePAR                                                                  bool
	// Problems are those of the fields, and of "settings" for what does not go together.
	Problems Problems
}

// AdminApp draws the page of an app.
func (u *UI) AdminApp(w io.Writer, p AdminAppPage) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.apps.title")
	v.Title = p.App.Name
	sure := []field{v.sureField(p.App.ID)}
	v.judge(sure, p.Problems)
	var settings []field
	if p.Settings != nil {
		settings = v.appFields(*p.Settings)
		v.judge(settings, p.Settings.Problems)
	}
	focusWrong(settings, sure)
	v.P = struct {
		AdminAppPage
		Fields                []field
		Sure                  field
		Notice, SecretsNotice *noticeView
	}{p, settings, sure[0], v.notice("done", p.Notice), v.notice("secrets-note", p.SecretsNotice)}
	return u.render(w, "admin_app", v)
}

// appFields are the inputs for what can be changed of an app.
func (v view) appFields(s AdminAppSettings) []field {
	lines := func(name, value string) field {
		f := v.appField(name, value)
		f.Rows, f.Hint = 3, v.Lang.text("admin.field."+name+".hint")
		return f
	}
	name, lifetime := v.appField("name", s.Name), v.appField("lifetime", s.Lifetime)
	name.Required, lifetime.Hint = true, v.Lang.text("admin.field.lifetime.hint")
	told := v.appField("backchannel", s.Backchannel)
	told.Hint = v.Lang.text("admin.field.backchannel.hint")
	return []field{
		name, lines("redirects", s.Redirects), lines("logouts", s.Logouts), lines("scopes", s.Scopes), lines("audiences", s.Audiences),
		lines("roles", s.Roles), told, v.appField("frontchannel", s.Frontchannel), lifetime,
	}
}

func (v view) appField(name, value string) field {
	return field{Name: name, Label: v.Lang.text("admin.field." + name), Value: value, Type: "text", Autocomplete: "off"}
}

// AdminAddApp is the form of a new app. It posts to its own address: name, id, profile, redirects, scopes, first_party.
type AdminAddApp struct {
	Frame
	// Name, ID, Profile, Redirects and Scopes are what was typed before.
	Name, ID, Profile, Redirects, Scopes string
	FirstParty                           bool
	// Profiles are the kinds to choose from, by their stable names.
	Profiles []string
	Notice   *Notice
	Problems Problems
}

// AdminAddApp draws the form.
func (u *UI) AdminAddApp(w io.Writer, p AdminAddApp) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.apps.add")
	name, id, redirects, scopes := v.appField("name", p.Name), v.appField("id", p.ID), v.appField("redirects", p.Redirects), v.appField("scopes", p.Scopes)
	name.Required, id.Optional, id.Hint = true, v.Lang.text("optional"), v.Lang.text("admin.field.id.hint")
	redirects.Rows, redirects.Hint = 3, v.Lang.text("admin.field.redirects.hint")
	scopes.Rows, scopes.Optional, scopes.Hint = 2, v.Lang.text("optional"), v.Lang.text("admin.field.scopes.more")
	fields := []field{name, id, redirects, scopes}
	v.judge(fields, p.Problems)
	if !focusWrong(fields) {
		fields[0].Focus = true
	}
	v.P = struct {
		AdminAddApp
		First, Rest []field
		KindProblem string
		Notice      *noticeView
	}{p, fields[:2], fields[2:], p.Problems.words(v.Lang, "profile"), v.notice("why", p.Notice)}
	return u.render(w, "admin_app_add", v)
}

// AdminAppSecret shows what an app needs to know, its secret this once.
type AdminAppSecret struct {
	Frame
	App AdminApp
	// Secret is "" for an app that keeps none.
	Secret, Issuer string
	// Added says that the app is new, not the secret alone.
	Added bool
}

// AdminAppSecret draws the page.
func (u *UI) AdminAppSecret(w io.Writer, p AdminAppSecret) error {
	if p.User == nil {
		return errNobody
	}
	title := "admin.secret.title"
	if p.Added {
		title = "admin.secret.added"
	}
	v := u.view(p.Frame, title)
	v.P = p
	return u.render(w, "admin_app_secret", v)
}
