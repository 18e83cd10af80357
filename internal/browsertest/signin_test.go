package browsertest

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
)

func TestFirstAccountIsMadeByTheSetupLinkAndSignedIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	link := strings.TrimPrefix(s.app.SetupLink(), s.origin)
	b := visit(s)
	b.at(link)
	b.fill("#username", "alice")
	b.fill("#name", "Alice Liddell")
	b.fill("#password", battery)
	b.click("form .primary")
	b.expect("/auth/account")
	b.reads("h1", "Alice Liddell")
	b.reads("header p", "administrator")
	if status := b.at(link); status != 410 {
		t.Errorf("the link answers %d the second time", status)
	}
	b.reads("h1", "Lingpai is already set up")
}

func TestSetupSaysWhatIsWrongAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := start(t)
	b := visit(s)
	b.at(strings.TrimPrefix(s.app.SetupLink(), s.origin))
	b.fill("#username", "al ice")
	b.fill("#name", "Alice Liddell")
	b.fill("#password", battery)
	b.click("form .primary")
	b.reads("#username-problem", "Use letters, digits")
	b.awaitFocus("username")
	if got := []string{b.value("#username"), b.value("#name"), b.value("#password")}; strings.Join(got, "|") != "al ice|Alice Liddell|" {
		t.Errorf("name, full name and password are %q", got)
	}
	b.fill("#username", "alice")
	b.fill("#password", "passwordpassword")
	b.click("form .primary")
	b.reads("#password-problem", "Choose")
	b.awaitFocus("password")
	b.fill("#password", battery)
	b.click("form .primary")
	b.expect("/auth/account")
}

func TestWrongPasswordKeepsTheNameAndAsksForThePassword(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := visit(s)
	b.at("/auth/login")
	b.awaitFocus("username")
	for _, name := range []string{"alice", "nobody"} {
		b.signIn(name, "incorrect horse battery")
		b.reads("[role=alert]", "That name and password do not go together.")
		got := ask[string](b, `(({value, ariaInvalid, ariaDescribedByElements: [why]}) =>
			[document.querySelector("#username").value, value, ariaInvalid, why.role, document.title].join(" / "))(document.querySelector("#password"))`)
		if want := name + " /  / true / alert / Not signed in · Lingpai"; got != want {
			t.Errorf("after a wrong password: %s, want %s", got, want)
		}
		b.awaitFocus("password")
	}
	b.signIn("alice", battery)
	b.expect("/auth/account")
}

func TestThrottledSignInSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	s := start(t, "throttle.account_burst=1", "throttle.account_every=1h") // longer than any machine is busy
	s.add("alice")
	b := visit(s)
	b.at("/auth/login")
	b.signIn("alice", "incorrect horse battery")
	b.signIn("alice", battery)
	b.reads("[role=alert]", "Too many tries. Try again in ")
	b.reads("[role=alert]", "Your password was not checked.")
	at, err := time.Parse(time.RFC3339, ask[string](b, `document.querySelector("[role=alert] time").dateTime`))
	if wait := at.Sub(s.now()); err != nil || wait < 0 || wait > time.Hour {
		t.Errorf("it may be tried again at %v: %v", at, err)
	}
	s.advance(time.Hour)
	b.signIn("alice", battery)
	b.expect("/auth/account")
}

func TestDisabledAccountIsToldSoByTheRightPasswordOnly(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.disable(s.add("alice"))
	b := visit(s)
	b.at("/auth/login")
	b.signIn("alice", "incorrect horse battery")
	b.reads("[role=alert]", "That name and password do not go together.")
	b.signIn("alice", battery)
	b.reads("[role=alert]", "This account is closed for now. Ask whoever runs this server.")
}

func TestSignInLeadsBackToWhereThePersonWas(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := visit(s)
	b.at("/auth/account?from=mail&n=1")
	b.expect("/auth/login?" + url.Values{"return_to": {"/auth/account?from=mail&n=1"}}.Encode())
	b.signIn("alice", "incorrect horse battery")
	b.signIn("alice", battery)
	b.expect("/auth/account?from=mail&n=1")
}

func TestSignInLeadsToNoOtherSite(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := visit(s)
	for _, to := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`} {
		call(b, network.ClearBrowserCookies, cdp.Empty{})
		b.at("/auth/login?" + url.Values{"return_to": {to}}.Encode())
		b.signIn("alice", battery)
		b.expect("/auth/account")
		b.at("/auth/login?" + url.Values{"return_to": {to}}.Encode()) // now that there is nothing to sign in for
		b.expect("/auth/account")
	}
}

func TestStaySignedInOutlivesTheBrowser(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	brief := signedIn(s, "alice")
	if c := brief.cookie("lingpai_session"); !c.Session {
		t.Error("without a wish to stay, the cookie outlives the browser")
	}
	long := visit(s)
	long.at("/auth/login")
	long.fill("#username", "alice")
	long.fill("#password", battery)
	ask[any](long, `document.querySelector("[name=stay]").click()`)
	long.click("form .primary")
	long.expect("/auth/account")
	c := long.cookie("lingpai_session")
	if until := time.Until(time.Unix(int64(c.Expires), 0)); c.Session || until < 89*24*time.Hour || until > 91*24*time.Hour {
		t.Errorf("the cookie is kept for %v", until)
	}
}

// ASVS 7.3.1
func TestShortSessionEndsAfterItsTime(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := signedIn(s, "alice")
	s.advance(13 * time.Hour)
	b.click("nav a")
	b.reads("[role=alert], [role=status]", "Your session expired. Sign in again and you will be back where you were.")
	b.signIn("alice", battery)
	b.expect("/auth/account")
}
