package app

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/login"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/oidc"
)

const (
	farewell = "https://app.example.com/bye"
	apiOfApp = "https://files.example.com"
	// markup is what must not come back as it is.
	markup = `"'><xss a=`
)

// The bits of who asks in FuzzOAuth.
const (
	byCookie uint8 = 1 << iota
	bySecret
	byToken
	byRegistration
)

// oauthSeeds are good requests, so that the fuzzer begins behind the first check: query or form by the pattern of the route. Words in
// capitals stand for what only a running server can say.
var oauthSeeds = map[string][]string{
	"GET /auth/authorize": {
		asksCode, asksCode + "&prompt=none&max_age=1&login_hint=alice&ui_locales=zh&acr_values=1&display=page&claims_locales=de",
		asksCode + "&response_mode=form_post", asksCode + "&response_mode=fragment&id_token_hint=IDTOKEN", asksCode + "&response_mode=query.jwt&resource=API",
		asksCode + `&claims={"id_token":{"email":null}}&authorization_details=[{"type":"payment","amount":"1"}]`, asksCode + "&request=e30.e30.&dpop_jkt=CHALLENGE",
		strings.Replace(asksCode, "CLIENT", "PUBLIC", 1), "client_id=CLIENT&request_uri=REQUESTURI",
		strings.Replace(asksCode, "CALLBACK", "https://app.example.com@evil.example/cb", 1), strings.Replace(asksCode, "CALLBACK", "CALLBACK%2F..%2Fx", 1),
		strings.Replace(asksCode, "CALLBACK", "javascript:alert(1)", 1), strings.Replace(asksCode, "CLIENT", "https://books.example/client", 1),
		asksCode + "&redirect_uri=https://evil.example/", asksCode + "&state=%0d%0aLocation:%20https://evil.example/",
	},
	"POST /auth/authorize": {asksCode},
	"POST /auth/consent":   {"request=ASKED&proof=PROOF&answer=allow", "request=ASKED&proof=PROOF&answer=deny"},
	"POST /auth/par":       {asksCode, asksCode + "&client_id=CLIENT&client_secret=SECRET"},
	"POST /auth/token": {
		"grant_type=authorization_code&code=CODE&redirect_uri=CALLBACK&code_verifier=VERIFIER", "grant_type=refresh_token&refresh_token=REFRESH&scope=openid",
		"grant_type=client_credentials&scope=files&resource=API", "grant_type=password&username=alice&password=x",
		"grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=DEVICECODE&client_id=DEVICE",
		"grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=ACCESS&subject_token_type=urn:ietf:params:oauth:token-type:access_token&audience=API",
		"grant_type=client_credentials&client_assertion=IDTOKEN&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
	},
	"GET /auth/userinfo":              {"access_token=ACCESS"},
	"POST /auth/userinfo":             {"access_token=ACCESS"},
	"POST /auth/introspect":           {"token=ACCESS&token_type_hint=access_token", "token=REFRESH"},
	"POST /auth/revoke":               {"token=ACCESS", "token=REFRESH&token_type_hint=refresh_token"},
	"GET /auth/end_session":           {endsSession, endsSession + "&client_id=CLIENT&logout_hint=alice&ui_locales=zh", "post_logout_redirect_uri=BYE", "id_token_hint=IDTOKEN&post_logout_redirect_uri=https://evil.example/"},
	"POST /auth/end_session":          {endsSession},
	"POST /auth/device_authorization": {"client_id=DEVICE&scope=openid"},
	"GET /auth/device":                {"user_code=USERCODE"},
	"POST /auth/device":               {"user_code=USERCODE", "user_code=SHOWNCODE&proof=SHOWNPROOF&answer=allow", "user_code=SHOWNCODE&proof=SHOWNPROOF&answer=deny"},
	"POST /auth/register": {registersApp, `{"client_name":"X","redirect_uris":["https://a.example/cb"],"jwks_uri":"https://a.example/k","sector_identifier_uri":"https://a.example/s"}`,
		`{"client_name":"X","redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://127.0.0.1:8080/k"}`,
		`{"client_name":"X","redirect_uris":["https://a.example/cb"],"jwks_uri":"https://a.example/k","jwks":{"keys":[]}}`,
	},
	"PUT /auth/register/{id}": {strings.Replace(registersApp, "{", `{"client_id":"REGISTERED",`, 1)},
	"GET /auth/login":         {"return_to=%2Fauth%2Fauthorize%3Fclient_id%3DCLIENT", "return_to=//evil.example&reason=session_ended&lang=zh"},
	"POST /auth/login":        {"username=alice&password=x&return_to=%2Fauth%2Fdevice"},
	"GET /auth/logout":        {"return_to=https://evil.example/"},
	"GET /auth/status":        {"time=1"},
}

