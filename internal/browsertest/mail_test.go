package browsertest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lingpai/lingpai/internal/devserver"
)

// Somebody has forgotten their password: from the sign-in page to the letter, which dev has caught, to the new password, to being signed in.
//
// ASVS 6.4.3
func TestAForgottenPasswordIsReplacedInTheBrowser(t *testing.T) {
	t.Parallel()
	for _, script := range []bool{true, false} {
		b := visit(startDev(t, ""))
		if !script {
			b = b.withoutScript()
		}
		b.at("/auth/dev/mail")
		b.reads("main", "No letter was caught yet.")
		b.at("/auth/login")
		b.click("a[href='/auth/forgot']")
		b.fill("#username", "alice@example.com")
		b.click("form .primary")
		b.reads("h1", "Look into your mailbox")
		b.awaitLetter("A new password for Lingpai")
		b.reads("article dl", "Alice, alice@example.com")
		b.click("article .choice a:last-child")
		b.reads("article pre", "Auto-Submitted: auto-generated")
		b.click("article .primary")
		b.reads("main header", "for alice")
		b.fill("#new", "alicealicealicealice")
		b.click("form .primary")
		b.reads("#new-problem", "alice")
		b.fill("#new", fresh)
		b.click("form .primary")
		b.reads("#why", "Your password is set.")
		b.fill("#username", "alice")
		b.fill("#password", fresh)
		b.click("form .primary")
		b.expect("/auth/account")
		b.awaitLetter("Your password for Lingpai was changed")
		b.click("header form .button")
		b.reads("main", "No letter was caught yet.")
	}
}

// awaitLetter opens the caught mail once the newest letter has a subject: an open page leads on to the next letter by itself.
func (b *tab) awaitLetter(subject string) {
	b.Helper()
	says := func(c devserver.Caught) bool { return strings.Contains(c.Subject, subject) }
	for late := time.Now().Add(patience); !slices.ContainsFunc(b.server.app.Dev().Mails(), says); run(b, chromedp.Sleep(20*time.Millisecond)) {
		if time.Now().After(late) {
			b.Fatalf("no letter says %q", subject)
		}
	}
	b.at("/auth/dev/mail")
	b.reads("main", subject)
}

// The HTML of a letter shows in a frame that runs nothing and loads nothing, and its link opens a window; link and code are one press away.
func TestALetterShowsItsHTMLInAFrameAndGivesItsCode(t *testing.T) {
	t.Parallel()
	s := startDev(t, "")
	b := visit(s)
	b.at("/auth/forgot")
	b.fill("#username", "alice")
	b.click("form .primary")
	b.awaitLetter("A new password for Lingpai")
	link := ask[string](b, `document.querySelector("article .primary").href`)
	ask[any](b, `(window.copied = [], navigator.clipboard.writeText = async (text) => void copied.push(text), 1)`)
	run(b, chromedp.Click(chromedp.CSS("[data-copy]:nth-of-type(1)")))
	b.until("#said", "Link copied")
	run(b, chromedp.Click(chromedp.CSS("[data-copy]:nth-of-type(2)")))
	b.until("#said", "Code copied")
	_, code, _ := strings.Cut(link, "code=")
	if got := ask[[]string](b, `copied`); len(got) != 2 || got[0] != link || got[1] != code {
		t.Errorf("copied are %q, want %q and its code", got, link)
	}
	b.click("article .choice a:nth-child(2)")
	frame := ask[string](b, `document.querySelector("article iframe").src`)
	if sandbox := ask[string](b, `document.querySelector("article iframe").sandbox.value`); strings.Contains(sandbox, "scripts") || strings.Contains(sandbox, "same-origin") {
		t.Errorf("the frame may %s", sandbox)
	}
	if ask[bool](b, `document.querySelector("article iframe").contentDocument !== null`) {
		t.Error("the frame is of the origin of the page")
	}
	b.quiet = true // in a letter no script runs, not even that of a test
	b.at(strings.TrimPrefix(frame, s.origin))
	b.reads("body", "Choose a new password")
	if target := ask[string](b, `document.baseURI + document.querySelector("base").target + self.origin`); !strings.HasSuffix(target, "_blanknull") {
		t.Errorf("links and origin are %q", target)
	}
}

// A page that shows the letters shows the next one by itself.
func TestTheNextLetterShowsByItself(t *testing.T) {
	t.Parallel()
	s := startDev(t, "")
	b, other := visit(s), visit(s)
	b.at("/auth/dev/mail")
	other.at("/auth/forgot")
	other.fill("#username", "bob")
	other.click("form .primary")
	b.until("main", "bob@example.com")
}
