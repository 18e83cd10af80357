package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

// Whoever is asked for, the answer is the same, and what there was to do is done when it has been given.
//
// ASVS 6.3.8
func TestAttack64ForgottenPasswordsDoNotTellWhoExists(t *testing.T) {
	s, _ := startMail(t)
	s.addImpostors()
	unverified := s.addUser("zweif", battery)
	if err := s.core.Users.Amend(t.Context(), unverified.ID, user.Amendment{EmailVerified: new(false)}, cli); err != nil {
		t.Fatal(err)
	}
	names := append(impostors, "zweif", "alice@example.com", "nobody@example.com", "<>", "\u0000", "")
	for what, ask := range map[string]func(login string) reply{
		"page": func(login string) reply {
			return s.browser().postForm("/auth/forgot", map[string]string{"username": login})
		},
		"api": func(login string) reply {
			if login == "" {
				login = "x"
			}
			return s.program().postJSON("/auth/api/forgot", fmt.Sprintf(`{"username":%q}`, login))
		},
	} {
		var want string
		for _, login := range names {
			got := ask(strings.ReplaceAll(login, "\u0000", "")).seen()
			if want == "" {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %q is answered differently:\n%s", what, login, diff)
			}
		}
	}
}

// Nothing is looked up before the answer: the line of errands holds as many as were asked for, whoever that was.
func TestAttack64WhomToWriteToIsLookedUpLater(t *testing.T) {
	s, _ := startMail(t)
	s.addImpostors()
	e := newErrands(s.app.logger)
	s.core.Mailbox.Later = e.later
	for i, login := range impostors {
		s.browser().postForm("/auth/forgot", map[string]string{"username": login})
		if n := len(e.waiting); n != i+1 {
			t.Errorf("%s: %d wait, want %d", login, n, i+1)
		}
	}
	if sent := s.actions(audit.LinkSent); sent != 0 {
		t.Errorf("%d links were made before anybody had time", sent)
	}
	for range mostErrands - len(e.waiting) {
		if err := e.later(nil); err != nil {
			t.Fatal(err)
		}
	}
	full := s.program().postJSON("/auth/api/forgot", `{"username":"alice"}`)
	full.wants(t, 503, "too_busy")
	if full.header.Get("Retry-After") == "" {
		t.Error("nobody says when to come back")
	}
}

// actions counts events.
func (s *server) actions(a audit.Action) (n int) {
	s.Helper()
	for _, e := range s.events() {
		if e.Action == a {
			n++
		}
	}
	return n
}

