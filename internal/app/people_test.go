package app

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/password"
	"github.com/lingpai/lingpai/internal/secret"
)

var requestIDs = regexp.MustCompile(`[A-Z2-7]{4}-[A-Z2-7]{4}`)

// seen is all of an answer that a client could tell two answers apart by.
func (r reply) seen() string {
	header := maps.Clone(r.header)
	header.Del("Date")
	header.Del("X-Request-Id")
	return fmt.Sprint(r.status, header, requestIDs.ReplaceAllString(r.body, "ID"))
}

// impostors are names that nobody with a wrong password may tell apart: one that exists, one that does not, one that is closed, one
// without a password.
var impostors = []string{"alice", "nobod", "close", "apipi"}

func (s *server) addImpostors() {
	s.Helper()
	s.addUser("alice", battery)
	s.addUser("apipi", "")
	closed := s.addUser("close", battery)
	if err := s.core.Users.SetDisabled(s.Context(), closed.ID, true, cli); err != nil {
		s.Fatal(err)
	}
}

// ASVS 6.3.8
func TestAttack64AnswersDoNotTellWhoExists(t *testing.T) {
	s := start(t)
	s.addImpostors()
	for name, ask := range map[string]func(login string) reply{
		"api": func(login string) reply { return s.program().tryLogin(login, "wrong", "memory") },
		"page": func(login string) reply {
			r := s.program().postForm("/auth/login", map[string]string{"username": login, "password": "wrong"})
			r.body = strings.ReplaceAll(r.body, login, "NAME")
			return r
		},
		"too long": func(login string) reply { return s.program().tryLogin(login, strings.Repeat("a", 5000), "memory") },
		"not text": func(login string) reply { return s.program().tryLogin(login, "a\u0000b", "memory") },
	} {
		want := ask(impostors[0]).seen()
		for _, login := range impostors[1:] {
			if diff := cmp.Diff(want, ask(login).seen()); diff != "" {
				t.Errorf("%s: alice is not answered like %s:\n%s", name, login, diff)
			}
		}
	}
}

// ASVS 6.3.8
func TestAttack64ThrottlingDoesNotTellWhoExists(t *testing.T) {
	s := start(t, "throttle.account_burst=2")
	s.addImpostors()
	var want string
	for _, login := range impostors {
		s.program().tryLogin(login, "wrong", "memory")
		s.program().tryLogin(login, "wrong", "memory")
		r := s.program().tryLogin(login, "wrong", "memory")
		r.wants(t, 429, "rate_limited")
		if want == "" {
			want = r.seen()
		}
		if diff := cmp.Diff(want, r.seen()); diff != "" {
			t.Errorf("%s:\n%s", login, diff)
		}
	}
}

// An unknown name costs as much hashing as a known one. Hashing is counted by the memory that it asks for, 8 MiB a hash, so that no clock
// has a say.
//
// ASVS 6.3.8
func TestAttack64EveryNameCostsOneHash(t *testing.T) {
	s := start(t)
	const mebibytes = 8
	h, err := password.NewHasher(password.Options{
		Params: password.Params{MemoryKiB: mebibytes << 10, Time: 1, Threads: 1}, InsecureCheapParams: true, Concurrency: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.hashWith(h)
	s.addImpostors()
	for _, login := range append(impostors, "nobody@example.com", "<>", "\u0000") {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s.program().tryLogin(login, "wrong", "storage").wants(t, 401, "credentials_invalid")
		runtime.ReadMemStats(&after)
		hashes := float64(after.TotalAlloc-before.TotalAlloc) / (mebibytes << 20)
		if hashes < 0.9 || hashes > 1.6 {
			t.Errorf("%q: %.2f hashes, want 1", login, hashes)
		}
	}
}

// from is a client at an address, behind a proxy that is trusted.
func (s *server) from(address string) *client { return &client{s: s, from: address} }

// Case 66 of the catalogue: flooding an account does not lock its owner out.
//
// ASVS 6.3.1
func TestAttack66OwnerGetsInDuringAFlood(t *testing.T) {
	s := start(t, "trusted_proxies=127.0.0.1/32")
	s.addUser("alice", battery)
	owner := s.browser()
	owner.from = "198.51.100.7"
	owner.login("alice", battery, "memory")
	refused := 0
	for i := range 100 { // each from another address, so that none is slowed down for itself
		if s.from(fmt.Sprintf("203.0.113.%d", i)).tryLogin("alice", "guess", "storage").status == 429 {
			refused++
		}
	}
	if refused < 80 {
		t.Errorf("%d of 100 guesses were slowed down", refused)
	}
	s.from("203.0.113.200").tryLogin("alice", battery, "storage").wants(t, 429, "rate_limited")
	owner.login("alice", battery, "memory")
	r := owner.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	if r.status != http.StatusSeeOther {
		t.Errorf("the owner's own browser: %d", r.status)
	}
	// Another browser that only claims to be known is not.
	liar := s.browser()
	liar.from, liar.cookies["lingpai_device"] = "203.0.113.201", "lpd_"+strings.Repeat("A", 43)
	liar.tryLogin("alice", battery, "storage").wants(t, 429, "rate_limited")
}

// Case 65: one password tried on many accounts is stopped at the address, an IPv6 network counting as one.
//
// ASVS 6.3.1
func TestAttack65SprayIsStopped(t *testing.T) {
	for name, address := range map[string]func(i int) string{
		"IPv4":            func(int) string { return "203.0.113.5" },
		"IPv4 as IPv6":    func(i int) string { return []string{"203.0.113.6", "::ffff:203.0.113.6"}[i%2] },
		"one IPv6 /64":    func(i int) string { return fmt.Sprintf("2001:db8::%x", i+1) },
		"invented header": func(i int) string { return fmt.Sprintf("10.%d.0.1, 203.0.113.7", i) },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, "trusted_proxies=127.0.0.1/32")
			judged := 0
			for i := range 50 {
				r := s.from(address(i)).tryLogin(fmt.Sprintf("user%d", i), "Summer2026Summer2026", "storage")
				if r.status == 401 {
					judged++
				}
			}
			if judged != 20 {
				t.Errorf("%d of 50 guesses were judged, want 20", judged)
			}
			if r := s.from("198.51.100.9").tryLogin("user0", "x", "storage"); r.status != 401 {
				t.Errorf("somebody elsewhere: %d", r.status)
			}
		})
	}
}

