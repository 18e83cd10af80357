package browsertest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/lingpai/lingpai/internal/skiptest"
)

// patience is how long a page may take before a test fails.
const patience = 3 * time.Minute

// tab is a window that a person looks at, in a browser with cookies of its own.
type tab struct {
	testing.TB
	ctx    context.Context
	server *server
	beyond []string // other origins that its pages lead to
	quiet  bool     // its pages run no script

	mu         sync.Mutex // guards complaints
	complaints []string
}

// visit opens a browser on a server. When the test ends, it fails if the pages did what pages must not do.
func visit(s *server) *tab {
	s.Helper()
	b := open(s.TB)
	b.server = s
	if err := chromedp.Listen(b.ctx, b.watch); err != nil {
		s.Fatal(err)
	}
	call(b, audits.Enable, cdp.Empty{})
	s.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, c := range b.complaints {
			s.Error(c)
		}
	})
	return b
}

// open opens a browser that nobody watches.
func open(t testing.TB) *tab {
	t.Helper()
	skiptest.Chromium(t)
	all, err := browser()
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	ctx, shut := chromedp.NewContext(all, chromedp.WithNewBrowserContext())
	t.Cleanup(shut)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800)); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b := &tab{TB: t, ctx: ctx}
	// Many tabs are open; each behaves as the one in front.
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	return b
}

// watch notes what no page may cause. It must not run commands.
func (b *tab) watch(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !b.mayAskFor(url) {
			b.complain("asked for " + url)
		}
	case *runtime.EventConsoleAPICalled:
		b.complain("the page wrote to the console: " + string(e.Type))
	case *runtime.EventExceptionThrown:
		b.complain("a script failed: " + e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		// Advice depends on when the browser looked: of a password without a name while half the page is here, of a focus that a quick
		// hand took first. The tests of webui hold what it is about.
		if e.Entry.Level != log.EntryLevelWarning && e.Entry.Level != log.EntryLevelError {
			return
		}
		// The status of a page is for the tests to judge.
		if e.Entry.Source != log.EntrySourceNetwork || strings.Contains(e.Entry.URL, "/auth/assets/") {
			b.complain("the console says at " + e.Entry.URL + ": " + e.Entry.Text)
		}
	case *audits.EventIssueAdded:
		// A passkey that the browser has offered leads on without a click in the page, which going back then passes over: as it should.
		if g := e.Issue.Details.GenericIssueDetails; g == nil || g.ErrorType != "NavigationEntryMarkedSkippable" {
			b.complain("the browser found an issue: " + string(e.Issue.Code))
		}
	}
}

func (b *tab) mayAskFor(url string) bool {
	within := func(origin string) bool { return strings.HasPrefix(url, origin+"/") }
	return within(b.server.origin) || slices.ContainsFunc(b.beyond, within) || strings.HasPrefix(url, "data:")
}

func (b *tab) complain(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Contains(b.complaints, what) {
		b.complaints = append(b.complaints, what)
	}
}

// run runs an action, and fails the test when it fails.
func run[T any](b *tab, action chromedp.Action[T]) T {
	b.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// call sends a command of the protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	v, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.Fatalf("%s: %v", command.Method, err)
	}
	return v
}

// ask evaluates an expression in the page. It works without JavaScript too: the switch is for scripts of the page.
func ask[T any](b *tab, expression string) T {
	b.Helper()
	return run(b, chromedp.Evaluate[T](expression))
}

// soon asks again and again until the answer is good. A page that leads on by itself may leave while it is asked, which fails and passes.
func soon[T any](b *tab, expression string, good func(T) bool) {
	b.Helper()
	for late := time.Now().Add(patience); ; {
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
		if err == nil && good(got) {
			return
		}
		if b.ctx.Err() != nil || time.Now().After(late) {
			b.Fatalf("%s is %v: %v; the page says:\n%s", expression, got, err, b.text("main"))
		}
		run(b, chromedp.Sleep(20*time.Millisecond))
	}
}

// at opens an address of the server, as if it were typed, and returns the status of the page where it ends.
func (b *tab) at(path string) int {
	b.Helper()
	defer b.drawn()
	return int(run(b, chromedp.NavigateResponse(b.server.origin+path)).Status)
}

// leading waits until the page is loaded and drawn to which an action leads.
func (b *tab) leading(action chromedp.Action[chromedp.Void]) {
	b.Helper()
	run(b, chromedp.WaitEvent(page.LoadEventFired, nil, action))
	b.drawn()
}

