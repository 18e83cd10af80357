package app

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

// ASVS 10.4.1
func TestAttack35NoAnswerGoesToAnAddressThatIsNotRegistered(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	for _, uri := range []string{
		"", callback + "/", callback + "/../x", "https://app.example.com/%2e%2e/cb", "//evil.example/cb", "https://app.example.com@evil.example/cb",
		"https://app.example.com.evil.example/cb", "https://APP.example.com/cb", "https://app.example.com:8443/cb", callback + "?a=b", callback + "#f",
		"https://app.example.com./cb", `https://app.example.com\@evil.example/cb`, callback + "\t", "https://аpp.example.com/cb", "javascript:alert(1)", "data:text/html,x",
		"http://app.example.com/cb", "https://app.example.com/CB",
	} {
		r := a.get(a.request("redirect_uri", uri))
		if r.status != http.StatusBadRequest || r.header.Get("Location") != "" || strings.Contains(r.body, `="https://evil`) {
			t.Errorf("%q: %d %q", uri, r.status, r.header.Get("Location"))
		}
	}
	if r := a.get(a.request("client_id", "nobody")); r.status != http.StatusBadRequest || r.header.Get("Location") != "" {
		t.Errorf("an unknown client is answered %d", r.status)
	}
}

// ASVS 10.7.1
func TestAttack36ANativeAppTakesAnyPortOfThisMachine(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Native, func(set *registry.Settings) {
		set.RedirectURIs = []string{"http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"}
	})
	a.signIn("alice")
	for uri, good := range map[string]bool{
		"http://127.0.0.1:51004/cb": true, "http://[::1]:51004/cb": true, "com.example.app:/cb": true, "http://127.0.0.1:51004/other": false, "https://127.0.0.1:51004/cb": false,
		"http://localhost:51004/cb": false, "http://127.0.0.1.nip.io:51004/cb": false, "http://localhost.evil.example/cb": false,
	} {
		a.redirect = uri
		r := a.get(a.request())
		if asked := r.status == http.StatusOK; asked != good {
			t.Errorf("%s: %d %s", uri, r.status, r.header.Get("Location"))
		}
		if good {
			if got := a.answer(a.allow(r)); got.Get("code") == "" {
				t.Errorf("%s: %v", uri, got)
			}
			if r := a.get(a.request()); r.status != http.StatusOK {
				t.Errorf("%s: an address that any program can take is answered without asking: %d", uri, r.status)
			}
		}
	}
}

// ASVS 10.4.6, 10.4.11
func TestMistakesAreToldToTheClient(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	for _, c := range []struct {
		code   string
		change []string
	}{
		{"invalid_request", []string{"response_type", ""}},
		{"unsupported_response_type", []string{"response_type", "token"}},
		{"unsupported_response_type", []string{"response_type", "code id_token"}},
		{"invalid_request", []string{"code_challenge", ""}},
		{"invalid_request", []string{"code_challenge_method", "plain"}},
		{"invalid_request", []string{"code_challenge_method", ""}},
		{"invalid_request", []string{"code_challenge", strings.Repeat("v", 42)}},
		{"invalid_scope", []string{"scope", "everything"}},
		{"invalid_scope", []string{"scope", "openid  profile"}},
		{"invalid_request", []string{"prompt", "none login"}},
		{"invalid_request", []string{"prompt", "later"}},
		{"invalid_request", []string{"max_age", "-1"}},
		{"invalid_request", []string{"claims", "{"}},
		{"request_not_supported", []string{"request", "e30.e30."}},
		{"request_uri_not_supported", []string{"request_uri", "https://app.example.com/r"}},
		{"invalid_target", []string{"resource", "https://api.example.com"}},
		{"invalid_request", []string{"id_token_hint", "x.y.z"}},
		{"login_required", []string{"claims", `{"id_token":{"sub":{"value":"somebody"}}}`, "prompt", "none"}},
		{"unmet_authentication_requirements", []string{"claims", `{"id_token":{"acr":{"essential":true,"values":["gold"]}}}`}},
	} {
		a.wantsError(a.get(a.request(c.change...)), c.code)
	}
	for _, twice := range []string{"client_id", "redirect_uri", "state", "scope"} {
		if r := a.get(a.request() + "&" + twice + "=x"); r.status != http.StatusBadRequest || r.header.Get("Location") != "" {
			t.Errorf("two of %s: %d %q", twice, r.status, r.header.Get("Location"))
		}
	}
	b := s.addClient(registry.Web, nil)
	b.cookies = a.cookies
	b.wantsError(b.get(b.request("prompt", "none")), "consent_required")
	b.wantsError(b.say(b.get(b.request()), "deny"), "access_denied")
	b.client = s.browser()
	b.wantsError(b.get(b.request("prompt", "none")), "login_required")
}

