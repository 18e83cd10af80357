package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// phone is an authenticator app that was set up for an account, and its recovery codes.
type phone struct {
	*server
	user     user.User
	secret   string
	recovery []string
}

// twoStep adds an account whose second factor is on.
func (s *server) twoStep(name string, roles ...string) *phone {
	s.Helper()
	return s.addFactor(s.addUser(name, battery, roles...))
}

// addFactor turns the second factor of an account on.
func (s *server) addFactor(u user.User) *phone {
	s.Helper()
	o := s.core.OTP.Offer(u.ID, u.Username)
	p := &phone{server: s, user: u, secret: o.Secret.Reveal()}
	codes, err := s.core.OTP.Add(s.Context(), u.ID, o.Token.Reveal(), p.code(), cli)
	if err != nil {
		s.Fatal(err)
	}
	p.recovery = codes
	s.clock.advance(time.Minute) // the code that confirmed it was used
	return p
}

// code is what the app shows now.
func (p *phone) code() string {
	p.Helper()
	code, err := otp.Code(p.secret, p.clock.Now())
	if err != nil {
		p.Fatal(err)
	}
	return code
}

// loginWith signs in by the API with a code.
func (c *client) loginWith(name, pw, code string) reply {
	c.s.Helper()
	body, err := json.Marshal(map[string]string{"username": name, "password": pw, "code": code, "keep": "storage"})
	if err != nil {
		c.s.Fatal(err)
	}
	return c.postJSON("/auth/api/login", string(body))
}

// shownTo is what a token says of how its person signed in.
type shownTo struct {
	ACR string   `json:"acr"`
	AMR []string `json:"amr"`
}

// sessionsOf lists the living sessions of an account.
func (s *server) sessionsOf(u user.User) []session.Session {
	s.Helper()
	rows, err := s.core.Sessions.Of(s.Context(), u.ID)
	if err != nil {
		s.Fatal(err)
	}
	return rows
}

// ASVS 6.3.3
func TestASecondFactorIsAskedForByTheAPI(t *testing.T) {
	s := start(t)
	alice, p := s.twoStep("alice"), s.program()
	p.loginWith("alice", "wrong", alice.code()).wants(t, 401, "credentials_invalid")
	p.loginWith("alice", battery, "").wants(t, 401, "code_required")
	p.loginWith("alice", battery, "000000").wants(t, 401, "code_invalid")
	code := alice.code()
	r := p.loginWith("alice", battery, code)
	r.wants(t, 200, "")
	if c := payload[shownTo](t, r.granted(t).Access); c.ACR != "urn:lingpai:mfa" || !slices.Equal(c.AMR, []string{"pwd", "otp", "mfa"}) {
		t.Errorf("the token says %v", c)
	}
	p.loginWith("alice", battery, code).wants(t, 401, "code_invalid")
	p.loginWith("alice", battery, strings.ToUpper(alice.recovery[3])).wants(t, 200, "")
	p.loginWith("alice", battery, alice.recovery[3]).wants(t, 401, "code_invalid")

	s.addUser("bob", battery)
	r = p.loginWith("bob", battery, "123456") // a code too many does no harm
	r.wants(t, 200, "")
	if c := payload[shownTo](t, r.granted(t).Access); c.ACR != "urn:lingpai:password" || !slices.Equal(c.AMR, []string{"pwd"}) {
		t.Errorf("the token says %v", c)
	}
	var failed []string
	for _, e := range s.events() {
		if e.UserID == alice.user.ID && (e.Action == audit.SignInFailed || e.Action == audit.RecoveryCodeUsed) {
			failed = append(failed, e.Detail)
		}
	}
	if want := []string{"credentials_invalid", "code_invalid", "code_invalid", "", "code_invalid"}; !slices.Equal(failed, want) {
		t.Errorf("the log has %q, want %q", failed, want)
	}
}

