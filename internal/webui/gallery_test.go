package webui

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// drawing is one page in one state. text fills every field that a person or another server can choose.
type drawing struct {
	name string
	draw func(u *UI, w io.Writer, f Frame, text string) error
}

var today = time.Date(2026, 7, 14, 9, 41, 47, 0, time.UTC)

const (
	agentFirefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	agentIPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
	agentWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	agentCurl    = "curl/8.14.1"
)

func newUI(t testing.TB) *UI {
	t.Helper()
	u, err := New(Options{Host: "login.notes.example", Now: func() time.Time { return today }})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// or gives the text to be drawn, or what stands there on an ordinary day.
func or(text, ordinary string) string {
	if text != "" {
		return text
	}
	return ordinary
}

func viewer(text string) *Viewer {
	return &Viewer{
		Username: or(text, "alice"), Name: or(text, "Alice Zhang"), Email: or(text, "alice@example.com"), Roles: []string{"admin", or(text, "editor")},
		Admin: true,
	}
}

// gallery is every page in every state.
func gallery() []drawing {
	var all []drawing
	all = append(all, logins()...)
	all = append(all, setups()...)
	all = append(all, goodbyes()...)
	all = append(all, accounts()...)
	all = append(all, inspectors()...)
	all = append(all, consents()...)
	all = append(all, waitings()...)
	all = append(all, adminUsers()...)
	all = append(all, adminRest()...)
	all = append(all, devPages()...)
	all = append(all, mailPages()...)
	all = append(all, signUpPages()...)
	all = append(all, twoSteps()...)
	all = append(all, passkeyDrawings()...)
	return append(all, refusals()...)
}

func devPages() []drawing {
	story := func(keep string) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/dev"
			return u.Story(w, Story{Frame: f, Keep: keep, Brings: map[string]string{"api": or(text, "/api/me")}})
		}
	}
	backend := func(found bool) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/dev/backend", viewer(text)
			return u.Backend(w, Backend{Frame: f, File: or(text, "lingpai.dev.yaml"), Found: found, Brings: map[string]string{"file": text}})
		}
	}
	return []drawing{{"story", story("memory")}, {"story-storage", story("storage")}, {"backend", backend(true)}, {"backend-sample", backend(false)}, {"mails", mails("text")}, {"mails-html", mails("html")}, {"mails-source", mails("source")},
		{"mails-none", func(u *UI, w io.Writer, f Frame, _ string) error {
			f.Path = "/auth/dev/mail"
			return u.Mails(w, Mails{Frame: f})
		}},
	}
}

func mails(as string) func(u *UI, w io.Writer, f Frame, text string) error {
	return func(u *UI, w io.Writer, f Frame, text string) error {
		f.Path = "/auth/dev/mail"
		link := "http://localhost:4401/auth/reset?code=qk7v5p2m4x6c3b9n8d1f0g2h4j"
		words, err := Letter{
			Lang: f.Lang, Kind: "reset", App: or(text, "Notes"), Host: "localhost:4401", Username: or(text, "alice"), Name: or(text, "Alice Zhang"),
			Link: link, GoodFor: 20 * time.Minute, At: today, Agent: or(text, agentFirefox), Address: or(text, "203.0.113.8"),
		}.Write()
		if err != nil {
			return err
		}
		letter := Mail{
			Number: 3, At: today, Name: or(text, "Alice Zhang"), To: or(text, "alice@example.com"), From: "no-reply@notes.example", Subject: words.Subject,
			Link: link, Code: "qk7v5p2m4x6c3b9n8d1f0g2h4j", Text: words.Text, Source: "Subject: " + words.Subject + "\n\n" + words.HTML, Current: true,
		}
		older := Mail{Number: 2, At: today.Add(-3 * time.Hour), To: or(text, "bob@example.com"), Subject: letter.Subject, Text: "…"}
		return u.Mails(w, Mails{Frame: f, Letters: []Mail{letter, older}, Newest: 3, As: as})
	}
}