func TestAnswersTravelAsAsked(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) {
		set.FirstParty, set.ResponseModes = true, []oauth.ResponseMode{oauth.Fragment, oauth.FormPost}
	})
	a.signIn("alice")
	if to := a.get(a.request("response_mode", "fragment")).header.Get("Location"); !strings.HasPrefix(to, callback+"#code=lpc_") {
		t.Errorf("fragment: %s", to)
	}
	r := a.get(a.request("response_mode", "form_post", "state", `"><script>`))
	if r.status != http.StatusOK || r.fields()["code"] == "" || r.fields()["state"] != `"><script>` || r.fields()["iss"] != s.origin || strings.Contains(r.body, "<script>") {
		t.Errorf("form_post: %d %s", r.status, r.body)
	}
	if csp := r.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://app.example.com;") {
		t.Errorf("the form is not allowed to go: %s", csp)
	}
	if to := a.get(a.request("state", "a\r\nSet-Cookie: x=y")).header.Get("Location"); strings.ContainsAny(to, "\r\n") || !strings.Contains(to, "state=a%0D%0A") {
		t.Errorf("a line break in state is sent as %q", to)
	}
	posted := s.program().postForm("/auth/authorize", map[string]string{"client_id": a.id, "scope": "openid"}, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site")
	if to := posted.header.Get("Location"); posted.status != http.StatusSeeOther || !strings.HasPrefix(to, "/auth/authorize?client_id=") {
		t.Errorf("POST: %d %s", posted.status, to)
	}
}

// ASVS 7.6.1
func TestAClientCanDemandANewSignIn(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	first := a.redeem(a.code()).handed(t)
	s.clock.advance(time.Minute)
	for _, demand := range [][]string{{"prompt", "login"}, {"prompt", "select_account"}, {"max_age", "10"}, {"max_age", "0"}} {
		r := a.get(a.request(demand...))
		login, err := url.Parse(r.header.Get("Location"))
		if err != nil || login.Path != "/auth/login" {
			t.Fatalf("%v: the way leads to %s", demand, r.header.Get("Location"))
		}
		back := login.Query().Get("return_to")
		if r := a.get(back); !strings.HasPrefix(r.header.Get("Location"), "/auth/login?") {
			t.Errorf("%v: going back without signing in leads to %s", demand, r.header.Get("Location"))
		}
		if r := a.get(login.String()); r.status != http.StatusOK {
			t.Errorf("%v: who is signed in does not see the page: %d", demand, r.status)
		}
		s.clock.advance(time.Second)
		r = a.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": back})
		got := a.redeem(a.answer(a.get(r.header.Get("Location"))).Get("code")).handed(t)
		if at := claimsOf(t, got.IDToken)["auth_time"]; at != float64(s.clock.Now().Unix()) {
			t.Errorf("%v: auth_time is %v", demand, at)
		}
		s.clock.advance(time.Minute)
	}
	if r := a.refreshWith(first.RefreshToken); r.status != http.StatusOK {
		t.Errorf("signing in again signed the app out: %d %s", r.status, r.body)
	}
	if code := a.answer(a.get(a.request("max_age", "10000", "prompt", "none", "id_token_hint", first.IDToken))).Get("code"); code == "" {
		t.Error("a sign-in that is new enough was not")
	}
}