// ASVS 6.5.1, 6.5.5
func TestAttack68CodesAreNotGuessed(t *testing.T) {
	s := start(t)
	alice, p := s.twoStep("alice"), s.program()
	limited := 0
	for range 40 {
		if r := p.loginWith("alice", battery, "000000"); r.code() == "rate_limited" {
			limited++
		}
	}
	if limited != 32 {
		t.Errorf("of 40 guesses, %d were turned away", limited)
	}
	s.program().loginWith("alice", battery, alice.code()).wants(t, 429, "rate_limited") // from another address, too: the account is what is guessed at
	s.clock.advance(30 * time.Second)
	p.loginWith("alice", battery, alice.code()).wants(t, 200, "") // nobody is locked out
	guesses := 0
	const days = 30
	for end := s.clock.Now().Add(days * 24 * time.Hour); s.clock.Now().Before(end); s.clock.advance(30 * time.Minute) {
		for p.loginWith("alice", battery, "000000").code() == "code_invalid" {
			guesses++
		}
	}
	if guesses > days*6+30 {
		t.Errorf("a month buys %d guesses", guesses)
	}
}

func TestAttack68ADeviceThatIsKnownIsNotKeptOutByGuesses(t *testing.T) {
	s := start(t)
	alice, b := s.twoStep("alice"), s.browser()
	b.signInWith("alice", battery, alice.code(), "")
	s.guessOut("alice")
	s.clock.advance(30 * time.Second)
	s.guessOut("alice")
	b.loginWith("alice", battery, alice.code()).wants(t, 200, "")
}

// guessOut tries wrong codes until strangers may try no more.
func (s *server) guessOut(name string) {
	s.Helper()
	for range 50 {
		if s.program().loginWith(name, battery, "000000").code() == "rate_limited" {
			return
		}
	}
	s.Fatal("50 guesses are not slowed down")
}

// signInWith goes by the pages, and returns the last answer. where is where the person wants to go.
func (c *client) signInWith(name, pw, code, where string) reply {
	c.s.Helper()
	form := map[string]string{"username": name, "password": pw}
	if where != "" {
		form["return_to"] = where
	}
	r := c.postForm("/auth/login", form)
	to := r.header.Get("Location")
	if r.status != 303 || !strings.HasPrefix(to, "/auth/login/code") {
		c.s.Fatalf("%d to %q: %s", r.status, to, r.body)
	}
	page := c.get(to)
	if strings.Contains(page.body, "lingpai dev") {
		c.s.Fatalf("the page shows what is for the app: %s", page.body)
	}
	if page.status != 200 || !strings.Contains(page.body, `autocomplete="one-time-code"`) || !strings.Contains(page.body, `inputmode="numeric"`) {
		c.s.Fatalf("%d %s", page.status, page.body)
	}
	return c.postForm("/auth/login/code", map[string]string{"code": code, "return_to": where})
}

func TestASecondFactorIsAskedForByThePages(t *testing.T) {
	s := start(t)
	alice, b := s.twoStep("alice"), s.browser()
	wrong := b.signInWith("alice", battery, "000000", "/auth/inspect")
	if wrong.status != 401 || !strings.Contains(wrong.body, "This code is not good") {
		t.Fatalf("%d %s", wrong.status, wrong.body)
	}
	if len(s.sessionsOf(alice.user)) != 0 {
		t.Error("a session began without the code")
	}
	right := b.postForm("/auth/login/code", map[string]string{"code": alice.code(), "return_to": "/auth/inspect"})
	if right.status != 303 || right.header.Get("Location") != "/auth/inspect" {
		t.Fatalf("%d %s", right.status, right.body)
	}
	if _, kept := b.cookies["lingpai_halfway"]; kept {
		t.Error("what was half done is kept")
	}
	rows := s.sessionsOf(alice.user)
	if len(rows) != 1 || rows[0].ACR() != "urn:lingpai:mfa" {
		t.Fatalf("%+v", rows)
	}
	other := s.browser()
	if r := other.signInWith("alice", battery, alice.recovery[0], ""); r.status != 303 || r.header.Get("Location") != "/auth/account" {
		t.Errorf("a recovery code: %d %s", r.status, r.body)
	}
}

