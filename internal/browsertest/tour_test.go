package browsertest

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
)

// tour leads one person through every page in every state, and calls stop at each with its name.
type tour struct {
	*tab
	s    *server
	stop func(name string)
}

const (
	firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
	iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1"
)

// startTour starts a server for one tour.
func startTour(t testing.TB) *server {
	t.Helper()
	return start(t, "throttle.account_burst=1", "trusted_proxies=127.0.0.1,::1")
}

func (o *tour) all() {
	o.setup()
	o.account()
	o.leave()
	o.enter()
	o.explain()
}

func (o *tour) setup() {
	link := strings.TrimPrefix(o.s.app.SetupLink(), o.s.origin)
	o.at("/auth/setup?code=an-old-one")
	o.stop("setup-over")
	o.at(link)
	o.stop("setup")
	o.fill("#username", "al ice")
	o.fill("#name", "爱丽丝 Liddell")
	o.fill("#password", "liddell-liddell-liddell")
	o.click("form .primary")
	o.fill("#username", "alice")
	o.fill("#password", "password password")
	o.stop("setup-username-wrong")
	o.click("form .primary")
	o.stop("setup-password-wrong")
	o.fill("#password", battery)
	o.click("form .primary")
	o.stop("account-first")
	o.at(link)
	o.stop("setup-done")
}

func (o *tour) account() {
	// Two sign in from the same place, later one from another.
	o.s.programAt("alice", firefox, "203.0.113.7")
	o.s.programAt("alice", "curl/8.14", "203.0.113.7")
	o.s.advance(50 * time.Hour)
	o.s.programAt("alice", iphone, "2001:db8:77:1234:5678:9abc:def0:1234")
	o.s.advance(3 * time.Hour)
	o.forget()
	o.at("/auth/login")
	o.fill("#username", "alice")
	o.fill("#password", battery)
	o.click("form .primary")
	o.stop("account")
	o.fill("#email", "alice.pleasance.liddell@a-rather-long-name-of-a-department.wonderland.example")
	o.fill("#proof", battery)
	o.click("form[action$='/profile'] .button")
	o.stop("account-saved")
	o.fill("#email", "alice")
	ask[any](o.tab, `document.querySelector("#email").type = "text"`) // past the browser's own check
	o.click("form[action$='/profile'] .button")
	o.stop("account-profile-wrong")
	o.changePassword("incorrect horse battery", fresh)
	o.stop("account-password-wrong")
	o.changePassword(battery, "alicealicealicealice")
	o.stop("account-password-weak")
	o.click(".list form button")
	o.stop("account-session-ended")
}

func (o *tour) leave() {
	o.click("a[href='/auth/logout']")
	o.stop("logout")
	o.click("[value=this]")
	o.stop("signed-out")
	o.click("main .primary")
	o.signIn("alice", battery)
	o.at("/auth/logout")
	o.click("[value=all]")
	o.stop("signed-out-everywhere")
	o.at("/auth/logout")
	o.stop("signed-out-before")
	o.at("/auth/login")
	o.signIn("alice", battery)
	o.at("/auth/logout")
	o.stop("logout-alone")
}

func (o *tour) enter() {
	o.forget()
	o.at("/auth/login")
	o.stop("login")
	o.signIn("alice", "incorrect horse battery")
	o.stop("login-refused")
	o.s.add("bob")
	o.signIn("bob", "incorrect horse battery")
	o.signIn("bob", battery)
	o.stop("login-throttled")
	o.s.disable(o.s.add("carol"))
	o.signIn("carol", battery)
	o.stop("login-closed")
	o.at("/auth/login?reason=session_expired&return_to=/auth/account")
	o.stop("login-over")
}

func (o *tour) explain() {
	o.at("/nowhere/to/be/found")
	o.stop("not-found")
	call(o.tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Authorization": "Bearer a.b.c"}})
	o.at("/auth/account")
	o.stop("token-refused")
	call(o.tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{}})
	o.at("/auth/login")
	o.signIn("alice", battery)
	o.at("/auth/account/profile")
	o.stop("not-allowed")
	call(o.tab, network.ClearBrowserCookies, cdp.Empty{})
}
