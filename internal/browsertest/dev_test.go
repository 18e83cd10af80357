package browsertest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/devserver"
	"github.com/lingpai/lingpai/internal/devserver/child"
)

// startDev runs `lingpai dev` in a folder of its own until the test ends. "" has no dev file.
func startDev(t testing.TB, yaml string) *server {
	t.Helper()
	return startDevWith(t, yaml, nil)
}

// startDevWith is startDev with an app's dev server that it keeps running, and with settings, each as KEY=VALUE.
func startDevWith(t testing.TB, yaml string, run *child.Child, settings ...string) *server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lingpai.dev.yaml")
	if yaml != "" {
		if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set := map[string]string{"listen": "localhost:0", "data": t.TempDir(), "password.concurrency": "2"}
	for _, s := range settings {
		key, value, _ := strings.Cut(s, "=")
		set[key] = value
	}
	cfg, err := config.Load("", nil, set)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{TB: t}
	if s.app, err = app.NewDev(t.Context(), cfg, app.Options{Logger: slog.New(slog.DiscardHandler)}, file, run); err != nil {
		t.Fatal(err)
	}
	s.origin = s.app.Issuer()
	s.app.Start()
	t.Cleanup(s.stop)
	return s
}

// step presses a step of the story.
func (b *tab) step(n string) {
	run(b, chromedp.Click(chromedp.CSS("#steps li:nth-child("+n+") button")))
}

// play presses Play all, and waits for the last answer.
func (b *tab) play() {
	b.Helper()
	run(b, chromedp.Click(chromedp.CSS("#play")))
	soon(b, `document.querySelectorAll("#steps .done").length`, func(n int) bool { return n == 9 })
}

// The newcomer has started the binary and opened its address. Three presses later they have seen a 401, a token in its colours, and that
// it expires.
func TestNewcomersMinute(t *testing.T) {
	t.Parallel()
	b := visit(startDev(t, ""))
	begun := time.Now()
	b.at("/")
	b.step("1")
	b.until("#lanes", "401 token_missing")
	b.until("#detail", "HTTP/1.1 401 Unauthorized")
	b.step("3")
	b.until("#detail", `"roles": [ "admin" ]`)
	inks := ask[[]string](b, `[...document.querySelectorAll("#detail .jwt:first-child > span")].slice(0, 3).map(e => getComputedStyle(e).color + " " + e.innerText.slice(0, 3))`)
	if len(inks) != 3 || inks[0] != "rgb(202, 24, 68) eyJ" || !strings.HasPrefix(inks[1], "rgb(119, 43, 183) eyJ") || !strings.HasPrefix(inks[2], "rgb(0, 105, 181) ") {
		t.Errorf("the token is in %q", inks)
	}
	b.step("7")
	b.until("#lanes", "401 token_expired")
	b.until("#detail", "The token expired")
	t.Logf("seen after %s", time.Since(begun).Round(time.Millisecond))
	b.step("8")
	b.until("#lanes", "200 a new one")
	b.step("9")
	b.until("#lanes", "401 session_ended")
	b.until("#detail", "The session was ended")
}

func TestTheStoryIsPlayedInEachWayToKeepAToken(t *testing.T) {
	s := startDev(t, "")
	for keep, sees := range map[string][]string{
		"memory":  {"401 token_missing", "kept in memory", "401 token_signature", "401 token_expired", "200 a new one", "401 session_ended"},
		"storage": {"401 token_missing", "kept in storage", "401 token_signature", "401 token_expired", "200 a new one", "401 session_ended"},
		"bound":   {"401 token_missing", "kept in storage, bound", "401 token_signature", "401 token_expired", "200 a new one", "401 session_ended"},
		"cookie":  {"401 token_missing", "kept in a cookie", "nothing to change", "nothing expires", "nothing to renew", "401 token_missing"},
	} {
		t.Run(keep, func(t *testing.T) {
			b := visit(&server{TB: t, app: s.app, origin: s.origin})
			b.at("/auth/dev")
			b.check("[name=keep][value=" + keep + "]")
			b.play()
			lanes := strings.Join(strings.Fields(b.text("#lanes")), " ")
			for _, words := range sees {
				_, after, ok := strings.Cut(lanes, words)
				if !ok {
					t.Errorf("%q does not follow in\n%s", words, b.text("#lanes"))
					continue
				}
				lanes = after
			}
			if left := ask[int](b, `localStorage.length`); left != 0 {
				t.Errorf("%d things are left in storage", left)
			}
		})
	}
}

