package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

const (
	lightPaper = "rgb(248, 249, 248)"
	darkPaper  = "rgb(15, 20, 19)"
)

func (b *tab) paper() string {
	b.Helper()
	return ask[string](b, `getComputedStyle(document.documentElement).backgroundColor`)
}

func TestLanguageFollowsTheBrowserUntilItIsChosen(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := visit(s)
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": "zh-CN,en;q=0.5"}})
	b.at("/auth/login?return_to=%2Fauth%2Flogout%2F..%2Faccount")
	b.reads("h1", "登录")
	b.at("/auth/account?n=1")
	b.click("footer a[hreflang=en]")
	b.expect("/auth/login?return_to=%2Fauth%2Faccount%3Fn%3D1")
	b.reads("h1", "Sign in")
	b.signIn("alice", battery)
	b.expect("/auth/account?n=1")
	b.at("/nowhere")
	b.reads("h1", "There is nothing at this address")
	b.click("footer a[hreflang=zh-Hans]")
	b.expect("/nowhere")
	b.at("/auth/account")
	b.reads("h2", "个人资料")
	if got := ask[string](b, `document.documentElement.lang`); got != "zh-Hans" {
		t.Errorf("the page says that it is in %q", got)
	}
}

func TestThemeFollowsTheSystemUntilItIsChosen(t *testing.T) {
	t.Parallel()
	s := start(t)
	b := visit(s)
	b.prefers("dark")
	b.at("/auth/login")
	if got := b.paper(); got != darkPaper {
		t.Errorf("on a dark system the page is %s", got)
	}
	run(b, chromedp.Click(chromedp.CSS("label:has([value=light])")))
	if got := b.paper(); got != lightPaper {
		t.Errorf("once light is chosen the page is %s", got)
	}
	b.withoutScript() // so that what is seen is the first paint
	for _, path := range []string{"/auth/login", "/nowhere", "/auth/setup?code=x"} {
		b.at(path)
		if got := b.paper(); got != lightPaper {
			t.Errorf("%s is %s", path, got)
		}
	}
}

func TestWrongAddressesAreExplained(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := visit(s)
	for path, want := range map[string]struct {
		status      int
		title, code string
	}{
		"/nowhere":                          {404, "There is nothing at this address", "not_found"},
		"/auth/account/nowhere":             {404, "There is nothing at this address", "not_found"},
		"/auth/account/sessions/end-others": {405, "This address does not take GET", "method_not_allowed"},
	} {
		if status := b.at(path); status != want.status {
			t.Errorf("%s answers %d", path, status)
		}
		b.reads("h1", want.title)
		b.reads("header code", want.code)
	}
	b.click("main .primary")
	b.expect("/auth/login")
	b.signIn("alice", battery)
	b.at("/nowhere")
	b.click("main .primary")
	b.expect("/auth/account")
}

func TestTokenThatIsRefusedIsExplainedToAPerson(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := visit(s)
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Authorization": "Bearer a.b.c"}})
	if status := b.at("/auth/account"); status != 401 {
		t.Errorf("it answers %d", status)
	}
	b.reads("pre", "HTTP/1.1 401 Unauthorized")
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{}})
	b.click("main .primary")
	b.signIn("alice", battery)
	b.expect("/auth/account")
}

func TestSetupLinkThatIsOverSaysWhatToDo(t *testing.T) {
	t.Parallel()
	s := start(t)
	b := visit(s)
	b.at("/auth/setup?code=" + strings.Repeat("a", 26))
	b.reads("h1", "This setup link is no longer good")
	b.reads("main", "Start Lingpai again.")
}
