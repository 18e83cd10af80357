package doctest

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lingpai/lingpai/internal/skiptest"
)

// show serves a page of the tutorial at its port and goes through its story in Chromium. The shell has an expired token in $TOKEN.
func (s *session) show(f fence, port string) {
	s.Helper()
	if _, ok := skiptest.FindChromium(); !ok && !skiptest.Required() {
		s.Log("the page is not tried: there is no Chromium")
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+s.ports[port])
	if err != nil {
		s.Fatal(err)
	}
	site := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(s.inFact(f.text))) // the browser says what it misses
	})}
	go func() { _ = site.Serve(l) }()
	defer site.Close()
	expired, _ := s.run(`echo "$TOKEN"`)
	tab := browse(s.T)
	story(s.T, tab, "http://localhost:"+s.ports[port]+"/", strings.TrimSpace(expired))
}

func browse(t *testing.T) context.Context {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(skiptest.Chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, stop := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	return ctx
}

// story is what the reader of step 9 does.
func story(t *testing.T, tab context.Context, address, expired string) {
	t.Helper()
	click, on := chromedp.Click[chromedp.CSS], func(s string) chromedp.CSS { return chromedp.CSS(s) }
	step(t, tab, "#answer", "", chromedp.Navigate(address))
	step(t, tab, "#answer", "token_missing", click(on("#me")))
	step(t, tab, "#answer", "credentials_invalid", chromedp.SendKeys(on("[name=username]"), "alice"),
		chromedp.SendKeys(on("[name=password]"), "wrong"), click(on("#login button")))
	step(t, tab, "#who", "alice", chromedp.SetValue(on("[name=password]"), "correct horse battery staple"), click(on("#login button")))
	if _, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector("#answer").textContent = "";
		localStorage.access_token = "`+expired+`"`)); err != nil {
		t.Fatal(err)
	}
	step(t, tab, "#answer", `"username": "alice"`, click(on("#me")))
	step(t, tab, "#who", "!alice", click(on("#logout")))
	step(t, tab, "#answer", "token_missing", click(on("#me")))
	if kept, err := chromedp.Run(tab, chromedp.Evaluate[int](`localStorage.length`)); kept != 0 || err != nil {
		t.Errorf("%d items are kept after signing out, %v", kept, err)
	}
}

// step does something and waits until an element of the page says so, or with "!" until it no longer does.
func step(t *testing.T, tab context.Context, element, says string, do ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(tab, do...); err != nil {
		t.Fatal(err)
	}
	text, no := strings.CutPrefix(says, "!")
	said := `document.querySelector("` + element + `").textContent.includes(` + strconv.Quote(text) + `) !== ` + strconv.FormatBool(no)
	if _, err := chromedp.Run(tab, chromedp.Poll[bool](said, chromedp.WithPollingTimeout(patience))); err != nil {
		t.Fatalf("%s does not say %q: %v", element, says, err)
	}
}