func mailPages() []drawing {
	return []drawing{
		{"forgot", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/forgot"
			return u.Forgot(w, Forgot{Frame: f, Username: text})
		}},
		{"forgot-throttled", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/forgot"
			return u.Forgot(w, Forgot{Frame: f, Username: or(text, "alice"), Notice: Refused(fault.Refuse(fault.RateLimited, 40*time.Second))})
		}},
		{"asked", func(u *UI, w io.Writer, f Frame, _ string) error {
			f.Path = "/auth/forgot?asked=1"
			return u.Asked(w, Asked{Frame: f, GoodFor: 20 * time.Minute})
		}},
		{"asked-dev", func(u *UI, w io.Writer, f Frame, _ string) error {
			f.Path = "/auth/forgot?asked=1"
			return u.Asked(w, Asked{Frame: f, GoodFor: 20 * time.Minute, Caught: "/auth/dev/mail"})
		}},
		{"reset", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/reset?code=abc"
			return u.Reset(w, Reset{Frame: f, Code: or(text, "abc"), Username: or(text, "alice")})
		}},
		{"reset-refused", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/reset?code=abc"
			return u.Reset(w, Reset{Frame: f, Code: "abc", Username: or(text, "alice"), Problems: Problems{"new": {TooShort(5, 15)}}})
		}},
		{"reset-busy", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/reset?code=abc"
			return u.Reset(w, Reset{Frame: f, Code: "abc", Username: or(text, "alice"), Notice: Refused(fault.Refuse(fault.TooBusy, 2*time.Second))})
		}},
		{"reset-first", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/reset?code=abc"
			return u.Reset(w, Reset{Frame: f, Code: "abc", Username: or(text, "alice"), First: true})
		}},
		{"link-void", func(u *UI, w io.Writer, f Frame, _ string) error {
			f.Path = "/auth/login"
			return u.LinkVoid(w, LinkVoid{Frame: f, Again: "/auth/forgot"})
		}},
		{"confirm", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/account/confirm?code=abc", viewer(text)
			return u.Confirm(w, Confirm{Frame: f, Code: or(text, "abc"), Email: or(text, "alice@example.com")})
		}},
	}
}

func signUpPages() []drawing {
	return []drawing{
		{"sign-up", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/sign-up"
			return u.SignUp(w, SignUp{Frame: f, Email: text, ReturnTo: text})
		}},
		{"sign-up-domains", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/sign-up"
			return u.SignUp(w, SignUp{Frame: f, Email: text, Domains: []string{or(text, "a.example"), "books.example"}})
		}},
		{"sign-up-refused", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/sign-up"
			return u.SignUp(w, SignUp{
				Frame: f, Email: or(text, "bob@example.com"), Domains: []string{"books.example"}, Problems: Problems{"email": {OtherDomain([]string{or(text, "books.example")})}},
			})
		}},
		{"sign-up-throttled", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/sign-up"
			return u.SignUp(w, SignUp{Frame: f, Email: or(text, "bob@example.com"), Notice: Refused(fault.Refuse(fault.RateLimited, 40*time.Second))})
		}},
		{"sign-up-sent", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/sign-up"
			return u.SignUpSent(w, SignUpSent{Frame: f, Email: or(text, "bob@example.com"), GoodFor: 20 * time.Minute, Caught: "/auth/dev/mail"})
		}},
		{"sign-up-finish", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/sign-up/finish?code=abc"
			return u.FinishSignUp(w, FinishSignUp{Frame: f, Code: or(text, "abc"), Email: or(text, "bob@example.com")})
		}},
		{"sign-up-finish-refused", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/sign-up/finish?code=abc"
			return u.FinishSignUp(w, FinishSignUp{
				Frame: f, Code: "abc", Email: or(text, "bob@example.com"), Username: or(text, "alice"), Name: or(text, "Alice Zhang"),
				Problems: Problems{"username": {UsernameTaken}, "password": {TooShort(5, 15)}},
			})
		}},
	}
}

