package webui

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
)

// adminRest are the pages of sessions, apps, keys and the log, for administrators.
func adminRest() []drawing {
	return append(adminSessions(), append(adminApps(), append(adminKeys(), adminLog()...)...)...)
}

func adminSessions() []drawing {
	list := func(change func(p *AdminSessions, text string)) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/sessions", viewer(text)
			at := func(agent string, since time.Duration) Session {
				return Session{ID: or(text, "s1"), Agent: or(text, agent), Address: or(text, "203.0.113.8"), SignedInAt: today.Add(-since), SeenAt: today.Add(-since / 3)}
			}
			own := at(agentFirefox, 3*time.Minute)
			own.Current = true
			app := at("", 30*time.Hour)
			app.App = or(text, "Reading List")
			p := AdminSessions{Frame: f, Sessions: []AdminSession{
				{own, or(text, "u1"), or(text, "alice"), or(text, "Alice Zhang")},
				{at(agentIPhone, 4*time.Hour), or(text, "u2"), or(text, "bob"), ""},
				{app, or(text, "u2"), or(text, "bob"), ""},
				{at(agentWindows, 90*time.Hour), or(text, "u4"), or(text, "chenwei"), or(text, "陈伟")},
			}}
			change(&p, text)
			return u.AdminSessions(w, p)
		}
	}
	return []drawing{
		{"admin-sessions", list(func(p *AdminSessions, _ string) { p.Next = "/auth/admin/sessions?after=x" })},
		{"admin-sessions-unsure", list(func(p *AdminSessions, text string) {
			p.Search, p.Later = or(text, "bob"), true
			p.Problems.Add("confirm", NotThatWord)
		})},
		{"admin-sessions-none", list(func(p *AdminSessions, text string) { p.Sessions, p.Search = nil, or(text, "farid") })},
	}
}

func adminApps() []drawing {
	list := func(change func(p *AdminApps, text string)) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/apps", viewer(text)
			p := AdminApps{Frame: f, Apps: []AdminApp{
				drawnApp(text), {ID: or(text, "notes"), Name: or(text, "Notes"), Profile: "web", Configured: true},
				{ID: or(text, "curl"), Name: or(text, "curl"), Profile: "native", Self: true, AddedAt: today.Add(-72 * time.Hour)},
				{ID: or(text, "account"), Name: or(text, "Example Ltd"), Profile: "service", AddedAt: today.Add(-300 * 24 * time.Hour)},
			}}
			change(&p, text)
			return u.AdminApps(w, p)
		}
	}
	return append([]drawing{
		{"admin-apps", list(func(*AdminApps, string) {})},
		{"admin-apps-none", list(func(p *AdminApps, _ string) { p.Apps, p.Notice = nil, AppGone() })},
		{"admin-apps-none-found", list(func(p *AdminApps, text string) { p.Apps, p.Search = nil, or(text, "x") })},
	}, append(adminAppPages(), adminAppForms()...)...)
}

func drawnApp(text string) AdminApp {
	return AdminApp{ID: or(text, "reading-list-k7p2m4qx"), Name: or(text, "Reading List"), Profile: "web", AddedAt: today.Add(-20 * time.Minute)}
}

func adminAppPages() []drawing {
	page := func(change func(p *AdminAppPage, text string)) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/apps/reading-list-k7p2m4qx", viewer(text)
			p := AdminAppPage{
				Frame: f, App: drawnApp(text), KeepsSecret: true, Secrets: []AdminSecret{{ID: "7qk3m2zd", AddedAt: today.Add(-time.Hour)}},
				Facts: []AdminFact{
					{"client_id", []string{or(text, "reading-list-k7p2m4qx")}}, {"issuer", []string{"https://login.notes.example"}},
					{"auth", []string{"client_secret_basic"}}, {"grants", []string{"authorization_code", "refresh_token"}},
				},
				Settings: &AdminAppSettings{
					Name: or(text, "Reading List"), Redirects: or(text, "https://reading.example.org/callback"), Scopes: or(text, "openid\nprofile\nemail"),
					FirstParty: true, Lifetime: "2m", Roles: or(text, "editor\nadmin"),
				},
			}
			change(&p, text)
			return u.AdminApp(w, p)
		}
	}
	return []drawing{
		{"admin-app", page(func(*AdminAppPage, string) {})},
		{"admin-app-wrong", page(func(p *AdminAppPage, text string) {
			p.Notice, p.Settings.Redirects = NothingChanged(), or(text, "http://reading.example.org/callback")
			p.Settings.Problems.Add("redirects", Address(or(text, "http://reading.example.org/callback")))
			p.Settings.Problems.Add("roles", RoleWord(or(text, "editor\"")))
			p.Secrets = append(p.Secrets, AdminSecret{ID: "2kd9x4mm", AddedAt: today.Add(-90 * 24 * time.Hour)})
		})},
		{"admin-app-configured", page(func(p *AdminAppPage, text string) {
			p.App.Configured, p.Settings, p.KeepsSecret, p.Notice = true, nil, false, NotChangedHere()
			for _, about := range []string{
				"redirects", "logouts", "scopes", "details", "audiences", "roles", "modes", "keys", "certificate", "lifetime", "told", "signs", "insecure", "uri",
			} {
				p.Facts = append(p.Facts, AdminFact{about, []string{or(text, "https://reading.example.org/callback")}})
			}
		})},
		{"admin-app-self", page(func(p *AdminAppPage, _ string) {
			p.App.Self, p.Settings, p.KeepsSecret = true, nil, false
			p.Problems.Add("confirm", NotThatWord)
		})},
	}
}

