package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTour looks at every page in every state.
func TestTour(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			b, l := newLook(t, lang)
			(&tour{tab: b, s: b.server, stop: l.look}).all()
			if l.seen < 20 {
				t.Errorf("saw only %d pages", l.seen)
			}
		})
	}
}

// look examines the page that a tab shows.
type look struct {
	*tab
	lang, axe string
	seen      int
}

func newLook(t *testing.T, lang string) (*tab, *look) {
	t.Helper()
	return lookAt(t, startTour(t), lang)
}

// lookAt opens a tab on a server, in a language.
func lookAt(t *testing.T, s *server, lang string) (*tab, *look) {
	t.Helper()
	need(t, axeFile, "this test needs axe-core: npm ci, in web")
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		t.Fatal(err)
	}
	b := visit(s)
	b.setCookie("lingpai_lang", lang)
	return b, &look{tab: b, lang: lang, axe: string(axe)}
}

func (l *look) look(name string) {
	l.Helper()
	l.seen++
	if got := ask[string](l.tab, `document.documentElement.lang`); got != l.lang {
		l.Errorf("%s is in %s", name, got)
	}
	l.hints(name)
	l.fits(name)
	run(l.tab, chromedp.Evaluate[any](l.axe+"; 0"))
	for _, width := range []int64{360, 1280} {
		run(l.tab, chromedp.EmulateViewport(width, 800))
		for scheme, rules := range map[string]string{"light": allRules, "dark": colourRules} {
			l.prefers(scheme)
			l.accessible(fmt.Sprintf("%s, %d px, %s", name, width, scheme), rules)
			l.picture(fmt.Sprintf("%s.%s.%d.%s.png", name, l.lang, width, scheme))
		}
	}
}

// hints fails where a password manager would have to guess.
func (l *look) hints(name string) {
	l.Helper()
	missing := ask[[]string](l.tab, `[...document.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox])")]
		.filter(e => !e.autocomplete || e.type === "password" && !e.form.querySelector("[autocomplete~=username]")).map(e => e.outerHTML)`)
	if len(missing) > 0 {
		l.Errorf("%s: a password manager is told nothing of %v", name, missing)
	}
}

// fits fails where a page must be scrolled sideways: at 320 px, at 200 % zoom, and with letters of twice the size. The steps of the story are a
// strip that scrolls by itself.
func (l *look) fits(name string) {
	l.Helper()
	for what, view := range map[string]chromedp.Action[chromedp.Void]{
		"at 320 px":        chromedp.EmulateViewport(320, 640),
		"at 200 % zoom":    chromedp.EmulateViewport(640, 400, chromedp.EmulateScale(2)),
		"in large letters": chromedp.EmulateViewport(640, 800),
	} {
		run(l.tab, view)
		over := ask[[]string](l.tab, `(size => {
			document.documentElement.style.fontSize = size;
			const wide = document.scrollingElement.scrollWidth > innerWidth;
			const over = [...document.querySelectorAll("body *")].filter(e => !e.closest("svg, .vh, .steps li") && e.getBoundingClientRect().right > innerWidth + 1);
			document.documentElement.style.fontSize = "";
			return wide || over.length > 0 ? over.map(e => e.outerHTML.slice(0, 100)).concat(String(wide)) : [];
		})(`+map[bool]string{true: `"200%"`, false: `""`}[what == "in large letters"]+`)`)
		if len(over) > 0 {
			l.Errorf("%s sticks out %s: %v", name, what, over)
		}
	}
}

// The themes differ in colours alone.
const (
	allRules    = `{resultTypes: ["violations"]}`
	colourRules = `{resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"]}`
)

// accessible fails where axe-core finds anything.
func (l *look) accessible(name, rules string) {
	l.Helper()
	found := run(l.tab, chromedp.Evaluate[[]string](`axe.run(document, `+rules+`).then(({violations}) =>
		violations.map(v => v.id + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join("; ")))`, chromedp.EvalAwaitPromise))
	if len(found) > 0 {
		l.Errorf("%s:\n%s", name, strings.Join(found, "\n"))
	}
}

// picture writes the whole page as it looks now.
func (l *look) picture(file string) {
	l.Helper()
	if *screenshots == "" {
		return
	}
	png := run(l.tab, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(*screenshots, file), png, 0o600); err != nil {
		l.Fatal(err)
	}
}
