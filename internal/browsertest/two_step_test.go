package browsertest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/otp"
)

// phone is an authenticator app that has read a page.
type phone struct {
	*tab
	secret string
}

// scan types the secret of the page into an app. That the picture says the same is a test of the page.
func (b *tab) scan() *phone {
	b.Helper()
	return &phone{b, b.text("#secret")}
}

// code is what the app shows now.
func (p *phone) code() string {
	p.Helper()
	code, err := otp.Code(strings.Join(strings.Fields(p.secret), ""), p.server.now())
	if err != nil {
		p.Fatal(err)
	}
	return code
}

// next waits for the next code, by the clock of the server.
func (p *phone) next() string {
	p.Helper()
	p.server.advance(time.Minute)
	return p.code()
}

// codes are the recovery codes that the page shows.
func (b *tab) codes() []string {
	b.Helper()
	return ask[[]string](b, `[...document.querySelectorAll("#codes code")].map(e => e.textContent)`)
}

// enter fills a code in and sends it.
func (b *tab) enter(code string) {
	b.Helper()
	b.fill("#code", code)
	b.click("form .primary")
}

// turnOn goes from the account page to the recovery codes.
func (b *tab) turnOn() (*phone, []string) {
	b.Helper()
	b.click("a[href='/auth/account/two-step']")
	b.reads("h1", "Two-step sign-in")
	p := b.scan()
	b.enter("000000")
	b.reads("[role=alert]", "This code is not good")
	if again := b.text("#secret"); again != p.secret {
		b.Fatalf("the secret is another after a wrong code: %s", again)
	}
	b.enter(p.code())
	codes := b.codes()
	if len(codes) != 10 {
		b.Fatalf("the page shows %d recovery codes:\n%s", len(codes), b.text("main"))
	}
	b.click("main .primary")
	b.reads("#two-step ~ *, section:last-of-type", "On")
	return p, codes
}

func TestTwoStepSignInFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	for name, visit := range map[string]func(s *server) *tab{
		"with script": func(s *server) *tab { return visit(s) }, "without": func(s *server) *tab { return visit(s).withoutScript() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.add("alice")
			b := visit(s)
			b.at("/auth/login")
			b.signIn("alice", battery)
			p, codes := b.turnOn()
			b.click("a[href='/auth/logout']")
			b.click("[value=this]")

			b.at("/auth/login?return_to=%2Fauth%2Finspect")
			b.signIn("alice", battery)
			b.expect("/auth/login/code?return_to=%2Fauth%2Finspect")
			if got := b.focus(); got != "code" {
				t.Errorf("the focus is in %q", got)
			}
			b.enter(p.next())
			b.expect("/auth/inspect")

			b.forget()
			b.at("/auth/login")
			b.signIn("alice", battery)
			b.click("form a[href*=recovery]")
			b.reads("label[for=code]", "Recovery code")
			b.enter(strings.ToUpper(codes[4]))
			b.expect("/auth/account")

			b.click("a[href='/auth/account/two-step']")
			b.reads("main", "9 recovery codes are left")
			b.click("form[action$='/codes'] button")
			if fresh := b.codes(); len(fresh) != 10 || slices.Contains(fresh, codes[0]) {
				t.Errorf("the new codes are %d, and the first was there before: %v", len(fresh), slices.Contains(fresh, codes[0]))
			}
			b.click("main .primary")
			b.click("a[href='/auth/account/two-step']")
			b.click("form[action$='/off'] button")
			b.reads("#two-step-note", "Two-step sign-in is off")

			b.forget()
			b.at("/auth/login")
			b.signIn("alice", battery)
			b.expect("/auth/account")
		})
	}
}

func TestRecoveryCodesAreCopiedAndPrintedByScriptAlone(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := signedIn(s, "alice")
	b.click("a[href='/auth/account/two-step']")
	b.enter(b.scan().code())
	ask[any](b, `navigator.clipboard.writeText = async (text) => { window.copied = text }`)
	ask[any](b, `[...document.querySelectorAll("#codes + .row button")].find(b => b.textContent === "Copy").click()`)
	b.says(`window.copied ?? ""`, strings.Join(b.codes(), "\n"))
	b.says(`document.querySelector("#codes + .row button").textContent`, "Copied")
	ask[any](b, `window.print = () => { window.printed = true }`)
	ask[any](b, `[...document.querySelectorAll("#codes + .row button")].find(b => b.textContent === "Print").click()`)
	b.says(`String(window.printed)`, "true")
}

// TestTheStepsLookRight looks at every page of the second factor, in both languages, as the tour does at all others.
func TestTheStepsLookRight(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := start(t, "second_factor.required_for=admin")
			s.add("alice")
			b, l := lookAt(t, s, lang)
			b.at("/auth/login")
			b.signIn("alice", battery)
			b.click("a[href='/auth/account/two-step']")
			l.look("two-step-begin")
			p := b.scan()
			b.enter(p.code())
			l.look("recovery-codes")
			b.click("main .primary")
			b.forget()
			b.at("/auth/login")
			b.signIn("alice", battery)
			l.look("code")
			b.enter("000000")
			l.look("code-wrong")
			b.click("form a[href*=recovery]")
			l.look("code-recovery")
			b.click("form a[href='/auth/login/code']")
			b.enter(p.next())
			b.click("a[href='/auth/account/two-step']")
			l.look("two-step")
		})
	}
}