func consents() []drawing {
	ask := func(scopes ...string) func(u *UI, w io.Writer, f Frame, text string) error {
		return func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/authorize?state=" + or(text, "x")
			return u.Consent(w, Consent{
				Frame: f, App: or(text, "Reading List"), Username: or(text, "alice"), Scopes: append(scopes, or(text, "notes:read")),
				Until: today.AddDate(0, 3, 0), BackTo: or(text, "reading.example.org"), Request: or(text, "a=b"), Proof: "abc",
				SwitchTo: "/auth/login?again=1&return_to=%2Fauth%2Fauthorize",
			})
		}
	}
	return []drawing{
		{"consent", ask("openid", "profile", "email", "roles", "offline_access")},
		{"consent-service", ask()},
		{"consent-details", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.Consent(w, Consent{
				Frame: f, App: or(text, "Reading List"), Username: or(text, "alice"), Scopes: []string{"openid"},
				Until: today.AddDate(0, 0, 1), BackTo: or(text, "reading.example.org"), Request: "a=b", Proof: "abc", SwitchTo: "/auth/login?again=1",
				Details: []ConsentDetail{
					{or(text, "payment_initiation"), [][2]string{
						{"actions", "initiate, status, cancel"}, {"creditorName", or(text, "Merchant A")}, {"instructedAmount", `{"amount":"123.50","currency":"EUR"}`},
					}},
					{or(text, "account"), nil},
				},
			})
		}},
		{"consent-document", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.Consent(w, Consent{
				Frame: f, App: or(text, "Reading List"), Username: or(text, "alice"), Scopes: []string{"openid", "profile", "phone", "address"},
				Until: today.AddDate(0, 0, 1), BackTo: or(text, "reading.example.org"), Request: "a=b", Proof: "abc", SwitchTo: "/auth/login?again=1",
				Unchecked: true, From: or(text, "books.example"), Policy: "https://books.example/privacy", Terms: "https://books.example/terms",
			})
		}},
		{"consent-unchecked", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.Consent(w, Consent{
				Frame: f, App: or(text, "Reading List"), Username: or(text, "alice"), Scopes: []string{"openid"},
				Until: today.AddDate(0, 0, 1), BackTo: or(text, "reading.example.org"), Request: "a=b", Proof: "abc", SwitchTo: "/auth/login?again=1", Unchecked: true,
			})
		}},
		{"turned-away", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/authorize?state=" + or(text, "x")
			return u.TurnedAway(w, TurnedAway{
				Frame: f, App: or(text, "Reading List"), Username: or(text, "alice"), Roles: []string{"editor", or(text, "admin")},
				SwitchTo: "/auth/login?again=1&return_to=%2Fauth%2Fauthorize", Request: or(text, "a=b"), Proof: "abc",
			})
		}},
		{"turned-away-device", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.TurnedAway(w, TurnedAway{
				Frame: f, App: or(text, "Reading List"), Username: or(text, "alice"), Roles: []string{or(text, "editor")},
				SwitchTo: "/auth/login?again=1&return_to=%2Fauth%2Fdevice",
			})
		}},
		{"device", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.Device(w, Device{Frame: f, Username: or(text, "alice"), Code: text})
		}},
		{"device-unknown", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.Device(w, Device{Frame: f, Username: or(text, "alice"), Code: or(text, "WDJB-MJHT"), Refused: fault.Refuse(fault.DeviceUnknown)})
		}},
		{"device-throttled", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.Device(w, Device{Frame: f, Username: or(text, "alice"), Code: or(text, "WDJB-MJHT"), Refused: fault.Refuse(fault.RateLimited, 40*time.Second)})
		}},
		{"device-confirm", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.DeviceConfirm(w, DeviceConfirm{
				Frame: f, App: or(text, "Reading List"), Username: or(text, "alice"), Code: "WDJB-MJHT", AskedAt: today.Add(-time.Minute),
				Address: or(text, "203.0.113.8"), Near: true, Agent: agentCurl, Scopes: []string{"openid", or(text, "notes:read"), "offline_access"},
				Until: today.AddDate(0, 3, 0), Proof: "abc",
			})
		}},
		{"device-confirm-far", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.DeviceConfirm(w, DeviceConfirm{
				Frame: f, App: or(text, "Reading List"), Username: or(text, "alice"), Code: "WDJB-MJHT", AskedAt: today.Add(-5 * time.Minute),
				Address: or(text, "198.51.100.23"), Agent: or(text, agentWindows), Proof: "abc",
			})
		}},
		{"device-done", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.DeviceDone(w, DeviceDone{Frame: f, App: or(text, "Reading List"), Allowed: true})
		}},
		{"device-denied", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.DeviceDone(w, DeviceDone{Frame: f, App: or(text, "Reading List")})
		}},
		{"hand-over", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.HandOver(w, HandOver{Frame: f, To: "https://reading.example.org/cb", Answer: url.Values{"code": {"lpc_x"}, "state": {or(text, "x")}}})
		}},
	}
}