// ASVS 6.2.2, 6.2.3, 6.5.6, 7.4.3, 7.5.3
func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	here, elsewhere := s.browser(), s.program().login("alice", battery, "storage")
	here.login("alice", battery, "cookie")
	const fresh = "a bird in the hand is worth two"
	change := func(current, fresh string) reply {
		return here.postForm("/auth/account/password", map[string]string{"current": current, "new": fresh})
	}
	for name, r := range map[string]reply{
		"wrong":   change("wrong", fresh),
		"short":   change(battery, "short"),
		"common":  change(battery, "passwordpassword"),
		"context": change(battery, "alicealicealicealice"),
	} {
		if r.status != 401 && r.status != 422 {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	s.program().me(elsewhere.Access).wants(t, 200, "")

	r := change(battery, fresh)
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/auth/account?done=password&n=1#password" {
		t.Fatalf("change: %d %s", r.status, r.header.Get("Location"))
	}
	s.program().me(elsewhere.Access).wants(t, 401, "session_ended")
	s.program().refresh(elsewhere.Refresh).wants(t, 401, "session_ended")
	if signedInBy(here) != "alice" {
		t.Error("the session that changed the password ended too")
	}
	s.program().tryLogin("alice", battery, "storage").wants(t, 401, "credentials_invalid")
	s.program().login("alice", fresh, "storage")
}

// ASVS 7.4.2
func TestClosedAccountsAreOutAtOnce(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	tokens, page := s.program().login("alice", battery, "storage"), s.browser()
	page.login("alice", battery, "cookie")
	if err := s.core.Users.SetDisabled(t.Context(), u.ID, true, cli); err != nil {
		t.Fatal(err)
	}
	s.program().me(tokens.Access).wants(t, 401, "session_ended")
	s.program().refresh(tokens.Refresh).wants(t, 401, "session_ended")
	page.get("/auth/api/me").wants(t, 401, "session_ended")
	s.program().tryLogin("alice", battery, "storage").wants(t, 403, "account_disabled")

	if err := s.core.Users.SetDisabled(t.Context(), u.ID, false, cli); err != nil {
		t.Fatal(err)
	}
	s.program().me(tokens.Access).wants(t, 401, "session_ended") // what ended stays ended
	s.program().login("alice", battery, "storage")
}

// ASVS 7.4.2
func TestRemovedAccountsAreOutAtOnce(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	tokens := s.program().login("alice", battery, "storage")
	if err := s.core.Users.Remove(t.Context(), u.ID, cli); err != nil {
		t.Fatal(err)
	}
	s.program().me(tokens.Access).wants(t, 401, "session_ended")
	if r := s.program().refresh(tokens.Refresh); r.status != 401 {
		t.Errorf("refresh: %d %s", r.status, r.body)
	}
	s.program().tryLogin("alice", battery, "storage").wants(t, 401, "credentials_invalid")
}

