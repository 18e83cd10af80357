package app

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

const callback = "https://app.example.com/cb"

// rp is an app that signs people in through the server, and the browser in front of it.
type rp struct {
	*client
	id, secret, redirect string
	verifier             string
}

// addClient adds a client of a profile, changed as change says.
func (s *server) addClient(profile registry.Profile, change func(*registry.Settings)) *rp {
	s.Helper()
	preset, _ := registry.PresetOf(string(profile))
	set := registry.Settings{
		Name: "Reading List", Profile: profile, Auth: preset.Auth, Grants: preset.Grants, Scopes: preset.Scopes, IDTokenAlg: jose.ES256,
	}
	if slices.Contains(set.Grants, oauth.AuthorizationCode) {
		set.RedirectURIs = []string{callback}
	}
	if change != nil {
		change(&set)
	}
	c, secret, err := s.core.Clients.Add(s.Context(), registry.New{Settings: set, Source: cli})
	if err != nil {
		s.Fatal(err)
	}
	return &rp{client: s.browser(), id: c.ID, secret: secret.Reveal(), redirect: callback, verifier: strings.Repeat("v", 43)}
}

func firstParty(set *registry.Settings) { set.FirstParty = true }

// anyMode is a first-party client that may be answered in every way.
func anyMode(set *registry.Settings) { set.FirstParty, set.ResponseModes = true, oauth.ResponseModes() }

