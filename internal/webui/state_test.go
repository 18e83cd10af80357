package webui

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/fault"
)

// named draws the page of the gallery that has this name.
func named(t *testing.T, name string, f Frame) string {
	t.Helper()
	for _, d := range gallery() {
		if d.name == name {
			return draw(t, newUI(t), d, f, "")
		}
	}
	t.Fatalf("no page %s", name)
	return ""
}

// shows fails for each part that the page lacks.
func shows(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) {
			t.Errorf("page lacks %s", part)
		}
	}
}

// input is the start tag of the input with this name.
func input(t *testing.T, page, name string) map[string]string {
	t.Helper()
	all, _, err := elements(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.name == "input" && e.attrs["name"] == name {
			return e.attrs
		}
	}
	t.Fatalf("no input %s", name)
	return nil
}

func has(attrs map[string]string, name string) bool {
	_, ok := attrs[name]
	return ok
}

func TestTheDevicePageSpeaksOfTheCodeThatWasTried(t *testing.T) {
	var b strings.Builder
	refused := fault.Refuse(fault.RateLimited, 40*time.Second)
	if err := newUI(t).Device(&b, Device{Frame: Frame{Lang: English}, Username: "alice", Refused: refused}); err != nil {
		t.Fatal(err)
	}
	if page := b.String(); !strings.Contains(page, "The code was not checked.") || strings.Contains(page, "password was not checked") {
		t.Errorf("it says:\n%s", page)
	}
}

func TestSignInStartsInTheFieldThatIsNeeded(t *testing.T) {
	fresh := named(t, "login", Frame{})
	if !has(input(t, fresh, "username"), "autofocus") || has(input(t, fresh, "password"), "autofocus") {
		t.Error("an empty page starts elsewhere than in the name")
	}
	refused := named(t, "login-wrong", Frame{})
	name, password := input(t, refused, "username"), input(t, refused, "password")
	if name["value"] != "alice@example.com" || has(name, "autofocus") || !has(password, "autofocus") {
		t.Errorf("after a refusal: %v, %v", name, password)
	}
	if password["aria-invalid"] != "true" || password["aria-describedby"] != "why" || password["value"] != "" {
		t.Errorf("password: %v", password)
	}
	shows(t, refused, `<title>Not signed in · Lingpai</title>`, `id="why" role="alert"`, "<b>That name and password do not go together.</b> Check Caps Lock")
}

func TestThrottledSignInSaysWhen(t *testing.T) {
	shows(t, named(t, "login-throttled", Frame{}),
		"<b>Too many tries.</b> Try again in 40 seconds, at ", `datetime="2026-07-14T09:42:27Z">09:42:27 UTC</time>`, "Your password was not checked.",
		"<title>Wait a moment")
	shows(t, named(t, "login-busy", Frame{}), "<b>The server is at its limit.</b> Try again in 2 seconds. Nothing was changed.")
}

func TestSignInKeepsWhereToReturn(t *testing.T) {
	page := named(t, "login-app", Frame{})
	if input(t, page, "return_to")["value"] != "/notes" || !has(input(t, page, "stay"), "checked") {
		t.Error("what was chosen is lost")
	}
	shows(t, page, "to continue to <b>Notes</b>", "login.notes.example")
	if strings.Contains(named(t, "login", Frame{}), "return_to\" value") {
		t.Error("an empty return_to is sent along")
	}
}

func TestThemeIsCheckedByTheServer(t *testing.T) {
	for theme, want := range map[Theme]string{Dark: "dark", Light: "light", "": "auto", "pink": "auto"} {
		shows(t, named(t, "login", Frame{Theme: theme}), `value="`+want+`" checked>`)
	}
}

func TestLanguageSwitchKeepsThePage(t *testing.T) {
	shows(t, named(t, "login-app", Frame{Lang: Chinese}),
		`<a href="/auth/login?lang=en&amp;return_to=%2Fnotes" lang="en" hreflang="en">English</a>`, `<span lang="zh-Hans" aria-current="true">简体中文</span>`)
}

func TestSetupCarriesItsCodeAndSaysWhenItEnds(t *testing.T) {
	page := named(t, "setup", Frame{})
	if input(t, page, "code")["value"] != "K7PQ" || input(t, page, "password")["autocomplete"] != "new-password" {
		t.Error("setup form is not whole")
	}
	shows(t, page, "15 characters or more.", "The link ends at <time", "10:36:47 UTC")
	wrong := named(t, "setup-wrong", Frame{})
	shows(t, wrong, "It has 9 characters. Use 15 or more. It leans on “notes”", `id="username-problem"`)
	if !has(input(t, wrong, "username"), "autofocus") || has(input(t, wrong, "password"), "autofocus") {
		t.Error("the focus is not in the first wrong field")
	}
}

func TestClosedSetupLeadsOn(t *testing.T) {
	shows(t, named(t, "setup-done", Frame{}), "Lingpai is already set up", `href="/auth/login"`)
	ended := named(t, "setup-ended", Frame{})
	shows(t, ended, "Start Lingpai again.")
	if strings.Contains(ended, `href="/auth/login"`) {
		t.Error("offers a sign-in that nobody can pass")
	}
}

func TestSignOutOffersEverywhereOnlyWithOthers(t *testing.T) {
	shows(t, named(t, "logout", Frame{}), "2 other sessions are open.", `name="scope" value="this"`, `name="scope" value="all"`)
	if strings.Contains(named(t, "logout-one", Frame{}), `value="all"`) {
		t.Error("offers to end sessions that there are not")
	}
}