// drawn waits until the page has been drawn. Only then does it give the focus away and stand where it is scrolled to, and what is clicked
// is where it was found. A page that leads on by itself is not waited for.
func (b *tab) drawn() {
	b.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	var err error
	if b.quiet { // No callback runs, but a picture is one of what was drawn.
		_, err = chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: &page.Viewport{Width: 1, Height: 1, Scale: 1}})
	} else {
		_, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`, chromedp.EvalAwaitPromise))
	}
	if ctx.Err() != nil {
		b.Fatalf("the page is not drawn: %v", err)
	}
}

// click clicks what leads to another page.
func (b *tab) click(css string) {
	b.Helper()
	b.leading(chromedp.Click(chromedp.CSS(css)))
}

// press types one key.
func (b *tab) press(key string, options ...chromedp.KeyOption) {
	b.Helper()
	run(b, chromedp.KeyEvent(key, options...))
}

// fill replaces what stands in a field.
func (b *tab) fill(css, text string) {
	b.Helper()
	run(b, chromedp.Click(chromedp.CSS(css)))
	ask[any](b, `document.activeElement.select()`)
	b.write(text)
}

// write writes where the focus is, over what is selected there.
func (b *tab) write(text string) {
	b.Helper()
	call(b, input.InsertText, input.InsertTextParams{Text: text})
}

// signIn fills the sign-in page in front of it and sends it.
func (b *tab) signIn(name, password string) {
	b.Helper()
	b.fill("#username", name)
	b.fill("#password", password)
	b.click("form .primary")
}

// signedIn opens a browser in which somebody has signed in and sees the account page.
func signedIn(s *server, name string) *tab {
	s.Helper()
	b := visit(s)
	b.at("/auth/login")
	b.signIn(name, battery)
	b.expect("/auth/account")
	return b
}

// expect fails the test unless the page has this address.
func (b *tab) expect(address string) {
	b.Helper()
	if got := ask[string](b, `location.pathname + location.search`); got != address {
		b.Fatalf("the page is %s, want %s; it says:\n%s", got, address, b.text("main"))
	}
}

// awaits waits until the page has this address: one page leads to another by itself.
func (b *tab) awaits(address string) {
	b.Helper()
	b.says(`document.readyState + location.pathname + location.search`, "complete"+address)
}

// back goes to the page before, which has this heading. The browser may have kept it, and then loads nothing.
func (b *tab) back(heading string) {
	b.Helper()
	ask[any](b, `setTimeout(() => history.back())`)
	b.says(`document.readyState + document.querySelector("h1")?.innerText`, "complete"+heading)
}

// says waits until an expression has a value.
func (b *tab) says(expression, want string) {
	b.Helper()
	soon(b, expression, func(got string) bool { return got == want })
}

// forget makes the browser forget that somebody is signed in.
func (b *tab) forget() {
	b.Helper()
	call(b, network.DeleteCookies, network.DeleteCookiesParams{Name: "lingpai_session", URL: b.server.origin + "/"})
}

func textOf(css string) string { return `document.querySelector(` + quote(css) + `)?.innerText ?? ""` }

// text is what a person reads in an element, or "".
func (b *tab) text(css string) string {
	b.Helper()
	return ask[string](b, textOf(css))
}

// reads fails the test unless an element contains the words.
func (b *tab) reads(css, words string) {
	b.Helper()
	if got := b.text(css); !strings.Contains(strings.Join(strings.Fields(got), " "), words) {
		b.Errorf("%s reads %q, want %q in it", css, got, words)
	}
}

// until waits until an element contains the words.
func (b *tab) until(css, words string) {
	b.Helper()
	soon(b, textOf(css), func(got string) bool { return strings.Contains(strings.Join(strings.Fields(got), " "), words) })
}

// value is what stands in a field.
func (b *tab) value(css string) string {
	b.Helper()
	return ask[string](b, `document.querySelector(`+quote(css)+`).value`)
}

const focused = `(e => e.id || e.value || e.ariaLabel || e.innerText.replace(/\s+/g, " ").trim())(document.activeElement)`

// focus is the id of what has the focus, or else its words. After a page was loaded, ask by awaitFocus.
func (b *tab) focus() string {
	b.Helper()
	return ask[string](b, focused)
}

// awaitFocus waits until something has the focus. A page that was loaded gives it away only when it is drawn, which a busy machine may
// put off; what is typed before that is lost.
func (b *tab) awaitFocus(name string) {
	b.Helper()
	b.says(focused, name)
}

// cookie finds a cookie of the browser; nil where there is none.
func (b *tab) cookie(name string) *network.Cookie {
	b.Helper()
	all := call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{b.server.origin + "/auth/"}}).Cookies
	for _, c := range all {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (b *tab) setCookie(name, value string) {
	b.Helper()
	call(b, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.server.origin + "/"})
}

// withoutScript switches the scripts of pages off.
func (b *tab) withoutScript() *tab {
	b.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.quiet = true
	return b
}

// prefers sets the theme of the system.
func (b *tab) prefers(scheme string) {
	b.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

// quote writes text as a JavaScript string. Selectors hold nothing that the two languages write in different ways.
func quote(s string) string { return "`" + s + "`" }
