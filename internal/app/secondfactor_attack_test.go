package app

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/user"
)

// turnOn turns on the second factor of an account that there is.
func (s *server) turnOn(name string) *phone {
	s.Helper()
	u, err := s.core.Store.UserByLogin(s.Context(), name)
	if err != nil {
		s.Fatal(err)
	}
	o := s.core.OTP.Offer(u.ID, name)
	p := &phone{server: s, user: u, secret: o.Secret.Reveal()}
	if p.recovery, err = s.core.OTP.Add(s.Context(), u.ID, o.Token.Reveal(), p.code(), cli); err != nil {
		s.Fatal(err)
	}
	s.clock.advance(time.Minute) // the code that confirmed it was used
	return p
}

// Who stole the password before the second factor was there may have signed in from as many browsers as they like. None of them has shown a code, so
// together they guess no more than a stranger.
func TestAttack68BrowsersFromBeforeTheSecondFactorGuessAsStrangers(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	thief := make([]*client, 5)
	for i := range thief {
		thief[i] = s.browser()
		thief[i].login("alice", battery, "cookie")
	}
	s.clock.advance(time.Second)
	s.turnOn("alice")
	judged := 0
	for _, b := range thief {
		for b.loginWith("alice", battery, "000000").code() == "code_invalid" {
			judged++
		}
	}
	if judged != 8 {
		t.Errorf("%d guesses were judged at once", judged)
	}
}

// A browser in which the factor was turned on, or its code was shown, is not kept out by guesses, though it was known before.
func TestAttack68TheBrowserThatShowedACodeIsNotKeptOutByGuesses(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	b, other := s.browser(), s.browser()
	for _, c := range []*client{b, other} {
		c.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	}
	app, token := s.scan(b.get("/auth/account/two-step"))
	if on := b.postForm("/auth/account/two-step", map[string]string{"token": token, "code": app.code()}); on.status != 200 {
		t.Fatalf("%d %s", on.status, on.body)
	}
	s.clock.advance(time.Minute)
	other.loginWith("alice", battery, app.code()).wants(t, 200, "")
	s.guessOut("alice")
	s.clock.advance(30 * time.Second)
	s.guessOut("alice")
	b.loginWith("alice", battery, app.code()).wants(t, 200, "")
	s.clock.advance(30 * time.Second)
	s.guessOut("alice")
	other.loginWith("alice", battery, app.code()).wants(t, 200, "")
}

// Recovery codes are not guessed, so a thief of the password who uses up the tries of the account keeps its owner from none of theirs, wherever they sit.
func TestAttack69GuessesKeepNobodyFromTheirRecoveryCodes(t *testing.T) {
	s := start(t, "trusted_proxies=127.0.0.1")
	alice := s.twoStep("alice")
	s.guessOut("alice")
	owner := s.from("198.51.100.7")
	owner.loginWith("alice", battery, alice.code()).wants(t, 429, "rate_limited")
	owner.loginWith("alice", battery, alice.recovery[0]).wants(t, 200, "")
	judged := 0
	for s.program().loginWith("alice", battery, strings.Repeat("a", 24)).code() == "code_invalid" {
		judged++
	}
	if judged != 20 { // and one address does not fill the log
		t.Errorf("%d recovery codes were tried from one address", judged)
	}
}

// Somebody goes to a provider to connect it, and the second factor is turned on before they are back.
func TestAttackAProviderIsNotConnectedPastAFactorThatCameMeanwhile(t *testing.T) {
	p := newImpostor(t, "evil")
	s := trusting(t, "", p)
	s.addUser("alice", battery)
	b := s.browser()
	b.login("alice", battery, "cookie")
	q := p.begin(b, "?link=1", "Sec-Fetch-Site: same-origin")
	s.turnOn("alice")
	if r := b.get(p.back(q), page); r.header.Get("Location") != again("connections") {
		t.Errorf("%d to %q", r.status, r.header.Get("Location"))
	}
	thief := s.browser()
	thief.get(p.back(p.begin(thief, "")), page)
	if me := thief.get("/auth/account", page); me.status != 200 || strings.Contains(me.body, "alice@example.com") {
		t.Errorf("the provider opens the account: %d %s", me.status, me.body)
	}
}

// A session that a stolen password began before the second factor was there changes nothing by which the account is opened.
//
// ASVS 7.5.1
func TestAttackASessionFromBeforeTheSecondFactorTakesNoAccountAway(t *testing.T) {
	f := federate(t)
	s := f.ours
	s.addUser("alice", battery)
	thief := s.browser()
	thief.login("alice", battery, "cookie")
	alice := s.turnOn("alice")
	for section, r := range map[string]reply{
		"password":    thief.postForm("/auth/account/password", map[string]string{"current": battery, "new": freshPassword}),
		"profile":     thief.postForm("/auth/account/profile", map[string]string{"name": "Alice", "email": "mallory@example.com", "proof": battery}),
		"connections": thief.postForm("/auth/account/connections/company/end", nil),
	} {
		if r.status != http.StatusSeeOther || r.header.Get("Location") != again(section) {
			t.Errorf("%s: %d to %q", section, r.status, r.header.Get("Location"))
		}
	}
	owner := s.browser()
	owner.signInWith("alice", battery, alice.code(), "")
	if r := owner.postForm("/auth/account/profile", map[string]string{"name": "Alice", "email": "a@example.com", "proof": battery}); !strings.HasPrefix(r.header.Get("Location"), "/auth/account?done=") {
		t.Errorf("the owner's address: %d %s", r.status, r.body)
	}
	if r := owner.postForm("/auth/account/password", map[string]string{"current": battery, "new": freshPassword}); !strings.HasPrefix(r.header.Get("Location"), "/auth/account?done=password") {
		t.Errorf("the owner's password: %d %s", r.status, r.body)
	}
	if me := thief.get("/auth/account", page); me.status == 200 {
		t.Error("the thief is in after the password was changed")
	}
}

