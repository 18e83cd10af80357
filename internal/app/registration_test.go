package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
)

const registrable = "registration.enabled=true"

// invite is a header with an initial access token.
func (s *server) invite() string {
	return bearer(s.core.Clients.Invite(s.clock.Now().Add(time.Hour)).Reveal())
}

func (s *server) register(metadata string, headers ...string) reply {
	return s.program().postJSON("/auth/register", metadata, headers...)
}

const aBook = `{"client_name":"Book Club","redirect_uris":["https://app.example.com/cb"],"grant_types":["authorization_code","refresh_token"],
	"policy_uri":"https://app.example.com/privacy","tos_uri":"https://app.example.com/terms","logo_uri":"https://app.example.com/logo.png","shoe_size":44}`

// ASVS 10.4.7
func TestAProgramRegistersItselfByInvitation(t *testing.T) {
	s := start(t, registrable)
	s.addUser("alice", battery)
	if !strings.Contains(s.program().get("/.well-known/openid-configuration").body, `"registration_endpoint":"`+s.origin+`/auth/register"`) {
		t.Error("the metadata does not say where to register")
	}
	invitation := s.invite()
	r := s.register(aBook, invitation)
	var got map[string]any
	r.json(t, &got)
	if r.status != http.StatusCreated || got["client_secret"] == nil || got["client_secret_expires_at"] != 0.0 || got["token_endpoint_auth_method"] != "client_secret_basic" ||
		got["policy_uri"] != "https://app.example.com/privacy" || got["shoe_size"] != nil {
		t.Fatalf("%d %s", r.status, r.body)
	}
	s.register(aBook, invitation).wantsOAuth(t, 401, "invalid_token") // it was used
	a := &rp{client: s.browser(), id: got["client_id"].(string), secret: got["client_secret"].(string), redirect: callback, verifier: strings.Repeat("v", 43)}
	a.signIn("alice")
	page := a.get(a.request("scope", "openid profile roles"))
	for _, want := range []string{"Book Club", "Nobody has checked this app", "https://app.example.com/privacy", "https://app.example.com/terms"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the consent page does not say %q", want)
		}
	}
	if strings.Contains(page.body, "logo.png") {
		t.Error("the consent page shows what a stranger drew")
	}
	if got := a.redeem(a.answer(a.allow(page)).Get("code")).handed(t); got.Scope != "openid profile" || got.RefreshToken == "" {
		t.Errorf("it was given %q", got.Scope)
	}
	token, uri := bearer(got["registration_access_token"].(string)), strings.TrimPrefix(got["registration_client_uri"].(string), s.origin)
	if r := s.program().get(uri, token); r.status != http.StatusOK || !strings.Contains(r.body, "Book Club") || strings.Contains(r.body, "client_secret\"") {
		t.Errorf("reading: %d %s", r.status, r.body)
	}
	changed := strings.Replace(aBook, "{", `{"client_id":"`+a.id+`",`, 1)
	changed = strings.Replace(changed, "Book Club", "Chess Club", 1)
	if r := s.program().do("PUT", uri, changed, token, "Content-Type: application/json"); r.status != http.StatusOK || !strings.Contains(r.body, "Chess Club") {
		t.Errorf("changing: %d %s", r.status, r.body)
	}
	s.program().do("PUT", uri, aBook, token, "Content-Type: application/json").wantsOAuth(t, 400, "invalid_client_metadata")
	s.program().get(uri, s.invite()).wantsOAuth(t, 401, "invalid_token")
	other := s.addClient(registry.Web, nil)
	s.program().get("/auth/register/"+other.id, bearer(s.core.Clients.RegistrationToken(other.id).Reveal())).wantsOAuth(t, 401, "invalid_token")
	if r := s.program().do("DELETE", uri, "", token); r.status != http.StatusNoContent {
		t.Errorf("removing: %d %s", r.status, r.body)
	}
	s.program().get(uri, token).wantsOAuth(t, 401, "invalid_token")
	a.get(a.request()).wantsPage(t, "a client that is gone")
}

