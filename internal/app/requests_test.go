package app

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
)

// push sends the usual request, changed as request says, to the endpoint for pushed requests.
func (a *rp) push(change ...string) reply {
	a.s.Helper()
	_, query, _ := strings.Cut(a.request(change...), "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		a.s.Fatal(err)
	}
	form := map[string]string{}
	for name := range values {
		form[name] = values.Get(name)
	}
	return a.post("/auth/par", form)
}

// pushed is the address at which a browser brings a request that was pushed.
func (a *rp) pushed(change ...string) string {
	a.s.Helper()
	r := a.push(change...)
	var out struct {
		RequestURI string `json:"request_uri"`
		ExpiresIn  int    `json:"expires_in"`
	}
	r.json(a.s, &out)
	if r.status != http.StatusCreated || out.ExpiresIn != 90 || r.header.Get("Cache-Control") != "no-store" {
		a.s.Fatalf("pushing: %d %s", r.status, r.body)
	}
	return a.named(out.RequestURI)
}

func (a *rp) named(requestURI string) string {
	return "/auth/authorize?" + url.Values{"client_id": {a.id}, "request_uri": {requestURI}}.Encode()
}

// wantsPage checks for a refusal that a person reads, and that sends the browser nowhere.
func (r reply) wantsPage(t testing.TB, what string) {
	t.Helper()
	if r.status != http.StatusBadRequest || r.header.Get("Location") != "" {
		t.Errorf("%s: %d %s", what, r.status, r.header.Get("Location"))
	}
}

// ASVS 10.4.13
func TestAttack49APushedRequestIsAnsweredOnce(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.RequirePAR = true })
	at := a.pushed()
	login := a.get(at).header.Get("Location")
	if again := a.get(at); !strings.HasPrefix(again.header.Get("Location"), "/auth/login?") {
		t.Errorf("looking twice before signing in: %d %s", again.status, again.header.Get("Location"))
	}
	page := a.get(login)
	if !strings.Contains(page.body, "Reading List") {
		t.Error("the sign-in page does not say which app it is for")
	}
	s.clock.advance(5 * time.Minute) // to find the password
	r := a.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": page.fields()["return_to"]})
	r = a.get(r.header.Get("Location"))
	s.clock.advance(5 * time.Minute) // to think about it
	consent := r
	answer := a.answer(a.allow(r))
	if answer.Get("state") != "st&ate" {
		t.Errorf("the answer is %v", answer)
	}
	a.redeem(answer.Get("code")).handed(t)
	a.get(at).wantsPage(t, "a request that was answered")
	a.allow(consent).wantsPage(t, "a consent form that was answered")
	a.wantsError(a.get(a.request()), "invalid_request") // it was not pushed
}

// ASVS 10.4.15
// TestAttack60StrangersDoNotFillTheMemoryOfUsedProofs: a proof is used up with what is good, and once; anybody can be a public client, and when the memory
// is full nobody's proof is taken.
func TestAttack60StrangersDoNotFillTheMemoryOfUsedProofs(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.SPA, firstParty)
	a.signIn("alice")
	p := s.program().proves()
	p.nonce = s.core.Nonces.Current()
	send := func(path, proof string, fields ...string) reply {
		form := map[string]string{"client_id": a.id}
		for i := 0; i < len(fields); i += 2 {
			form[fields[i]] = fields[i+1]
		}
		return p.postForm(path, form, "Dpop: "+proof)
	}
	for what, fields := range map[string][]string{
		"a code":          {"/auth/token", "grant_type", "authorization_code", "code", "lpc_" + strings.Repeat("A", 43), "code_verifier", a.verifier},
		"a refresh token": {"/auth/token", "grant_type", "refresh_token", "refresh_token", "lpo_" + strings.Repeat("A", 48)},
		"a request":       {"/auth/par", "response_type", "nothing"},
	} {
		proof := p.proof("POST", fields[0], "", nil)
		first, again := send(fields[0], proof, fields[1:]...), send(fields[0], proof, fields[1:]...)
		if first.status != http.StatusBadRequest || again.body != first.body {
			t.Errorf("%s that is made up: %d %s, and again %s", what, first.status, first.body, again.body)
		}
	}
	trade := func(code, proof string) reply {
		return send("/auth/token", proof, "grant_type", "authorization_code", "code", code, "code_verifier", a.verifier)
	}
	used := p.proof("POST", "/auth/token", "", nil)
	got := trade(a.answer(a.get(a.request())).Get("code"), used).handed(t)
	code := a.answer(a.get(a.request())).Get("code")
	trade(code, used).wantsOAuth(t, 400, "invalid_dpop_proof")
	trade(code, p.proof("POST", "/auth/token", "", nil)).handed(t) // which the other try has not spent
	send("/auth/token", used, "grant_type", "refresh_token", "refresh_token", got.RefreshToken).wantsOAuth(t, 400, "invalid_dpop_proof")
	send("/auth/token", p.proof("POST", "/auth/token", "", nil), "grant_type", "refresh_token", "refresh_token", got.RefreshToken).handed(t)
}