func TestSignedOutSaysWhatEnded(t *testing.T) {
	shows(t, named(t, "signed-out", Frame{}), "of this browser, as alice", "The session ended at", "2 other devices are still signed in.",
		`href="/auth/login?return_to=%2Fauth%2Faccount"`, `<a class="button" href="https://notes.example/">Back to Notes</a>`)
	shows(t, named(t, "signed-out-all", Frame{}), "All sessions ended at")
	if strings.Contains(named(t, "signed-out-idle", Frame{}), "ended at") {
		t.Error("speaks of a session that there was not")
	}
}

func TestSessionsAreShown(t *testing.T) {
	page := named(t, "account", Frame{})
	shows(t, page, "<b>Firefox on Linux</b> <span class=\"tag good\">this one</span>", "Signed in <time", ">5 minutes ago<", "203.0.113.8",
		`<form method="post" action="/auth/account/sessions/s2/end">`, `End<span class="vh"> Safari on iPhone</span>`,
		"<b>Chrome on Windows</b> <span class=\"tag warn\">new place</span>", "End the 3 others", `action="/auth/account/sessions/end-others"`)
	if strings.Contains(page, "/sessions/s1/end") {
		t.Error("this session can be ended from under the page")
	}
	if strings.Contains(named(t, "account-others-ended", Frame{}), "end-others") {
		t.Error("offers to end others where there are none")
	}
}

func TestSessionIDStaysOneSegment(t *testing.T) {
	if got := (sessionView{Session: Session{ID: "../a/b?c#d"}}).End(); got != "/auth/account/sessions/..%2Fa%2Fb%3Fc%23d/end" {
		t.Error(got)
	}
}

func TestAccountExplainsEachField(t *testing.T) {
	page := named(t, "account-wrong", Frame{})
	shows(t, page, "This is not an email address.", "It has 220 characters. Use at most 200.", "This is not your password.")
	if input(t, page, "username")["value"] != "alice" || input(t, page, "username")["autocomplete"] != "username" {
		t.Error("a password manager cannot tell whose password changes")
	}
	shows(t, named(t, "account-unverified", Frame{}), "Not verified: apps behind the gateway do not get this address.")
	if input(t, named(t, "account-unverified", Frame{}), "email")["aria-describedby"] != "email-hint" {
		t.Error("nobody hears that the address is not verified")
	}
	shows(t, named(t, "account-saved", Frame{}), `role="status"`, "<b>Saved.</b>")
	shows(t, named(t, "account-changed", Frame{}), "<b>The password is changed.</b> 3 other sessions ended.")
}

func TestCountsAreSaidAsOneSpeaks(t *testing.T) {
	u := newUI(t)
	for n, want := range map[int]string{1: "One other session ended.", 2: "2 other sessions ended."} {
		v := u.view(Frame{}, "")
		if got := string(v.notice("x", PasswordChanged(n)).Text); !strings.HasSuffix(got, want) {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := (Problems{"p": {TooShort(1, 15)}}).words(English, "p"); got != "It has one character. Use 15 or more." {
		t.Error(got)
	}
}

func TestRefusalShowsTheAnswerOfTheAPI(t *testing.T) {
	expired := named(t, "refusal-token_expired", Frame{})
	shows(t, expired, "<h1>The token expired 42 seconds ago</h1>", "401 · <code>token_expired</code>", `class="glyph expired"`, `aria-label="expired token"`,
		`href="/auth/login?return_to=%2Fnotes"`, "How it was judged", "Request 7QK3-M2ZD", `<b class="bad">401 Unauthorized</b>`)

	r := fault.Refuse(fault.TokenExpired, 42*time.Second)
	wantHeader := "WWW-Authenticate: Bearer realm=\"lingpai\", error=\"invalid_token\",\n  error_description=\"The token expired 42 seconds ago.\"\n" +
		"Content-Type: application/problem+json"
	if diff := cmp.Diff(wantHeader, answerHeader(r)); diff != "" {
		t.Error(diff)
	}
	var body bytes.Buffer
	if err := json.Compact(&body, []byte(answerBody(r, "7QK3-M2ZD"))); err != nil || body.String()+"\n" != string(r.Problem("7QK3-M2ZD")) {
		t.Errorf("%v: %s", err, body.String())
	}
	if got := answerHeader(fault.Refuse(fault.TokenMissing)); !strings.HasPrefix(got, "WWW-Authenticate: Bearer realm=\"lingpai\"\n") {
		t.Error(got)
	}
	if got := answerHeader(fault.Refuse(fault.RateLimited, 1500*time.Millisecond)); !strings.HasPrefix(got, "Retry-After: 2\n") {
		t.Error(got)
	}
}

func TestFaultOfOursSaysThatNothingChanged(t *testing.T) {
	page := named(t, "refusal-internal_error", Frame{})
	shows(t, page, "<h1>The server could not finish this</h1>", "Nothing was changed. Try again.", "Request 7QK3-M2ZD", `href="/auth/account">Try again`)
	if strings.Contains(page, "How it was judged") {
		t.Error("shows a judgement that was not made")
	}
}

func TestAccountWithoutViewerIsAnErrorNotAPanic(t *testing.T) {
	if err := newUI(t).Account(io.Discard, Account{}); err == nil {
		t.Error("drew an account page of nobody")
	}
	if err := newUI(t).Refusal(io.Discard, Refusal{}); err == nil {
		t.Error("explained a refusal that was not given")
	}
}