// ASVS 7.6.2, 10.7.1
func TestAttack51AConsentCannotBeForged(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	s.addUser("mallory", battery)
	a := s.addClient(registry.Web, nil)
	a.signIn("alice")
	page := a.get(a.request("scope", "openid"))
	form := page.fields()
	form["answer"] = "allow"
	wider := maps2(form, "request", strings.Replace(form["request"], "scope=openid", "scope=openid+email", 1))
	if r := a.postForm("/auth/consent", wider); r.status != http.StatusForbidden {
		t.Errorf("what was shown is not what was allowed: %d %s", r.status, r.header.Get("Location"))
	}
	m := &rp{client: s.browser(), id: a.id, redirect: callback, verifier: a.verifier}
	m.signIn("mallory")
	if r := m.postForm("/auth/consent", form); r.status != http.StatusForbidden {
		t.Errorf("a form that was shown to somebody else: %d", r.status)
	}
	if r := a.postForm("/auth/consent", form, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"); r.status != http.StatusForbidden {
		t.Errorf("a form that another site sent: %d", r.status)
	}
	if page.header.Get("X-Frame-Options") != "DENY" || !strings.Contains(page.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Error("the consent page may be framed")
	}
}

func maps2(form map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for n, v := range form {
		if n != name {
			out[n] = v
		}
	}
	return out
}

// ASVS 10.4.4, 10.4.10
func TestAttack58AClientProvesWhoItIs(t *testing.T) {
	s := start(t)
	a, p := s.addClient(registry.Service, nil), s.addClient(registry.SPA, nil)
	form := map[string]string{"grant_type": "client_credentials"}
	a.post("/auth/token", form).handed(t)
	ask := func(form map[string]string, headers ...string) reply {
		return s.program().postForm("/auth/token", form, headers...)
	}
	basic := func(id, secret string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	with := func(pairs ...string) map[string]string {
		out := maps2(form, "grant_type", "client_credentials")
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i]] = pairs[i+1]
		}
		return out
	}
	ask(with("client_id", a.id, "client_secret", a.secret)).handed(t)
	for name, r := range map[string]reply{
		"wrong secret":     ask(form, basic(a.id, "lpk_wrong")),
		"no secret":        ask(with("client_id", a.id)),
		"unknown":          ask(form, basic("nobody-here", a.secret)),
		"nobody":           ask(form),
		"public, a secret": ask(with("client_id", p.id, "client_secret", a.secret)),
		"another scheme":   ask(form, "Authorization: Bearer "+a.secret),
	} {
		r.wantsOAuth(t, 401, "invalid_client")
		if challenged := r.header.Get("WWW-Authenticate") != ""; challenged != (name == "wrong secret" || name == "unknown" || name == "another scheme") {
			t.Errorf("%s: WWW-Authenticate is %q", name, r.header.Get("WWW-Authenticate"))
		}
	}
	ask(with("client_id", a.id, "client_secret", a.secret), basic(a.id, a.secret)).wantsOAuth(t, 400, "invalid_request")
	s.program().postForm("/auth/token?client_id="+a.id+"&client_secret="+a.secret, form).wantsOAuth(t, 400, "invalid_request")
	p.post("/auth/token", form).wantsOAuth(t, 400, "unauthorized_client")
	a.post("/auth/token", map[string]string{"grant_type": "password"}).wantsOAuth(t, 400, "unsupported_grant_type")
	if strings.Contains(s.log.String(), a.secret) || strings.Contains(s.dump(), a.secret) {
		t.Error("the secret is in the log or in the database")
	}
}