const (
	asksCode     = "response_type=code&client_id=CLIENT&redirect_uri=CALLBACK&scope=openid+profile&state=s&nonce=n&code_challenge=CHALLENGE&code_challenge_method=S256"
	endsSession  = "id_token_hint=IDTOKEN&post_logout_redirect_uri=BYE&state=s"
	registersApp = `{"client_name":"MARK","redirect_uris":["https://app.example.com/cb"],"grant_types":["authorization_code"],"policy_uri":"https://app.example.com/privacy"}`
)

// FuzzOAuth sends parameters to every endpoint of OAuth and OpenID Connect and to the pages on their way, for strangers, people who are
// signed in and clients. Whatever is asked, the fault is never ours (5xx), the way never leads to an address that nobody registered, and
// nothing of what was asked becomes a part of the page (mark says which parameter carries some).
//
// ASVS 10.4.1
func FuzzOAuth(f *testing.F) {
	w := newFuzzWorld(f)
	for i, pattern := range w.patterns {
		seeds := append(oauthSeeds[pattern], "", "%", "a=1&a=2&%00=%ff&=&x")
		for _, seed := range seeds {
			for _, who := range []uint8{0, byCookie, bySecret, byToken | byCookie, byRegistration} {
				f.Add(uint8(i), who, seed, uint8(0))
			}
			for mark := range uint8(strings.Count(seed, "=") + 1) {
				f.Add(uint8(i), byCookie|bySecret, seed, mark+1)
			}
		}
	}
	f.Fuzz(func(t *testing.T, route, who uint8, params string, mark uint8) {
		w.s.TB = t
		w.s.log.reset()
		w.s.clock.advance(11 * time.Second) // devices may begin so often
		r := w.request(w.patterns[int(route)%len(w.patterns)], who, params, mark)
		if r == nil {
			return
		}
		res := httptest.NewRecorder()
		w.s.app.server.Handler.ServeHTTP(res, r)
		asked := fmt.Sprintf("%s %s", r.Method, r.URL)
		if res.Code >= 500 || strings.Contains(w.s.log.String(), "panic") {
			t.Errorf("%s\n%d %s\n%s", asked, res.Code, res.Body, w.s.log)
		}
		for _, to := range leads(res) {
			if !staysOrGoesHome(to) {
				t.Errorf("%s\n%d leads to %q", asked, res.Code, to)
			}
		}
		if isPage(res) && strings.Contains(strings.ToLower(res.Body.String()), "<xss") {
			t.Errorf("%s\n%d takes what was asked for markup:\n%s", asked, res.Code, res.Body)
		}
	})
}

func isPage(res *httptest.ResponseRecorder) bool {
	return strings.HasPrefix(res.Header().Get("Content-Type"), "text/html")
}

var attribute = regexp.MustCompile(`(?:action|src|href)="([^"]*)"`)

// leads are the addresses to which an answer leads by itself or by a click.
func leads(res *httptest.ResponseRecorder) (to []string) {
	to = res.Header().Values("Location")
	if isPage(res) {
		for _, m := range attribute.FindAllStringSubmatch(res.Body.String(), -1) {
			to = append(to, html.UnescapeString(m[1]))
		}
	}
	return to
}

