package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// seen reports whether what has the focus, or the label around it, has a line around it that can be seen.
const seen = `(() => {
	const focused = document.activeElement, label = focused.closest(".choice label");
	const style = getComputedStyle(label ?? focused), box = (label ?? focused).getBoundingClientRect();
	return style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2 && box.width > 8 && box.height > 8;
})()`

// stops presses Tab until the focus leaves the page, and lists where it stopped.
func (b *tab) stops(first ...string) string {
	b.Helper()
	list := first
	for range 40 {
		b.press(kb.Tab)
		if ask[bool](b, `document.activeElement === document.body`) {
			break
		}
		if !ask[bool](b, seen) {
			b.Errorf("the focus in %q cannot be seen", b.focus())
		}
		list = append(list, b.focus())
	}
	return strings.Join(list, ", ")
}

func TestKeyboardAloneSignsInAndOut(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := visit(s)
	b.at("/auth/login")
	b.awaitFocus("username")
	b.write("alice")
	b.press(kb.Tab)
	b.write("incorrect horse battery")
	b.leading(chromedp.KeyEvent(kb.Enter))
	b.awaitFocus("password") // and the name is kept
	b.write(battery)
	b.leading(chromedp.KeyEvent(kb.Enter))
	b.expect("/auth/account")
	for b.focus() != "Sign out" {
		b.press(kb.Tab)
	}
	b.leading(chromedp.KeyEvent(kb.Enter))
	b.awaitFocus("this") // the button that signs out here
	b.leading(chromedp.KeyEvent(kb.Enter))
	b.reads("h1", "You are signed out")
}

func TestTabStopsAtEverythingInTheOrderItIsRead(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := visit(s)
	b.at("/auth/login")
	b.awaitFocus("username")
	if got, want := b.stops("username"), "username, password, Show Password, 1, Sign in, Sign in with a passkey, 简体中文, auto"; got != want {
		t.Errorf("sign-in page:\n got %s\nwant %s", got, want)
	}
	s.program("alice", "curl/8.14")
	b.at("/auth/login")
	b.signIn("alice", battery)
	want := "Skip to content, Lingpai, Account, Inspect, Sign out, name, email, proof, Show Your password now, Save, " +
		"End curl, End the other one, current, Show Your password now, new, Show New password, Change password, " +
		"Add a passkey, Turn on Two-step sign-in, 简体中文, auto"
	if got := b.stops(); got != want {
		t.Errorf("account page:\n got %s\nwant %s", got, want)
	}
}

func TestSkipLinkLeadsPastTheBar(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := signedIn(s, "alice")
	b.press(kb.Tab)
	if got := b.focus(); got != "Skip to content" {
		t.Errorf("the first stop is %q", got)
	}
	b.press(kb.Enter)
	b.press(kb.Tab)
	if got := b.focus(); got != "name" {
		t.Errorf("past the bar the first stop is %q", got)
	}
}

func TestArrowsChooseTheTheme(t *testing.T) {
	t.Parallel()
	s := start(t)
	b := visit(s)
	b.prefers("light")
	b.at("/auth/login")
	for b.focus() != "auto" {
		b.press(kb.Tab)
	}
	b.press(kb.ArrowRight)
	b.press(kb.ArrowRight)
	if got := b.paper(); got != darkPaper {
		t.Errorf("the page is %s", got)
	}
	if c := b.cookie("lingpai_theme"); c == nil || c.Value != "dark" {
		t.Errorf("remembered: %v", c)
	}
}