// ASVS 10.4.10, 10.4.16
func TestAttack59ASignedAssertionIsGoodOnceAndForUsAlone(t *testing.T) {
	s := start(t)
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	a := s.addClient(registry.Service, func(set *registry.Settings) {
		set.Auth, set.JWKS = oauth.PrivateKeyJWT, `{"keys":[`+string(key.JWK())+`]}`
	})
	now := s.clock.Now()
	claims := func(change map[string]any) map[string]any {
		out := map[string]any{"iss": a.id, "sub": a.id, "aud": s.origin, "jti": "1", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
		maps.Copy(out, change)
		return out
	}
	ask := func(claims map[string]any, typ string, key *jose.Key) reply {
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		jwt, err := jose.Sign(key, typ, payload)
		if err != nil {
			t.Fatal(err)
		}
		return s.program().postForm("/auth/token", map[string]string{
			"grant_type": "client_credentials", "client_assertion": jwt, "client_assertion_type": oauth.AssertionType,
		})
	}
	other, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]reply{
		"token endpoint as audience": ask(claims(map[string]any{"aud": s.origin + "/auth/token"}), "", key),
		"list of audiences":          ask(claims(map[string]any{"aud": []string{s.origin}}), "", key),
		"other issuer":               ask(claims(map[string]any{"iss": "somebody"}), "", key),
		"expired":                    ask(claims(map[string]any{"exp": now.Add(-5 * time.Minute).Unix()}), "", key),
		"an hour":                    ask(claims(map[string]any{"exp": now.Add(time.Hour).Unix()}), "", key),
		"from tomorrow":              ask(claims(map[string]any{"nbf": now.Add(2 * time.Minute).Unix()}), "", key),
		"no jti":                     ask(claims(map[string]any{"jti": ""}), "", key),
		"access token":               ask(claims(nil), "at+jwt", key),
		"other key":                  ask(claims(nil), "", other.WithID(key.ID())),
	} {
		t.Log(name)
		r.wantsOAuth(t, 401, "invalid_client")
	}
	ask(claims(map[string]any{"nbf": now.Add(8 * time.Second).Unix()}), "client-authentication+jwt", key).handed(t)
	ask(claims(nil), "", key).wantsOAuth(t, 401, "invalid_client") // its jti was used
	ask(claims(map[string]any{"jti": "2"}), "JWT", key).handed(t)
}

// ASVS 9.2.2
func TestTokensOfAppsDoNotOpenTheFirstPartyAPI(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	got := a.redeem(a.code()).handed(t)
	for _, path := range []string{"/auth/api/me", "/auth/api/sessions"} {
		s.program().get(path, "Authorization: Bearer "+got.AccessToken).wants(t, 401, "token_type")
	}
	s.program().refresh(got.RefreshToken).wants(t, 401, "refresh_invalid")
	service := s.addClient(registry.Service, nil)
	own := service.post("/auth/token", map[string]string{"grant_type": "client_credentials"}).handed(t)
	s.program().get("/auth/userinfo", "Authorization: Bearer "+own.AccessToken).wants(t, 401, "token_type")
	first := s.program().login("alice", battery, "storage")
	a.refreshWith(first.Refresh).wantsOAuth(t, 400, "invalid_grant")
	s.program().get("/auth/userinfo", "Authorization: Bearer "+got.IDToken).wants(t, 401, "token_type")
}

// ASVS 10.4.5
func TestAttack55And56RefreshTokensOfPublicClientsRotate(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.SPA, firstParty)
	b := s.addClient(registry.SPA, firstParty)
	a.signIn("alice")
	got := a.redeem(a.code()).handed(t)
	b.refreshWith(got.RefreshToken).wantsOAuth(t, 400, "invalid_grant")
	second := a.refreshWith(got.RefreshToken).handed(t)
	if again := a.refreshWith(got.RefreshToken).handed(t); again.RefreshToken != second.RefreshToken {
		t.Error("a lost answer was followed by another successor")
	}
	a.refreshWith(second.RefreshToken, "scope", "openid email roles").wantsOAuth(t, 400, "invalid_scope")
	third := a.refreshWith(second.RefreshToken, "scope", "openid").handed(t)
	if third.Scope != "openid" {
		t.Errorf("the scope is %q", third.Scope)
	}
	s.clock.advance(2 * time.Minute)
	a.refreshWith(second.RefreshToken).wantsOAuth(t, 400, "invalid_grant")
	a.refreshWith(third.RefreshToken).wantsOAuth(t, 400, "invalid_grant")
}