// ASVS 10.4.7
func TestAStrangerRegistersNothingThatPeopleAreNotAskedAbout(t *testing.T) {
	s := start(t, registrable)
	with := func(member string) string {
		return `{"client_name":"X","redirect_uris":["https://app.example.com/cb"],` + member + `}`
	}
	for body, code := range map[string]string{
		`{`: "invalid_client_metadata", `[]`: "invalid_client_metadata", `{"client_name":"X"}`: "invalid_redirect_uri",
		`{"client_name":"X","redirect_uris":["https://a.example/cb#f"]}`:  "invalid_redirect_uri",
		`{"client_name":"X","redirect_uris":["http://a.example/cb"]}`:     "invalid_redirect_uri",
		`{"client_name":"X","redirect_uris":["javascript:alert(1)"]}`:     "invalid_redirect_uri",
		with(`"client_name":"twice"`):                                     "invalid_client_metadata",
		with(`"grant_types":["client_credentials"]`):                      "invalid_client_metadata",
		with(`"grant_types":["authorization_code","client_credentials"]`): "invalid_client_metadata",
		with(`"response_types":["token"]`):                                "invalid_client_metadata",
		with(`"token_endpoint_auth_method":"client_secret_jwt"`):          "invalid_client_metadata",
		with(`"token_endpoint_auth_method":"private_key_jwt"`):            "invalid_client_metadata",
		with(`"id_token_signed_response_alg":"none"`):                     "invalid_client_metadata",
		with(`"logo_uri":"http://169.254.169.254/"`):                      "invalid_client_metadata",
		with(`"policy_uri":"javascript:alert(1)"`):                        "invalid_client_metadata",
		with(`"initiate_login_uri":"http://app.example.com/"`):            "invalid_client_metadata",
		with(`"subject_type":"everybody"`):                                "invalid_client_metadata",
		with(`"client_id":"chosen-by-me"`):                                "invalid_client_metadata",
		with(`"client_secret":"chosen-by-me"`):                            "invalid_client_metadata",
		with(`"sector_identifier_uri":"http://127.0.0.1:1/list"`):         "invalid_client_metadata",
		with(`"sector_identifier_uri":"https://localhost/list"`):          "invalid_client_metadata",
		with(`"redirect_uris":1`):                                         "invalid_client_metadata",
		with(`"scope":"openid  roles"`):                                   "invalid_client_metadata",
	} {
		t.Log(body)
		s.register(body, s.invite()).wantsOAuth(t, 400, code)
	}
	for name, header := range map[string]string{
		"nobody": "X: y", "garbage": bearer("lpi_x"), "expired": bearer(s.core.Clients.Invite(s.clock.Now()).Reveal()),
	} {
		t.Log(name)
		s.register(aBook, header).wantsOAuth(t, 401, "invalid_token")
	}
	if r := start(t).register(aBook); r.status != http.StatusNotFound {
		t.Errorf("registration that is switched off answers %d", r.status)
	}
}

// TestAttack47NoAddressOfAStrangerIsCalledInThisNetwork: whatever address a registration names, and whichever of them we would read.
func TestAttack47NoAddressOfAStrangerIsCalledInThisNetwork(t *testing.T) {
	var calls atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		_ = json.NewEncoder(w).Encode([]string{callback})
	}))
	t.Cleanup(trap.Close)
	s := start(t, registrable)
	s.addUser("alice", battery)
	for _, member := range []string{
		"jwks_uri", "logo_uri", "client_uri", "policy_uri", "tos_uri", "sector_identifier_uri", "initiate_login_uri", "backchannel_logout_uri", "frontchannel_logout_uri",
		"request_uris",
	} {
		for _, address := range []string{trap.URL, strings.Replace(trap.URL, "http:", "https:", 1), strings.Replace(trap.URL, "127.0.0.1", "localhost", 1)} {
			value, _ := json.Marshal(address)
			if member == "request_uris" {
				value = []byte("[" + string(value) + "]")
			}
			r := s.register(`{"client_name":"X","subject_type":"pairwise","redirect_uris":["`+callback+`"],"`+member+`":`+string(value)+`}`, s.invite())
			if r.status != http.StatusCreated {
				if r.status >= http.StatusInternalServerError {
					t.Errorf("%s: %d %s", member, r.status, r.body)
				}
				continue
			}
			var got map[string]any
			r.json(t, &got)
			a := &rp{client: s.browser(), id: got["client_id"].(string), redirect: callback, verifier: strings.Repeat("v", 43)}
			a.secret, _ = got["client_secret"].(string)
			a.signIn("alice")
			a.redeem(a.answer(a.allow(a.get(a.request("scope", "openid")))).Get("code"))
			a.get(a.request("scope", "openid", "request_uri", address))
			a.postForm("/auth/logout", map[string]string{"scope": "this"})
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("this machine was called %d times", n)
	}
}