// Anybody can be a public client, and leave requests with us that nobody answers.
func TestAttackPushedRequestsCannotFloodTheStore(t *testing.T) {
	s := start(t)
	anybody := s.addClient(registry.SPA, nil)
	for range 200 {
		anybody.pushed()
	}
	if r := anybody.push(); r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") == "" {
		t.Errorf("one request more: %d %s", r.status, r.body)
	}
	s.clock.advance(time.Second)
	anybody.pushed()
	s.addClient(registry.Web, nil).pushed() // who proves who it is has a name to be taken back
}

func TestAttack49APushedRequestIsForWhoPushedIt(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a, b := s.addClient(registry.Web, firstParty), s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	at := a.pushed()
	_, uri, _ := strings.Cut(at, "request_uri=")
	uri, _ = url.QueryUnescape(uri)
	b.cookies = a.cookies
	b.get(b.named(uri)).wantsPage(t, "another client")
	a.get(a.named(uri+"x")).wantsPage(t, "a guess")
	a.get(at+"&request=e30.e30.").wantsPage(t, "a request object beside it")
	beside := a.answer(a.get(at + "&state=other&scope=openid+roles&redirect_uri=https%3A%2F%2Fevil.example%2F"))
	if beside.Get("state") != "st&ate" {
		t.Errorf("what stands beside a pushed request counts: %v", beside)
	}
	if got := a.redeem(beside.Get("code")).handed(t); got.Scope != "openid profile email" {
		t.Errorf("the scope is %q", got.Scope)
	}
	late := a.pushed()
	s.clock.advance(90 * time.Second)
	a.get(late).wantsPage(t, "a request that came late")
	denied := a.pushed("prompt", "none", "max_age", "1")
	s.clock.advance(2 * time.Second)
	a.wantsError(a.get(denied), "login_required")
	a.get(denied).wantsPage(t, "a request that was refused")
}

// ASVS 10.4.10
func TestAMistakeIsFoundWhenARequestIsPushed(t *testing.T) {
	s := start(t)
	a := s.addClient(registry.Web, nil)
	for code, change := range map[string][]string{
		"invalid_request":           {"request_uri", "urn:ietf:params:oauth:request_uri:x"},
		"unsupported_response_type": {"response_type", "code id_token"},
		"invalid_scope":             {"scope", "everything"},
		"request_not_supported":     {"request", "e30.e30."},
		"invalid_target":            {"resource", "https://api.example.com"},
	} {
		a.push(change...).wantsOAuth(t, 400, code)
	}
	for _, change := range [][]string{
		{"redirect_uri", "https://evil.example/"}, {"redirect_uri", ""}, {"code_challenge", ""}, {"code_challenge_method", "plain"}, {"response_type", ""},
	} {
		a.push(change...).wantsOAuth(t, 400, "invalid_request")
	}
	stranger := *a
	stranger.secret = "lpk_wrong"
	stranger.push().wantsOAuth(t, 401, "invalid_client")
	if r := s.program().get("/auth/par"); r.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", r.status)
	}
}