func adminAppForms() []drawing {
	add := func(change func(p *AdminAddApp, text string)) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/add-app", viewer(text)
			p := AdminAddApp{Frame: f, Profiles: []string{"spa", "web", "native", "device", "service"}}
			change(&p, text)
			return u.AdminAddApp(w, p)
		}
	}
	secret := func(secret string, added bool) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/apps/reading-list-k7p2m4qx", viewer(text)
			return u.AdminAppSecret(w, AdminAppSecret{Frame: f, App: drawnApp(text), Secret: secret, Issuer: "https://login.notes.example", Added: added})
		}
	}
	return []drawing{
		{"admin-app-add", add(func(*AdminAddApp, string) {})},
		{"admin-app-add-wrong", add(func(p *AdminAddApp, text string) {
			p.Notice, p.Name, p.ID, p.Profile, p.FirstParty = NothingChanged(), or(text, "Notes"), or(text, "notes"), "spa", true
			p.Problems.Add("id", AppIDTaken)
			p.Problems.Add("redirects", RedirectsMissing)
			p.Problems.Add("scopes", ScopeWord(or(text, "x y")))
		})},
		{"admin-app-added", secret("lpk_dS7wNKLGq0l4yT2vYc8e6Rr1XbQm5Zp3Ue9Hk7Wa", true)},
		{"admin-app-secret", secret("lpk_dS7wNKLGq0l4yT2vYc8e6Rr1XbQm5Zp3Ue9Hk7Wa", false)},
		{"admin-app-added-public", secret("", true)},
	}
}

func adminKeys() []drawing {
	return []drawing{{"admin-keys", func(u *UI, w io.Writer, f Frame, text string) error {
		f.Path, f.User = "/auth/admin/keys", viewer(text)
		day := 24 * time.Hour
		return u.AdminKeys(w, AdminKeys{Frame: f, Notice: KeyMade(), PublishBefore: day, Keys: []AdminKey{
			{or(text, "5WmVtYd0XbQm5Zp3Ue9Hk7WaKLGq0l4yT2vYc8e6Rr1"), "ES256", "next", today, today.Add(day), time.Time{}},
			{or(text, "kd9x4mmQ0l4yT2vYc8e6Rr1XbQm5Zp3Ue9Hk7WaKLGq"), "ES256", "signing", today.Add(-40 * day), today.Add(-39 * day), today.Add(2 * day)},
			{or(text, "Zp3Ue9Hk7WaKLGq0l4yT2vYc8e6Rr1XbQm5kd9x4mmQ"), "ES256", "retired", today.Add(-130 * day), today.Add(-129 * day), today.Add(time.Hour)},
		}})
	}}}
}

func adminLog() []drawing {
	spans := []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}
	var actions []string
	for _, a := range audit.Actions() {
		actions = append(actions, string(a))
	}
	list := func(change func(p *AdminLog, text string)) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/admin/log", viewer(text)
			p := AdminLog{Frame: f, Actions: actions, Spans: spans, KeptFor: 365 * 24 * time.Hour}
			add := func(ago time.Duration, action, whom, by, detail string) {
				p.Events = append(p.Events, Event{
					At: today.Add(-ago), Action: action, Whom: or(text, whom), WhomID: or(text, whom), By: by, Address: or(text, "203.0.113.8"), Detail: or(text, detail),
				})
			}
			add(time.Minute, "session_ended", "bob", "alice", "ended by an operator")
			add(2*time.Minute, "refresh_reused", "bob", "bob", "refresh token reused")
			add(4*time.Minute, "sign_in_failed", "bob", "", "credentials_invalid")
			add(26*time.Hour, "user_added", "chenwei", "cli", "")
			add(400*24*time.Hour, "key_rotated", "", "system", "")
			p.Events[4].ClientID = or(text, "notes")
			change(&p, text)
			return u.AdminLog(w, p)
		}
	}
	return []drawing{
		{"admin-log", list(func(p *AdminLog, _ string) { p.Next = "/auth/admin/log?before=7" })},
		{"admin-log-none", list(func(p *AdminLog, _ string) { p.Events, p.KeptFor = nil, 0 })},
		{"admin-log-none-found", list(func(p *AdminLog, text string) {
			p.Events, p.Whom, p.Action, p.Since, p.Later = nil, or(text, "farid"), "sign_in", time.Hour, true
		})},
	}
}

func TestTheLogSaysWhoActedOnlyWhereThatWasSomebodyElse(t *testing.T) {
	v := newUI(t).view(Frame{}, "admin.log.title")
	for by, want := range map[string]string{"bob": "", "": "", "alice": "alice", "cli": "command line", "system": "Lingpai"} {
		if got := v.onWordOf(Event{Whom: "bob", By: by}); got != want {
			t.Errorf("%q: got %q, want %q", by, got, want)
		}
	}
}

func TestAnActionWithoutWordsIsShownAsItIs(t *testing.T) {
	if got := newUI(t).view(Frame{}, "admin.log.title").happened("moon_landed"); got != "<code>moon_landed</code>" {
		t.Errorf("got %s", got)
	}
}

func TestWhatIsToComeIsSaidSo(t *testing.T) {
	if got := string(newUI(t).view(Frame{}, "admin.keys.title").When(today.Add(3 * time.Hour))); !strings.Contains(got, ">in 3 hours<") {
		t.Errorf("got %s", got)
	}
}
