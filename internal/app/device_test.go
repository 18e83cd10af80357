package app

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	registry "github.com/lingpai/lingpai/internal/client"
)

// shown is what a device is told, and shows.
type shown struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	Page       string `json:"verification_uri"`
	Filled     string `json:"verification_uri_complete"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int    `json:"interval"`
}

// startDevice begins at the device.
func (a *rp) startDevice(scope string) (out shown) {
	a.s.Helper()
	r := a.post("/auth/device_authorization", map[string]string{"scope": scope})
	if r.status != http.StatusOK || r.header.Get("Cache-Control") != "no-store" {
		a.s.Fatalf("no code came: %d %s", r.status, r.body)
	}
	r.json(a.s, &out)
	return out
}

// poll asks for the tokens of a device.
func (a *rp) poll(code string) reply {
	a.s.Helper()
	return a.post("/auth/token", map[string]string{"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code})
}

// enter types a code at the page, and gives the page that asks whether the device is one's own.
func (a *rp) enter(code string) reply {
	a.s.Helper()
	return a.postForm("/auth/device", map[string]string{"user_code": code})
}

// decide answers that page.
func (a *rp) decide(page reply, answer string) reply {
	a.s.Helper()
	form := page.fields()
	if form["proof"] == "" {
		a.s.Fatalf("this page asks for no answer: %d %s", page.status, page.body)
	}
	form["answer"] = answer
	return a.postForm("/auth/device", form)
}

func (s *server) addDevice() *rp {
	s.Helper()
	return s.addClient(registry.Device, func(set *registry.Settings) { set.Name = "Television" })
}

func TestADeviceIsSignedIn(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	a := s.addDevice()
	got := a.startDevice("openid profile offline_access")
	if !regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`).MatchString(got.UserCode) {
		t.Errorf("the code is %q", got.UserCode)
	}
	if got.Page != s.origin+"/auth/device" || got.Filled != got.Page+"?user_code="+got.UserCode || got.ExpiresIn != 600 || got.Interval != 5 {
		t.Errorf("the device is told %+v", got)
	}
	a.poll(got.DeviceCode).wantsOAuth(t, 400, "authorization_pending")
	r := a.get("/auth/device?user_code="+got.UserCode, "Accept: text/html", "Sec-Fetch-Mode: navigate")
	login, err := url.Parse(r.header.Get("Location"))
	if err != nil || login.Path != "/auth/login" {
		t.Fatalf("nobody is signed in, and the way leads to %q (%d)", r.header.Get("Location"), r.status)
	}
	back := login.Query().Get("return_to")
	r = a.postForm("/auth/login", map[string]string{"username": "alice", "password": battery, "return_to": back})
	page := a.get(r.header.Get("Location"))
	if !strings.Contains(page.body, `value="`+got.UserCode+`"`) {
		t.Errorf("the code of the address is not filled in: %s", page.body)
	}
	confirm := a.enter(strings.ToLower(strings.ReplaceAll(got.UserCode, "-", " ")))
	for _, want := range []string{"Television", got.UserCode, "alice", "openid", "profile", "offline_access"} {
		if !strings.Contains(confirm.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if r := a.decide(confirm, "allow"); r.status != http.StatusOK || !strings.Contains(r.body, "Television") {
		t.Errorf("allowed, and the page says %d %s", r.status, r.body)
	}
	s.clock.advance(5 * time.Second)
	tokens := a.poll(got.DeviceCode).handed(t)
	if id := claimsOf(t, tokens.IDToken); id["sub"] != u.ID || id["aud"] != a.id {
		t.Errorf("the ID token says %v", id)
	}
	if r := a.userInfo(tokens.AccessToken); r.status != http.StatusOK {
		t.Errorf("userinfo says %d", r.status)
	}
	a.get("/auth/logout")
	if r := a.postForm("/auth/logout", map[string]string{"scope": "this"}); r.status >= 400 {
		t.Fatalf("sign-out: %d", r.status)
	}
	if r := a.refreshWith(tokens.RefreshToken); r.status != http.StatusOK {
		t.Errorf("signing out of the browser signed the device out: %d %s", r.status, r.body)
	}
}

// ASVS 7.4.4
func TestThePagesThatAskOneQuestionShowTheWayOut(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	tv, app := s.addDevice(), s.addClient(registry.Web, nil)
	tv.signIn("alice")
	app.signIn("alice")
	enter, confirm := tv.get("/auth/device", "Accept: text/html"), tv.enter(tv.startDevice("openid").UserCode)
	for what, page := range map[string]reply{
		"consent": app.get(app.request(), "Accept: text/html"), "device": enter, "device, asking": confirm, "device, done": tv.decide(confirm, "deny"),
	} {
		if page.status != http.StatusOK || !strings.Contains(page.body, `href="/auth/logout"`) {
			t.Errorf("%s does not: %d %s", what, page.status, page.body)
		}
	}
}

func TestADeviceThatIsTurnedAwayLearnsIt(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addDevice()
	a.signIn("alice")
	got := a.startDevice("openid")
	a.decide(a.enter(got.UserCode), "deny")
	a.poll(got.DeviceCode).wantsOAuth(t, 400, "access_denied")
	if r := a.enter(got.UserCode); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a code that was answered is good again: %d", r.status)
	}
	late := a.startDevice("openid")
	s.clock.advance(10 * time.Minute)
	a.poll(late.DeviceCode).wantsOAuth(t, 400, "expired_token")
	if r := a.enter(late.UserCode); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a code that has expired is good: %d", r.status)
	}
}