func TestRegistrationThatIsOpenIsSlowedDown(t *testing.T) {
	s := start(t, registrable, "registration.insecure_open=true")
	if r := s.register(aBook); r.status != http.StatusCreated {
		t.Fatalf("%d %s", r.status, r.body)
	}
	for range 500 {
		if r := s.register(aBook); r.status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("nothing slows down who registers")
}

func TestASectorIsJoinedByWhoItListsAlone(t *testing.T) {
	s := start(t, registrable, localApps)
	lists := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode([]string{callback})
	}))
	t.Cleanup(lists.Close)
	body := `{"client_name":"X","subject_type":"pairwise","sector_identifier_uri":"` + lists.URL + `/list","redirect_uris":["` + callback + `"]}`
	if r := s.register(body, s.invite()); r.status != http.StatusCreated || !strings.Contains(r.body, `"subject_type":"pairwise"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	s.register(strings.Replace(body, callback, "https://evil.example/cb", 1), s.invite()).wantsOAuth(t, 400, "invalid_client_metadata")
	s.register(`{"client_name":"X","subject_type":"pairwise","redirect_uris":["https://a.example/","https://b.example/"]}`, s.invite()).
		wantsOAuth(t, 400, "invalid_client_metadata")
}

// documents answers for clients that describe themselves on the web.
type documents struct {
	body  atomic.Value // string
	calls atomic.Int32
}

func (d *documents) serve(t testing.TB, s *server) (id string) {
	d.body.Store("")
	id = "https://books.example/client"
	s.core.Clients.Documents.Get = func(_ context.Context, address string, maxBytes int64) ([]byte, time.Duration, error) {
		d.calls.Add(1)
		if address != id || maxBytes != 5<<10 {
			t.Errorf("%s is read, of %d bytes", address, maxBytes)
		}
		return []byte(d.body.Load().(string)), 10 * time.Minute, nil
	}
	return id
}

// ASVS 10.4.7, 10.7.1
func TestAttack48ADocumentThatChangesIsAskedAboutAgain(t *testing.T) {
	s := start(t, "registration.documents=true")
	s.addUser("alice", battery)
	var d documents
	id := d.serve(t, s)
	d.body.Store(`{"client_id":"` + id + `","client_name":"Books","redirect_uris":["` + callback + `"]}`)
	a := &rp{client: s.browser(), id: id, redirect: callback, verifier: strings.Repeat("v", 43)}
	a.signIn("alice")
	page := a.get(a.request())
	if !strings.Contains(page.body, "<b>books.example</b>") || !strings.Contains(page.body, "Nobody has checked this app") {
		t.Errorf("the consent page does not say where the app comes from: %s", page.body)
	}
	got := a.redeem(a.answer(a.allow(page)).Get("code")).handed(t)
	if claims := claimsOf(t, got.IDToken); claims["aud"] != id {
		t.Errorf("the ID token is for %v", claims["aud"])
	}
	if a.answer(a.get(a.request())).Get("code") == "" || d.calls.Load() != 1 {
		t.Errorf("the document was read %d times", d.calls.Load())
	}
	s.clock.advance(11 * time.Minute)
	d.body.Store(`{"client_id":"` + id + `","client_name":"Books","redirect_uris":["` + callback + `","https://evil.example/cb"]}`)
	if r := a.get(a.request()); r.status != http.StatusOK {
		t.Errorf("an app whose addresses have changed is not asked about again: %d", r.status)
	}
	if !strings.Contains(s.program().get("/.well-known/openid-configuration").body, `"client_id_metadata_document_supported":true`) {
		t.Error("the metadata does not say so")
	}
}

// ASVS 10.4.7
func TestAttack48ADocumentThatIsNotGoodDescribesNobody(t *testing.T) {
	s := start(t, "registration.documents=true")
	var d documents
	id := d.serve(t, s)
	with := func(member string) string {
		return `{"client_id":"` + id + `","client_name":"Books","redirect_uris":["` + callback + `"]` + member + `}`
	}
	a := &rp{client: s.browser(), id: id, redirect: callback, verifier: strings.Repeat("v", 43)}
	for name, body := range map[string]string{
		"empty": "", "another id": strings.Replace(with(""), id, id+"2", 1), "a secret": with(`,"client_secret":"x"`),
		"a shared secret": with(`,"token_endpoint_auth_method":"client_secret_basic"`), "no address": `{"client_id":"` + id + `"}`,
		"twice": with(`,"client_name":"Bank"`), "a sector": with(`,"sector_identifier_uri":"https://bank.example/"`),
	} {
		d.body.Store(body)
		a.get(a.request()).wantsPage(t, name)
	}
	calls := d.calls.Load()
	for _, bad := range []string{
		"http://books.example/client", "https://books.example", "https://books.example/", "https://books.example/a/../client", "https://books.example/./client",
		"https://books.example/client#x", "https://u@books.example/client", "https://books.example/client?a=b", "https://BOOKS.example/client",
		"https://books.example/%63lient",
	} {
		a.get(a.request("client_id", bad)).wantsPage(t, bad)
	}
	if d.calls.Load() != calls {
		t.Error("an address that names no document is called")
	}
	off := start(t)
	b := &rp{client: off.browser(), id: id, redirect: callback, verifier: strings.Repeat("v", 43)}
	b.get(b.request()).wantsPage(t, "documents that are switched off")
}

// TestAttack47AStrangerMakesUsCallNobodyAgainAndAgain: what is named in vain is charged to who names it, also when they hang up, and to nobody else.
func TestAttack47AStrangerMakesUsCallNobodyAgainAndAgain(t *testing.T) {
	s := start(t, "registration.documents=true", localApps, "trusted_proxies=127.0.0.1,::1")
	var called atomic.Int32
	third := httptest.NewUnstartedServer(http.NotFoundHandler())
	third.Config.ErrorLog = log.New(io.Discard, "", 0) // they do not trust each other
	third.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			called.Add(1)
		}
	}
	third.StartTLS()
	t.Cleanup(third.Close)
	name := func(c *client, n int) reply {
		return c.get("/auth/authorize?" + url.Values{"client_id": {fmt.Sprintf("%s/client/%d", third.URL, n)}, "response_type": {"code"}}.Encode())
	}
	mallory := s.from("192.0.2.66")
	for n := range 40 {
		r := name(mallory, n)
		if limited := r.status == http.StatusTooManyRequests; limited != (n >= 20) || limited && r.header.Get("Retry-After") == "" {
			t.Fatalf("address %d: %d %s", n, r.status, r.body)
		}
	}
	if n := called.Load(); n != 20 {
		t.Errorf("somebody else was called %d times", n)
	}
	mallory.postForm("/auth/token", map[string]string{"client_id": third.URL + "/client", "grant_type": "authorization_code", "code": "x"}).wantsOAuth(t, 401, "invalid_client")
	if n := called.Load(); n != 20 {
		t.Errorf("somebody else was called %d times by the token endpoint", n)
	}
	if r := name(s.from("192.0.2.7"), 1); r.status == http.StatusTooManyRequests {
		t.Errorf("somebody else is slowed down: %d", r.status)
	}
}

// An app that describes itself, and then does not answer any more, keeps nobody from their account page, where it can be removed, nor from signing out.
func TestAttackAnAppThatDoesNotAnswerHoldsUpNoPage(t *testing.T) {
	s := start(t, "registration.documents=true")
	s.addUser("alice", battery)
	var d documents
	id := d.serve(t, s)
	d.body.Store(`{"client_id":"` + id + `","client_name":"Books","redirect_uris":["` + callback + `"],"frontchannel_logout_uri":"https://books.example/out"}`)
	a := &rp{client: s.browser(), id: id, redirect: callback, verifier: strings.Repeat("v", 43)}
	a.signIn("alice")
	a.redeem(a.answer(a.allow(a.get(a.request()))).Get("code")).handed(t)
	a.redeem(a.answer(a.get(a.request())).Get("code")).handed(t)
	s.clock.advance(11 * time.Minute)
	s.core.Clients.Documents.Get = func(context.Context, string, int64) ([]byte, time.Duration, error) {
		t.Error("the app is asked to draw a page")
		return nil, 0, errors.New("it took too long")
	}
	if r := a.get("/auth/account"); r.status != http.StatusOK || !strings.Contains(r.body, "Books") {
		t.Errorf("the account page: %d %s", r.status, r.body)
	}
	if r := a.postForm("/auth/logout", map[string]string{"scope": "this"}); r.status != http.StatusOK || !strings.Contains(r.body, `<iframe src="https://books.example/out`) {
		t.Errorf("signing out: %d %s", r.status, r.body)
	}
}

