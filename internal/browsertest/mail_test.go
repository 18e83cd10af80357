package browsertest

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
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

// awaitLetter opens the caught mail until the newest letter has a subject.
func (b *tab) awaitLetter(subject string) {
	b.Helper()
	for late := time.Now().Add(patience); ; run(b, chromedp.Sleep(50*time.Millisecond)) {
		b.at("/auth/dev/mail")
		if strings.Contains(b.text("main"), subject) {
			return
		}
		if time.Now().After(late) {
			b.Fatalf("no letter says %q:\n%s", subject, b.text("main"))
		}
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
