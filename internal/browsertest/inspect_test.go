package browsertest

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/lingpai/lingpai/internal/jose"
)

// inspecting opens the page that opens tokens, and notes every request from then on.
func inspecting(t *testing.T) (b *tab, asked func() string) {
	t.Helper()
	b = visit(start(t))
	var mu sync.Mutex
	var all strings.Builder
	if err := chromedp.Listen(b.ctx, func(event any) {
		e, ok := event.(*network.EventRequestWillBeSent)
		if ok && !strings.HasSuffix(e.Request.URL, "/favicon.svg") { // the browser asks for it when it pleases
			mu.Lock()
			defer mu.Unlock()
			all.WriteString(e.Request.Method + " " + e.Request.URL + " " + e.Request.URLFragment + " " + e.DocumentURL + "\n")
		}
	}); err != nil {
		t.Fatal(err)
	}
	b.at("/auth/inspect")
	return b, func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

// until waits until an element reads some words.
func (b *tab) until(css, words string) {
	b.Helper()
	for late := time.Now().Add(patience / 6); !strings.Contains(strings.Join(strings.Fields(b.text(css)), " "), words); {
		if time.Now().After(late) {
			b.Fatalf("%s reads %q, want %q in it", css, b.text(css), words)
		}
		run(b, chromedp.Sleep(20*time.Millisecond))
	}
}

// check chooses a radio button, also one that its label covers.
func (b *tab) check(css string) {
	b.Helper()
	ask[any](b, `document.querySelector(`+quote(css)+`).click()`)
}

// own is a token that the server signed for a person.
func (s *server) own() string {
	s.Helper()
	now := s.now().Unix()
	payload := `{"iss":"` + s.origin + `","sub":"u_1","aud":"` + s.origin + `","jti":"j","client_id":"c","iat":` + strconv.FormatInt(now, 10) + `,"exp":` + strconv.FormatInt(now+300, 10) + `}`
	signed, err := jose.Sign(s.core.Keys.Signing(), "at+jwt", []byte(payload))
	if err != nil {
		s.Fatal(err)
	}
	return signed
}

func TestInspectorSendsTheTokenNowhere(t *testing.T) {
	t.Parallel()
	b, asked := inspecting(t)
	token := b.server.own()
	call(b, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: true, Latency: 0, DownloadThroughput: -1, UploadThroughput: -1})
	before := asked()

	b.fill("#token", "Authorization: Bearer "+token)
	b.until("#signature", "The signature holds.")
	b.fill("#token", "")
	b.until("#explained", "Paste a token.")
	ask[any](b, `(() => {
		const data = new DataTransfer();
		data.setData("text/plain", "curl -H 'Authorization: Bearer `+token+`' https://api.example.com");
		document.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
	})()`)
	b.until("#signature", "The signature holds.")
	b.until("#verdict", "No. It would be accepted.")
	if got := b.value("#token"); got != token {
		t.Errorf("the page took %.30q", got)
	}

	b.check("[name=view][value=json]")
	b.fill("#edit-payload", strings.Replace(b.value("#edit-payload"), `"u_1"`, `"u_2"`, 1))
	b.until("#signature", "The signature does not fit")
	b.until("#verdict", "Yes: 401 token_signature.")

	b.check("[name=keys][value=secret]")
	b.fill("#secret", "secret")
	b.fill("#edit-header", `{"alg":"HS256","typ":"at+jwt"}`)
	run(b, chromedp.Click(chromedp.CSS("#sign")))
	b.until("#signature", "The signature holds.")
	b.until("#findings", "Its secret is known to everybody")

	if after := asked(); after != before {
		t.Errorf("the page asked for:\n%s", strings.TrimPrefix(after, before))
	}
}

func TestInspectorLooksGoodInEveryState(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			b, l := newLook(t, lang)
			b.at("/auth/inspect")
			l.look("inspect")
			run(b, chromedp.Click(chromedp.CSS("#example")))
			b.until("#findings", "RFC 7519")
			l.look("inspect-example")
			b.check("[name=view][value=json]")
			b.fill("#token", b.server.own())
			b.check("[name=keys][value=key]")
			l.look("inspect-json")
		})
	}
}

func TestInspectorByKeyboardAlone(t *testing.T) {
	t.Parallel()
	b, _ := inspecting(t)
	for range 30 {
		if b.focus() == "token" {
			break
		}
		b.press(kb.Tab)
	}
	b.awaitFocus("token")
	b.write(b.server.own())
	b.until("#signature", "The signature holds.")
	b.press(kb.Tab) // to the choice of keys
	b.press(kb.ArrowRight)
	b.press(kb.Tab)
	b.awaitFocus("key")
	b.write(`{"kty":"EC","crv":"P-256","x":"x","y":"y"}`)
	b.until("#signature", "That is not a key that can be used.")
	b.press(kb.Tab)
	b.awaitFocus("issuer")
	ask[any](b, `document.activeElement.select()`)
	b.write("https://other.example")
	b.until("#steps", "failed")
}

func TestTokenInTheFragmentIsTakenOutOfTheAddress(t *testing.T) {
	t.Parallel()
	b, _ := inspecting(t)
	token := b.server.own()
	b.at("/auth/login")
	b.at("/auth/inspect#access_token=" + token + "&token_type=Bearer")
	b.until("#signature", "The signature holds.")
	if got := ask[string](b, `location.href`); strings.Contains(got, "#") {
		t.Errorf("the address is %s", got)
	}
	if got := b.value("#token"); got != token {
		t.Errorf("the page took %.30q", got)
	}
}

func TestInspectorWithoutScriptSaysWhatItNeeds(t *testing.T) {
	t.Parallel()
	b := visit(start(t)).withoutScript()
	b.at("/auth/inspect")
	b.reads("main", "lingpai token inspect")
}