// Its document is asked for once for many sign-outs, so that other apps do not wait for it; and when it is back, it is told.
func TestAnAppWhoseDocumentIsAwayIsToldOfSignOutsLater(t *testing.T) {
	t.Parallel()
	s, l := start(t, "registration.documents=true", localApps), listenForLogouts(t)
	s.addUser("alice", battery)
	var d documents
	id := d.serve(t, s)
	good := `{"client_id":"` + id + `","client_name":"Books","redirect_uris":["` + callback + `"],"backchannel_logout_uri":"` + l.URL + `/out"}`
	d.body.Store(good)
	a := &rp{client: s.browser(), id: id, redirect: callback, verifier: strings.Repeat("v", 43)}
	a.signIn("alice")
	a.redeem(a.answer(a.allow(a.get(a.request()))).Get("code")).handed(t)
	for range 4 {
		a.redeem(a.answer(a.get(a.request())).Get("code")).handed(t)
	}
	s.clock.advance(11 * time.Minute)
	d.body.Store("")
	before := d.calls.Load()
	a.postForm("/auth/logout", map[string]string{"scope": "this"})
	s.await("the app could not be told", func() bool { return strings.Contains(s.log.String(), "could not be told of a sign-out") })
	if n := d.calls.Load() - before; n > logoutSenders {
		t.Errorf("the document was asked for %d times at once", n)
	}
	d.body.Store(good)
	for range 5 {
		l.later(s, 5*time.Second)
	}
	s.awaitTold()
}

