package browsertest

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/user"
)

// federation is two servers: theirs is the provider, and people sign in with it to reach an app behind ours. They are two sites to the browser.
type federation struct {
	ours, theirs *server
	carol        user.User // of theirs
	client       *client.Client
}

// federate starts both. extra is what the configuration says of the provider besides, as lines of YAML.
func federate(t *testing.T, extra ...string) *federation {
	t.Helper()
	f := &federation{theirs: start(t, "fetch.insecure_loopback=true")}
	f.carol = f.theirs.add("carol")
	preset, _ := client.PresetOf(string(client.Web))
	c, secret, err := f.theirs.core.Clients.Add(t.Context(), client.New{Source: cli, Settings: client.Settings{
		Name: "Reading List", Profile: client.Web, Auth: preset.Auth, Grants: preset.Grants, Scopes: preset.Scopes, IDTokenAlg: jose.ES256,
		RedirectURIs: []string{"http://app.localhost/"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	f.client = &c
	lines := append([]string{
		"name: company", "title: Example Ltd", "issuer: " + f.theirs.origin, "client_id: " + c.ID, "client_secret: " + secret.Reveal(), "create: true",
	}, extra...)
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	text := "providers:\n  - " + strings.Join(lines, "\n    ") + "\ngateway: {routes: [{match: /**, upstream: \"" + newApp(t) + "\"}]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.ours = start(t, "file="+file)
	f.ours.origin = strings.Replace(f.ours.origin, "localhost", "app.localhost", 1)
	f.change(t, func(set *client.Settings) {
		set.RedirectURIs = []string{f.ours.origin + "/auth/connect/company/callback"}
		set.PostLogoutRedirectURIs = []string{f.ours.origin + "/auth/logout"}
		set.BackchannelLogoutURI = f.ours.app.Issuer() + "/auth/connect/company/backchannel"
	})
	return f
}

// change changes what the provider knows of us.
func (f *federation) change(t *testing.T, how func(*client.Settings)) {
	t.Helper()
	set := f.client.Settings
	how(&set)
	c, err := f.theirs.core.Clients.Change(t.Context(), *f.client, set, cli)
	if err != nil {
		t.Fatal(err)
	}
	f.client = &c
}

// newApp is an app that knows nothing of login, and shows what it was told.
func newApp(t *testing.T) string {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Notes</title><link rel="icon" href="data:,"><h1>Notes of %s</h1><p>%s</p><code>%s</code>`,
			html.EscapeString(r.Header.Get("X-Forwarded-User")), html.EscapeString(r.Header.Get("X-Forwarded-Email")), html.EscapeString(r.Header.Get("X-Lingpai-Identity")))
	}))
	t.Cleanup(app.Close)
	return app.URL
}

func (f *federation) visit() *tab {
	f.ours.Helper()
	b := visit(f.ours)
	b.beyond = []string{f.theirs.origin}
	return b
}

// way is the button on our sign-in page that leads to the provider.
const way = "a.button[href^='/auth/connect/company']"

// leave leads from a page of the app to the form of the provider.
func (f *federation) leave(b *tab) {
	b.Helper()
	b.at("/notes?x=1")
	b.expect("/auth/login?return_to=%2Fnotes%3Fx%3D1")
	b.reads(way, "Example Ltd")
	b.click(way)
}

// signIn goes from a page of the app to the provider, proves who it is, says yes, and is back.
func (f *federation) signIn(b *tab) {
	b.Helper()
	f.leave(b)
	b.signIn("carol", battery)
	b.reads("h1", "Reading List")
	b.click("[value=allow]")
	b.expect("/notes?x=1")
}

// untilClosed opens the app again and again until it is closed: the server hears of what happened elsewhere, and a busy one takes its time.
func (f *federation) untilClosed(b *tab) {
	b.Helper()
	for late := time.Now().Add(patience); ; {
		b.at("/notes?x=1")
		if b.text("h1") != "Notes of carol" {
			return
		}
		if time.Now().After(late) {
			b.Fatal("the app is still open")
		}
	}
}

// refused holds that the page in front is ours, and says what it should.
func (f *federation) refused(b *tab, code, title string) {
	b.Helper()
	if at := ask[string](b, `location.origin`); at != f.ours.origin {
		b.Errorf("the page is one of %s", at)
	}
	b.reads("header code", code)
	b.reads("h1", title)
}

// visitProvider opens an address of the provider in the same browser.
func (f *federation) visitProvider(b *tab, path string) {
	b.Helper()
	run(b, chromedp.Navigate(f.theirs.origin+path))
}

func TestAPersonSignsInThroughAProviderToReachAnApp(t *testing.T) {
	t.Parallel()
	f := federate(t)
	b := f.visit()
	f.signIn(b)
	b.reads("h1", "Notes of carol")
	b.reads("p", "carol@example.com")
	if got := b.text("code"); strings.Count(got, ".") != 2 {
		t.Errorf("the app is told %q", got)
	}

	b.at("/auth/logout")
	b.click("[value=this]")
	b.at("/notes?x=1") // at once
	b.expect("/auth/login?return_to=%2Fnotes%3Fx%3D1")
	b.click(way) // the provider still knows who it is, and what was allowed
	b.expect("/notes?x=1")
}

// ASVS 7.6.1
func TestASignOutHereGoesOnToTheProviderAndBack(t *testing.T) {
	t.Parallel()
	f := federate(t, "logout: true")
	b := f.visit()
	f.signIn(b)
	b.at("/auth/logout?return_to=%2Fnotes")
	b.click("[value=this]")
	b.awaits("/auth/logout?state=%2Fnotes")
	b.reads("h1", "You are signed out")
	f.visitProvider(b, "/auth/account")
	b.expect("/auth/login?return_to=%2Fauth%2Faccount")
	b.at("/notes")
	b.expect("/auth/login?return_to=%2Fnotes")
}

// ASVS 7.5.2
func TestWhoHasNoPasswordSignsInAtTheProviderAgainToEndOthers(t *testing.T) {
	t.Parallel()
	f := federate(t)
	there, here := f.visit(), f.visit()
	f.signIn(there)
	f.leave(here)
	here.signIn("carol", battery)
	here.expect("/notes?x=1")
	f.ours.advance(11 * time.Minute)
	f.theirs.advance(11 * time.Minute)
	here.at("/auth/account")
	here.click("form[action$='end-others'] button")
	here.reads("[role=alert]", "Sign in again for that.")
	here.click(way)
	here.signIn("carol", battery) // at the provider, which knows her and asks all the same
	here.expect("/auth/account?done=anew_sessions")
	here.click("form[action$='end-others'] button")
	here.reads("#sessions-note", "Ended. One other session has to sign in again.")
}

func TestASignOutAtTheProviderClosesTheApp(t *testing.T) {
	t.Parallel()
	f := federate(t)
	b := f.visit()
	f.signIn(b)
	f.visitProvider(b, "/auth/logout")
	b.click("[value=this]")
	f.untilClosed(b)
	b.reads("[role=alert], [role=status]", "Sign in again and you will be back where you were.")
	b.click(way)
	b.signIn("carol", battery)
	b.expect("/notes?x=1")
}

func TestWhoSaysNoAtTheProviderIsLedBackToTheSignInPage(t *testing.T) {
	t.Parallel()
	f := federate(t)
	b := f.visit()
	f.leave(b)
	b.signIn("carol", battery)
	b.click("[value=deny]")
	f.refused(b, "provider_refused", "Example Ltd did not sign you in")
	b.click("main .primary")
	b.expect("/auth/login?return_to=%2Fnotes%3Fx%3D1")
	b.click(way)
	b.click("[value=allow]")
	b.expect("/notes?x=1")
}

func TestWhoseAccountIsClosedIsToldByWhoClosedIt(t *testing.T) {
	t.Parallel()
	f := federate(t)
	b := f.visit()
	f.signIn(b)
	u, err := f.ours.core.Store.UserByLogin(t.Context(), "carol")
	if err != nil {
		t.Fatal(err)
	}
	f.ours.disable(u)
	f.untilClosed(b)
	b.click(way)
	f.refused(b, "account_disabled", "This account is closed for now")

	f.theirs.disable(f.carol)
	b.at("/auth/login")
	b.click(way)
	b.signIn("carol", battery)
	b.reads("[role=alert]", "This account is closed for now.")
	if at := ask[string](b, `location.origin`); at != f.theirs.origin {
		t.Errorf("the page is one of %s", at)
	}
}

func TestWhoTakesTooLongAtTheProviderBeginsAgain(t *testing.T) {
	t.Parallel()
	f := federate(t)
	b := f.visit()
	f.leave(b)
	b.signIn("carol", battery)
	f.ours.advance(11 * time.Minute)
	f.theirs.advance(11 * time.Minute)
	b.click("[value=allow]")
	f.refused(b, "provider_state", "This sign-in was not begun in this browser, or too long ago")
	b.click("main .primary")
	b.expect("/auth/login?return_to=%2Fnotes%3Fx%3D1")
	b.click(way)
	b.expect("/notes?x=1")
}

// Whoever goes back to the provider's page and answers once more brings a code that is good, in a sign-in that is over.
func TestWhoGoesBackAndAnswersOnceMoreIsWhereTheyWere(t *testing.T) {
	t.Parallel()
	f := federate(t)
	b := open(t) // the browser reports pages that no hand leaves
	b.server = f.ours
	f.signIn(b)
	again := chromedp.Evaluate[chromedp.Void]( // by hand would be by another document, which the browser put away
		`setTimeout(() => document.querySelector("[value=allow]").click())`)
	b.back("Reading List asks to act for you")
	b.leading(again)
	b.expect("/notes?x=1")
	b.reads("h1", "Notes of carol")

	b.back("Reading List asks to act for you")
	b.forget()
	b.leading(again)
	f.refused(b, "provider_state", "This sign-in was not begun in this browser, or too long ago")
}

// An app that signs people in through us, who come from the provider: the form of the provider leads over us to the app.
func TestAFormOfTheProviderLeadsToAnAppThatKnowsUsAlone(t *testing.T) {
	t.Parallel()
	f := federate(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,"><h1>code: %t</h1>`, r.URL.Query().Has("code"))
	}))
	t.Cleanup(app.Close)
	preset, _ := client.PresetOf(string(client.SPA))
	c, _, err := f.ours.core.Clients.Add(t.Context(), client.New{Source: cli, Settings: client.Settings{
		Name: "Diary", Profile: client.SPA, Auth: preset.Auth, Grants: preset.Grants, Scopes: preset.Scopes, IDTokenAlg: jose.ES256, FirstParty: true,
		RedirectURIs: []string{app.URL + "/back"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	b := f.visit()
	b.beyond = append(b.beyond, app.URL)
	b.at("/auth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {app.URL + "/back"}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {strings.Repeat("c", 43)}, "code_challenge_method": {"S256"},
	}.Encode())
	b.click(way)
	b.signIn("carol", battery)
	b.click("[value=allow]")
	b.reads("h1", "code: true")
}

// TestPagesOfASignInThroughAProvider looks at what people see on the way.
func TestPagesOfASignInThroughAProvider(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			f := federate(t)
			b, l := lookAt(t, f.ours, lang)
			b.beyond = []string{f.theirs.origin}
			f.leave(b)
			b.at("/auth/login?return_to=%2Fnotes")
			l.look("provider-login")
			b.click(way)
			b.signIn("carol", battery)
			b.click("[value=deny]")
			l.look("provider-refused")
			b.at("/auth/connect/company/callback?code=c&state=s")
			l.look("provider-state")
			b.at("/auth/login?return_to=%2Fnotes")
			b.click(way)
			b.click("[value=allow]")
			b.at("/auth/account")
			l.look("provider-account")
			u, err := f.ours.core.Store.UserByLogin(t.Context(), "carol")
			if err != nil {
				t.Fatal(err)
			}
			f.ours.disable(u)
			f.untilClosed(b)
			b.click(way)
			l.look("provider-disabled")
		})
	}
}