// Where two factors are asked for and the account shows them by its passkey, a session of the password alone adds no app of its own to it.
func TestAttackASessionFromBeforeThePasskeyAddsNoSecondFactor(t *testing.T) {
	s := start(t, "second_factor.required_for=admin")
	alice := s.addUser("alice", battery)
	thief := s.browser()
	thief.login("alice", battery, "cookie")
	if r := thief.get("/auth/account/two-step", page); r.status != http.StatusOK {
		t.Fatalf("before: %d to %q", r.status, r.header.Get("Location"))
	}
	s.passkey(alice)
	if err := s.core.Users.Amend(t.Context(), alice.ID, user.Amendment{Roles: &[]string{"admin"}}, cli); err != nil {
		t.Fatal(err)
	}
	const anew = "/auth/login?return_to=%2Fauth%2Faccount%2Ftwo-step&again=1&reason=step_up_required"
	if r := thief.get("/auth/account/two-step", page); r.status != http.StatusSeeOther || r.header.Get("Location") != anew {
		t.Errorf("%d to %q", r.status, r.header.Get("Location"))
	}
}

// Whoever comes after somebody who left between password and code does not go on for them.
func TestAttackWhatWasLeftHalfDoneEndsWithTheNextPerson(t *testing.T) {
	s := start(t, "second_factor.required_for=admin")
	s.addUser("alice", battery, "admin")
	s.addUser("bob", battery)
	for what, next := range map[string]func(b *client){
		"signed in":            func(b *client) { b.postForm("/auth/login", map[string]string{"username": "bob", "password": battery}) },
		"signed out":           func(b *client) { b.postForm("/auth/logout", nil) },
		"signed out by an app": func(b *client) { b.login("bob", battery, "cookie"); b.postJSON("/auth/api/logout", `{}`) },
	} {
		b := s.browser()
		b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
		if r := b.get("/auth/login/two-step"); r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		next(b)
		if r := b.get("/auth/login/two-step"); r.status != http.StatusSeeOther {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
	}
}

func TestAttack68OfManyGuessesAtOnceEightAreJudged(t *testing.T) {
	s := start(t)
	s.twoStep("alice")
	b := s.browser()
	b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	half := b.cookies["lingpai_halfway"]
	results := make(chan int, 200)
	for range cap(results) {
		c := s.browser()
		c.cookies["lingpai_halfway"] = half
		go func() { results <- c.postForm("/auth/login/code", map[string]string{"code": "000000"}).status }()
	}
	n := map[int]int{}
	for range cap(results) {
		n[<-results]++
	}
	if n[401] != 8 || n[429] != 192 {
		t.Errorf("%v", n)
	}
}

func TestOddCodesAreRefused(t *testing.T) {
	s := start(t)
	s.twoStep("alice")
	for _, code := range []string{
		"\x00", "\xff\xfe", "😀😀😀😀😀😀", "١٢٣٤٥٦", "%00", "000000\r\n0", strings.Repeat("-", 5000), strings.Repeat("\xff", 2000), "０００００", "' OR 1=1",
	} {
		s.clock.advance(8 * time.Hour)
		b := s.browser()
		b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
		if r := b.postForm("/auth/login/code", map[string]string{"code": code}); r.status != 401 {
			t.Errorf("%.20q at the page: %d", code, r.status)
		}
		s.program().loginWith("alice", battery, code).wants(t, 401, "code_invalid")
	}
}

// Who knows the password and stops where the code is asked for has learnt that it is right, and is seen.
func TestAttackAStolenPasswordLeavesATraceWithoutACode(t *testing.T) {
	s := start(t, "second_factor.required_for=admin")
	alice := s.twoStep("alice")
	bob := s.addUser("bob", battery, "admin")
	for _, name := range []string{"alice", "bob"} {
		s.program().tryLogin(name, battery, "storage")
		if r := s.browser().postForm("/auth/login", map[string]string{"username": name, "password": battery}); r.status != http.StatusSeeOther {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	var seen []string
	for _, e := range s.events() {
		if e.Action == audit.SignInHalfway && e.Address != "" {
			seen = append(seen, e.UserID+" "+e.Detail)
		}
	}
	a, b := alice.user.ID+" code_required", bob.ID+" two_step_required"
	if want := []string{a, a, b, b}; !slices.Equal(seen, want) {
		t.Errorf("the log has %q, want %q", seen, want)
	}
}