// Neither do key sets of clients that describe themselves, of which anybody can make as many as they like.
func TestAttackKeySetsOfStrangersHoldUpNoKeySetOfAnApp(t *testing.T) {
	s := start(t, localApps)
	if s.core.Clients.StrangersKeySets.Fetch == s.core.Clients.KeySets.Fetch {
		t.Error("both are fetched from the same places")
	}
	stranger := registry.Client{ID: "https://books.example/client", Settings: registry.Settings{
		Auth: oauth.PrivateKeyJWT, JWKSURI: "https://127.0.0.1:1/keys", Self: &registry.SelfDescription{},
	}}
	var asked atomic.Int32
	s.core.Clients.StrangersKeySets.Fetch = fetches(func() { asked.Add(1) })
	s.core.Clients.KeySets.Fetch = fetches(func() { t.Error("a stranger takes a place of the apps") })
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jose.Sign(key.WithID("k"), "oauth-authz-req+jwt", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.core.Clients.VerifyRequest(t.Context(), &stranger, signed); err == nil || asked.Load() != 1 {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
}

// fetches is a Fetcher that finds nothing, and tells of it.
type fetches func()

func (f fetches) Check(string) error { return nil }

func (f fetches) Get(context.Context, string, string, int64) (fetch.Document, error) {
	f()
	return fetch.Document{}, errors.New("nothing is there")
}

func TestAttack47ADocumentIsReadFromThePublicInternetOnly(t *testing.T) {
	s := start(t, "registration.documents=true")
	for _, id := range []string{
		"https://localhost/client", "https://127.0.0.1/client", "https://[::1]/client", "https://169.254.169.254/latest", "https://10.0.0.1/client", "https://0.0.0.0/x",
	} {
		a := &rp{client: s.browser(), id: id, redirect: callback, verifier: strings.Repeat("v", 43)}
		a.get(a.request()).wantsPage(t, id)
	}
}

func TestEachSectorKnowsAPersonByAnotherSubject(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	pairwise := func(host string) func(*registry.Settings) {
		return func(set *registry.Settings) {
			set.FirstParty, set.Pairwise, set.RedirectURIs = true, true, []string{"https://" + host + "/cb"}
		}
	}
	subject := map[string]string{}
	for name, host := range map[string]string{"a": "app.example.com", "same host": "app.example.com", "other": "other.example.com"} {
		a := s.addClient(registry.Web, pairwise(host))
		a.redirect = "https://" + host + "/cb"
		a.signIn("alice")
		got := a.redeem(a.code("scope", "openid offline_access")).handed(t)
		id := claimsOf(t, got.IDToken)["sub"].(string)
		var info, about map[string]any
		a.userInfo(got.AccessToken).json(t, &info)
		a.post("/auth/introspect", map[string]string{"token": got.AccessToken}).json(t, &about)
		fresh := a.refreshWith(got.RefreshToken).handed(t)
		if claimsOf(t, got.AccessToken)["sub"] != id || info["sub"] != id || about["sub"] != id || claimsOf(t, fresh.IDToken)["sub"] != id || id == u.ID || len(id) != 43 {
			t.Errorf("the subjects are %q, %v, %v", id, info["sub"], about["sub"])
		}
		subject[name] = id
		if a.answer(a.get(a.request("prompt", "none", "id_token_hint", got.IDToken))).Get("code") == "" {
			t.Error("a hint with the app's own subject is not understood")
		}
		if name == "other" {
			if r := a.get("/auth/end_session?id_token_hint=" + got.IDToken); r.header.Get("Location") != "/auth/logout" {
				t.Errorf("signing out: %d %s", r.status, r.header.Get("Location"))
			}
			a.wantsError(a.get(a.request("prompt", "none")), "login_required")
		}
	}
	if subject["a"] != subject["same host"] || subject["a"] == subject["other"] {
		t.Errorf("the subjects are %v", subject)
	}
}

func TestManyPairwiseSessionsAreCalledBackTogether(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.FirstParty, set.Pairwise = true, true })
	a.signIn("alice")
	var last handed
	for range 120 { // more than are called back one by one
		last = a.redeem(a.code("scope", "openid offline_access")).handed(t)
	}
	if _, err := s.core.Sessions.EndAllByOperator(t.Context(), u.ID, cli); err != nil {
		t.Fatal(err)
	}
	var about map[string]any
	if a.post("/auth/introspect", map[string]string{"token": last.AccessToken}).json(t, &about); about["active"] != false {
		t.Error("a token that does not name the account outlives its session")
	}
}