// TestAttack54DevicesAreSlowedDown is case 54 of the catalogue: who asks too fast is told so, and is slower from then on.
func TestAttack54DevicesAreSlowedDown(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a := s.addDevice()
	a.signIn("alice")
	got := a.startDevice("openid")
	a.poll(got.DeviceCode).wantsOAuth(t, 400, "authorization_pending")
	a.poll(got.DeviceCode).wantsOAuth(t, 400, "slow_down")
	s.clock.advance(5 * time.Second)
	a.poll(got.DeviceCode).wantsOAuth(t, 400, "slow_down")
	s.clock.advance(15 * time.Second)
	a.poll(got.DeviceCode).wantsOAuth(t, 400, "authorization_pending")
	a.decide(a.enter(got.UserCode), "allow")
	a.poll(got.DeviceCode).wantsOAuth(t, 400, "slow_down") // an answer is no reason to hurry
	s.clock.advance(time.Minute)
	a.poll(got.DeviceCode).handed(t)
}

// TestAttack54UserCodesCannotBeGuessed: who tries codes is slowed down, by person and by address, and whoever types their own code is not.
func TestAttack54UserCodesCannotBeGuessed(t *testing.T) {
	s := start(t)
	s.addUser("mallory", battery)
	s.addUser("alice", battery)
	a := s.addDevice()
	a.signIn("mallory")
	tried := 0
	for ; tried < 50; tried++ {
		r := a.enter(fmt.Sprintf("BCDF-GH%c%c", "BCDFGHJKLM"[tried/10], "BCDFGHJKLM"[tried%10]))
		if r.status == http.StatusTooManyRequests {
			if r.header.Get("Retry-After") == "" {
				t.Error("nobody says when to come back")
			}
			break
		}
		if r.status != http.StatusUnprocessableEntity {
			t.Fatalf("a guess is answered %d", r.status)
		}
	}
	if tried != 10 {
		t.Errorf("%d codes could be tried at once", tried)
	}
	m := a.startDevice("openid")
	if r := a.enter(m.UserCode); r.status != http.StatusTooManyRequests {
		t.Errorf("a guess that is right goes past the limit: %d", r.status)
	}
	honest := s.addDevice()
	honest.signIn("alice")
	for range 15 {
		s.clock.advance(10 * time.Second) // the address may begin so often
		got := honest.startDevice("openid")
		if r := honest.decide(honest.enter(got.UserCode), "allow"); r.status != http.StatusOK {
			t.Fatalf("who types their own codes is slowed down: %d", r.status)
		}
	}
}

func TestAttack54DevicesCannotFloodTheStore(t *testing.T) {
	s := start(t)
	a := s.addDevice()
	for range 20 {
		a.startDevice("openid")
	}
	r := a.post("/auth/device_authorization", map[string]string{"scope": "openid"})
	r.wantsOAuth(t, 429, "temporarily_unavailable")
}