func TestAttack44APushedRequestIsBoundToTheKeyThatItCameWith(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.SPA, firstParty)
	a.signIn("alice")
	key, other := s.program().proves(), s.program().proves()
	form := map[string]string{"client_id": a.id}
	_, query, _ := strings.Cut(a.request(), "?")
	values, _ := url.ParseQuery(query)
	for name := range values {
		form[name] = values.Get(name)
	}
	push := func(p *prover, change ...string) (r reply) {
		sent := maps.Clone(form)
		for i := 0; i < len(change); i += 2 {
			sent[change[i]] = change[i+1]
		}
		for range 2 {
			r = p.postForm("/auth/par", sent, "Dpop: "+p.proof("POST", "/auth/par", "", nil))
			if n := r.header.Get("DPoP-Nonce"); n != "" {
				p.nonce = n
			}
			if !strings.Contains(r.body, "use_dpop_nonce") {
				break
			}
		}
		return r
	}
	push(key, "dpop_jkt", other.thumb).wantsOAuth(t, 400, "invalid_request")
	var out struct {
		RequestURI string `json:"request_uri"`
	}
	push(key, "dpop_jkt", key.thumb).json(t, &out)
	code := a.answer(a.get(a.named(out.RequestURI))).Get("code")
	redeem := map[string]string{"grant_type": "authorization_code", "client_id": a.id, "code": code, "code_verifier": a.verifier}
	other.nonce = key.nonce
	r := other.postForm("/auth/token", redeem, "Dpop: "+other.proof("POST", "/auth/token", "", nil))
	r.wantsOAuth(t, 400, "invalid_grant")
	push(key).json(t, &out)
	redeem["code"] = a.answer(a.get(a.named(out.RequestURI))).Get("code")
	if got := key.postForm("/auth/token", redeem, "Dpop: "+key.proof("POST", "/auth/token", "", nil)).handed(t); got.TokenType != "DPoP" {
		t.Errorf("the token is of the type %s", got.TokenType)
	}
}

// signer makes request objects of a client.
type signer struct {
	*rp
	key *jose.Key
}

func (s *server) addSigner(change func(*registry.Settings)) *signer {
	s.Helper()
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		s.Fatal(err)
	}
	a := s.addClient(registry.Web, func(set *registry.Settings) {
		set.FirstParty, set.JWKS = true, `{"keys":[`+string(key.JWK())+`]}`
		if change != nil {
			change(set)
		}
	})
	return &signer{a, key}
}

// object signs the usual request, changed as edit says.
func (a *signer) object(typ string, key *jose.Key, edit func(object)) string {
	a.s.Helper()
	now := a.s.clock.Now()
	_, query, _ := strings.Cut(a.request(), "?")
	values, _ := url.ParseQuery(query)
	o := object{"iss": a.id, "aud": a.s.origin, "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	for name := range values {
		o[name] = values.Get(name)
	}
	if edit != nil {
		edit(o)
	}
	payload, err := json.Marshal(o)
	if err != nil {
		a.s.Fatal(err)
	}
	signed, err := jose.Sign(key, typ, payload)
	if err != nil {
		a.s.Fatal(err)
	}
	return signed
}

// ask brings a request object, with nothing beside it but what must be and what OpenID Connect wants.
func (a *signer) ask(jwt string) reply {
	return a.get("/auth/authorize?" + url.Values{
		"client_id": {a.id}, "request": {jwt}, "response_type": {"code"}, "scope": {"openid"}, "state": {"beside"}, "redirect_uri": {a.redirect},
	}.Encode())
}

const typeOfRequest = "oauth-authz-req+jwt"

// ASVS 10.4.15
func TestASignedRequestCountsAndNothingBesideIt(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addSigner(nil)
	a.signIn("alice")
	answer := a.answer(a.ask(a.object(typeOfRequest, a.key, func(o object) {
		o["max_age"], o["claims"] = 10000, object{"id_token": object{"email": nil}}
	})))
	if answer.Get("state") != "st&ate" {
		t.Errorf("the answer is %v", answer)
	}
	got := a.redeem(answer.Get("code")).handed(t)
	if id := claimsOf(t, got.IDToken); id["email"] != "alice@example.com" || id["nonce"] != "n-1" || got.Scope != "openid profile email" {
		t.Errorf("the ID token says %v, the scope is %q", id, got.Scope)
	}
	if without := a.answer(a.ask(a.object("", a.key, func(o object) { delete(o, "state") }))); without.Has("state") {
		t.Error("a state from beside the object comes back")
	}
	if r := a.ask(a.object("JWT", a.key, func(o object) { o["redirect_uri"] = "https://evil.example/" })); r.status != http.StatusBadRequest || r.header.Get("Location") != "" {
		t.Errorf("an unregistered address in the object: %d %s", r.status, r.header.Get("Location"))
	}
	pushed := a.push("request", a.object(typeOfRequest, a.key, nil), "scope", "everything", "state", "beside")
	var out struct {
		RequestURI string `json:"request_uri"`
	}
	pushed.json(t, &out)
	if q := a.answer(a.get(a.named(out.RequestURI))); q.Get("state") != "st&ate" {
		t.Errorf("pushed: %v", q)
	}
}