// ASVS 7.4.1, 7.6.1
func TestSigningOutOfTheBrowserSignsItsAppsOut(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a, offline := s.addClient(registry.Web, firstParty), s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	offline.cookies = a.cookies
	got := a.redeem(a.code()).handed(t)
	kept := offline.redeem(offline.code("scope", "openid offline_access")).handed(t)
	pending := a.code()
	a.postForm("/auth/logout", map[string]string{"scope": "this"})
	if r := a.userInfo(got.AccessToken); r.status != http.StatusUnauthorized {
		t.Errorf("userinfo: %d", r.status)
	}
	a.refreshWith(got.RefreshToken).wantsOAuth(t, 400, "invalid_grant")
	a.redeem(pending).wantsOAuth(t, 400, "invalid_grant")
	offline.refreshWith(kept.RefreshToken).handed(t)
}

// ASVS 10.6.2
func TestAnAppSignsSomebodyOut(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	const bye = "https://app.example.com/bye"
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.FirstParty, set.PostLogoutRedirectURIs = true, []string{bye} })
	a.signIn("alice")
	got := a.redeem(a.code()).handed(t)
	leave := func(change ...string) reply {
		q := url.Values{"id_token_hint": {got.IDToken}, "post_logout_redirect_uri": {bye}, "state": {"s 1"}}
		for i := 0; i < len(change); i += 2 {
			q.Set(change[i], change[i+1])
		}
		return a.get("/auth/end_session?" + q.Encode())
	}
	header, payload, _ := strings.Cut(got.IDToken, ".")
	for name, r := range map[string]reply{
		"unregistered": leave("post_logout_redirect_uri", "https://evil.example/"),
		"query added":  leave("post_logout_redirect_uri", bye+"?a=b"),
		"altered hint": leave("id_token_hint", header+"."+strings.Replace(payload, "a", "b", 1)),
		"access token": leave("id_token_hint", got.AccessToken),
		"other client": leave("client_id", "somebody-else"),
	} {
		if r.status != http.StatusBadRequest || r.header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, r.status, r.header.Get("Location"))
		}
	}
	if r := leave("id_token_hint", ""); r.header.Get("Location") != "/auth/logout" {
		t.Errorf("without a hint: %s", r.header.Get("Location"))
	}
	if r := a.userInfo(got.AccessToken); r.status != http.StatusOK {
		t.Fatalf("a refused sign-out signed out: %d", r.status)
	}
	if r := leave(); r.header.Get("Location") != bye+"?state=s+1" {
		t.Errorf("the way leads to %q", r.header.Get("Location"))
	}
	a.wantsError(a.get(a.request("prompt", "none")), "login_required")
	if r := a.userInfo(got.AccessToken); r.status != http.StatusUnauthorized {
		t.Errorf("userinfo after the sign-out: %d", r.status)
	}
}

// ASVS 10.4.10
func TestAttack62OnlyWhoATokenConcernsLearnsOfIt(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a, stranger := s.addClient(registry.Web, firstParty), s.addClient(registry.Web, firstParty)
	public := s.addClient(registry.SPA, nil)
	a.signIn("alice")
	got := a.redeem(a.code()).handed(t)
	active := func(c *rp, token string) bool {
		var out map[string]any
		r := c.post("/auth/introspect", map[string]string{"token": token})
		r.json(t, &out)
		if out["active"] == false && len(out) > 1 {
			t.Errorf("a token that is not active says %s", r.body)
		}
		return out["active"] == true
	}
	for _, token := range []string{got.AccessToken, got.RefreshToken} {
		if !active(a, token) || active(stranger, token) {
			t.Error("introspection is answered to the wrong client")
		}
		public.post("/auth/introspect", map[string]string{"token": token}).wantsOAuth(t, 401, "invalid_client")
		s.program().postForm("/auth/introspect", map[string]string{"token": token}).wantsOAuth(t, 401, "invalid_client")
		if r := stranger.post("/auth/revoke", map[string]string{"token": token}); r.status != http.StatusOK || !active(a, token) {
			t.Errorf("a stranger revokes: %d", r.status)
		}
	}
	if r := a.post("/auth/revoke", map[string]string{"token": "nonsense"}); r.status != http.StatusOK {
		t.Errorf("nonsense is answered %d", r.status)
	}
	a.post("/auth/revoke", map[string]string{"token": got.AccessToken})
	if active(a, got.AccessToken) || !active(a, got.RefreshToken) {
		t.Error("revoking an access token ends it, and nothing else")
	}
	a.post("/auth/revoke", map[string]string{"token": got.RefreshToken})
	if active(a, got.RefreshToken) {
		t.Error("the refresh token outlives its revocation")
	}
}