// What the developer's own app sends appears as it happens: with the reason of its refusal, and without what would let others use its token.
func TestWhatTheAppSendsAppearsWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	s := startDev(t, "")
	b := visit(s)
	b.at("/auth/dev")
	b.until("#live", "live")
	p := s.programNamed("alice", "alice")
	b.until("#log", "POST /auth/api/login your app")
	p.call("GET", "/api/me", "", nil)
	b.until("#log tr:first-child", "GET /api/me your app 200")
	run(b, chromedp.Click(chromedp.CSS("#log tr:first-child button")))
	b.until("#detail", "shown without its signature")
	b.reads("#detail", `"roles": [ "admin" ]`)
	signature := p.token[strings.LastIndexByte(p.token, '.')+1:]
	if strings.Contains(ask[string](b, `document.documentElement.outerHTML`), signature) {
		t.Error("the page holds the signature of somebody's token")
	}
	run(b, chromedp.Click(chromedp.CSS("#log tr:last-child button")))
	b.until("#detail", `"password": "…"`)
}

// The help of a refusal opens the request that was refused, with the token that it brought; one that is kept no more is said to be so.
func TestTheHelpOfARefusalOpensWhatWasRefused(t *testing.T) {
	t.Parallel()
	s := startDev(t, "")
	var refused struct{ Code, Help string }
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.origin+"/api/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.programNamed("alice", "alice").token+"x")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&refused); err != nil || refused.Code != "token_signature" || strings.Contains(refused.Help, "eyJ") {
		t.Fatalf("%+v %v", refused, err)
	}
	b := visit(s)
	b.at(strings.TrimPrefix(refused.Help, s.origin))
	b.until("#detail", "The signature does not fit what it signs.")
	b.reads("#detail", "GET /api/me")
	b.reads("#detail", `"roles": [ "admin" ]`)
	ask[string](b, `location.hash = "AAAA-AAAA"`)
	b.until("#detail", "This was so long ago that it is not kept any more.")
}

// Why a request was refused is said in the language of the page.
func TestReasonsAreReadInTheLanguageOfThePage(t *testing.T) {
	t.Parallel()
	s := startDev(t, allowsAnother)
	b := visit(s)
	b.setCookie("lingpai_lang", "zh-Hans")
	b.at("/auth/dev")
	for path, says := range map[string]string{
		"/auth/api/me": "请求中没有令牌。", "/api/old": "http://localhost:5173 的页面请求了另一个源 " + s.origin + "（端口不同）：Access-Control-Allow-Origin 为 http://localhost:3000",
	} {
		s.askAcross("GET", path, nil)
		b.until("#log tr:first-child", "GET "+path)
		run(b, chromedp.Click(chromedp.CSS("#log tr:first-child button")))
		b.until("#detail", says)
	}
}

// A press makes a mock of what was answered, which answers from then on; another switches back.
func TestAMockIsMadeOfWhatPassedOnThePage(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "sid=1")
		fmt.Fprintf(w, `{"n":%d}`, asked.Add(1))
	}))
	t.Cleanup(upstream.Close)
	s := startDev(t, "routes:\n  - { match: \"/api/**\", proxy: \""+upstream.URL+"\" }\n")
	b, p := visit(s), &program{server: s, agent: "curl/8"}
	number := func() (n int) {
		var answer struct{ N int }
		p.call("GET", "/api/things/7", "", &answer)
		return answer.N
	}
	number()
	b.at("/auth/dev")
	b.until("#log", "GET /api/things/7 your app 200 real, route 1")
	run(b, chromedp.Click(chromedp.CSS("#log .act button")))
	b.until("#made", "A mock answers GET /api/things/7 from now on. It is in mock/get-api-things-7.mock.yaml, for you to change. Left out, because it shows who somebody is: Set-Cookie.")
	if n := number(); n != 1 {
		t.Errorf("the backend answers still: %d", n)
	}
	b.until("#log", "GET /api/things/7 your app 200 mock, route 1")
	run(b, chromedp.Click(chromedp.CSS("#turn")))
	b.until("#made", "is answered as before")
	if n := number(); n != 2 {
		t.Errorf("switched back, it answers %d", n)
	}
	run(b, chromedp.Click(chromedp.CSS("#turn")))
	b.until("#made", "A mock answers")
	b.at("/auth/dev/backend")
	b.until("#routes", "GET /api/things/7 mock/get-api-things-7.mock.yaml GET /api/things/7 mock off")
	b.check("[name=all][value=real]")
	b.until("#said", "Switched to off.")
	if n := number(); n != 3 {
		t.Errorf("where all is real, it answers %d", n)
	}
}