// ASVS 7.4.4
func TestThePagesOfAnAccountShowTheWayOut(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	c := s.browser()
	c.login("alice", battery, "cookie")
	for _, path := range []string{"/auth/account", "/auth/logout"} {
		if page := c.get(path, "Accept: text/html"); !strings.Contains(page.body, `href="/auth/logout"`) {
			t.Errorf("%s (%d) does not: %s", path, page.status, page.body)
		}
	}
}

// Case 83: a form changes what it is for, whatever else is sent with it.
func TestAttack83FormsGiveNobodyMoreThanTheyAreFor(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery, "reader")
	c := s.browser()
	c.login("alice", battery, "cookie")
	r := c.postForm("/auth/account/profile", map[string]string{
		"name": "Alice", "email": "bob@example.com", "proof": battery, "roles": "admin", "role": "admin", "username": "root", "id": "x", "disabled": "0", "password": "x",
		"user_id": "x", "email_verified": "true",
	})
	if r.status != http.StatusSeeOther {
		t.Fatalf("profile: %d %s", r.status, r.body)
	}
	now, err := s.core.Store.UserByID(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if now.Username != "alice" || !slices.Equal(now.Roles, []string{"reader"}) || now.Password.Reveal() == "x" || now.Name != "Alice" || now.EmailVerified {
		t.Errorf("account is %+v", now)
	}
	for _, body := range []string{
		`{"username":"alice","password":"x","roles":["admin"]}`, `{"username":"alice","password":"x","user":{"roles":["admin"]}}`,
		`{"username":"alice","password":"x","client_id":"admin"}`, `{"username":"alice","password":"x","scope":"admin"}`,
	} {
		s.unchanged(body, func() { s.program().postJSON("/auth/api/login", body).wants(t, 400, "body_malformed") })
	}
}

func TestThePersonSeesThatTheirAddressIsNotVerified(t *testing.T) {
	s := start(t)
	s.addUser("alice", battery)
	c := s.signed("alice")
	const note = "Not verified: apps behind the gateway do not get this address."
	sees := func(verified string, noted bool) {
		t.Helper()
		if r := c.get("/auth/account", page); strings.Contains(r.body, note) != noted {
			t.Errorf("the account page says that the address is not verified: %v, want %v", !noted, noted)
		}
		if r := c.get("/auth/api/me"); !strings.Contains(r.body, verified) || verified == "" && strings.Contains(r.body, "email") {
			t.Errorf("/auth/api/me says %s, want %s", r.body, verified)
		}
	}
	sees(`"email_verified":true`, false)
	s.writesAddress("alice", "alice@elsewhere.example")
	sees(`"email_verified":false`, true)
	s.writesAddress("alice", "")
	sees("", false)
}