// staysOrGoesHome holds of an address of this server and of those that are registered.
func staysOrGoesHome(to string) bool {
	for _, registered := range []string{callback, farewell} {
		rest, ok := strings.CutPrefix(to, registered)
		if ok && (rest == "" || rest[0] == '?' || rest[0] == '#') {
			return true
		}
	}
	return to == "" || to[0] == '#' || to == "/" || to[0] == '/' && to[1] != '/' && !strings.ContainsAny(to, "\\\t\r\n")
}

// fuzzWorld is a server with clients of each kind and somebody who is signed in.
type fuzzWorld struct {
	s                     *server
	patterns              []string
	app, public, tv       *rp
	registered, regsToken string            // a client that registered itself
	shown                 map[string]string // fields of the page that was shown last
	asked                 int
}

func newFuzzWorld(f *testing.F) *fuzzWorld {
	s := start(f, registrable, "registration.insecure_open=true", "registration.documents=true", "status_lists.count=1")
	*s.core.Fetch = *fetch.New(fetch.Options{Timeout: time.Nanosecond}) // nobody out there is called
	s.addUser("alice", battery)
	w := &fuzzWorld{s: s}
	w.app = s.addClient(registry.Web, func(set *registry.Settings) {
		set.FirstParty, set.PostLogoutRedirectURIs, set.Audiences = true, []string{farewell}, []string{apiOfApp}
		set.Grants = append(set.Grants, oauth.ClientCredentials, oauth.TokenExchange)
		set.Scopes = append(set.Scopes, "files")
		set.DetailTypes = []string{"payment"}
	})
	w.public = s.addClient(registry.SPA, func(set *registry.Settings) { set.Name, set.DetailTypes = markup, []string{"payment"} })
	w.tv = s.addDevice()
	w.register()
	for _, r := range routes(new(oidc.Handler).Routes(), new(login.Handler).Routes()) {
		w.patterns = append(w.patterns, r.Pattern)
	}
	for pattern := range oauthSeeds {
		if !slices.Contains(w.patterns, pattern) {
			w.patterns = append(w.patterns, pattern)
		}
	}
	slices.Sort(w.patterns)
	return w
}

// register makes sure that the client which registered itself is there, also after it removed itself.
func (w *fuzzWorld) register() {
	if w.registered != "" && w.s.program().get("/auth/register/"+w.registered, bearer(w.regsToken)).status == http.StatusOK {
		return
	}
	var got map[string]any
	w.s.register(aBook).json(w.s, &got)
	w.registered, w.regsToken = got["client_id"].(string), got["registration_access_token"].(string)
}

// request makes a request, or nil if the parameters make none.
func (w *fuzzWorld) request(pattern string, who uint8, params string, mark uint8) *http.Request {
	method, path, _ := strings.Cut(pattern, " ")
	if strings.Contains(path, "register") {
		w.register()
	}
	path = strings.NewReplacer("{id}", w.registered, "{file}", "x.css", "{hash}", "x", "{$}", "").Replace(path)
	isJSON := strings.HasPrefix(params, "{")
	params = w.fill(params, isJSON)
	if mark > 0 && !isJSON {
		params = marked(params, mark)
	}
	target, body, kind := path, params, "application/x-www-form-urlencoded"
	if isJSON {
		kind = "application/json"
	}
	if method == http.MethodGet || method == http.MethodDelete {
		target, body, kind = path+"?"+params, "", ""
	}
	at, err := url.ParseRequestURI(target)
	if err != nil {
		return nil
	}
	r := httptest.NewRequest(method, "http://localhost/", strings.NewReader(body))
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.RequestURI = at.Path, at.RawPath, at.RawQuery, target
	w.asked++
	r.RemoteAddr = fmt.Sprintf("198.18.%d.%d:1", w.asked>>8&0xff, w.asked&0xff) // so that none is slowed down
	r.Header.Set("Accept", "text/html")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w.credentials(r, who)
	return r
}

