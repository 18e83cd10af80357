package app

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
)

// ASVS 10.2.1, 10.2.3
func TestSignInThroughAProviderAsksForWhatTheStandardsWant(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	c := s.browser()
	q := p.begin(c, "?return_to=/notes")
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "us", "redirect_uri": s.origin + "/auth/connect/evil/callback", "scope": "openid profile email",
		"code_challenge_method": "S256",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	r := c.get(p.back(q), page)
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/notes" || c.cookies["lingpai_session"] == "" {
		t.Fatalf("%d %s %s", r.status, r.header.Get("Location"), r.body)
	}
	form := p.asked[0]
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if form.Get("code") != "c0de" || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
		t.Errorf("the code was traded by %v", form)
	}
	for _, secret := range []string{form.Get("code_verifier"), q.Get("nonce"), "/notes", "s&cret", "c0de"} {
		if strings.Contains(q.Get("state"), secret) || strings.Contains(s.log.String(), secret) && secret != "/notes" {
			t.Errorf("%q is in the state or in the log", secret)
		}
	}
}

// Attack 71, login CSRF: an answer that another browser caused, or nobody.
//
// ASVS 10.1.2, 10.2.1
func TestAttack71AnAnswerOpensInTheBrowserAloneThatBeganIt(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	attacker, victim := s.browser(), s.browser()
	answer := p.back(p.begin(attacker, ""))
	victim.refusedPage(victim.get(answer, page), 400, "provider_state")
	p.begin(victim, "") // with a sign-in of their own under way, too
	victim.refusedPage(victim.get(answer, page), 400, "provider_state")
	victim.cookies["lingpai_connect"] = "AAAAAAAAAAAAAAAAAAAAAAAAAA"
	victim.refusedPage(victim.get(answer, page), 400, "provider_state")
	if p.tokensAsked() > 0 {
		t.Error("a code was traded for nobody")
	}
}