func waitings() []drawing {
	wait := func(state string, p Waiting) drawing {
		return drawing{"waiting-" + state, func(u *UI, w io.Writer, f Frame, text string) error {
			p := p
			p.Frame, p.Command, p.Version = f, or(text, "npm run dev"), 7
			p.Path = or(text, "/notes")
			if text != "" {
				p.Output = []string{text}
			}
			return u.Waiting(w, p)
		}}
	}
	said := []string{"> notes@1.0.0 dev", "> vite", "", "error when starting dev server:", "Error: Cannot find package 'vue' imported from /home/alice/notes/vite.config.js"}
	return []drawing{
		wait("starting", Waiting{State: "starting", Output: said[:2]}), wait("unknown", Waiting{State: "starting", Output: append(said, "x")}),
		wait("ended", Waiting{State: "waiting", Ended: true, ExitCode: 1, Output: said}), wait("installing", Waiting{State: "installing"}),
		wait("elsewhere", Waiting{State: "starting", Address: "http://localhost:5173", Says: "http://localhost:5174"}),
		wait("away", Waiting{Address: "http://localhost:5173"}),
	}
}

func inspectors() []drawing {
	return []drawing{{"inspect", func(u *UI, w io.Writer, f Frame, text string) error {
		f.Path = "/auth/inspect"
		return u.Inspect(w, Inspect{
			Frame: f, Issuer: or(text, "https://login.notes.example"), Audience: or(text, "https://api.notes.example"),
			Keys: json.RawMessage(`{"keys":[]}`), Knowledge: map[string]any{
				"catalogue": map[string]string{"x": text}, "references": []string{}, "secrets": []string{},
			},
		})
	}}}
}

func login(name string, p func(text string) Login) drawing {
	return drawing{name, func(u *UI, w io.Writer, f Frame, text string) error {
		page := p(text)
		page.Frame = f
		page.Path = "/auth/login?return_to=" + or(text, "/notes")
		return u.Login(w, page)
	}}
}

func logins() []drawing {
	refused := func(r *fault.Refusal) func(string) Login {
		return func(text string) Login {
			return Login{App: or(text, "Notes"), Username: or(text, "alice@example.com"), ReturnTo: or(text, "/notes"), Notice: Refused(r)}
		}
	}
	return []drawing{
		login("login", func(string) Login { return Login{} }),
		login("login-app", func(text string) Login {
			return Login{App: or(text, "Notes"), ReturnTo: or(text, "/notes"), Stay: true}
		}),
		login("login-ways", func(text string) Login {
			return Login{Ways: []Way{{or(text, "Example Ltd"), "/auth/connect/company"}, {or(text, "accounts.google.com"), "/auth/connect/google"}}}
		}),
		login("login-known", func(text string) Login {
			return Login{ReturnTo: or(text, "/notes"), InsecureKnown: []Known{{or(text, "alice"), []string{or(text, "admin")}}, {or(text, "bob"), nil}}}
		}),
		login("login-sign-up", func(text string) Login {
			return Login{Forgot: true, Passkeys: true, SignUp: "/auth/sign-up?return_to=" + or(text, "x"), Username: text}
		}),
		login("login-forgot", func(text string) Login { return Login{Forgot: true, Username: text, Notice: PasswordReset()} }),
		login("login-wrong", refused(fault.Refuse(fault.CredentialsInvalid))),
		login("login-throttled", refused(fault.Refuse(fault.RateLimited, 40*time.Second))),
		login("login-busy", refused(fault.Refuse(fault.TooBusy, 2*time.Second))),
		login("login-disabled", refused(fault.Refuse(fault.AccountDisabled))),
		login("login-over", func(text string) Login { return Login{Notice: SessionOver(), Username: or(text, "alice")} }),
		login("login-anew", func(text string) Login { return Login{Notice: SignInAnew(""), Username: or(text, "alice")} }),
		{"login-anew-out", func(u *UI, w io.Writer, f Frame, text string) error {
			f.User, f.Path = &Viewer{Username: or(text, "alice")}, "/auth/login?return_to="+or(text, "/notes")
			return u.Login(w, Login{Frame: f, Notice: SignInAnew(or(text, "GitHub")), Username: or(text, "alice")})
		}},
	}
}

