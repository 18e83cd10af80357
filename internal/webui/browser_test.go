package webui

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lingpai/lingpai/internal/skiptest"
)

const policy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// serve answers with the pages of the gallery, under their names, and with what a form sent.
func serve(t *testing.T) *httptest.Server {
	u := newUI(t)
	mux := http.NewServeMux()
	mux.Handle("GET "+AssetsPath, u.Assets())
	for _, d := range gallery() {
		for _, l := range Languages() {
			mux.HandleFunc("GET /"+string(l)+"/"+d.name, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Security-Policy", policy)
				w.Header().Set("Referrer-Policy", "no-referrer") // of our answers; the page asks for its own
				_, _ = io.WriteString(w, draw(t, u, d, Frame{Lang: l}, ""))
			})
		}
	}
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s: origin %s, scope %s", r.URL.Path, r.Header.Get("Origin"), r.FormValue("scope"))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// browse starts Chromium, or skips where there is none.
func browse(t *testing.T) context.Context {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(skiptest.Chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// TestInChromium opens the pages under their policy. All share one browser, and each has a tab.
func TestInChromium(t *testing.T) {
	browser, server := browse(t), serve(t).URL
	for name, check := range map[string]func(*testing.T, context.Context, string){
		"PagesFitNarrowScreens":             pagesFitNarrowScreens,
		"QuotesAreThoseOfTheLanguage":       quotesAreThoseOfTheLanguage,
		"PasswordCanBeShown":                passwordCanBeShown,
		"ThemeIsAppliedAndRemembered":       themeIsAppliedAndRemembered,
		"TimesAreShownInTheZoneOfTheReader": timesAreShownInTheZoneOfTheReader,
		"FormIsSentOnceAndSaysSo":           formIsSentOnceAndSaysSo,
		"FormsTellTheirOrigin":              formsTellTheirOrigin,
	} {
		t.Run(name, func(t *testing.T) {
			tab, shut := chromedp.NewContext(browser)
			defer shut()
			if err := chromedp.Do(tab); err != nil {
				t.Fatal(err)
			}
			check(t, tab, server)
		})
	}
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// pagesFitNarrowScreens opens every page at 320 px, the width of WCAG 2.2, 1.4.10, which is also 640 px at 200 % zoom.
func pagesFitNarrowScreens(t *testing.T, ctx context.Context, server string) {
	do(t, ctx, chromedp.EmulateViewport(320, 640))
	for _, d := range gallery() {
		if strings.HasPrefix(d.name, "refusal-") && d.name != "refusal-token_expired" && d.name != "refusal-token_audience" {
			continue // they differ in words alone
		}
		for _, l := range Languages() {
			do(t, ctx, chromedp.Navigate(server+"/"+string(l)+"/"+d.name))
			if width := ask[int](t, ctx, `document.scrollingElement.scrollWidth`); width > 320 {
				t.Errorf("%s in %s is %d px wide", d.name, l, width)
			}
			small := ask[[]string](t, ctx, `[...document.querySelectorAll("button, .button, .input, .choice label, nav a")]
				.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 24).map(e => e.outerHTML)`)
			if len(small) > 0 {
				t.Errorf("%s in %s: too small to hit: %v", d.name, l, small)
			}
		}
	}
}

// quotesAreThoseOfTheLanguage looks where no Latin font stands before the Chinese one. Its quotes are as wide as its characters, which is right in
// Chinese, and tears English words apart.
func quotesAreThoseOfTheLanguage(t *testing.T, ctx context.Context, server string) {
	do(t, ctx, chromedp.Navigate(server+"/en/login"))
	width := ask[float64](t, ctx, `(() => { const s = document.createElement("span"); s.style.fontFamily = '"Noto Sans CJK SC"'; s.style.fontSize = "100px"; s.textContent = "’";
		document.querySelector("h1").append(s); return s.getBoundingClientRect().width })()`)
	if width <= 0 || width > 60 {
		t.Errorf("in English, an apostrophe takes %v %% of the place of a character", width)
	}
	do(t, ctx, chromedp.Navigate(server+"/zh-Hans/login"))
	if got := ask[string](t, ctx, `getComputedStyle(document.querySelector("h1")).fontVariantEastAsian`); got != "normal" {
		t.Errorf("in Chinese, they are %s", got)
	}
}

func passwordCanBeShown(t *testing.T, ctx context.Context, server string) {
	do(t, ctx, chromedp.Navigate(server+"/en/login"), chromedp.Click(chromedp.ID("password")), chromedp.SendKeys(chromedp.ID("password"), "correct horse"))
	state := `["#password", ".reveal"].map(s => document.querySelector(s)).flatMap(e => [e.type, e.textContent, e.ariaLabel]).filter(Boolean).join(" / ")`
	if got := ask[string](t, ctx, state); got != "password / button / Show / Show Password" {
		t.Errorf("at first: %s", got)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(".reveal")))
	if got := ask[string](t, ctx, state); got != "text / button / Hide / Hide Password" {
		t.Errorf("shown: %s", got)
	}
	got := ask[string](t, ctx, `(() => { document.forms[0].addEventListener("submit", e => e.preventDefault());
		document.querySelector("#username").value = "alice"; document.forms[0].requestSubmit(); return document.querySelector("#password").type })()`)
	if got != "password" {
		t.Errorf("sent as %s", got)
	}
}

func themeIsAppliedAndRemembered(t *testing.T, ctx context.Context, server string) {
	do(t, ctx, chromedp.Navigate(server+"/en/login"), chromedp.Click(chromedp.CSS("[name=theme][value=dark]")))
	if got := ask[string](t, ctx, `getComputedStyle(document.documentElement).colorScheme`); got != "dark" {
		t.Errorf("the page is %s", got)
	}
	do(t, ctx, chromedp.Navigate(server+AssetsPath+"favicon.svg"))
	if got := ask[string](t, ctx, `document.cookie`); got != "lingpai_theme=dark" {
		t.Errorf("remembered: %q", got)
	}
}

func timesAreShownInTheZoneOfTheReader(t *testing.T, ctx context.Context, server string) {
	do(t, ctx, chromedp.Navigate(server+"/en/login-throttled"))
	want := ask[string](t, ctx, `new Date("2026-07-14T09:42:27Z").toTimeString().slice(0, 8)`)
	if got := ask[string](t, ctx, `document.querySelector("time.clock").textContent`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func formIsSentOnceAndSaysSo(t *testing.T, ctx context.Context, server string) {
	do(t, ctx, chromedp.Navigate(server+"/en/logout"))
	got := ask[string](t, ctx, `(() => {
		let sent = 0;
		const form = document.forms[0], button = form.querySelector("[value=all]");
		addEventListener("submit", e => { if (!e.defaultPrevented) sent++; e.preventDefault(); });
		button.click(); button.click();
		const busy = button.ariaBusy + " " + button.textContent;
		dispatchEvent(new PageTransitionEvent("pageshow"));
		return [sent, busy, button.ariaBusy, button.textContent].join(" / ");
	})()`)
	if got != "1 / true Signing out… /  / Sign out everywhere" {
		t.Error(got)
	}
}

// formsTellTheirOrigin shows why the pages do not ask for no-referrer: with it, Origin would be null.
func formsTellTheirOrigin(t *testing.T, ctx context.Context, server string) {
	do(t, ctx, chromedp.Navigate(server+"/en/logout"))
	limited, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	if _, err := chromedp.RunResponse(limited, chromedp.Click(chromedp.CSS("[value=all]"))); err != nil {
		t.Fatal(err)
	}
	if got, want := ask[string](t, ctx, `document.body.textContent`), "/auth/logout: origin "+server+", scope all"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