// programNamed is a program that signs a dev user in.
func (s *server) programNamed(name, password string) *program {
	s.Helper()
	p := &program{server: s, agent: "curl/8"}
	var answer struct {
		Token string `json:"access_token"`
	}
	p.call("POST", "/auth/api/login", `{"username":"`+name+`","password":"`+password+`","keep":"storage"}`, &answer)
	p.token = answer.Token
	return p
}

func TestRoutesAreSwitchedAndTheTimeMachineIsUsedOnThePage(t *testing.T) {
	t.Parallel()
	s := startDev(t, "backend: http://127.0.0.1:1\nroutes:\n  - { match: \"GET /api/notes\", auth: { roles: [admin] }, mock: { json: [] } }\n")
	b, p := visit(s), s.programNamed("alice", "alice")
	b.at("/auth/dev/backend")
	b.until("#routes", "line 3 GET /api/notes mock real off role admin")
	b.reads("#routes", "everything else nobody yet: a 404 says what to write")
	p.call("GET", "/api/notes", "", nil)
	b.until("#last-1", "200")
	b.check("#route-1-proxy")
	b.until("#said", "Switched to real.")
	if use := s.app.Dev().State().Routes[0].Use; use != "proxy" {
		t.Errorf("the route uses %s", use)
	}
	b.check("[name=all][value=written]")
	b.until("#said", "Switched to mock.")

	s.askAcross("GET", "/api/notes", nil)
	b.until("#cors-case", "The page http localhost 5173")
	b.reads("#cors-case", "same same differs")
	b.reads("#cors-case", "cors: [http://localhost:5173]")

	press := func(button string) { run(b, chromedp.Click(chromedp.CSS("#press-"+button))) }
	press("expire")
	b.until("#ahead", "5 minutes 1 second ahead")
	press("storm")
	b.until("#on-storm", "5 left")
	press("offline")
	b.until("#press-offline", "Back online")
	press("offline")
	b.until("#press-offline", "Go offline")
	press("lose")
	b.until("#on-lose", "waits for a refresh")
	b.until("#sessions", "alice")
	run(b, chromedp.Click(chromedp.CSS("#sessions button")))
	b.until("#sessions", "Nobody is signed in.")
}

// askAcross asks as the browser of a page of another origin.
func (s *server) askAcross(method, path string, more http.Header) {
	s.Helper()
	ask := &http.Request{Method: method, URL: &url.URL{Scheme: "http", Host: strings.TrimPrefix(s.origin, "http://"), Path: path}, Header: http.Header{"Origin": {"http://localhost:5173"}}}
	maps.Copy(ask.Header, more)
	answer, err := http.DefaultClient.Do(ask)
	if err != nil || answer.Body.Close() != nil {
		s.Fatal(err)
	}
}

// crossOrigin is what the API says of the newest page of another origin.
func (s *server) crossOrigin() devserver.CrossOrigin {
	s.Helper()
	var answer struct{ Cases []devserver.CrossOrigin }
	(&program{server: s}).call("GET", "/auth/dev/api/cors", "", &answer)
	return answer.Cases[0]
}

// preflight is what a browser asks before a page deletes with a token.
var preflight = http.Header{"Access-Control-Request-Method": {"DELETE"}, "Access-Control-Request-Headers": {"authorization"}}

// allowsAnother answers with permission for a page that nobody serves any more, as an old configuration does.
const allowsAnother = "routes:\n  - { match: /api/old, mock: { headers: { Access-Control-Allow-Origin: \"http://localhost:3000\", Access-Control-Allow-Credentials: \"True\" }, json: {} } }\n"