func setups() []drawing {
	return []drawing{
		{"setup", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.Setup(w, Setup{Frame: f, Code: or(text, "K7PQ"), EndsAt: today.Add(55 * time.Minute), Username: text, Name: text})
		}},
		{"setup-wrong", func(u *UI, w io.Writer, f Frame, text string) error {
			p := Setup{Frame: f, Code: or(text, "K7PQ"), Username: or(text, "alice!"), Name: or(text, "Alice Zhang"), Notice: NothingChanged()}
			p.Problems.Add("username", UsernameForm)
			p.Problems.Add("password", TooShort(9, 15))
			p.Problems.Add("password", Contains(or(text, "notes")))
			return u.Setup(w, p)
		}},
		{"setup-done", func(u *UI, w io.Writer, f Frame, _ string) error { return u.SetupClosed(w, SetupClosed{f, true}) }},
		{"setup-ended", func(u *UI, w io.Writer, f Frame, _ string) error { return u.SetupClosed(w, SetupClosed{f, false}) }},
	}
}

func goodbyes() []drawing {
	return []drawing{
		{"logout", func(u *UI, w io.Writer, f Frame, text string) error {
			f.User = viewer(text)
			return u.Logout(w, Logout{Frame: f, Others: 2, ReturnTo: or(text, "/notes")})
		}},
		{"logout-one", func(u *UI, w io.Writer, f Frame, text string) error {
			f.User = viewer(text)
			return u.Logout(w, Logout{Frame: f})
		}},
		{"signed-out-apps", func(u *UI, w io.Writer, f Frame, text string) error {
			p := SignedOut{Frame: f, Username: or(text, "alice"), At: today, App: or(text, "Notes"), AppURL: or(text, "https://notes.example/")}
			p.Frames = []string{or(text, "https://notes.example/out?sid=1")}
			return u.SignedOut(w, p)
		}},
		{"signed-out", func(u *UI, w io.Writer, f Frame, text string) error {
			p := SignedOut{Frame: f, Username: or(text, "alice"), At: today, Others: 2, App: or(text, "Notes"), AppURL: or(text, "https://notes.example/")}
			return u.SignedOut(w, p)
		}},
		{"signed-out-all", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.SignedOut(w, SignedOut{Frame: f, Username: text, At: today, Everywhere: true})
		}},
		{"signed-out-idle", func(u *UI, w io.Writer, f Frame, _ string) error { return u.SignedOut(w, SignedOut{Frame: f}) }},
	}
}

func account(name string, change func(p *Account, text string)) drawing {
	return drawing{name, func(u *UI, w io.Writer, f Frame, text string) error {
		f.User, f.Path = viewer(text), "/auth/account"
		p := Account{
			Frame:   f,
			Profile: Profile{Name: or(text, "Alice Zhang"), Email: or(text, "alice@example.com"), HasPassword: true},
			Sessions: []Session{
				{ID: "s1", Agent: agentFirefox, Address: "203.0.113.8", SignedInAt: today.Add(-5 * time.Minute), SeenAt: today, Current: true},
				{ID: or(text, "s2"), Agent: or(text, agentIPhone), Address: or(text, "203.0.113.8"), SignedInAt: today.AddDate(0, 0, -2), SeenAt: today.Add(-2 * time.Hour)},
				{ID: "s3", Agent: agentCurl, Address: "2001:db8:85a3::8a2e:370:7334", SignedInAt: today.AddDate(-1, 0, -14), SeenAt: today.Add(-30 * time.Hour)},
				{ID: "s4", Agent: agentWindows, Address: "192.0.2.77", SignedInAt: today.Add(-6 * time.Hour), SeenAt: today.Add(-6 * time.Hour), NewPlace: true},
			},
		}
		change(&p, text)
		return u.Account(w, p)
	}}
}

