package browsertest

import (
	"encoding/base64"
	"strconv"
	"strings"
	"sync"
	"testing"

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
			for _, state := range b.server.states() {
				b.fill("#token", state.token)
				b.until("#explained", state.says)
				l.look("inspect-" + state.name)
			}
			b.check("[name=view][value=json]")
			b.fill("#token", b.server.own())
			b.check("[name=keys][value=key]")
			l.look("inspect-json")
		})
	}
}

// state is a token, and something that the page shows of it in every language.
type state struct{ name, token, says string }

// states are tokens of all sorts.
func (s *server) states() []state {
	s.Helper()
	good := s.own()
	header, rest, _ := strings.Cut(good, ".")
	_, signature, _ := strings.Cut(rest, ".")
	altered := strings.Join([]string{header, base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"` + s.origin + `","sub":"u_2","exp":4102444800}`)), signature}, ".")
	sign := func(payload string) string {
		signed, err := jose.Sign(s.core.Keys.Signing(), "at+jwt", []byte(payload))
		if err != nil {
			s.Fatal(err)
		}
		return signed
	}
	careless := strings.Join([]string{
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"../../etc/passwd","jku":"https://evil.example/keys"}`)),
		base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"u_1","email":"alice@example.com","password":"hunter2","exp":1893456000000,"Exp":1}`)), "",
	}, ".")
	return []state{
		{"good", good, "u_1"},
		{"altered", altered, "u_2"},
		{"expired", sign(`{"iss":"` + s.origin + `","sub":"u_3","aud":"` + s.origin + `","jti":"j","client_id":"c","iat":1760000000,"exp":1760000300}`), "u_3"},
		{"careless", careless, "hunter2"},
		{"encrypted", "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIn0.T2stdGhlLWVuY3J5cHRlZC1rZXk.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ", "RSA-OAEP-256"},
		{"nonsense", "this is no token", ""},
	}
}

func TestInspectorByKeyboardAlone(t *testing.T) {
	t.Parallel()
	b, _ := inspecting(t)
	b.tabTo("example")
	b.press(kb.Enter)
	b.until("#findings", "email is personal data")
	b.until("#signature", "The signature holds.")
	b.tabTo("token")
	ask[any](b, `document.activeElement.select()`)
	b.write(b.server.own()) // which the secret of the example does not check
	b.until("#verdict", "No. It would be accepted.")
	b.reads("#signature", "The signature holds.")
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
	b.tabTo("explained")
	b.press(kb.ArrowRight)
	b.tabTo("edit-payload")
	ask[any](b, `document.activeElement.select()`)
	b.write(`{"sub":"u_9"}`)
	if parts := strings.Split(b.value("#token"), "."); len(parts) != 3 || parts[1] != base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"u_9"}`)) {
		t.Errorf("the token has become %q", parts)
	}
}

// tabTo presses Tab until something has the focus.
func (b *tab) tabTo(name string) {
	b.Helper()
	for range 40 {
		b.press(kb.Tab)
		if b.focus() == name {
			return
		}
	}
	b.Fatalf("Tab does not lead to %s", name)
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
