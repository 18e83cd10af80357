package app

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/passkeytest"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// authenticator is a device with one passkey. Its fields say what it answers, right or wrong.
type authenticator struct {
	*server
	passkeytest.Authenticator
}

func (s *server) authenticator(owner string) *authenticator {
	s.Helper()
	return &authenticator{s, *passkeytest.New(passkeytest.ES256(), owner, s.origin, "localhost")}
}

// makes answers a request for a new passkey.
func (a *authenticator) makes(challenge string) string { return a.Create(challenge).JSON() }

// signs answers a request to sign in.
func (a *authenticator) signs(challenge string) string { return a.Get(challenge).JSON() }

var b64 = base64.RawURLEncoding

// challenge asks for what a device is to be asked.
func (c *client) challenge(path string) string {
	c.s.Helper()
	r := c.do("POST", path, "")
	var options struct {
		PublicKey struct {
			Challenge        string `json:"challenge"`
			RPID             string `json:"rpId"`
			UserVerification string `json:"userVerification"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal([]byte(r.body), &options); err != nil || r.status != 200 {
		c.s.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	return options.PublicKey.Challenge
}

const (
	askToSignIn = "/auth/api/passkey/options"
	askToAdd    = "/auth/account/passkey-options"
)

// add adds the passkey of a device on the account page of who is signed in.
func (a *authenticator) add(c *client) reply {
	a.Helper()
	return c.postForm("/auth/account/passkeys", map[string]string{"credential": a.makes(c.challenge(askToAdd))})
}

// passkey is a device that has a passkey of an account.
func (s *server) passkey(u user.User) *authenticator {
	s.Helper()
	a, b := s.authenticator(u.ID), s.browser()
	b.login(u.Username, battery, "cookie")
	if r := a.add(b); r.status != 303 || !strings.Contains(r.header.Get("Location"), "done=passkey_added") {
		s.Fatalf("%d %s", r.status, r.body)
	}
	return a
}

// withPasskey sends an answer to the API.
func (c *client) withPasskey(answer string) reply {
	c.s.Helper()
	return c.postJSON("/auth/api/passkey", `{"credential":`+answer+`,"keep":"storage"}`)
}

// tries signs in by the API.
func (a *authenticator) tries() reply {
	a.Helper()
	c := a.browser()
	return c.withPasskey(a.signs(c.challenge(askToSignIn)))
}

// ASVS 6.3.3, 6.5.7
func TestAPasskeyIsTwoFactors(t *testing.T) {
	s := start(t, "second_factor.required_for=admin")
	alice := s.addUser("alice", battery)
	a := s.passkey(alice)
	r := a.tries()
	r.wants(t, 200, "")
	if c := payload[shownTo](t, r.granted(t).Access); c.ACR != "phr" || !slices.Equal(c.AMR, []string{"pop", "user", "mfa"}) {
		t.Errorf("the token says %v", c)
	}
	s.program().loginWith("alice", battery, "").wants(t, 200, "")

	roles := []string{"admin"}
	if err := s.core.Users.Amend(t.Context(), alice.ID, user.Amendment{Roles: &roles}, cli); err != nil {
		t.Fatal(err)
	}
	a.tries().wants(t, 200, "")
	s.program().loginWith("alice", battery, "").wants(t, 403, "passkey_required")
	s.program().loginWith("alice", "wrong", "").wants(t, 401, "credentials_invalid")
	b := s.browser()
	led := b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": "/auth/inspect"})
	if to := led.header.Get("Location"); led.status != 303 || to != "/auth/login?return_to=%2Fauth%2Finspect&again=1&reason=passkey_required" {
		t.Fatalf("%d to %q", led.status, to)
	}
	page := b.get(led.header.Get("Location"))
	if !strings.Contains(page.body, "takes its passkey instead") || !strings.Contains(page.body, `autocomplete="username webauthn"`) {
		t.Errorf("%d %s", page.status, page.body)
	}
	form := map[string]string{"credential": a.signs(b.challenge(askToSignIn)), "return_to": "/auth/inspect", "stay": "1"}
	if in := b.postForm("/auth/login/passkey", form); in.status != 303 || in.header.Get("Location") != "/auth/inspect" {
		t.Errorf("%d to %q: %s", in.status, in.header.Get("Location"), in.body)
	}
	if in := b.get("/auth/account"); in.status != 200 {
		t.Errorf("the account page is %d", in.status)
	}
	if _, left := b.cookies["lingpai_passkey"]; left {
		t.Error("the challenge is still in the browser")
	}
}

func TestAPasskeyMayHaveAnyKeyThatIsAskedFor(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	b := s.browser()
	b.login("alice", battery, "cookie")
	for alg, key := range map[string]crypto.Signer{"EdDSA": passkeytest.EdDSA(), "ES256": passkeytest.ES256(), "RS256": passkeytest.RS256()} {
		a := &authenticator{s, *passkeytest.New(key, u.ID, s.origin, "localhost")}
		if r := a.add(b); r.status != 303 {
			t.Errorf("%s: %d %s", alg, r.status, r.body)
		}
		a.tries().wants(t, 200, "")
	}
}

func TestWhoSignsInWithAPasskeyIsNotAskedForACode(t *testing.T) {
	s := start(t)
	p := s.twoStep("alice")
	a, b := s.authenticator(p.user.ID), s.browser()
	if r := b.postJSON("/auth/api/login", `{"username":"alice","password":"`+battery+`","code":"`+p.code()+`","keep":"cookie"}`); r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := a.add(b); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	a.tries().wants(t, 200, "")
	p.program().loginWith("alice", battery, "").wants(t, 401, "code_required") // the password is held to it all the same
}

// ASVS 6.3.3, 6.3.4
func TestAttack81AnswersOfPasskeysAreNotForged(t *testing.T) {
	s := start(t)
	alice, mallory := s.addUser("alice", battery), s.addUser("mallory", battery)
	a, m := s.passkey(alice), s.passkey(mallory)
	for what, spoil := range map[string]func(f *authenticator){
		"another origin":              func(f *authenticator) { f.Origin = "http://localhost:1" },
		"another scheme":              func(f *authenticator) { f.Origin = strings.Replace(f.Origin, "http:", "https:", 1) },
		"an origin with capitals":     func(f *authenticator) { f.Origin = strings.ToUpper(f.Origin) },
		"an origin with a path":       func(f *authenticator) { f.Origin += "/auth" },
		"a frame of another site":     func(f *authenticator) { f.Says = map[string]any{"crossOrigin": true} },
		"another RP ID":               func(f *authenticator) { f.RPID = "evil.example" },
		"nobody there":                func(f *authenticator) { f.Flags &^= passkeytest.Present },
		"nobody made sure of":         func(f *authenticator) { f.Flags &^= passkeytest.Verified },
		"not to be copied any more":   func(f *authenticator) { f.Flags &^= passkeytest.Eligible | passkeytest.BackedUp },
		"a copy of what has none":     func(f *authenticator) { f.Flags &^= passkeytest.Eligible },
		"another key":                 func(f *authenticator) { f.Key = m.Key },
		"the account of somebody":     func(f *authenticator) { f.User = []byte(mallory.ID) },
		"no account":                  func(f *authenticator) { f.User = nil },
		"a passkey that is not known": func(f *authenticator) { f.ID = make([]byte, 32) },
		"the passkey of somebody":     func(f *authenticator) { f.ID = m.ID },
	} {
		f := *a
		spoil(&f)
		r := f.tries()
		if r.status != 401 || r.code() != "passkey_invalid" {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
		s.clock.advance(time.Minute) // what is wrong is charged
	}
	a.tries().wants(t, 200, "")
	if n := len(s.sessionsOf(mallory)); n != 1 { // that in which the passkey was added
		t.Errorf("somebody has %d sessions", n)
	}
}

// ASVS 6.7.2
func TestAttack81AnAnswerIsGoodForWhatWasAskedHereAndOnce(t *testing.T) {
	s := start(t)
	alice := s.addUser("alice", battery)
	a := s.passkey(alice)

	b := s.browser()
	asked := map[string]bool{}
	for range 20 {
		challenge := b.challenge(askToSignIn)
		if raw, err := b64.DecodeString(challenge); err != nil || len(raw) < 16 || asked[challenge] {
			t.Fatalf("the challenge %s is too short, or not the first of its kind", challenge)
		}
		asked[challenge] = true
	}
	answer, cookie := a.signs(b.challenge(askToSignIn)), b.cookies["lingpai_passkey"]
	b.withPasskey(answer).wants(t, 200, "")
	b.withPasskey(answer).wants(t, 410, "challenge_void") // the cookie is gone
	b.cookies["lingpai_passkey"] = cookie
	b.withPasskey(answer).wants(t, 410, "challenge_void")

	b.challenge(askToSignIn)
	b.withPasskey(a.signs(s.browser().challenge(askToSignIn))).wants(t, 410, "challenge_void")
	late := a.signs(b.challenge(askToSignIn))
	s.clock.advance(10*time.Minute + time.Second)
	b.withPasskey(late).wants(t, 410, "challenge_void")

	in := s.browser()
	in.login("alice", battery, "cookie")
	in.withPasskey(a.signs(in.challenge(askToAdd))).wants(t, 410, "challenge_void")
	toSignIn := in.challenge(askToSignIn)
	another := s.authenticator(alice.ID)
	if r := in.postForm("/auth/account/passkeys", map[string]string{"credential": another.makes(toSignIn)}); r.status != 410 {
		t.Errorf("a challenge to sign in adds a passkey: %d", r.status)
	}
	made := another.makes(in.challenge(askToAdd))
	begun := in.cookies["lingpai_passkey"]
	mallory := s.addUser("mallory", battery)
	other := s.browser()
	other.login("mallory", battery, "cookie")
	other.cookies["lingpai_passkey"] = begun
	if r := other.postForm("/auth/account/passkeys", map[string]string{"credential": made}); r.status != 410 {
		t.Errorf("what was begun for one account adds to another: %d", r.status)
	}
	if r := in.postForm("/auth/account/passkeys", map[string]string{"credential": made}); r.status != 303 {
		t.Errorf("%d %s", r.status, r.body)
	}
	in.cookies["lingpai_passkey"] = begun
	if r := in.postForm("/auth/account/passkeys", map[string]string{"credential": made}); r.status != 409 {
		t.Errorf("it is added twice: %d", r.status)
	}
	if list, err := s.core.Passkeys.Of(t.Context(), mallory.ID); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestAttack81APasskeyThatDoesNotCountOnIsRefused(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	a := s.authenticator(u.ID)
	a.Count = 5
	b := s.browser()
	b.login("alice", battery, "cookie")
	if r := a.add(b); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	for _, step := range []struct {
		count  uint32
		status int
		code   string
	}{{6, 200, ""}, {6, 401, "passkey_invalid"}, {4, 401, "passkey_invalid"}, {0, 401, "passkey_invalid"}, {7, 200, ""}} {
		a.Count = step.count
		a.tries().wants(t, step.status, step.code)
	}
	copied := 0
	for _, e := range s.events() {
		if e.Action == audit.PasskeyCopied && e.UserID == u.ID {
			copied++
		}
	}
	if copied != 3 {
		t.Errorf("the log tells of %d", copied)
	}
}

func TestADisabledAccountIsNotOpenedByAPasskey(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	a := s.passkey(u)
	if err := s.core.Users.SetDisabled(t.Context(), u.ID, true, cli); err != nil {
		t.Fatal(err)
	}
	a.tries().wants(t, 403, "account_disabled")
	f := *a
	f.Origin = "http://evil.example"
	f.tries().wants(t, 401, "passkey_invalid")
}

// ASVS 6.3.1
func TestWrongPasskeysAreChargedToTheirAddress(t *testing.T) {
	s := start(t)
	good := s.passkey(s.addUser("alice", battery))
	a := *good
	a.ID = make([]byte, 16)
	limited := 0
	for range 30 {
		if r := a.tries(); r.status == 429 {
			limited++
			if r.header.Get("Retry-After") == "" {
				t.Error("it does not say until when")
			}
		}
	}
	if limited < 5 {
		t.Errorf("%d of 30 were slowed down", limited)
	}
	s.clock.advance(time.Hour)
	good.tries().wants(t, 200, "")
}

func TestWhatIsNoAnswerOfAPasskeyIsRefused(t *testing.T) {
	s := start(t)
	a := s.passkey(s.addUser("alice", battery))
	b := s.browser()
	b.login("alice", battery, "cookie")
	long := strings.Repeat("A", 8000)
	for _, wrong := range []string{
		``, `null`, `[]`, `"x"`, `{}`, `{"id":1}`, `{"id":"a","id":"b"}`, `{"id":"AA","rawId":"AA","type":"public-key"}`, `{`, "\x00", `{"id":"` + long + `"}`,
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}`,
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"bnVsbA","authenticatorData":"` + long + `","signature":"AA","userHandle":"AA"}}`,
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVg"}}`,
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"` + long + `"}}`,
	} {
		b.challenge(askToSignIn)
		refused(t, "sign in by JSON with "+wrong[:min(len(wrong), 60)], b.withPasskey(wrong).status)
		refused(t, "sign in by form", b.postForm("/auth/login/passkey", map[string]string{"credential": wrong}).status)
		b.challenge(askToAdd)
		refused(t, "add", b.postForm("/auth/account/passkeys", map[string]string{"credential": wrong}).status)
	}
	refused(t, "too long", b.withPasskey(a.signs(b.challenge(askToSignIn))+strings.Repeat(" ", 20<<10)).status)
	b.postJSON("/auth/api/passkey", `{}`).wants(t, 422, "field_invalid")
	b.postJSON("/auth/api/passkey", `{"credential":{},"keep":"moon"}`).wants(t, 422, "field_invalid")
}

func refused(t *testing.T, what string, status int) {
	t.Helper()
	if status < 400 || status >= 500 {
		t.Errorf("%s: %d", what, status)
	}
}

// ASVS 6.5.6, 7.5.1
func TestPasskeysAreLookedAfterByWhoHasJustSignedIn(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	a, b := s.passkey(u), s.browser()
	b.login("alice", battery, "cookie")
	page := "/auth/account/passkeys/" + b64.EncodeToString(a.ID)
	if r := b.get(page); r.status != 200 || !strings.Contains(r.body, `name="name"`) {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := b.postForm(page, map[string]string{"name": " Blue \x00 key\u202e "}); r.status != 303 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := b.get("/auth/account?done=passkey_renamed"); !strings.Contains(r.body, "<b>Blue key</b>") || !strings.Contains(r.body, "Synced") {
		t.Errorf("%s", r.body)
	}
	stranger := s.browser()
	s.addUser("mallory", battery)
	stranger.login("mallory", battery, "cookie")
	for _, path := range []string{page, page + "/remove"} {
		if r := stranger.postForm(path, map[string]string{"name": "Mine"}); !strings.HasSuffix(r.header.Get("Location"), "#passkeys") {
			t.Errorf("%d to %q", r.status, r.header.Get("Location"))
		}
	}
	a.tries().wants(t, 200, "")

	s.clock.advance(11 * time.Minute)
	b.do("POST", askToAdd, "").wants(t, 401, "step_up_required")
	for _, path := range []string{"/auth/account/passkeys", page, page + "/remove"} {
		if r := b.postForm(path, map[string]string{"name": "Old"}); !strings.HasPrefix(r.header.Get("Location"), "/auth/login?return_to=%2Fauth%2Faccount%3Fdone%3Danew_passkeys") {
			t.Errorf("%s: %d to %q", path, r.status, r.header.Get("Location"))
		}
	}
	fresh := s.browser()
	form := map[string]string{"credential": a.signs(fresh.challenge(askToSignIn))}
	if r := fresh.postForm("/auth/login/passkey", form); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := fresh.postForm(page+"/remove", nil); r.status != 303 || !strings.Contains(r.header.Get("Location"), "done=passkey_removed") {
		t.Errorf("%d %s", r.status, r.body)
	}
	a.tries().wants(t, 401, "passkey_invalid")
	var told []audit.Action
	for _, e := range s.events() {
		if strings.HasPrefix(string(e.Action), "passkey") {
			told = append(told, e.Action)
		}
	}
	if !slices.Equal(told, []audit.Action{audit.PasskeyAdded, audit.PasskeyRemoved}) {
		t.Errorf("the log tells %v", told)
	}
}

func TestASessionOfAPasswordChangesNoPasskeyWhereTwoFactorsAreNeeded(t *testing.T) {
	s := start(t)
	p := s.twoStep("alice")
	b := s.browser()
	s.byPassword(b, p.user)
	b.do("POST", askToAdd, "").wants(t, 401, "acr_required")
	a := s.authenticator(p.user.ID)
	if r := b.postForm("/auth/account/passkeys", map[string]string{"credential": a.makes("x")}); r.status != 303 || !strings.HasPrefix(r.header.Get("Location"), "/auth/login?") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestTheLastWayInStays(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	a, b := s.passkey(u), s.browser()
	form := map[string]string{"credential": a.signs(b.challenge(askToSignIn))}
	if r := b.postForm("/auth/login/passkey", form); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	none := user.Change{ID: u.ID, Password: &secret.String{}, KeepPasswordTime: true, At: s.clock.Now()}
	if err := s.core.Store.ChangeUser(t.Context(), none); err != nil {
		t.Fatal(err)
	}
	r := b.postForm("/auth/account/passkeys/"+b64.EncodeToString(a.ID)+"/remove", nil)
	if r.status != 409 || !strings.Contains(r.body, "Nothing else opens this account") {
		t.Errorf("%d %s", r.status, r.body)
	}
	a.tries().wants(t, 200, "")
}

func TestWhereTheAddressIsOfNumbersThereAreNoPasskeys(t *testing.T) {
	s := start(t, "issuer=http://127.0.0.1:4401", "listen=127.0.0.1:0")
	s.addUser("alice", battery)
	b := s.browser()
	b.do("POST", askToSignIn, "").wants(t, 404, "passkeys_unavailable")
	b.withPasskey(`{}`).wants(t, 404, "passkeys_unavailable")
	b.get("/.well-known/passkey-endpoints").wants(t, 404, "passkeys_unavailable")
	b.login("alice", battery, "cookie")
	b.do("POST", askToAdd, "").wants(t, 404, "passkeys_unavailable")
	for _, page := range []string{"/auth/login?again=1&return_to=/auth/account", "/auth/account"} {
		if r := b.get(page); r.status != 200 || strings.Contains(strings.ToLower(r.body), "passkey") || strings.Contains(r.body, "webauthn") {
			t.Errorf("%s tells of passkeys: %d %s", page, r.status, r.body)
		}
	}
}

func TestPasswordManagersFindWherePasskeysAreMade(t *testing.T) {
	s := start(t)
	r := s.program().get("/.well-known/passkey-endpoints", "Origin: https://elsewhere.example")
	want := `{"enroll":"` + s.origin + `/auth/account#passkeys","manage":"` + s.origin + `/auth/account#passkeys"}` + "\n"
	if r.status != 200 || r.body != want || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestPasswordManagersFindWhereAPasswordIsChanged(t *testing.T) {
	s := start(t)
	if r := s.program().get("/.well-known/change-password"); r.status != 303 || r.header.Get("Location") != "/auth/account#password" {
		t.Errorf("%d to %q", r.status, r.header.Get("Location"))
	}
	alice := s.browser()
	s.byPassword(alice, s.addUser("alice", battery))
	if r := alice.get("/auth/account"); !strings.Contains(r.body, `id="password"`) {
		t.Error("the account page has no such place")
	}
	// By this one, managers tell a server that answers everything alike from one that knows the address.
	if r := s.program().get("/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"); r.status != 404 {
		t.Errorf("%d where nothing is", r.status)
	}
}

func TestAnAppMayAskForAPasskey(t *testing.T) {
	s := start(t)
	alice := s.addUser("alice", battery)
	device := s.passkey(alice)
	s.addUser("bob", battery)
	a := s.addClient(registry.Web, firstParty)
	a.signIn("bob")
	a.wantsError(a.get(a.request("acr_values", "phr")), "unmet_authentication_requirements")

	a.client = s.browser()
	s.byPassword(a.client, alice)
	for _, class := range []string{"phr", "urn:lingpai:mfa"} {
		asked := a.get(a.request("acr_values", class))
		if to := asked.header.Get("Location"); asked.status != 303 || !strings.HasPrefix(to, "/auth/login?again=1&return_to=") {
			t.Fatalf("%s: %d to %q", class, asked.status, to)
		}
	}
	u, err := url.Parse(a.get(a.request("acr_values", "phr")).header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	form := map[string]string{"credential": device.signs(a.challenge(askToSignIn)), "return_to": u.Query().Get("return_to")}
	back := a.postForm("/auth/login/passkey", form)
	if got := claimsOf(t, a.redeem(a.answer(a.get(back.header.Get("Location"))).Get("code")).handed(t).IDToken); got["acr"] != "phr" {
		t.Errorf("the ID token says %v", got["acr"])
	}
	a.code("acr_values", "urn:lingpai:mfa") // a passkey is as good
}

// ASVS 6.5.6
func TestAResetTakesPasskeysAndSessions(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	a := s.passkey(u)
	if err := s.core.Passkeys.Reset(t.Context(), u.ID, cli); err != nil {
		t.Fatal(err)
	}
	if rows := s.sessionsOf(u); slices.ContainsFunc(rows, func(r session.Session) bool { return r.EndedAt.IsZero() }) {
		t.Errorf("%+v", rows)
	}
	a.tries().wants(t, 401, "passkey_invalid")
}