func accounts() []drawing {
	return []drawing{
		account("account", func(*Account, string) {}),
		account("account-saved", func(p *Account, _ string) { p.Profile.Notice = Saved() }),
		account("account-unverified", func(p *Account, _ string) { p.Profile.Unverified, p.Profile.Confirms = true, true }),
		account("account-address", func(p *Account, _ string) {
			p.Profile.Problems.Add("proof", WrongPassword)
			p.Profile.Notice = NothingChanged()
		}),
		account("account-address-saved", func(p *Account, _ string) { p.Profile.Notice, p.Profile.Unverified = SavedUnconfirmed(), true }),
		account("account-link-sent", func(p *Account, _ string) { p.Profile.Notice, p.Profile.Unverified = LinkSent(), true }),
		account("account-confirmed", func(p *Account, _ string) { p.Profile.Notice = EmailConfirmed() }),
		account("account-stale", func(p *Account, _ string) { p.Profile.Notice, p.Profile.HasPassword = EmailNeedsPassword(), false }),
		account("account-two-step", func(p *Account, _ string) { p.SecondFactor.Since = today.AddDate(0, -3, 0) }),
		account("account-two-step-off", func(p *Account, _ string) { p.SecondFactor.Notice = TwoStepOff() }),
		account("account-wrong", func(p *Account, text string) {
			p.Profile.Problems.Add("email", EmailForm)
			p.Profile.Problems.Add("name", TooLong(220, 200))
			p.Profile.Notice = NothingChanged()
			p.Password.Problems.Add("current", WrongPassword)
			p.Password.Problems.Add("new", TooShort(9, 15))
			p.Password.Problems.Add("new", Contains(or(text, "notes")))
		}),
		account("account-changed", func(p *Account, _ string) {
			p.Password.Notice, p.Sessions = PasswordChanged(3), p.Sessions[:1]
			p.User.Name, p.User.Roles = "", nil
		}),
		account("account-unchanged-others", func(p *Account, _ string) { p.Password.Notice = PasswordChanged(0) }),
		account("account-ended", func(p *Account, _ string) { p.SessionsNotice, p.Sessions = SessionEnded(), p.Sessions[:2] }),
		account("account-apps", func(p *Account, text string) {
			p.AppsNotice, p.Apps = AppRemoved(), []App{{ID: "notes", Name: or(text, "Reading List"), Scopes: []string{"openid", or(text, "notes:read")}, Since: today.AddDate(0, -1, 0)}}
			p.Sessions[1].App = or(text, "Reading List")
		}),
		account("account-connections", func(p *Account, text string) {
			p.ConnectionsNotice = Connected()
			p.Connections = []Connection{
				{Name: "company", Title: or(text, "Example Ltd"), Since: today.AddDate(0, 0, -3)},
				{Name: "google", Title: or(text, "accounts.google.com"), Link: "/auth/connect/google?link=1"},
			}
		}),
		account("account-disconnected", func(p *Account, text string) {
			p.ConnectionsNotice = Disconnected()
			p.Connections = []Connection{{Name: "company", Title: or(text, "Example Ltd"), Link: "/auth/connect/company?link=1"}}
		}),
		account("account-last-way", func(p *Account, text string) {
			p.ConnectionsNotice = LastWay()
			p.Connections = []Connection{{Name: "company", Title: or(text, "Example Ltd"), Since: today}}
		}),
		account("account-anew", func(p *Account, _ string) { p.SessionsNotice = SignedInAnew() }),
		account("account-others-ended", func(p *Account, _ string) { p.SessionsNotice, p.Sessions = OthersEnded(3), nil }),
		account("account-throttled", func(p *Account, _ string) {
			p.Password.Notice = Refused(fault.Refuse(fault.RateLimited, 90*time.Second))
		}),
	}
}

