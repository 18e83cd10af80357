package browsertest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// elsewhere serves one page from another site.
func elsewhere(t *testing.T, html string) string {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, html)
	}))
	t.Cleanup(other.Close)
	return other.URL
}

func TestScriptsOfAPageSeeNoCookieThatSignsIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := open(t) // the browser reports scripts that read cookies
	b.server = s
	b.at("/auth/login")
	b.signIn("alice", battery)
	if got := ask[string](b, `document.cookie`); strings.Contains(got, "lingpai") {
		t.Errorf("a script reads %q", got)
	}
	for _, name := range []string{"lingpai_session", "lingpai_device"} {
		if c := b.cookie(name); c == nil || !c.HTTPOnly || c.SameSite != "Lax" || c.Path != "/" {
			t.Errorf("%s is %+v", name, c)
		}
	}
}

func TestPagesRefuseToBeFramed(t *testing.T) {
	t.Parallel()
	s := start(t)
	b := open(t)
	address := elsewhere(t, `<!doctype html><iframe src="`+s.origin+`/auth/login"></iframe>`)
	run(b, chromedp.Navigate(strings.Replace(address, "127.0.0.1", "localhost", 1))) // one site, so one process holds both frames
	frames := call(b, page.GetFrameTree, cdp.Empty{}).FrameTree.ChildFrames
	if len(frames) != 1 || frames[0].Frame.UnreachableURL != s.origin+"/auth/login" {
		t.Errorf("the frame shows %s", b.text("body"))
	}
}

func TestFormOfAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := open(t)
	b.server = s
	b.at("/auth/login")
	b.signIn("alice", battery)
	run(b, chromedp.Navigate(elsewhere(t, `<!doctype html><form method="post" action="`+s.origin+`/auth/logout">
		<button name="scope" value="all">A prize</button></form>`)))
	b.click("button")
	b.reads("h1", "Another site sent this request, so it was not carried out")
	b.at("/auth/account")
	b.expect("/auth/account")
}

// TestPolicyKeepsOutWhatIsInjected shows that the policy holds, so that the silence of all other tests means something.
func TestPolicyKeepsOutWhatIsInjected(t *testing.T) {
	t.Parallel()
	s := start(t)
	b := open(t)
	b.server = s
	b.at("/auth/login")
	got := run(b, chromedp.Evaluate[[]string](`new Promise(done => {
		const broken = new Set();
		document.addEventListener("securitypolicyviolation", e => {
			broken.add(e.effectiveDirective);
			if (broken.size === 4) done([...broken].sort());
		});
		document.body.insertAdjacentHTML("beforeend", '<p style="color:red"></p><img src="https://evil.example/a.png">');
		document.body.append(Object.assign(document.createElement("script"), {textContent: "window.injected = true"}));
		fetch("https://evil.example/").catch(() => 0);
	})`, chromedp.EvalAwaitPromise))
	if strings.Join(got, " ") != "connect-src img-src script-src-elem style-src-attr" || ask[bool](b, `"injected" in window`) {
		t.Errorf("the policy stopped %v", got)
	}
}