// request is the usual authorization request, changed by pairs of name and value; "" leaves a parameter out.
func (a *rp) request(change ...string) string {
	sum := sha256.Sum256([]byte(a.verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {a.id}, "redirect_uri": {a.redirect}, "scope": {"openid profile email"}, "state": {"st&ate"},
		"nonce": {"n-1"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(change); i += 2 {
		q.Set(change[i], change[i+1])
		if change[i+1] == "" {
			q.Del(change[i])
		}
	}
	return "/auth/authorize?" + q.Encode()
}

// signIn signs the browser in at the page.
func (a *rp) signIn(name string) {
	a.s.Helper()
	if r := a.postForm("/auth/login", map[string]string{"username": name, "password": battery}); r.status != http.StatusSeeOther {
		a.s.Fatalf("sign in: %d %s", r.status, r.body)
	}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// fields are the hidden fields of a page.
func (r reply) fields() map[string]string {
	out := map[string]string{}
	for _, m := range hidden.FindAllStringSubmatch(r.body, -1) {
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

// allow says yes on a consent page.
func (a *rp) allow(page reply) reply {
	a.s.Helper()
	return a.say(page, "allow")
}

func (a *rp) say(page reply, answer string) reply {
	a.s.Helper()
	form := page.fields()
	if form["proof"] == "" {
		a.s.Fatalf("this is no consent page: %d %s", page.status, page.body)
	}
	form["answer"] = answer
	return a.postForm("/auth/consent", form)
}

// answer reads what a redirect brings to the client.
func (a *rp) answer(r reply) url.Values {
	a.s.Helper()
	to, query, _ := strings.Cut(r.header.Get("Location"), "?")
	if r.status != http.StatusSeeOther || to != a.redirect {
		a.s.Fatalf("the answer is no redirect to the client: %d %s %s", r.status, r.header.Get("Location"), r.body)
	}
	q, err := url.ParseQuery(query)
	if err != nil {
		a.s.Fatal(err)
	}
	if q.Get("iss") != a.s.origin {
		a.s.Errorf("iss is %q", q.Get("iss"))
	}
	return q
}

// wantsError checks for an error at the client's address.
func (a *rp) wantsError(r reply, code string) {
	a.s.Helper()
	q := a.answer(r)
	if q.Get("error") != code || q.Has("code") {
		a.s.Errorf("the answer is %v, want error=%s", q, code)
	}
}

// code goes all the way to a code, for a person who is signed in.
func (a *rp) code(change ...string) string {
	a.s.Helper()
	r := a.get(a.request(change...))
	if r.status == http.StatusOK {
		r = a.allow(r)
	}
	code := a.answer(r).Get("code")
	if code == "" {
		a.s.Fatalf("no code came: %s", r.header.Get("Location"))
	}
	return code
}

// post asks an endpoint as the client, by a secret if it has one.
func (a *rp) post(path string, form map[string]string, headers ...string) reply {
	a.s.Helper()
	form = maps.Clone(form)
	if a.secret == "" {
		form["client_id"] = a.id
	} else {
		headers = append(headers, "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(a.id)+":"+url.QueryEscape(a.secret))))
	}
	return a.s.program().postForm(path, form, headers...)
}

func (a *rp) redeem(code string, change ...string) reply {
	a.s.Helper()
	form := map[string]string{"grant_type": "authorization_code", "code": code, "redirect_uri": a.redirect, "code_verifier": a.verifier}
	for i := 0; i < len(change); i += 2 {
		form[change[i]] = change[i+1]
	}
	return a.post("/auth/token", form)
}

func (a *rp) refreshWith(token string, change ...string) reply {
	a.s.Helper()
	form := map[string]string{"grant_type": "refresh_token", "refresh_token": token}
	for i := 0; i < len(change); i += 2 {
		form[change[i]] = change[i+1]
	}
	return a.post("/auth/token", form)
}

// handed is the answer of the token endpoint.
type handed struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
	IDToken      string `json:"id_token"`
}

func (r reply) handed(t testing.TB) (out handed) {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("the token endpoint said %d %s", r.status, r.body)
	}
	if r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("tokens may be cached: %q", r.header.Get("Cache-Control"))
	}
	r.json(t, &out)
	return out
}

func (r reply) json(t testing.TB, out any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), out); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
}

// wantsOAuth checks for an error of the token endpoint and its kin.
func (r reply) wantsOAuth(t testing.TB, status int, code string) {
	t.Helper()
	var e struct {
		Error string `json:"error"`
	}
	r.json(t, &e)
	if r.status != status || e.Error != code {
		t.Errorf("the answer is %d %s, want %d %s", r.status, r.body, status, code)
	}
}

// claimsOf reads a token without judging it.
func claimsOf(t testing.TB, token string) map[string]any {
	t.Helper()
	m, err := jose.Parse(token)
	if err != nil {
		t.Fatalf("%v: %s", err, token)
	}
	out := map[string]any{}
	if err := json.Unmarshal(m.UnverifiedPayload(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (a *rp) userInfo(token string) reply {
	a.s.Helper()
	return a.s.program().get("/auth/userinfo", "Authorization: Bearer "+token)
}

// ASVS 10.1.2, 10.7.2
func TestAnAppSignsSomebodyIn(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery, "admin")
	a := s.addClient(registry.Web, nil)
	r := a.get(a.request())
	login, err := url.Parse(r.header.Get("Location"))
	if err != nil || login.Path != "/auth/login" {
		t.Fatalf("nobody is signed in, and the way leads to %q", r.header.Get("Location"))
	}
	page := a.get(login.String())
	if !strings.Contains(page.body, "Reading List") {
		t.Error("the sign-in page does not say which app it is for")
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https:;") {
		t.Errorf("the form could not lead over the app to another: %s", csp)
	}
	r = a.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": page.fields()["return_to"]})
	r = a.get(r.header.Get("Location"))
	for _, want := range []string{"Reading List", "openid", "profile", "email", "alice", "app.example.com", "Left alone, this ends on"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the consent page does not say %q", want)
		}
	}
	answer := a.answer(a.allow(r))
	if answer.Get("state") != "st&ate" {
		t.Errorf("state came back as %q", answer.Get("state"))
	}
	got := a.redeem(answer.Get("code")).handed(t)
	id, access := claimsOf(t, got.IDToken), claimsOf(t, got.AccessToken)
	for name, want := range map[string]any{"iss": s.origin, "sub": u.ID, "aud": a.id, "nonce": "n-1", "sid": access["sid"]} {
		if id[name] != want {
			t.Errorf("the ID token says %s=%v, want %v", name, id[name], want)
		}
	}
	if access["client_id"] != a.id || access["scope"] != "openid profile email" || access["roles"] != nil {
		t.Errorf("the access token says %v", access)
	}
	var info map[string]any
	a.userInfo(got.AccessToken).json(t, &info)
	if info["sub"] != u.ID || info["preferred_username"] != "alice" || info["email"] != "alice@example.com" {
		t.Errorf("userinfo says %v", info)
	}
	again := a.refreshWith(got.RefreshToken).handed(t)
	if fresh := claimsOf(t, again.IDToken); fresh["sub"] != u.ID || fresh["auth_time"] != id["auth_time"] || fresh["nonce"] != nil {
		t.Errorf("the refreshed ID token says %v", fresh)
	}
	if r := a.get(a.request()); a.answer(r).Get("code") == "" {
		t.Error("who has allowed it once is asked again")
	}
}

func TestAFirstPartyAppIsNotAskedFor(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	if code := a.answer(a.get(a.request())).Get("code"); code == "" {
		t.Error("no code came")
	}
}

// ASVS 10.4.2
func TestAttack43ACodeIsGoodOnce(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	code := a.code()
	got := a.redeem(code).handed(t)
	a.redeem(code).wantsOAuth(t, 400, "invalid_grant")
	if r := a.userInfo(got.AccessToken); r.status != 401 {
		t.Errorf("the access token of a code that was reused opens userinfo: %d", r.status)
	}
	a.refreshWith(got.RefreshToken).wantsOAuth(t, 400, "invalid_grant")
}

// ASVS 10.4.2
func TestAttack43OfManyRedemptionsOneSucceeds(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	code := a.code()
	var all sync.WaitGroup
	replies := make([]reply, 50)
	for i := range replies {
		all.Go(func() { replies[i] = a.redeem(code) })
	}
	all.Wait()
	var won []handed
	for _, r := range replies {
		if r.status == http.StatusOK {
			won = append(won, r.handed(t))
		} else {
			r.wantsOAuth(t, 400, "invalid_grant")
		}
	}
	if len(won) != 1 {
		t.Fatalf("%d of 50 redemptions succeeded", len(won))
	}
	a.refreshWith(won[0].RefreshToken).wantsOAuth(t, 400, "invalid_grant")
}

// ASVS 10.4.3, 10.4.6
func TestAttack44And45ACodeOpensNothingForOthers(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a, b := s.addClient(registry.Web, firstParty), s.addClient(registry.Web, firstParty)
	a.signIn("alice")
	for name, redeem := range map[string]func(code string) reply{
		"another client":       func(code string) reply { return b.redeem(code) },
		"another address":      func(code string) reply { return a.redeem(code, "redirect_uri", "https://app.example.com/other") },
		"another verifier":     func(code string) reply { return a.redeem(code, "code_verifier", strings.Repeat("w", 43)) },
		"no verifier":          func(code string) reply { return a.redeem(code, "code_verifier", "") },
		"a verifier too short": func(code string) reply { return a.redeem(code, "code_verifier", strings.Repeat("v", 42)) },
		"a minute later": func(code string) reply {
			s.clock.advance(60 * time.Second)
			return a.redeem(code)
		},
	} {
		t.Run(name, func(t *testing.T) {
			code := a.code()
			redeem(code).wantsOAuth(t, 400, "invalid_grant")
			a.redeem(code).wantsOAuth(t, 400, "invalid_grant") // it is burned
		})
	}
}