// TestAttack54ADeviceCodeIsGoodOnceAndForItsClient: reuse ends what came of it.
func TestAttack54ADeviceCodeIsGoodOnceAndForItsClient(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	a, b := s.addDevice(), s.addDevice()
	a.signIn("alice")
	got := a.startDevice("openid")
	a.decide(a.enter(got.UserCode), "allow")
	b.poll(got.DeviceCode).wantsOAuth(t, 400, "invalid_grant")
	replies := make([]reply, 20)
	var all sync.WaitGroup
	for i := range replies {
		all.Go(func() { replies[i] = a.poll(got.DeviceCode) })
	}
	all.Wait()
	var won []handed
	for _, r := range replies {
		if r.status == http.StatusOK {
			won = append(won, r.handed(t))
		}
	}
	if len(won) != 1 {
		t.Fatalf("%d of 20 polls got tokens", len(won))
	}
	s.clock.advance(time.Minute)
	a.poll(got.DeviceCode).wantsOAuth(t, 400, "invalid_grant")
	a.refreshWith(won[0].RefreshToken).wantsOAuth(t, 400, "invalid_grant")
	for _, code := range []string{"", "x", "lpdc_" + strings.Repeat("A", 43), got.UserCode} {
		if r := a.poll(code); r.status != http.StatusBadRequest {
			t.Errorf("%q: %d %s", code, r.status, r.body)
		}
	}
}

// TestAttack54NobodyIsMadeToAllowADevice: another site, another person, another code.
func TestAttack54NobodyIsMadeToAllowADevice(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	s.addUser("mallory", battery)
	a, m := s.addDevice(), s.addDevice()
	a.signIn("alice")
	m.signIn("mallory")
	got, other := m.startDevice("openid"), m.startDevice("openid")
	form := m.enter(got.UserCode).fields()
	form["answer"] = "allow"
	if r := a.postForm("/auth/device", form); r.status != http.StatusForbidden {
		t.Errorf("a form that was shown to somebody else: %d", r.status)
	}
	if r := m.postForm("/auth/device", maps2(form, "user_code", other.UserCode)); r.status != http.StatusForbidden {
		t.Errorf("a form that was shown for another device: %d", r.status)
	}
	if r := m.postForm("/auth/device", form, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"); r.status != http.StatusForbidden {
		t.Errorf("a form that another site sent: %d", r.status)
	}
	page := a.enter(got.UserCode)
	if page.header.Get("X-Frame-Options") != "DENY" || !strings.Contains(page.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Error("the page may be framed")
	}
	if r := a.get("/auth/device?user_code=" + got.UserCode); strings.Contains(r.body, "Television") || r.fields()["proof"] != "" {
		t.Error("a link looks the code up before the person has read it")
	}
	m.poll(got.DeviceCode).wantsOAuth(t, 400, "authorization_pending")
}

// TestAttack54WhatIsAllowedADeviceFallsWithWhatItStandsOn: between the answer and the next poll, everything can have changed.
func TestAttack54WhatIsAllowedADeviceFallsWithWhatItStandsOn(t *testing.T) {
	for name, change := range map[string]func(s *server, a *rp){
		"signed out": func(_ *server, a *rp) { a.postForm("/auth/logout", map[string]string{"scope": "all"}) },
		"disabled": func(s *server, _ *rp) {
			u, err := s.core.Store.UserByLogin(s.Context(), "alice")
			if err = errors.Join(err, s.core.Users.SetDisabled(s.Context(), u.ID, true, cli)); err != nil {
				s.Fatal(err)
			}
		},
		"client removed": func(s *server, a *rp) {
			if err := s.core.Clients.Remove(s.Context(), a.id, cli); err != nil {
				s.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.addUser("alice", battery)
			a := s.addDevice()
			a.signIn("alice")
			got := a.startDevice("openid")
			a.decide(a.enter(got.UserCode), "allow")
			change(s, a)
			if r := a.poll(got.DeviceCode); r.status == http.StatusOK {
				t.Error("the device is signed in all the same")
			}
		})
	}
}

// ASVS 10.4.11
func TestAttack52ADeviceGetsNoMoreThanItsClientMayAskFor(t *testing.T) {
	s := start(t)
	a := s.addDevice()
	a.post("/auth/device_authorization", map[string]string{"scope": "everything"}).wantsOAuth(t, 400, "invalid_scope")
	a.post("/auth/device_authorization", map[string]string{"resource": "https://api.example.com"}).wantsOAuth(t, 400, "invalid_target")
	web := s.addClient(registry.Web, nil)
	web.post("/auth/device_authorization", map[string]string{"scope": "openid"}).wantsOAuth(t, 400, "unauthorized_client")
	web.poll("lpdc_"+strings.Repeat("A", 43)).wantsOAuth(t, 400, "unauthorized_client")
}