// What is half done is bound to the browser, to where it leads, to the password, and to five minutes.
func TestWhatIsHalfDoneIsGoodForItselfAlone(t *testing.T) {
	s := start(t)
	alice := s.twoStep("alice")
	for what, spoil := range map[string]func(b *client) string{
		"another browser": func(b *client) string { delete(b.cookies, "lingpai_halfway"); return "/auth/inspect" },
		"another place":   func(*client) string { return "/auth/account/two-step" },
		"an altered cookie": func(b *client) string {
			b.cookies["lingpai_halfway"] = "A" + b.cookies["lingpai_halfway"][1:] + "A"
			return "/auth/inspect"
		},
		"five minutes later": func(*client) string { s.clock.advance(5*time.Minute + time.Second); return "/auth/inspect" },
		"another password": func(*client) string {
			u, err := s.core.Store.UserByID(s.Context(), alice.user.ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.core.Users.SetPassword(s.Context(), u, secretBattery, "", cli); err != nil {
				t.Fatal(err)
			}
			return "/auth/inspect"
		},
		"a closed account": func(*client) string {
			if err := s.core.Users.SetDisabled(s.Context(), alice.user.ID, true, cli); err != nil {
				t.Fatal(err)
			}
			return "/auth/inspect"
		},
	} {
		b := s.browser()
		if err := s.core.Users.SetDisabled(s.Context(), alice.user.ID, false, cli); err != nil {
			t.Fatal(err)
		}
		if r := b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": "/auth/inspect"}); r.status != 303 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		to := spoil(b)
		r := b.postForm("/auth/login/code", map[string]string{"code": alice.code(), "return_to": to})
		if where := r.header.Get("Location"); r.status != 303 || !strings.HasPrefix(where, "/auth/login?reason=too_slow") {
			t.Errorf("%s: %d to %q", what, r.status, where)
		}
		s.clock.advance(time.Minute)
	}
	if rows := s.sessionsOf(alice.user); len(rows) != 0 {
		t.Errorf("%d sessions began", len(rows))
	}
}

var (
	secretOnPage = regexp.MustCompile(`<code class="secret"[^>]*>([A-Z2-7 ]+)</code>`)
	tokenOnPage  = regexp.MustCompile(`name="token" value="([\w-]+)"`)
	codesOnPage  = regexp.MustCompile(`<li><code>([a-z2-7-]+)</code></li>`)
)

// scan reads what a page offers an app.
func (s *server) scan(page reply) (p *phone, token string) {
	s.Helper()
	secret, form := secretOnPage.FindStringSubmatch(page.body), tokenOnPage.FindStringSubmatch(page.body)
	if page.status != 200 || secret == nil || form == nil || !strings.Contains(page.body, `<svg class="qr"`) {
		s.Fatalf("%d %s", page.status, page.body)
	}
	return &phone{server: s, secret: secret[1]}, form[1]
}

// ASVS 6.5.6
func TestTwoStepSignInIsTurnedOnAndOff(t *testing.T) {
	s, post := startMail(t)
	u, b, elsewhere := s.addUser("alice", battery), s.browser(), s.program()
	stays := elsewhere.login("alice", battery, "storage")
	b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	app, token := s.scan(b.get("/auth/account/two-step"))
	if wrong := b.postForm("/auth/account/two-step", map[string]string{"token": token, "code": "000000"}); wrong.status != 401 || !strings.Contains(wrong.body, token) {
		t.Fatalf("%d %s", wrong.status, wrong.body)
	}
	s.clock.advance(20 * time.Minute) // installing an app takes its time
	on := b.postForm("/auth/account/two-step", map[string]string{"token": token, "code": app.code()})
	codes := codesOnPage.FindAllStringSubmatch(on.body, -1)
	if on.status != 200 || len(codes) != 10 {
		t.Fatalf("%d %s", on.status, on.body)
	}
	if l := post.Wait(t); !strings.Contains(l.Subject, "was turned on") || l.To != "alice@example.com" {
		t.Errorf("%s", l.Source)
	}
	elsewhere.me(stays.Access).wants(t, 401, "token_expired") // it expired of itself, and nothing ended the session
	if len(s.sessionsOf(u)) != 2 {
		t.Error("turning it on ended a session")
	}
	if again := b.postForm("/auth/account/two-step", map[string]string{"token": token, "code": app.code()}); again.status != 303 {
		t.Errorf("sent twice: %d %s", again.status, again.body)
	}
	s.clock.advance(time.Minute)

	// Whoever holds a session that began with the password alone cannot take the factor away.
	for _, path := range []string{"/auth/account/two-step/off", "/auth/account/two-step/codes"} {
		if r := b.postForm(path, nil); r.status != 303 || !strings.HasPrefix(r.header.Get("Location"), "/auth/login?") {
			t.Errorf("%s: %d to %q", path, r.status, r.header.Get("Location"))
		}
	}
	fresh := s.browser()
	fresh.signInWith("alice", battery, app.code(), "/auth/account/two-step")
	if page := fresh.get("/auth/account/two-step"); page.status != 200 || !strings.Contains(page.body, "10 recovery codes are left") {
		t.Fatalf("%d %s", page.status, page.body)
	}
	renewed := fresh.postForm("/auth/account/two-step/codes", nil)
	if got := codesOnPage.FindAllStringSubmatch(renewed.body, -1); len(got) != 10 || got[0][1] == codes[0][1] {
		t.Fatalf("%d %s", renewed.status, renewed.body)
	}
	if l := post.Wait(t); !strings.Contains(l.Subject, "New recovery codes") {
		t.Errorf("%s", l.Source)
	}
	elsewhere.loginWith("alice", battery, codes[0][1]).wants(t, 401, "code_invalid")
	s.clock.advance(11 * time.Minute)
	if r := fresh.postForm("/auth/account/two-step/off", nil); !strings.HasPrefix(r.header.Get("Location"), "/auth/login?") {
		t.Errorf("after eleven minutes: %d to %q", r.status, r.header.Get("Location"))
	}
	fresh.signInWith("alice", battery, app.code(), "/auth/account/two-step")
	if off := fresh.postForm("/auth/account/two-step/off", nil); off.header.Get("Location") != "/auth/account?done=two_step_off#two-step" {
		t.Fatalf("%d %s", off.status, off.body)
	}
	if l := post.Wait(t); !strings.Contains(l.Subject, "was turned off") {
		t.Errorf("%s", l.Source)
	}
	elsewhere.login("alice", battery, "storage")
	var seen []audit.Action
	for _, e := range s.events() {
		if strings.HasPrefix(string(e.Action), "factor_") || strings.HasPrefix(string(e.Action), "recovery_") {
			seen = append(seen, e.Action)
			if e.Actor != u.ID || e.UserID != u.ID {
				t.Errorf("%s is by %q of %q", e.Action, e.Actor, e.UserID)
			}
		}
	}
	if want := []audit.Action{audit.FactorAdded, audit.RecoveryCodesRenewed, audit.FactorRemoved}; !slices.Equal(seen, want) {
		t.Errorf("the log has %v", seen)
	}
}

// ASVS 6.4.3
func TestAForgottenPasswordIsResetWithoutPassingTheSecondFactor(t *testing.T) {
	s, post := startMail(t)
	alice := s.twoStep("alice")
	post.Wait(t) // of turning it on
	path, b := s.forget(t, post, "alice"), s.browser()
	if r := b.postForm("/auth/reset", map[string]string{"code": linkCode(t, path), "new": freshPassword}); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	s.program().loginWith("alice", freshPassword, "").wants(t, 401, "code_required")
	if r := b.signInWith("alice", freshPassword, "000000", ""); r.status != 401 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := b.signInWith("alice", freshPassword, alice.code(), ""); r.status != 303 {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestEverybodyMayBeAskedForASecondFactor(t *testing.T) {
	s := start(t, "second_factor.required_for=*", "password.min_length=8")
	s.addUser("bob", "q7#Lm2!x") // does not stand alone
	s.addUser("alice", battery, "admin")
	for name, pw := range map[string]string{"bob": "q7#Lm2!x", "alice": battery} {
		s.program().loginWith(name, pw, "").wants(t, 403, "two_step_required")
	}
}

func TestRolesThatNeedASecondFactorAreLedToIt(t *testing.T) {
	s := start(t, "second_factor.required_for=admin")
	s.addUser("bob", battery)
	s.program().loginWith("bob", battery, "").wants(t, 200, "")
	u, b := s.addUser("alice", battery, "admin"), s.browser()
	s.program().loginWith("alice", battery, "123456").wants(t, 403, "two_step_required")
	r := b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": "/auth/inspect"})
	if to := r.header.Get("Location"); r.status != 303 || to != "/auth/login/two-step?return_to=%2Fauth%2Finspect" {
		t.Fatalf("%d to %q", r.status, to)
	}
	if page := b.get("/auth/account"); page.status == 200 {
		t.Errorf("they are in: %d", page.status)
	}
	if page := b.get("/auth/login/code?return_to=%2Fauth%2Finspect"); page.header.Get("Location") != r.header.Get("Location") {
		t.Errorf("the page of codes leads to %q", page.header.Get("Location"))
	}
	app, token := s.scan(b.get(r.header.Get("Location")))
	if wrong := b.postForm("/auth/login/two-step", map[string]string{"token": token, "code": "000000", "return_to": "/auth/inspect"}); wrong.status != 401 {
		t.Fatalf("%d %s", wrong.status, wrong.body)
	}
	on := b.postForm("/auth/login/two-step", map[string]string{"token": token, "code": app.code(), "return_to": "/auth/inspect"})
	if len(codesOnPage.FindAllString(on.body, -1)) != 10 || !strings.Contains(on.body, `href="/auth/inspect"`) {
		t.Fatalf("%d %s", on.status, on.body)
	}
	if rows := s.sessionsOf(u); len(rows) != 1 || rows[0].ACR() != "urn:lingpai:mfa" {
		t.Errorf("%+v", rows)
	}
	if page := b.get("/auth/account"); page.status != 200 {
		t.Errorf("%d %s", page.status, page.body)
	}
}

// TestSecretsOfSecondFactorsAreNowhere looks through the database and the log.
func TestSecretsOfSecondFactorsAreNowhere(t *testing.T) {
	s := start(t)
	alice := s.twoStep("alice")
	used := alice.code()
	s.browser().signInWith("alice", battery, used, "")
	s.program().loginWith("alice", battery, alice.recovery[1]).wants(t, 200, "")
	for where, text := range map[string]string{"database": s.dump(), "log": s.log.String()} {
		for what, secret := range map[string]string{
			"the secret": alice.secret, "the secret without spaces": strings.ReplaceAll(alice.secret, " ", ""), "a recovery code": alice.recovery[0],
			"a recovery code without hyphens": strings.ReplaceAll(alice.recovery[0], "-", ""), "a used recovery code": alice.recovery[1],
		} {
			if strings.Contains(strings.ToUpper(text), strings.ToUpper(secret)) {
				t.Errorf("%s is in the %s", what, where)
			}
		}
	}
	if !strings.Contains(s.dump(), "second_factors user_id="+alice.user.ID) {
		t.Error("the dump does not hold the table")
	}
}

// RFC 9470, section 5: an app that was told that two factors are needed sends the person here, and they are asked for the code, or it is told why not.
func TestAnAppMayAskForTwoFactors(t *testing.T) {
	s := start(t)
	alice := s.twoStep("alice")
	s.addUser("bob", battery)
	a := s.addClient(registry.Web, firstParty)
	essential := []string{"claims", `{"id_token":{"acr":{"essential":true,"values":["urn:lingpai:mfa"]}}}`}
	wished := []string{"acr_values", "urn:lingpai:mfa"}

	a.signIn("bob")
	for _, change := range [][]string{wished, essential} {
		a.wantsError(a.get(a.request(change...)), "unmet_authentication_requirements")
	}
	for _, other := range []string{"gold", "urn:lingpai:provider", "urn:lingpai:mfa urn:lingpai:password"} { // wishes that do not have to come true
		a.code("acr_values", other)
	}

	a.client = s.browser()
	s.byPassword(a.client, alice.user)
	a.wantsError(a.get(a.request(append(wished, "prompt", "none")...)), "login_required")
	a.code() // who asks for nothing gets the session that there is
	asked := a.get(a.request(wished...))
	to := asked.header.Get("Location")
	if asked.status != 303 || !strings.HasPrefix(to, "/auth/login?again=1&return_to=") {
		t.Fatalf("%d to %q", asked.status, to)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	back := a.signInWith("alice", battery, alice.code(), u.Query().Get("return_to"))
	if got := claimsOf(t, a.redeem(a.answer(a.get(back.header.Get("Location"))).Get("code")).handed(t).IDToken); got["acr"] != "urn:lingpai:mfa" {
		t.Errorf("the ID token says %v", got["acr"])
	}
	a.code(essential...)
}

// byPassword gives a browser a session that began before the second factor was there.
func (s *server) byPassword(c *client, u user.User) {
	s.Helper()
	started, err := s.core.Sessions.Start(s.Context(), session.Beginning{
		UserID: u.ID, PasswordAt: u.PasswordChangedAt, ClientID: "lingpai", Keep: session.KeepCookie, AMR: []string{"pwd"}, Source: cli,
	})
	if err != nil {
		s.Fatal(err)
	}
	c.cookies["lingpai_session"] = s.core.Sessions.Sealed.Cookie(started.ID).Reveal()
	s.clock.advance(time.Second)
}

func TestARouteMayAskForTwoFactors(t *testing.T) {
	app := newEcho(t)
	file := filepath.Join(t.TempDir(), "lingpai.yaml")
	text := "gateway:\n  routes:\n    - {match: /vault/**, upstream: " + app.URL + ", require: {acr: [\"urn:lingpai:mfa\"]}}\n" +
		"    - {match: /desk/**, upstream: " + app.URL + ", require: {acr: [\"urn:lingpai:password\"]}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "file="+file)
	alice := s.twoStep("alice")
	s.addUser("bob", battery)
	bob, b := s.browser(), s.browser()
	bob.postForm("/auth/login", map[string]string{"username": "bob", "password": battery})
	turned := bob.get("/vault/1", "Accept: text/html")
	to := turned.header.Get("Location")
	if turned.status != 303 || !strings.Contains(to, "acr_values=urn%3Alingpai%3Amfa") {
		t.Fatalf("%d to %q", turned.status, to)
	}
	if page := bob.get(to); !strings.Contains(page.body, "which is off for your account") {
		t.Errorf("nobody says why: %s", page.body)
	}
	b.signInWith("alice", battery, alice.code(), "/vault/1")
	for _, path := range []string{"/vault/1", "/desk/1"} { // two factors are more than one
		if r := b.get(path, "Accept: text/html"); r.status != 200 {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}

// ASVS 6.4.4
func TestAnOperatorTakesALostFactorOff(t *testing.T) {
	s := start(t)
	alice := s.twoStep("alice")
	before := s.program().loginWith("alice", battery, alice.code()).granted(t)
	if err := s.core.OTP.Reset(t.Context(), alice.user.ID, cli); err != nil {
		t.Fatal(err)
	}
	s.program().me(before.Access).wants(t, 401, "session_ended")
	s.program().login("alice", battery, "memory")
	last := s.events()
	if !slices.ContainsFunc(last, func(e audit.Event) bool {
		return e.Action == audit.FactorReset && e.Actor == "cli" && e.UserID == alice.user.ID
	}) {
		t.Errorf("the log has %v", last)
	}
}

// Passwords are known to everybody in `lingpai dev`, and nobody there has to reach for a phone.
func TestDevShowsTheCodeWhereItIsAskedFor(t *testing.T) {
	a, err := startDev(t, devConfig(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	a.Start()
	t.Cleanup(func() {
		if err := a.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	now := &clock{now: a.core.Now()}
	s := &server{TB: t, app: a, core: a.core, clock: now, origin: a.Issuer(), wire: &http.Transport{}}
	u, err := s.core.Store.UserByLogin(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	o := s.core.OTP.Offer(u.ID, "alice")
	code, err := otp.Code(o.Secret.Reveal(), s.core.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.core.OTP.Add(t.Context(), u.ID, o.Token.Reveal(), code, cli); err != nil {
		t.Fatal(err)
	}
	for range 4 { // as often as somebody tries something out
		b := s.browser()
		page := b.get(b.postForm("/auth/login", map[string]string{"username": "alice", "password": "alice"}).header.Get("Location"))
		shown := regexp.MustCompile(`the app shows <code>(\d{6})</code>`).FindStringSubmatch(page.body)
		if shown == nil {
			t.Fatalf("%d %s", page.status, page.body)
		}
		if r := b.postForm("/auth/login/code", map[string]string{"code": shown[1]}); r.status != 303 || r.header.Get("Location") != "/auth/account" {
			t.Errorf("the code of the page is answered with %d %s", r.status, r.body)
		}
	}
}

// A session that a password alone began does not connect a provider either, which would be a way past the second factor.
func TestAProviderIsNotConnectedPastTheSecondFactor(t *testing.T) {
	f := federate(t)
	alice := f.ours.twoStep("alice")
	b := f.ours.browser()
	f.ours.byPassword(b, alice.user)
	r := b.get("/auth/connect/company?link=1", "Sec-Fetch-Site: same-origin")
	if to := r.header.Get("Location"); r.status != 303 || !strings.HasPrefix(to, "/auth/login?") {
		t.Errorf("%d to %q", r.status, to)
	}
	b.signInWith("alice", battery, alice.code(), "")
	if to := b.get("/auth/connect/company?link=1", "Sec-Fetch-Site: same-origin").header.Get("Location"); !strings.HasPrefix(to, f.theirs.origin) {
		t.Errorf("with both factors the way leads to %q", to)
	}
}