const payment = `[{"type":"payment","actions":["initiate"],"instructedAmount":{"currency":"EUR","amount":"123.50"},"creditorName":"Merchant <A>"}]`

// ASVS 10.7.1, 10.7.2
func TestWhatIsAskedForInParticularIsShownAndGiven(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.DetailTypes = []string{"payment", "account"} })
	a.signIn("alice")
	two := strings.TrimSuffix(payment, "]") + `, {"type":"account","identifier":"1"}]`
	page := a.get(a.request("authorization_details", two))
	for _, want := range []string{"<b>payment</b>", "initiate", "Merchant &lt;A&gt;", "EUR", "<b>account</b>"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the consent page does not say %q: %s", want, page.body)
		}
	}
	type details struct {
		Details json.RawMessage `json:"authorization_details"`
	}
	r := a.redeem(a.answer(a.allow(page)).Get("code"))
	var told, about details
	r.json(t, &told)
	got := r.handed(t)
	a.post("/auth/introspect", map[string]string{"token": got.AccessToken}).json(t, &about)
	if !strings.Contains(string(told.Details), "123.50") || string(told.Details) != string(about.Details) {
		t.Errorf("told %s, introspected %s", told.Details, about.Details)
	}
	if d, ok := claimsOf(t, got.AccessToken)["authorization_details"].([]any); !ok || len(d) != 2 {
		t.Errorf("the token says %v", d)
	}
	narrow := a.refreshWith(got.RefreshToken, "authorization_details", payment).handed(t)
	if d := claimsOf(t, narrow.AccessToken)["authorization_details"].([]any); len(d) != 1 {
		t.Errorf("the narrowed token says %v", d)
	}
	a.refreshWith(got.RefreshToken, "authorization_details", strings.Replace(payment, "123.50", "999.99", 1)).wantsOAuth(t, 400, "invalid_authorization_details")
	if again := a.get(a.request("authorization_details", payment)); again.status != http.StatusOK {
		t.Errorf("a second payment is not asked about: %d", again.status)
	}
	a.wantsError(a.get(a.request("authorization_details", payment, "prompt", "none")), "consent_required")
	for _, bad := range []string{`{`, `{}`, `[{}]`, `[{"type":"other"}]`, `[1]`, `[{"type":"payment"}]}`, `[{"type":"payment","type":"account"}]`, strings.Repeat("[", 9000)} {
		a.wantsError(a.get(a.request("authorization_details", bad)), "invalid_authorization_details")
	}
}