// ASVS 10.4.9, 10.7.3
func TestWhatWasAllowedCanBeTakenBack(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, nil)
	a.signIn("alice")
	got := a.redeem(a.code("scope", "openid offline_access")).handed(t)
	if page := a.get("/auth/account"); !strings.Contains(page.body, "/auth/account/apps/"+a.id+"/end") {
		t.Fatal("the account page does not list the app")
	}
	if r := a.postForm("/auth/account/apps/"+a.id+"/end", nil); r.status != http.StatusSeeOther {
		t.Fatalf("taking back: %d %s", r.status, r.body)
	}
	a.refreshWith(got.RefreshToken).wantsOAuth(t, 400, "invalid_grant")
	if r := a.userInfo(got.AccessToken); r.status != http.StatusUnauthorized {
		t.Errorf("userinfo: %d", r.status)
	}
	a.wantsError(a.get(a.request("prompt", "none")), "consent_required")
}

func TestARemovedClientHasNothingLeft(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	got := a.redeem(a.code()).handed(t)
	if err := s.core.Clients.Remove(t.Context(), a.id, cli); err != nil {
		t.Fatal(err)
	}
	if r := a.userInfo(got.AccessToken); r.status != http.StatusUnauthorized {
		t.Errorf("userinfo: %d", r.status)
	}
	a.refreshWith(got.RefreshToken).wantsOAuth(t, 401, "invalid_client")
}

// ASVS 9.2.4, 10.4.11
func TestATokenOfAServiceNeedsNoStore(t *testing.T) {
	s := start(t)
	a := s.addClient(registry.Service, func(set *registry.Settings) {
		set.Scopes, set.Audiences = oauth.Scope{"files:read"}, []string{"https://files.example.com"}
	})
	before := s.dump()
	got := a.post("/auth/token", map[string]string{"grant_type": "client_credentials", "resource": "https://files.example.com"}).handed(t)
	if s.dump() != before {
		t.Error("something was written")
	}
	if c := claimsOf(t, got.AccessToken); c["aud"] != "https://files.example.com" || c["sub"] != a.id || c["scope"] != "files:read" || got.RefreshToken != "" {
		t.Errorf("the token says %v", c)
	}
	a.post("/auth/token", map[string]string{"grant_type": "client_credentials", "scope": "files:write"}).wantsOAuth(t, 400, "invalid_scope")
	a.post("/auth/token", map[string]string{"grant_type": "client_credentials", "resource": "https://other.example.com"}).wantsOAuth(t, 400, "invalid_target")
}

func TestIDTokensAreSignedByRS256WhereAClientKnowsNothingElse(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.FirstParty, set.IDTokenAlg = true, jose.RS256 })
	a.signIn("alice")
	got := a.redeem(a.code()).handed(t)
	m, err := jose.Parse(got.IDToken)
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.ParseKeySet([]byte(s.program().get("/.well-known/jwks.json").body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Verify(set.Key(m.Header().KeyID)); err != nil || m.Header().Algorithm != jose.RS256 {
		t.Errorf("alg %s: %v", m.Header().Algorithm, err)
	}
}