func TestABadRequestObjectIsRefused(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addSigner(func(set *registry.Settings) { set.RequireSignedRequest = true })
	a.signIn("alice")
	now := s.clock.Now()
	other, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(object){
		"another audience":    func(o object) { o["aud"] = "https://other.example" },
		"no audience":         func(o object) { delete(o, "aud") },
		"another client":      func(o object) { o["iss"] = "somebody" },
		"another client_id":   func(o object) { o["client_id"] = "somebody" },
		"a client assertion":  func(o object) { o["sub"] = a.id },
		"a request inside":    func(o object) { o["request"] = "e30.e30." },
		"a request_uri":       func(o object) { o["request_uri"] = "https://app.example.com/r" },
		"no exp":              func(o object) { delete(o, "exp") },
		"no nbf":              func(o object) { delete(o, "nbf") },
		"expired":             func(o object) { o["exp"] = now.Add(-time.Minute).Unix() },
		"exp in two hours":    func(o object) { o["exp"] = now.Add(2 * time.Hour).Unix() },
		"nbf two hours ago":   func(o object) { o["nbf"] = now.Add(-2 * time.Hour).Unix() },
		"nbf in two minutes":  func(o object) { o["nbf"] = now.Add(2 * time.Minute).Unix() },
		"a parameter as list": func(o object) { o["resource"] = []any{1} },
	} {
		t.Log(name)
		a.wantsError(a.ask(a.object("", a.key, edit)), "invalid_request_object")
	}
	a.wantsError(a.ask(a.object("", other.WithID(a.key.ID()), nil)), "invalid_request_object")
	a.wantsError(a.ask(a.object("at+jwt", a.key, nil)), "invalid_request_object")
	a.wantsError(a.get(a.request()), "invalid_request") // it is not signed
	a.push().wantsOAuth(t, 400, "invalid_request")
	soon := a.object("", a.key, func(o object) {
		o["nbf"], o["aud"] = now.Add(8*time.Second).Unix(), []string{"https://other.example", s.origin}
	})
	if a.answer(a.ask(soon)).Get("code") == "" {
		t.Error("a clock that runs 8 seconds ahead is refused")
	}
}

func TestAnAnswerIsSignedWhereItIsAskedFor(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, anyMode)
	a.signIn("alice")
	set, err := jose.ParseKeySet([]byte(s.program().get("/.well-known/jwks.json").body))
	if err != nil {
		t.Fatal(err)
	}
	read := func(jwt string) object {
		m, err := jose.Parse(jwt)
		if err != nil {
			t.Fatalf("%v: %q", err, jwt)
		}
		if _, err := m.Verify(set.Key(m.Header().KeyID)); err != nil {
			t.Error(err)
		}
		o := claimsOf(t, jwt)
		if o["iss"] != s.origin || o["aud"] != a.id || o["state"] != "st&ate" || o["exp"] != float64(s.clock.Now().Unix()+60) {
			t.Errorf("the answer says %v", o)
		}
		return o
	}
	for mode, separator := range map[string]string{"jwt": "?", "query.jwt": "?", "fragment.jwt": "#"} {
		jwt, ok := strings.CutPrefix(a.get(a.request("response_mode", mode)).header.Get("Location"), callback+separator+"response=")
		if !ok || strings.Contains(jwt, "&") {
			t.Errorf("%s: %s", mode, jwt)
		}
		a.redeem(read(jwt)["code"].(string)).handed(t)
	}
	page := a.get(a.request("response_mode", "form_post.jwt")).fields()
	if len(page) != 1 || read(page["response"])["code"] == nil {
		t.Errorf("form_post.jwt: %v", page)
	}
	refused := a.get(a.request("response_mode", "jwt", "prompt", "none", "max_age", "0", "scope", "nothing")).header.Get("Location")
	if o := read(strings.TrimPrefix(refused, callback+"?response=")); o["error"] != "invalid_scope" {
		t.Errorf("a refusal says %v", o)
	}
	a.wantsError(a.get(a.request("response_mode", "web_message")), "invalid_request")
	page = a.get(a.request("response_mode", "form_post.jwt")).fields()
	a.get("/auth/end_session?id_token_hint="+page["response"]).wantsPage(t, "a signed answer as an ID token")
}