// TestAttack84WhatAPersonAllowsIsWhatTheyRead: no digit is rounded, no text runs the other way, and no text passes for members beside it.
func TestAttack84WhatAPersonAllowsIsWhatTheyRead(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addClient(registry.Web, func(set *registry.Settings) { set.DetailTypes = []string{"payment"} })
	a.signIn("alice")
	page := a.get(a.request("authorization_details", `[{"type":"payment","amount":12345678901234567890,"reversed":"\u202e0001","hidden":"1\u200b000",`+
		`"to":{"name":"Bob, iban: DE1","iban":"DE2"},"list":["a, b","c",[1.10],{"d":"e"}],"joined":"\u200cنمی"}]`))
	for _, want := range []string{
		"<dd>12345678901234567890</dd>", "<dd>\\u202e0001</dd>", "<dd>1\\u200b000</dd>", "<dd>iban: DE2, name: &#34;Bob, iban: DE1&#34;</dd>",
		"<dd>&#34;a, b&#34;, c, [1.10], {d: e}</dd>", "<dd>\u200cنمی</dd>",
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the consent page does not say %q: %s", want, page.body)
		}
	}
}

// TestAttack84AStrangersNameIsReadAsItIsWritten: what describes itself cannot be nameless, nor turn the words around.
func TestAttack84AStrangersNameIsReadAsItIsWritten(t *testing.T) {
	s := start(t, registrable)
	for _, name := range []string{" ", "\\u3164", "\\u2800", "\\u200b\\u200b", "\\u00ad", "\\u202egnipgnaL", "Notes\\u2066", "Notes\\u200f", "Notes\\u2028", "Notes\\u0007", "\\u0301"} {
		s.register(strings.Replace(aBook, "Book Club", name, 1), s.invite()).wantsOAuth(t, 400, "invalid_client_metadata")
	}
	for _, name := range []string{"令牌", "یادداشت\\u200cها", "Émile’s notes 📓", "?"} {
		if r := s.register(strings.Replace(aBook, "Book Club", name, 1), s.invite()); r.status != http.StatusCreated {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

func TestNothingThatAStrangerNamesIsFetchedBeforeTheInvitationIsSeen(t *testing.T) {
	s := start(t, registrable)
	sector := strings.Replace(aBook, "{", `{"sector_identifier_uri":"https://127.0.0.1:1/list",`, 1)
	s.register(sector).wantsOAuth(t, 401, "invalid_token")
	s.register(sector, bearer("lpi_x")).wantsOAuth(t, 401, "invalid_token")
	invitation := s.invite()
	s.register(sector, invitation).wantsOAuth(t, 400, "invalid_client_metadata")
	if r := s.register(aBook, invitation); r.status != http.StatusCreated {
		t.Errorf("an invitation was used up by what was refused: %d %s", r.status, r.body)
	}
}

// Anybody may name an address as a client id. Those that never answer must not keep from us the apps that an operator has added.
func TestAttackAddressesThatNeverAnswerHoldUpNoCallToAnApp(t *testing.T) {
	s := start(t, "registration.documents=true", localApps)
	var held atomic.Int32
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(app.Close)
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() }) // and it is not collected before
			held.Add(1)
		}
	}()
	ctx, end := context.WithCancel(t.Context())
	var strangers sync.WaitGroup
	for range 32 {
		strangers.Go(func() { _, _, _ = s.core.Clients.Documents.Get(ctx, "https://"+silent.Addr().String()+"/client", 1000) })
	}
	within(t, "32 strangers wait", func() bool { return held.Load() >= 32 })
	soon, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := s.core.Fetch.Get(soon, app.URL, "*/*", 0); err != nil && strings.Contains(err.Error(), "too many calls") {
		t.Errorf("a call to an app: %v", err)
	}
	end()
	strangers.Wait()
}