// The page words what the API says in English: the same sentences on the English page, and their own on the Chinese one.
func TestTheCORSDoctorSpeaksTheLanguageOfThePage(t *testing.T) {
	t.Parallel()
	s := startDev(t, allowsAnother)
	en, zh := visit(s), visit(s)
	en.setCookie("lingpai_lang", "en")
	zh.setCookie("lingpai_lang", "zh-Hans")
	for _, x := range []struct {
		method          string
		more            http.Header
		step, inChinese string
		sentences       []string
	}{
		{"GET", nil, "Answer: ", "应答：Access-Control-Allow-Origin 为 http://localhost:3000，而页面的源是 http://localhost:5173（端口不同）", []string{
			"请求已经发出，可能已经生效；浏览器不把应答交给页面，页面只看到网络错误。",
			"打开 " + s.origin + "，而不是 http://localhost:5173，并在开发文件中写入 app: http://localhost:5173。",
		}},
		{"OPTIONS", preflight, "Preflight: ", "预检请求：应答没有带上响应头 Access-Control-Allow-Origin", []string{
			"浏览器不会发送请求本身。", "不允许请求头 authorization（没有收到 Access-Control-Allow-Headers）",
		}},
	} {
		s.askAcross(x.method, "/api/old", x.more)
		for _, b := range []*tab{en, zh} {
			b.at("/auth/dev/backend")
		}
		en.until("#cors-case", x.step)
		found := s.crossOrigin()
		en.reads("#cors-case", strings.ReplaceAll(found.OneOrigin, "`", ""))
		for _, f := range found.Findings {
			en.reads("#cors-case", x.step+f.What)
			en.reads("#cors-case", f.Then)
			en.reads("#cors-case", f.Hint)
		}
		zh.until("#cors-case", x.inChinese)
		for _, sentence := range x.sentences {
			zh.reads("#cors-case", sentence)
		}
		left := ask[[]string](zh, `(copy => { copy.querySelectorAll("code, pre").forEach(e => e.remove()); return copy.textContent.match(/[a-z]{2,}/gi) ?? [] })(document.querySelector("#cors-case").cloneNode(true))`)
		if left = slices.DeleteFunc(left, func(word string) bool { return slices.Contains([]string{"Cookie"}, word) }); len(left) > 0 {
			t.Errorf("English is left: %q", left)
		}
	}
}

// TestDevPages looks at the pages of `lingpai dev` as the tour looks at the others.
func TestDevPages(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := startDev(t, "backend: http://127.0.0.1:1\n"+allowsAnother+"  - { match: \"GET /api/notes\", auth: { roles: [admin] }, mock: { json: [] } }\n  - { match: \"/api/**\", proxy: \"http://127.0.0.1:1\" }\n")
			b, l := lookAt(t, s, lang)
			b.at("/auth/dev")
			l.look("dev-story")
			b.play()
			l.look("dev-story-played")
			run(b, chromedp.Click(chromedp.CSS("#lanes li:nth-child(10) a")))
			l.look("dev-story-token")
			s.programNamed("bob", "bob")
			b.at("/auth/dev/backend")
			b.until("#sessions", "bob")
			for _, button := range []string{"storm", "lose", "slow"} {
				run(b, chromedp.Click(chromedp.CSS("#press-"+button)))
				b.says(`String(document.querySelector("#on-`+button+`").hidden)`, "false") // which moves what is below
			}
			l.look("dev-backend")
			run(b, chromedp.Click(chromedp.CSS("#press-storm"))) // or it would answer
			b.until("#press-storm", map[string]string{"en": "Begin", "zh-Hans": "开始"}[lang])
			for _, method := range []string{"GET", "OPTIONS"} {
				s.askAcross(method, "/api/old", map[string]http.Header{"OPTIONS": preflight}[method])
				b.at("/auth/dev/backend")
				b.until("#cors-case", map[string]string{"GET": "http://localhost:3000", "OPTIONS": "DELETE"}[method])
				l.look("dev-backend-cors-" + strings.ToLower(method))
			}
		})
	}
}