// ASVS 10.1.2
func TestAttackForgedStatesAreRefusedBeforeAnythingIsFetched(t *testing.T) {
	p, other := newImpostor(t, "evil"), newImpostor(t, "other")
	s := trusting(t, "", p, other)
	c := s.browser()
	q := p.begin(c, "")
	state := q.Get("state")
	for name, forged := range map[string]string{
		"none": "", "short": "a", "not base64": "§$%", "cut": state[:len(state)-4], "longer": state + "AAAA", "long": strings.Repeat("A", 20_000),
		"one bit": state[:40] + otherThan(state[40]) + state[41:], "of another provider": other.begin(c, "").Get("state"),
	} {
		if r := c.get(p.back(q, "state", forged), page); r.status != 400 || !strings.Contains(r.body, "provider_state") {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	c.refusedPage(c.get(p.back(q)+"&state=x", page), 400, "provider_state")
	s.clock.advance(10*time.Minute + time.Second)
	c.refusedPage(c.get(p.back(q), page), 400, "provider_state")
	if p.tokensAsked()+other.tokensAsked() > 0 {
		t.Error("a code was traded")
	}
}

func otherThan(b byte) string {
	if b == 'A' {
		return "B"
	}
	return "A"
}

// Attack 43, seen from the client: an answer is good once. Whoever goes back in their own browser is led on.
func TestAttack43ACallbackIsGoodOnce(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	c := s.browser()
	answer := p.back(p.begin(c, "?return_to=/notes"))
	if r := c.get(answer, page); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := c.get(answer, page); r.status != http.StatusSeeOther || r.header.Get("Location") != "/notes" {
		t.Errorf("a reload leads to %d %s", r.status, r.header.Get("Location"))
	}
	delete(c.cookies, "lingpai_session")
	c.refusedPage(c.get(answer, page), 400, "provider_state")
	if n := p.tokensAsked(); n != 1 {
		t.Errorf("the code was traded %d times", n)
	}
}

// Attack 46, mix-up: the answer of one provider is brought to the callback of another, or says that it comes from elsewhere.
//
// ASVS 10.2.2
func TestAttack46MixUpOfTwoProviders(t *testing.T) {
	honest, evil := newImpostor(t, "honest"), newImpostor(t, "evil")
	s := trusting(t, "", honest, evil)
	c := s.browser()
	q := evil.begin(c, "")
	c.refusedPage(c.get(honest.back(q), page), 400, "provider_state")
	for name, iss := range map[string]string{"of the other": evil.URL, "none": "", "with a slash": honest.URL + "/", "in capitals": strings.ToUpper(honest.URL)} {
		q := honest.begin(c, "")
		if r := c.get(honest.back(q, "iss", iss), page); r.status != 400 || !strings.Contains(r.body, "provider_state") {
			t.Errorf("iss %s: %d", name, r.status)
		}
		if r := c.get(honest.back(honest.begin(c, ""), "iss", iss, "code", "", "error", "access_denied"), page); !strings.Contains(r.body, "provider_state") {
			t.Errorf("an error with iss %s: %d", name, r.status)
		}
	}
	if honest.tokensAsked()+evil.tokensAsked() > 0 {
		t.Error("a code was sent to somebody")
	}
}

// ASVS 6.8.2, 10.5.1, 10.5.4
func TestAttackIDTokensThatAreNotForThisSignInAreRefused(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	now := s.clock.Now().Unix()
	none := func(header string) func([]byte) string {
		return func(payload []byte) string {
			e := base64.RawURLEncoding
			return e.EncodeToString([]byte(header)) + "." + e.EncodeToString(payload) + "."
		}
	}
	secret, err := jose.NewKey(jose.HS256, []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	by := func(key *jose.Key, typ string) func([]byte) string {
		return func(payload []byte) string { return signed(t, key, typ, payload) }
	}
	for name, say := range map[string]func(p *impostor){
		"of another client":         func(p *impostor) { p.claims = map[string]any{"aud": "them"} },
		"of two clients":            func(p *impostor) { p.claims = map[string]any{"aud": []string{"them", "us"}} },
		"azp of another":            func(p *impostor) { p.claims = map[string]any{"azp": "them"} },
		"of nobody":                 func(p *impostor) { p.claims = map[string]any{"aud": nil} },
		"of another issuer":         func(p *impostor) { p.claims = map[string]any{"iss": "https://honest.example"} },
		"wrong nonce":               func(p *impostor) { p.claims = map[string]any{"nonce": "n-1"} },
		"no nonce":                  func(p *impostor) { p.claims = map[string]any{"nonce": nil} },
		"expired":                   func(p *impostor) { p.claims = map[string]any{"exp": now - 61} },
		"without end":               func(p *impostor) { p.claims = map[string]any{"exp": nil} },
		"from the future":           func(p *impostor) { p.claims = map[string]any{"iat": now + 61 + 60} },
		"from before":               func(p *impostor) { p.claims = map[string]any{"iat": now - 3600} },
		"without iat":               func(p *impostor) { p.claims = map[string]any{"iat": nil} },
		"without subject":           func(p *impostor) { p.claims = map[string]any{"sub": ""} },
		"subject of 256":            func(p *impostor) { p.claims = map[string]any{"sub": strings.Repeat("s", 256)} },
		"other access token":        func(p *impostor) { p.claims = map[string]any{"at_hash": "AAAA"} },
		"alg none":                  func(p *impostor) { p.sign = none(`{"alg":"none"}`) },
		"alg None":                  func(p *impostor) { p.sign = none(`{"alg":"None","typ":"JWT"}`) },
		"by a shared secret":        func(p *impostor) { p.sign = by(secret.WithID("evil-key"), "JWT") },
		"by a key of nobody":        func(p *impostor) { p.sign = by(stranger.WithID("evil-key"), "JWT") },
		"by a key that is unknown":  func(p *impostor) { p.sign = by(stranger.WithID("x"), "JWT") },
		"an access token":           func(p *impostor) { p.sign = by(p.key, "at+jwt") },
		"a logout token":            func(p *impostor) { p.sign = by(p.key, "logout+jwt") },
		"no token":                  func(p *impostor) { p.sign = func([]byte) string { return "" } },
		"subject of a number":       func(p *impostor) { p.claims = map[string]any{"sub": 7} },
		"subject in capitals alone": func(p *impostor) { p.claims = map[string]any{"sub": nil, "SUB": "mallory"} },
	} {
		c := s.browser()
		p.say(func(p *impostor) { p.claims, p.sign = nil, nil; say(p) })
		r := p.signIn(c)
		if r.status != http.StatusBadGateway || !strings.Contains(r.body, "<code>provider_failed</code>") || c.cookies["lingpai_session"] != "" {
			t.Errorf("%s: %d", name, r.status)
		}
		for _, inner := range []string{"nonce is not", "azp is", "at_hash is", "signature", p.URL + "/token"} {
			if strings.Contains(r.body, inner) {
				t.Errorf("%s: the page tells %q", name, inner)
			}
		}
	}
	p.say(func(p *impostor) { p.claims, p.sign = nil, nil })
	if r := p.signIn(s.browser()); r.status != http.StatusSeeOther {
		t.Errorf("the usual one: %d %s", r.status, r.body)
	}
}

// The userinfo endpoint is asked by an access token, which may have been swapped for that of somebody else (OpenID Connect Core, section 5.3.4).
func TestAttackUserinfoOfSomebodyElseIsRefused(t *testing.T) {
	p := newImpostor(t, "evil")
	p.info = map[string]any{"sub": "alice", "groups": []string{"it"}}
	s := trusting(t, ", roles_claim: groups, require: [it]", p)
	c := s.browser()
	c.refusedPage(p.signIn(c), 502, "provider_failed")
	p.say(func(p *impostor) { p.info = map[string]any{"groups": []string{"it"}} })
	c.refusedPage(p.signIn(c), 502, "provider_failed")
	p.say(func(p *impostor) { p.info = map[string]any{"sub": "mallory", "groups": []string{"it"}} })
	if r := p.signIn(c); r.status != http.StatusSeeOther {
		t.Errorf("their own: %d %s", r.status, r.body)
	}
	again := s.browser()
	p.say(func(p *impostor) { p.claims = map[string]any{"groups": []string{}} }) // the ID token weighs more
	again.refusedPage(p.signIn(again), 403, "provider_not_admitted")
}

func TestAttackAFloodOfAnswersIsSlowedDown(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	p.say(func(p *impostor) { p.claims = map[string]any{"nonce": "n-1"} })
	for range 40 {
		c := s.browser()
		c.refusedPage(p.signIn(c), 502, "provider_failed")
	}
	c := s.browser()
	c.refusedPage(p.signIn(c), 429, "rate_limited")
	if n := p.tokensAsked(); n != 40 {
		t.Errorf("the provider was asked %d times", n)
	}
	s.addUser("alice", battery)
	c.login("alice", battery, "cookie") // is a matter of its own
}

// Attack 79, takeover by email: somebody who claims the address of an account gets neither that account nor another with its address.
//
// ASVS 6.8.1, 10.5.2
func TestAttack79AnAddressOfEmailOpensNoAccount(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	alice := s.addUser("alice", battery, "admin")
	for _, address := range []string{"alice@example.com", "ALICE@example.com"} {
		p.say(func(p *impostor) { p.claims = map[string]any{"email": address} })
		c := s.browser()
		c.refusedPage(p.signIn(c), 409, "account_exists")
	}
	p.say(func(p *impostor) {
		p.claims = map[string]any{"email": "alice@example.com", "email_verified": false, "preferred_username": "alice"}
	})
	c := s.browser()
	if r := p.signIn(c); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	u, err := s.core.Store.LinkedUser(t.Context(), p.URL, "mallory")
	if err != nil || u.ID == alice.ID || u.Email != "" || u.Username != "alice-evil" || len(u.Roles) > 0 {
		t.Errorf("they are %+v, %v", u, err)
	}
}

// TestOneSubjectAtTwoProvidersIsTwoPeople: a subject means somebody only together with who says it.
//
// ASVS 6.8.1, 10.5.2
func TestOneSubjectAtTwoProvidersIsTwoPeople(t *testing.T) {
	honest, evil := newImpostor(t, "honest"), newImpostor(t, "evil")
	s := trusting(t, "", honest, evil)
	var ids []string
	evil.say(func(p *impostor) {
		p.claims = map[string]any{"email": "another@example.com", "preferred_username": "another"}
	})
	for _, p := range []*impostor{honest, evil, evil} {
		c := s.browser()
		if r := p.signIn(c); r.status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", p.name, r.status, r.body)
		}
		u, err := s.core.Store.LinkedUser(t.Context(), p.URL, "mallory")
		if err != nil || signedInBy(c) != u.Username {
			t.Fatalf("%s: signed in is %q, linked %q (%v)", p.name, signedInBy(c), u.Username, err)
		}
		ids = append(ids, u.ID)
	}
	if ids[0] == ids[1] || ids[1] != ids[2] {
		t.Errorf("the accounts are %v", ids)
	}
}

// Attack 75, open redirects: what does not pass as return_to leads to the account page.
func TestAttack75AProviderLeadsBackToOurOriginAlone(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/%5cevil.example/", "javascript:alert(1)", "/auth/logout", "/.//evil.example"} {
		c := s.browser()
		r := c.get(p.back(p.begin(c, "?return_to="+url.QueryEscape(to))), page)
		if r.status != http.StatusSeeOther || r.header.Get("Location") != "/auth/account" {
			t.Errorf("%q leads to %d %s", to, r.status, r.header.Get("Location"))
		}
	}
}

// Attack 70, session fixation: a session that was planted is over after a sign-in through a provider.
func TestAttack70APlantedSessionIsOverAfterASignInThroughAProvider(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	s.addUser("alice", battery)
	attacker, victim := s.browser(), s.browser()
	attacker.login("alice", battery, "cookie")
	q := p.begin(victim, "")
	victim.cookies["lingpai_session"] = attacker.cookies["lingpai_session"]
	if r := victim.get(p.back(q), page); r.status != http.StatusSeeOther || victim.cookies["lingpai_session"] == attacker.cookies["lingpai_session"] {
		t.Fatalf("%d", r.status)
	}
	attacker.get("/auth/api/me").wants(t, 401, "session_ended")
}

func TestAttackAPageElsewhereConnectsNothingAndSignsNobodyInAsSomebodyElse(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	s.addUser("alice", battery)
	c := s.browser()
	c.login("alice", battery, "cookie")
	for _, site := range []string{"cross-site", "same-site", "none", ""} {
		headers := []string{page, "Sec-Fetch-Mode: navigate"}
		if site != "" {
			headers = append(headers, "Sec-Fetch-Site: "+site)
		}
		if r := c.get("/auth/connect/evil?link=1", headers...); r.status != http.StatusForbidden {
			t.Errorf("a link from %q connects: %d %s", site, r.status, r.header.Get("Location"))
		}
	}
	for _, path := range []string{"/auth/connect/evil", "/auth/connect/evil?again=1"} {
		r := c.get(path, page, "Sec-Fetch-Site: cross-site")
		if r.status != http.StatusSeeOther || strings.HasPrefix(r.header.Get("Location"), p.URL) {
			t.Errorf("%s from elsewhere leads to %d %s", path, r.status, r.header.Get("Location"))
		}
	}
	if r := c.get("/auth/connect/evil?link=1", page, "Sec-Fetch-Site: same-origin"); !strings.HasPrefix(r.header.Get("Location"), p.URL) || !strings.Contains(r.header.Get("Location"), "prompt=login") {
		t.Errorf("a page of ours does not connect: %d %s", r.status, r.header.Get("Location"))
	}
}

// ASVS 10.5.5
func TestAttackForgedLogoutTokensEndNothing(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	p.say(func(p *impostor) { p.claims = map[string]any{"sid": "theirs"} })
	c := s.browser()
	p.signIn(c)
	events := map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}
	now := s.clock.Now().Unix()
	usual := func() map[string]any {
		return map[string]any{"iss": p.URL, "aud": "us", "iat": now, "exp": now + 120, "jti": "j-1", "events": events, "sid": "theirs"}
	}
	send := func(typ string, key *jose.Key, claims map[string]any) reply {
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		return s.program().postForm("/auth/connect/evil/backchannel", map[string]string{"logout_token": signed(t, key, typ, payload)})
	}
	for name, change := range map[string]func(m map[string]any){
		"of another client": func(m map[string]any) { m["aud"] = "them" }, "of another issuer": func(m map[string]any) { m["iss"] = "x" },
		"without events": func(m map[string]any) { delete(m, "events") }, "with a nonce": func(m map[string]any) { m["nonce"] = "n" },
		"without jti": func(m map[string]any) { delete(m, "jti") }, "of nobody": func(m map[string]any) { delete(m, "sid") },
		"old": func(m map[string]any) { m["iat"] = now - 3600 }, "expired": func(m map[string]any) { m["exp"] = now - 61 },
	} {
		claims := usual()
		change(claims)
		if r := send("logout+jwt", p.key, claims); r.status != 400 {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	stranger, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	send("logout+jwt", stranger.WithID("evil-key"), usual()).wants(t, 400, "provider_logout")
	send("at+jwt", p.key, usual()).wants(t, 400, "provider_logout")
	s.program().postForm("/auth/connect/evil/backchannel", nil).wants(t, 400, "provider_logout")
	if r := c.get("/auth/api/me"); r.status != http.StatusOK {
		t.Fatalf("a forged token signs out: %d", r.status)
	}
	if r := send("logout+jwt", p.key, usual()); r.status != http.StatusOK {
		t.Errorf("the usual one: %d %s", r.status, r.body)
	}
	c.get("/auth/api/me").wants(t, 401, "session_ended")
	again := s.browser()
	p.signIn(again)
	send("logout+jwt", p.key, usual()).wants(t, 400, "provider_logout") // replayed
	if r := again.get("/auth/api/me"); r.status != http.StatusOK {
		t.Errorf("a replayed token signs out: %d", r.status)
	}
}

// Whoever disconnected could otherwise keep for good what the provider would take away at the next sign-in.
func TestAttackWhoDisconnectsAProviderLosesTheRolesThatItGave(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, ", roles_claim: groups, roles: {it: admin}", p)
	alice := s.addUser("alice", battery)
	s.setRoles("alice", "editor")
	c := s.browser()
	c.login("alice", battery, "cookie")
	c.get(p.back(p.begin(c, "?link=1", "Sec-Fetch-Site: same-origin")), page)
	p.say(func(p *impostor) { p.claims = map[string]any{"groups": []string{"it"}} })
	elsewhere := s.browser()
	p.signIn(elsewhere)
	roles := func() string {
		u, err := s.core.Store.UserByID(t.Context(), alice.ID)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(u.Roles, " ")
	}
	if got := roles(); got != "admin editor" {
		t.Fatalf("the provider gave %q", got)
	}
	end := func() { c.postForm("/auth/account/connections/evil/end", nil, "Origin: "+s.origin) }
	if end(); roles() != "editor" {
		t.Errorf("after the connection ended: %q", roles())
	}
	s.setRoles("alice", "admin")
	if end(); roles() != "admin" {
		t.Errorf("what was given here is taken by a provider that is not connected: %q", roles())
	}
}

// Whoever finds a session open does not connect an account of theirs with it, by which they would come in for good, whatever becomes of the password.
//
// ASVS 7.5.1
func TestAttack82AnOldSignInConnectsNoProvider(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	u := s.addUser("alice", battery)
	c := s.browser()
	c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	s.clock.advance(11 * time.Minute)
	const ours = "Sec-Fetch-Site: same-origin"
	if r := c.get("/auth/connect/evil?link=1", page, ours); r.status != http.StatusSeeOther || r.header.Get("Location") != "/auth/login?return_to=%2Fauth%2Faccount%3Fdone%3Danew_connections%23connections&again=1&reason=step_up_required" {
		t.Fatalf("%d %s", r.status, r.header.Get("Location"))
	}
	c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": "/auth/account"})
	if r := c.get(p.back(p.begin(c, "?link=1", ours)), page); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if to, err := s.core.Store.LinkedUser(t.Context(), p.URL, "mallory"); err != nil || to.ID != u.ID {
		t.Errorf("%+v %v", to, err)
	}
}