// A link in a letter begins with the configured issuer, whatever name the request asks us by.
func TestAttack76LinksInLettersAreOfTheIssuer(t *testing.T) {
	s, post := startMail(t, "issuer="+publicOrigin)
	s.addUser("alice", battery)
	r := s.program().postJSON("/auth/api/forgot", `{"username":"alice"}`,
		"Host: evil.example", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example", "X-Forwarded-Proto: http")
	if r.status != 204 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	l := post.Wait(t)
	if !strings.Contains(l.Text, publicOrigin+"/auth/reset?code=") || strings.Contains(l.Source, "evil.example") {
		t.Errorf("%s", l.Source)
	}
}

// ASVS 6.4.1
func TestAttack77AResetLinkIsGoodOnceForItsAccountAndAWhile(t *testing.T) {
	t.Parallel()
	spend := func(s *server, code string) reply {
		return s.program().postJSON("/auth/api/reset", fmt.Sprintf(`{"code":%q,"password":%q}`, code, freshPassword))
	}
	for name, meanwhile := range map[string]func(t *testing.T, s *server, u user.User, code string, again func() string){
		"used": func(t *testing.T, s *server, _ user.User, code string, _ func() string) {
			spend(s, code).wants(t, 204, "")
		},
		"late": func(_ *testing.T, s *server, _ user.User, _ string, _ func() string) {
			s.clock.advance(20 * time.Minute)
		},
		"replaced": func(_ *testing.T, _ *server, _ user.User, _ string, again func() string) { again() },
		"superseded": func(t *testing.T, s *server, u user.User, _ string, _ func() string) {
			was, err := s.core.Store.UserByID(t.Context(), u.ID)
			if err == nil {
				err = s.core.Users.SetPassword(t.Context(), was, secret.New("granite umbrella seventeen"), "", cli)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"moved": func(t *testing.T, s *server, u user.User, _ string, _ func() string) {
			if err := s.core.Users.Amend(t.Context(), u.ID, user.Amendment{Email: new("other@example.com")}, cli); err != nil {
				t.Fatal(err)
			}
		},
		"closed": func(t *testing.T, s *server, u user.User, _ string, _ func() string) {
			if err := s.core.Users.SetDisabled(t.Context(), u.ID, true, cli); err != nil {
				t.Fatal(err)
			}
			if err := s.core.Users.SetDisabled(t.Context(), u.ID, false, cli); err != nil {
				t.Fatal(err)
			}
		},
		"removed": func(t *testing.T, s *server, u user.User, _ string, _ func() string) {
			if err := s.core.Users.Remove(t.Context(), u.ID, cli); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, post := startMail(t, "mail.notices=false")
			u := s.addUser("alice", battery)
			again := func() string { return linkCode(t, s.forget(t, post, "alice")) }
			code := again()
			if page := s.browser().get("/auth/reset?code=" + code); page.status != 200 {
				t.Fatalf("before: %d %s", page.status, page.body)
			}
			meanwhile(t, s, u, code, again)
			spend(s, code).wants(t, 410, "link_void")
			page := s.browser().get("/auth/reset?code=" + code)
			if page.status != 410 || strings.Contains(page.body, code) || strings.Contains(page.body, "alice") {
				t.Errorf("%d %s", page.status, page.body)
			}
		})
	}
}

func TestAttack77NothingButACodeOpens(t *testing.T) {
	s, post := startMail(t)
	u := s.addUser("alice", battery)
	code := linkCode(t, s.forget(t, post, "alice"))
	if len(code) != 26 { // 130 bits in base32
		t.Errorf("a code of %d letters", len(code))
	}
	for _, bad := range []string{
		"", " ", code[1:], code + "a", strings.ToUpper(code), code[:25] + "!", "'" + code, code + "\\u0000", "%00", u.ID, strings.Repeat("a", 10_000),
	} {
		body := fmt.Sprintf(`{"code":"%s","password":%q}`, bad, freshPassword)
		if r := s.program().postJSON("/auth/api/reset", body); r.status == 204 || r.status >= 500 {
			t.Errorf("%q: %d %s", bad, r.status, r.body)
		}
		if r := s.browser().postForm("/auth/reset", map[string]string{"code": bad, "new": freshPassword}); r.status != 410 {
			t.Errorf("%q by the form: %d", bad, r.status)
		}
	}
	// A link that confirms an address sets no password, and one for a password confirms no address of somebody who is signed in elsewhere.
	if _, err := s.core.Mailbox.OpenConfirm(t.Context(), u.ID, code); err == nil {
		t.Error("a link for a password confirms an address")
	}
	s.program().login("alice", battery, "memory")
}

// The code of a link is in the letter, and nowhere else: not in the log, not in the store, not in what a browser tells others or keeps.
func TestAttack77ACodeDoesNotLeak(t *testing.T) {
	s, post := startMail(t)
	s.addUser("alice", battery)
	path := s.forget(t, post, "alice")
	code := linkCode(t, path)
	page := s.browser().get(path)
	if !strings.Contains(page.body, `<meta name="referrer" content="strict-origin">`) || page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", page.header, page.body)
	}
	s.browser().postForm("/auth/reset", map[string]string{"code": code, "new": "short"})
	s.program().postJSON("/auth/api/reset", `{"code":"`+code+`","password":"short"}`)
	s.browser().get("/auth/reset?code=" + code + "&x=%zz")
	for what, text := range map[string]string{"log": s.log.String(), "store": s.dump(), "events": fmt.Sprint(s.events())} {
		if strings.Contains(text, code) {
			t.Errorf("the code is in the %s", what)
		}
	}
	set := s.browser().postForm("/auth/reset", map[string]string{"code": code, "new": freshPassword})
	if strings.Contains(fmt.Sprint(set.header)+set.body, code) {
		t.Errorf("%v %s", set.header, set.body)
	}
	post.Wait(t) // the notice
	if strings.Contains(s.log.String(), code) || !strings.Contains(s.log.String(), "msg=letter kind=reset outcome=sent") {
		t.Errorf("log:\n%s", s.log.String())
	}
}

// ASVS 6.4.3
func TestAttack77AResetSignsNobodyInAndEndsWhatWasOpen(t *testing.T) {
	s, post := startMail(t)
	s.addUser("alice", battery)
	b := s.browser()
	b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	if page := b.get("/auth/account"); page.status != 200 {
		t.Fatalf("%d", page.status)
	}
	set := b.postForm("/auth/reset", map[string]string{"code": linkCode(t, s.forget(t, post, "alice")), "new": freshPassword})
	if set.status != 303 {
		t.Fatalf("%d %s", set.status, set.body)
	}
	if page := b.get("/auth/account"); page.status == 200 {
		t.Error("who has reset a password is signed in")
	}
}

func TestAttack78NobodyFillsAMailbox(t *testing.T) {
	s, post := startMail(t)
	s.addUser("alice", battery)
	codes := map[string]bool{}
	for range 15 { // from one address each, as a botnet would; asking is slowed down by address, too
		s.clock.advance(time.Second)
		if err := s.core.Mailbox.Ask(t.Context(), "alice", "", audit.Source{Address: fmt.Sprintf("192.0.2.%d", len(codes)+1)}); err != nil {
			t.Fatal(err)
		}
	}
	s.settle(t)
	for range 3 {
		codes[linkCode(t, link(t, post.Wait(t)))] = true
	}
	if n := s.actions(audit.LinkSent); n != 3 || len(codes) != 3 {
		t.Errorf("%d letters were written, %d links", n, len(codes))
	}
	s.clock.advance(10 * time.Minute)
	for range 5 {
		if err := s.core.Mailbox.Ask(t.Context(), "alice", "", audit.Source{Address: "192.0.2.99"}); err != nil {
			t.Fatal(err)
		}
	}
	s.settle(t)
	if n := s.actions(audit.LinkSent); n != 4 {
		t.Errorf("after ten minutes: %d letters", n)
	}
}

// A flood of requests by others does not keep an owner from their letter, in a browser that has signed in before.
func TestAttack78AFloodLeavesTheOwnerTheirLetter(t *testing.T) {
	s, post := startMail(t, "mail.notices=false")
	s.addUser("alice", battery)
	owner := s.browser()
	owner.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	for range 5 {
		s.browser().postForm("/auth/forgot", map[string]string{"username": "alice"})
	}
	s.settle(t)
	for range 3 {
		post.Wait(t)
	}
	owner.postForm("/auth/forgot", map[string]string{"username": "alice"})
	s.settle(t)
	if l := post.Wait(t); l.To != "alice@example.com" || s.actions(audit.LinkSent) != 4 {
		t.Errorf("%+v", l)
	}
}

func TestAttack78ALetterGoesToTheAddressOfTheAccountAlone(t *testing.T) {
	s, post := startMail(t)
	s.addUser("alice", battery)
	for _, login := range []string{
		"alice+x@example.com", "a.lice@example.com", "alice@example.com, eve@example.com", "alice@example.com\r\nBcc: eve@example.com", "alice@example.com;eve@example.com",
		"alice@EXAMPLE.com ", "ａlice@example.com", // these two are she
	} {
		s.clock.advance(time.Hour)
		if err := s.core.Mailbox.Ask(t.Context(), login, "", audit.Source{Address: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
	}
	s.settle(t)
	for range 2 {
		if l := post.Wait(t); l.To != "alice@example.com" {
			t.Errorf("a letter to %s", l.To)
		}
	}
	if n := s.actions(audit.LinkSent); n != 2 {
		t.Errorf("%d letters", n)
	}
}

// Somebody may write any address into their profile. Whoever reads its mail gets no account by that, and who wrote it vouches for nothing.
func TestAttack79AnAddressThatNobodyConfirmedOpensNothing(t *testing.T) {
	s, post := startMail(t, "mail.notices=false")
	u := s.addUser("eve", battery)
	b := s.browser()
	b.postForm("/auth/login", map[string]string{"username": "eve", "password": battery})
	saved := b.postForm("/auth/account/profile", map[string]string{"name": "Eve", "email": "victim@example.com", "proof": battery})
	if saved.status != 303 {
		t.Fatalf("%d %s", saved.status, saved.body)
	}
	confirm := post.Wait(t)
	if confirm.To != "victim@example.com" || strings.Contains(confirm.Source, "Eve") { // no words of hers
		t.Fatalf("%+v", confirm)
	}
	if err := s.core.Mailbox.Ask(t.Context(), "victim@example.com", "", audit.Source{Address: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	s.settle(t)
	if l := post.Wait(t); strings.Contains(l.Text, "/auth/reset") || !strings.Contains(l.Text, "cannot be set by mail") {
		t.Errorf("%s", l.Text)
	}
	// The victim opens the link: it does nothing where they are not signed in as eve.
	s.addUser("victor", battery)
	victim := s.browser()
	victim.postForm("/auth/login", map[string]string{"username": "victor", "password": battery})
	path := link(t, confirm)
	for _, who := range []*client{victim, s.browser()} {
		if page := who.get(path); page.status == 200 {
			t.Errorf("the link opens: %s", page.body)
		}
		if r := who.postForm(httpd.ConfirmPath, map[string]string{"code": linkCode(t, path)}); r.status == 303 && strings.HasPrefix(r.header.Get("Location"), "/auth/account?done") {
			t.Error("the address was confirmed by somebody else")
		}
	}
	if u, err := s.core.Store.UserByID(t.Context(), u.ID); err != nil || u.EmailVerified {
		t.Errorf("%+v %v", u, err)
	}
}

// Who wrote the address of somebody else into their profile fills no mailbox by changing things.
func TestAttack78NoticesGoToAddressesThatAreConfirmed(t *testing.T) {
	s, post := startMail(t)
	s.addUser("eve", battery)
	b := s.browser()
	b.postForm("/auth/login", map[string]string{"username": "eve", "password": battery})
	to := func(email string) {
		if r := b.postForm("/auth/account/profile", map[string]string{"name": "Eve", "email": email, "proof": battery}); r.status != 303 {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	for range 4 {
		to("victim@example.com")
		if r := b.postForm("/auth/account/password", map[string]string{"current": battery, "new": freshPassword}); r.status != 303 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		if r := b.postForm("/auth/account/password", map[string]string{"current": freshPassword, "new": battery}); r.status != 303 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		to("")
	}
	s.settle(t)
	for range 4 { // one that tells her first address, and three links
		if l := post.Wait(t); l.To == "victim@example.com" && !strings.Contains(l.Text, httpd.ConfirmPath) {
			t.Errorf("%s", l.Source)
		}
	}
	if n := s.actions(audit.LinkSent); n != 3 {
		t.Errorf("%d links", n)
	}
}

// Another site cannot have letters written, or a password set.
func TestAttack71LettersAreNotCausedByOtherSites(t *testing.T) {
	s, _ := startMail(t)
	s.addUser("alice", battery)
	for _, path := range []string{"/auth/forgot", "/auth/reset", "/auth/account/email/confirm", httpd.ConfirmPath} {
		if r := s.browser().postForm(path, map[string]string{"username": "alice", "code": "x"}, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"); r.status != 403 {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	for _, path := range []string{"/auth/api/forgot", "/auth/api/reset"} {
		s.program().postJSON(path, `{"username":"alice"}`, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site").wants(t, 403, "origin_refused")
	}
}