// ASVS 6.3.2, 6.4.1
func TestSetupMakesOneAdmin(t *testing.T) {
	s := start(t)
	link := s.app.SetupLink()
	code := link[strings.Index(link, "=")+1:]
	form := func(code, name string) map[string]string {
		return map[string]string{"code": code, "username": name, "password": battery, "roles": "root"}
	}
	s.unchanged("wrong codes", func() {
		for _, wrong := range []string{"", "x", code[1:], code + "x", strings.ToUpper(code)} {
			if r := s.browser().postForm("/auth/setup", form(wrong, "mallory")); r.status != http.StatusGone {
				t.Errorf("code %q: %d", wrong, r.status)
			}
		}
	})
	s.unchanged("no password", func() {
		bare := form(code, "alice")
		delete(bare, "password")
		if r := s.browser().postForm("/auth/setup", bare); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, `id="password-problem"`) {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
	c := s.browser()
	if r := c.postForm("/auth/setup", form(code, "alice")); r.status != http.StatusSeeOther {
		t.Fatalf("setup: %d %s", r.status, r.body)
	}
	if r := c.get("/auth/api/me"); !strings.Contains(r.body, `"roles":["admin"]`) {
		t.Errorf("the first account: %s", r.body)
	}
	if r := s.browser().postForm("/auth/setup", form(code, "mallory")); r.status != http.StatusGone || s.app.SetupLink() != "" {
		t.Errorf("the second use: %d, link %q", r.status, s.app.SetupLink())
	}
}

// ASVS 6.4.1
func TestSetupLinkIsGoodForAnHour(t *testing.T) {
	s := start(t)
	link := strings.TrimPrefix(s.app.SetupLink(), s.origin)
	if r := s.browser().get(link); r.status != 200 {
		t.Fatalf("at first: %d", r.status)
	}
	s.clock.advance(time.Hour)
	if r := s.browser().get(link); r.status != http.StatusGone {
		t.Errorf("after an hour: %d", r.status)
	}
}

// live plays a life of an account in which everything happens that the audit log records, and returns all secrets that occurred.
func (s *server) live() (secrets []string) {
	s.Helper()
	const fresh, typo = "a bird in the hand is worth two", "correct horse battery stapel"
	alice := s.addUser("alice", battery)
	page, phone := s.browser(), s.program()
	secrets = append(secrets, battery, fresh, typo)

	phone.tryLogin("alice", typo, "storage").wants(s, 401, "credentials_invalid")
	phone.tryLogin(battery, typo, "storage").wants(s, 401, "credentials_invalid") // typed into the wrong field
	one := phone.login("alice", battery, "storage")
	two := phone.refresh(one.Refresh).granted(s)
	three := phone.refresh(two.Refresh).granted(s)
	phone.me(three.Access)
	phone.get("/auth/api/me?access_token=" + three.Access)
	phone.refresh(one.Refresh).wants(s, 401, "refresh_reused")
	four := phone.login("alice", battery, "storage")
	five := phone.login("alice", battery, "storage")
	phone.do("DELETE", "/auth/api/sessions/"+five.Session.ID, "", bearer(four.Access)).wants(s, 204, "")
	phone.do("POST", "/auth/api/logout", "", bearer(four.Access)).wants(s, 204, "")
	page.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	memory := s.browser()
	six := memory.login("alice", battery, "memory")
	page.postForm("/auth/account/profile", map[string]string{"name": "Alice", "email": "a@example.com", "proof": battery})
	page.postForm("/auth/account/password", map[string]string{"current": battery, "new": fresh})
	for range 12 {
		phone.tryLogin("alice", typo, "storage")
	}
	for _, disabled := range []bool{true, false} {
		if err := s.core.Users.SetDisabled(s.Context(), alice.ID, disabled, cli); err != nil {
			s.Fatal(err)
		}
		if disabled {
			page.tryLogin("alice", fresh, "storage").wants(s, 403, "account_disabled")
		}
	}
	if _, err := s.core.Keys.Rotate(s.Context(), cli, true); err != nil {
		s.Fatal(err)
	}
	if err := s.core.Users.Remove(s.Context(), s.addUser("bob", battery).ID, cli); err != nil {
		s.Fatal(err)
	}
	for _, g := range []granted{one, two, three, four, five, six} {
		secrets = append(secrets, g.Refresh, g.Access)
	}
	secrets = slices.AppendSeq(secrets, maps.Values(page.cookies))
	secrets = slices.AppendSeq(secrets, maps.Values(memory.cookies))
	return slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
}

func TestEverythingThatHappensIsAudited(t *testing.T) {
	s := start(t)
	s.live()
	counts := map[audit.Action]int{}
	for _, e := range s.events() {
		counts[e.Action]++
		if e.At.IsZero() || e.Actor != "cli" && e.Actor != "system" && (e.Address == "" || e.RequestID == "") {
			t.Errorf("no time or no source: %+v", e)
		}
	}
	want := map[audit.Action]int{
		audit.UserAdded: 2, audit.SignIn: 5, audit.SignInFailed: 12, audit.SignInThrottled: 3, audit.RefreshReused: 1, audit.SessionEnded: 3,
		audit.SignOut: 1, audit.UserChanged: 1, audit.PasswordChanged: 1, audit.UserDisabled: 1, audit.UserEnabled: 1, audit.UserRemoved: 1,
		audit.KeyRotated: 2,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Case 85: no secret is in a log, a figure, or, in the clear, in the database.
func TestAttack85SecretsStayWhereTheyBelong(t *testing.T) {
	s := start(t, "metrics.listen=127.0.0.1:0")
	link := s.app.SetupLink()
	s.program().get(strings.TrimPrefix(link, s.origin))
	secrets := append(s.live(), link[strings.Index(link, "=")+1:])
	res, err := http.Get("http://" + s.app.metricsAt.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var figures strings.Builder
	if err := res.Write(&figures); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(figures.String(), "lingpai_http_requests_total") || !strings.Contains(s.log.String(), "path=/auth/api/login") {
		t.Fatal("there is nothing to search")
	}
	for place, text := range map[string]string{"log": s.log.String(), "database": s.dump(), "metrics": figures.String(), "audit": fmt.Sprint(s.events())} {
		for i, sec := range secrets {
			if strings.Contains(text, sec) {
				t.Errorf("secret %d is in the %s", i, place)
			}
			// The parts of a token that prove something are secret by themselves.
			if signature := sec[strings.LastIndex(sec, ".")+1:]; len(signature) > 40 && strings.Contains(text, signature) {
				t.Errorf("a part of secret %d is in the %s", i, place)
			}
		}
	}
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", secretBattery, secretBattery, secretBattery), fmt.Sprint(secret.New("x"))} {
		if strings.Contains(text, battery) {
			t.Error("a secret prints itself")
		}
	}
}