// argument is one value for a placeholder of a refusal's sentence.
func argument(code fault.Code, text string) []any {
	switch code {
	case fault.TokenExpired, fault.TokenRevoked, fault.SessionEnded, fault.TokenNotYetValid, fault.RateLimited, fault.TooBusy, fault.StepUpRequired:
		return []any{42 * time.Second}
	case fault.BodyTooLarge:
		return []any{65536}
	case fault.TokenAlgorithm:
		return []any{or(text, "HS256")}
	case fault.TokenIssuer, fault.TokenAudience, fault.OriginRefused, fault.HostRefused:
		return []any{or(text, "https://a.example")}
	case fault.ForbiddenRole:
		return []any{or(text, "admin")}
	case fault.MethodNotAllowed:
		return []any{or(text, "DELETE")}
	}
	if code == fault.RouteMissing {
		return []any{or(text, "DELETE /notes"), DevReasons{{"missing.method", []any{1, or(text, "/notes"), "DELETE"}}, {"missing.none", []any{2}}}}
	}
	if english := catalogues()[English]["refusal."+string(code)]; placeholders(english) == 1 {
		return []any{or(text, "x")}
	}
	return nil
}

func refusals() []drawing {
	var all []drawing
	for _, code := range fault.Codes() {
		all = append(all, drawing{"refusal-" + string(code), func(u *UI, w io.Writer, f Frame, text string) error {
			r := fault.Refuse(code, argument(code, text)...)
			p := Refusal{Frame: f, Refused: r, ReturnTo: or(text, "/notes")}
			p.RequestID, p.Path = or(text, "7QK3-M2ZD"), or(text, "/auth/account")
			if code == fault.TokenExpired || text != "" {
				p.Checks = []Check{{Passed, or(text, "ES256")}, {Failed, or(text, "exp 09:41:05")}, {Skipped, or(text, "sid")}}
			}
			if code == fault.NotFound {
				p.User = viewer(text)
			}
			if code == fault.RouteMissing || text != "" {
				p.Refused.Add = &fault.Addition{File: or(text, "lingpai.dev.yaml"), To: "routes", Lines: []string{"  - match: " + or(text, "GET /api/users/7"), "    mock:", "      json: { ok: true }"}}
			}
			if code == fault.RedirectRefused || text != "" {
				p.Refused.Mismatch = &fault.Mismatch{
					Client: or(text, "notes"), Asked: or(text, "http://localhost:5173/cb"), Registered: []string{or(text, "http://localhost:5173/callback")},
					Command: or(text, "lingpai client set notes --add-redirect-uri 'http://localhost:5173/cb'"),
				}
			}
			return u.Refusal(w, p)
		}})
	}
	return all
}

// draw renders one page of the gallery.
func draw(t testing.TB, u *UI, d drawing, f Frame, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := d.draw(u, &b, f, text); err != nil {
		t.Fatalf("%s in %s: %v", d.name, f.Lang, err)
	}
	return b.String()
}

// TestGallery writes every page and its assets to the folder that WEBUI_GALLERY names. Serve that folder to look at them in a browser.
func TestGallery(t *testing.T) {
	dir := os.Getenv("WEBUI_GALLERY")
	if dir == "" {
		t.Skip("set WEBUI_GALLERY to a folder to look at the pages")
	}
	u := newUI(t)
	if err := os.CopyFS(filepath.Join(dir, AssetsPath, u.assets.hash()), os.DirFS("static")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	for _, d := range gallery() {
		for _, l := range Languages() {
			for _, theme := range []Theme{Light, Dark} {
				name := d.name + "." + string(l) + "." + string(theme) + ".html"
				page := draw(t, u, d, Frame{Lang: l, Theme: theme}, "")
				if err := os.WriteFile(filepath.Join(dir, name), []byte(page), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