func (w *fuzzWorld) credentials(r *http.Request, who uint8) {
	if who&byCookie != 0 {
		w.signedIn()
		for name, value := range w.app.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	switch {
	case who&bySecret != 0:
		r.SetBasicAuth(w.app.id, w.app.secret)
	case who&byToken != 0:
		r.Header.Set("Authorization", "Bearer "+w.tokens().AccessToken)
	case who&byRegistration != 0:
		r.Header.Set("Authorization", "Bearer "+w.regsToken)
	}
}

// signedIn makes sure that somebody is, also after a sign-out and after a day.
func (w *fuzzWorld) signedIn() {
	if signedInBy(w.app.client) == "" {
		w.app.cookies = map[string]string{}
		w.app.signIn("alice")
	}
	w.public.client, w.tv.client = w.app.client, w.app.client
}

func (w *fuzzWorld) tokens() handed {
	w.signedIn()
	return w.app.redeem(w.app.code()).handed(w.s.TB)
}

// fill puts what only this server can say in place of the words in capitals.
func (w *fuzzWorld) fill(params string, isJSON bool) string {
	for _, word := range w.words() {
		if !strings.Contains(params, word.name) {
			continue
		}
		with := word.value()
		if !isJSON {
			with = url.QueryEscape(with)
		}
		params = strings.ReplaceAll(params, word.name, with)
	}
	return params
}

type fuzzWord struct {
	name  string
	value func() string
}

// words are in an order in which none is a part of one that comes later.
func (w *fuzzWorld) words() []fuzzWord {
	is := func(value string) func() string { return func() string { return value } }
	sum := sha256.Sum256([]byte(w.app.verifier))
	return []fuzzWord{
		{"SHOWNCODE", func() string { w.shown = w.pairing(); return w.shown["user_code"] }},
		{"SHOWNPROOF", func() string { return w.shown["proof"] }}, // of the same page
		{"DEVICECODE", func() string { return w.tv.startDevice("openid").DeviceCode }},
		{"USERCODE", func() string { return w.tv.startDevice("openid").UserCode }},
		{"CODE", func() string { w.signedIn(); return w.app.code() }},
		{"DEVICE", is(w.tv.id)},
		{"REQUESTURI", func() string { return parameter(w.s, w.app.pushed(), "request_uri") }},
		{"ACCESS", func() string { return w.tokens().AccessToken }},
		{"REFRESH", func() string { return w.tokens().RefreshToken }},
		{"IDTOKEN", func() string { return w.tokens().IDToken }},
		{"ASKED", func() string { w.shown = w.consent(); return w.shown["request"] }},
		{"PROOF", func() string { return w.shown["proof"] }},
		{"REGISTERED", is(w.registered)},
		{"CLIENT", is(w.app.id)},
		{"SECRET", is(w.app.secret)},
		{"PUBLIC", is(w.public.id)},
		{"CALLBACK", is(callback)},
		{"BYE", is(farewell)},
		{"API", is(apiOfApp)},
		{"VERIFIER", is(w.app.verifier)},
		{"CHALLENGE", is(base64.RawURLEncoding.EncodeToString(sum[:]))},
		{"MARK", is(strings.ReplaceAll(markup, `"`, `\"`))},
	}
}

// consent are the fields of a page that asks whether an app may.
func (w *fuzzWorld) consent() map[string]string {
	w.signedIn()
	return w.public.get(w.public.request("authorization_details", payment)).fields() // which is asked about each time
}

// pairing are the fields of a page that asks whether a device is one's own.
func (w *fuzzWorld) pairing() map[string]string {
	w.signedIn()
	return w.tv.enter(w.tv.startDevice("openid").UserCode).fields()
}

func parameter(s *server, address, name string) string {
	at, err := url.Parse(address)
	if err != nil {
		s.Fatal(err)
	}
	return at.Query().Get(name)
}

// marked appends the markup to one parameter, or makes a name of it.
func marked(params string, mark uint8) string {
	values, _ := url.ParseQuery(params) // what it can read
	names := slices.Sorted(maps.Keys(values))
	if int(mark) > len(names) {
		return params + "&" + url.QueryEscape(markup) + "=" + url.QueryEscape(markup)
	}
	name := names[mark-1]
	values.Set(name, values.Get(name)+markup)
	return values.Encode()
}
