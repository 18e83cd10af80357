package app

import (
	"context"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/smtptest"
	"github.com/lingpai/lingpai/internal/user"
)

// fresh is a password that the policy accepts, and not battery.
const freshPassword = "violet umbrella seventeen"

// startMail runs a server that sends its letters to a mail server of the test.
func startMail(t testing.TB, settings ...string) (*server, *smtptest.Server) {
	t.Helper()
	post := smtptest.Start(t, smtptest.Options{})
	return start(t, append([]string{"mail.server=smtp://" + post.At(), "mail.from=Notes <no-reply@notes.example>"}, settings...)...), post
}

var links = regexp.MustCompile(`http://localhost:\d+(/auth/\S+)`)

// link is where the link of a letter leads.
func link(t testing.TB, l smtptest.Letter) string {
	t.Helper()
	m := links.FindStringSubmatch(l.Text)
	if m == nil {
		t.Fatalf("no link in\n%s", l.Text)
	}
	return m[1]
}

func linkCode(t testing.TB, path string) string {
	t.Helper()
	u, err := url.Parse(path)
	if err != nil || u.Query().Get("code") == "" {
		t.Fatalf("no code in %s (%v)", path, err)
	}
	return u.Query().Get("code")
}

// forget asks for a new password by the page, and returns the path of the link in the letter.
func (s *server) forget(t testing.TB, post *smtptest.Server, login string) string {
	t.Helper()
	if r := s.browser().postForm("/auth/forgot", map[string]string{"username": login}); r.status != 303 || r.header.Get("Location") != "/auth/forgot?asked=1" {
		t.Fatalf("%d %s", r.status, r.body)
	}
	return link(t, post.Wait(t))
}

// settle waits until everything that was to follow from requests has been done, and every letter handed over.
func (s *server) settle(t testing.TB) {
	t.Helper()
	done := make(chan struct{})
	if err := s.app.errands.later(func(context.Context) error { close(done); return nil }); err != nil {
		t.Fatal(err)
	}
	<-done
}

// ASVS 6.4.3
func TestAForgottenPasswordIsReplacedByALetter(t *testing.T) {
	s, post := startMail(t)
	s.addUser("alice", battery)
	before := s.program().login("alice", battery, "storage")
	if page := s.browser().get("/auth/login"); !strings.Contains(page.body, `href="/auth/forgot"`) {
		t.Fatalf("the sign-in page does not lead there: %s", page.body)
	}
	path := s.forget(t, post, "alice@example.com")
	b := s.browser()
	for range 2 { // programs open links in letters, too
		if page := b.get(path); page.status != 200 || !strings.Contains(page.body, "alice") {
			t.Fatalf("%d %s", page.status, page.body)
		}
	}
	short := b.postForm("/auth/reset", map[string]string{"code": linkCode(t, path), "new": "short"})
	if short.status != 422 || !strings.Contains(short.body, linkCode(t, path)) {
		t.Fatalf("a password that is too short: %d %s", short.status, short.body)
	}
	set := b.postForm("/auth/reset", map[string]string{"code": linkCode(t, path), "new": freshPassword})
	if set.status != 303 || set.header.Get("Location") != "/auth/login?again=1&reason=password_reset" {
		t.Fatalf("%d %s", set.status, set.body)
	}
	if page := b.get(set.header.Get("Location")); !strings.Contains(page.body, "Your password is set") {
		t.Errorf("%s", page.body)
	}
	s.program().tryLogin("alice", battery, "memory").wants(t, 401, "credentials_invalid")
	s.program().login("alice", freshPassword, "memory")
	s.program().me(before.Access).wants(t, 401, "session_ended")
	s.program().refresh(before.Refresh).wants(t, 401, "session_ended")
	if told := post.Wait(t); !strings.Contains(told.Subject, "was changed") || told.To != "alice@example.com" {
		t.Errorf("%s", told.Source)
	}
	var seen []audit.Action
	for _, e := range s.events() {
		if e.Action == audit.LinkSent || e.Action == audit.PasswordReset {
			seen = append(seen, e.Action)
		}
	}
	if len(seen) != 2 || seen[0] != audit.LinkSent || seen[1] != audit.PasswordReset {
		t.Errorf("%v", seen)
	}
}

func TestAForgottenPasswordIsReplacedByTheAPI(t *testing.T) {
	s, post := startMail(t)
	s.addUser("alice", battery)
	p := s.program()
	if r := p.postJSON("/auth/api/forgot", `{"username":"alice"}`); r.status != 204 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	code := linkCode(t, link(t, post.Wait(t)))
	p.postJSON("/auth/api/reset", `{"code":"`+code+`","password":"short"}`).wants(t, 422, "password_rejected")
	if r := p.postJSON("/auth/api/reset", `{"code":"`+code+`","password":"`+freshPassword+`"}`); r.status != 204 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	p.postJSON("/auth/api/reset", `{"code":"`+code+`","password":"`+freshPassword+`"}`).wants(t, 410, "link_void")
	p.postJSON("/auth/api/forgot", `{}`).wants(t, 422, "field_invalid")
	p.postJSON("/auth/api/reset", `{"code":"x"}`).wants(t, 422, "field_invalid")
	p.login("alice", freshPassword, "memory")
}

// ASVS 6.4.6
func TestAnOperatorStartsAResetAndDoesNotLearnThePassword(t *testing.T) {
	s, post := startMail(t)
	u := s.addUser("alice", "")
	if _, err := s.core.Mailbox.Invite(t.Context(), u, mailbox.InviteFor, true, cli); err != nil {
		t.Fatal(err)
	}
	letter := post.Wait(t)
	if !strings.Contains(letter.Text, "Choose a password for it") || !strings.Contains(letter.Text, "within 3 days") {
		t.Errorf("%s", letter.Text)
	}
	path := link(t, letter)
	s.clock.advance(71 * time.Hour)
	if page := s.browser().get(path); !strings.Contains(page.body, "Choose your password") {
		t.Errorf("%d %s", page.status, page.body)
	}
	if set := s.browser().postForm("/auth/reset", map[string]string{"code": linkCode(t, path), "new": freshPassword}); set.status != 303 {
		t.Fatalf("%d %s", set.status, set.body)
	}
	s.program().login("alice", freshPassword, "memory")
}

func TestALinkThatWasHandedOverProvesNoAddress(t *testing.T) {
	for _, mailed := range []bool{true, false} {
		s, _ := startMail(t, "mail.notices=false")
		u := s.addUser("alice", battery)
		if err := s.core.Users.Amend(t.Context(), u.ID, user.Amendment{EmailVerified: new(false)}, cli); err != nil {
			t.Fatal(err)
		}
		link, err := s.core.Mailbox.Invite(t.Context(), u, time.Hour, mailed, cli)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.core.Mailbox.Reset(t.Context(), linkCode(t, link), secret.New(freshPassword), cli); err != nil {
			t.Fatal(err)
		}
		if u, err := s.core.Store.UserByID(t.Context(), u.ID); err != nil || u.EmailVerified != mailed {
			t.Errorf("mailed %v: verified %v (%v)", mailed, u.EmailVerified, err)
		}
	}
}

func TestAnAddressIsConfirmedByALetter(t *testing.T) {
	s, post := startMail(t)
	u := s.addUser("alice", battery)
	if err := s.core.Users.Amend(t.Context(), u.ID, user.Amendment{EmailVerified: new(false)}, cli); err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	if page := b.get("/auth/account"); !strings.Contains(page.body, "Mail me a link to confirm it") {
		t.Fatalf("%s", page.body)
	}
	if r := b.postForm("/auth/account/email/confirm", nil); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	path := link(t, post.Wait(t))
	if page := b.get(path); page.status != 200 || !strings.Contains(page.body, "alice@example.com") {
		t.Fatalf("%d %s", page.status, page.body)
	}
	if u, _ := s.core.Store.UserByID(t.Context(), u.ID); u.EmailVerified {
		t.Error("opening the link has confirmed the address")
	}
	if r := b.postForm(httpd.ConfirmPath, map[string]string{"code": linkCode(t, path)}); r.status != 303 || !strings.Contains(r.header.Get("Location"), "email_confirmed") {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if u, _ := s.core.Store.UserByID(t.Context(), u.ID); !u.EmailVerified {
		t.Error("the address is not confirmed")
	}
	if r := b.postForm(httpd.ConfirmPath, map[string]string{"code": linkCode(t, path)}); r.status != 410 {
		t.Errorf("the second time: %d", r.status)
	}
	if page := b.get("/auth/account"); strings.Contains(page.body, "Mail me a link") {
		t.Error("a confirmed address can be confirmed")
	}
}

// ASVS 6.3.7, 7.5.1
func TestAnotherAddressTakesThePasswordAndIsToldToTheOldOne(t *testing.T) {
	s, post := startMail(t)
	u := s.addUser("alice", battery)
	b := s.browser()
	b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	change := func(proof string) reply {
		return b.postForm("/auth/account/profile", map[string]string{"name": "Alice", "email": "new@example.com", "proof": proof})
	}
	for _, proof := range []string{"", "wrong"} {
		if r := change(proof); r.status != 401 || !strings.Contains(r.body, "This is not your password") {
			t.Errorf("with %q: %d %s", proof, r.status, r.body)
		}
	}
	if u, _ := s.core.Store.UserByID(t.Context(), u.ID); u.Email != "alice@example.com" || u.Name != "Miss alice" {
		t.Errorf("%+v", u)
	}
	if r := b.postForm("/auth/account/profile", map[string]string{"name": "Alice", "email": "alice@example.com"}); r.status != 303 {
		t.Errorf("a name alone: %d %s", r.status, r.body)
	}
	if r := change(battery); r.status != 303 || !strings.Contains(r.header.Get("Location"), "unconfirmed") {
		t.Fatalf("%d %s", r.status, r.body)
	}
	letters := map[string]string{}
	for range 2 {
		l := post.Wait(t)
		letters[l.To] = l.Text
	}
	if !strings.Contains(letters["alice@example.com"], "new@example.com") || !strings.Contains(letters["new@example.com"], httpd.ConfirmPath) {
		t.Errorf("%v", letters)
	}
	if u, _ := s.core.Store.UserByID(t.Context(), u.ID); u.Email != "new@example.com" || u.EmailVerified {
		t.Errorf("%+v", u)
	}
}

func TestWhoHasNoPasswordChangesTheirAddressAfterAFreshSignIn(t *testing.T) {
	s, _ := startMail(t)
	u := s.addUser("alice", battery)
	b := s.browser()
	b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	none := secret.String{}
	if err := s.core.Store.ChangeUser(t.Context(), user.Change{ID: u.ID, Password: &none, KeepPasswordTime: true, At: s.clock.Now()}); err != nil {
		t.Fatal(err)
	}
	change := func() reply {
		return b.postForm("/auth/account/profile", map[string]string{"name": "Alice", "email": "new@example.com"})
	}
	s.clock.advance(11 * time.Minute)
	if r := change(); r.status != 401 || !strings.Contains(r.body, "sign in again") {
		t.Errorf("%d %s", r.status, r.body)
	}
	s.clock.advance(-2 * time.Minute)
	if r := change(); r.status != 303 {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// ASVS 6.3.7
func TestAChangedPasswordIsTold(t *testing.T) {
	s, post := startMail(t)
	s.addUser("alice", battery)
	b := s.browser()
	b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery}, "Accept-Language: zh-CN")
	r := b.postForm("/auth/account/password", map[string]string{"current": battery, "new": freshPassword}, "Accept-Language: zh-CN,zh;q=0.9")
	if r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if l := post.Wait(t); !strings.Contains(l.Subject, "密码已更改") || l.Text == "" || l.HTML == "" {
		t.Errorf("%s", l.Source)
	}
}

// ASVS 6.3.5
func TestASignInFromANewPlaceIsTold(t *testing.T) {
	s, post := startMail(t, "trusted_proxies=127.0.0.1")
	s.addUser("alice", battery)
	at := func(c *client, address string) {
		c.from = address
		c.login("alice", battery, "memory")
		s.settle(t)
	}
	known := s.browser()
	at(known, "198.51.100.7")       // the first of all is no news
	at(known, "203.0.113.9")        // a browser that was there before
	at(s.browser(), "198.51.100.9") // a network that was seen before
	at(s.browser(), "192.0.2.1")    // news
	l := post.Wait(t)
	if !strings.Contains(l.Subject, "new place") || !strings.Contains(l.Text, "192.0.2.1") {
		t.Errorf("%s", l.Text)
	}
	at(s.browser(), "192.0.2.77")
	s.clock.advance(400 * 24 * time.Hour)
	at(s.browser(), "192.0.2.77")
	if n := len(post.Letters()); n != 1 {
		t.Errorf("%d letters: %+v", n, post.Letters())
	}
}

func TestNoticesCanBeTurnedOff(t *testing.T) {
	s, post := startMail(t, "mail.notices=false", "trusted_proxies=127.0.0.1")
	s.addUser("alice", battery)
	for _, address := range []string{"198.51.100.7", "192.0.2.1"} {
		c := s.browser()
		c.from = address
		c.login("alice", battery, "memory")
	}
	s.settle(t)
	s.forget(t, post, "alice")
	if n := len(post.Letters()); n != 1 {
		t.Errorf("%d letters", n)
	}
}

func TestWithoutMailNothingIsOfferedThatNeedsIt(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	if err := s.core.Users.Amend(t.Context(), u.ID, user.Amendment{EmailVerified: new(false)}, cli); err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	if page := b.get("/auth/login"); strings.Contains(page.body, "/auth/forgot") {
		t.Error("the sign-in page leads to letters")
	}
	b.postForm("/auth/login", map[string]string{"username": "alice", "password": battery})
	if page := b.get("/auth/account"); page.status != 200 || strings.Contains(page.body, "email/confirm") {
		t.Errorf("the account page offers a letter: %d", page.status)
	}
	for _, r := range []reply{
		b.get("/auth/forgot"), b.postForm("/auth/forgot", map[string]string{"username": "alice"}), b.postForm("/auth/account/email/confirm", nil),
		s.program().postJSON("/auth/api/forgot", `{"username":"alice"}`),
	} {
		if r.status != 404 {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	if page := b.get("/auth/reset?code=x"); page.status != 410 || strings.Contains(page.body, "/auth/forgot") { // a link may be handed over
		t.Errorf("%d %s", page.status, page.body)
	}
}

// A mail server that is away holds up nobody, and letters that wait are sent when the server stops.
func TestASilentMailServerHoldsUpNobody(t *testing.T) {
	var mute atomic.Bool
	mute.Store(true)
	post := smtptest.Start(t, smtptest.Options{Reply: func(command, _ string) string {
		if command == "MAIL" && mute.Load() {
			return "451 4.3.0 later"
		}
		return ""
	}})
	s := start(t, "mail.server=smtp://"+post.At(), "mail.from=a@b.example")
	s.addUser("alice", battery)
	if r := s.program().postJSON("/auth/api/forgot", `{"username":"alice"}`); r.status != 204 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	s.settle(t)
	for s.app.outbox.Len() == 0 { // until it was refused once
		runtime.Gosched()
	}
	mute.Store(false)
	if err := s.app.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if n := len(post.Letters()); n != 1 {
		t.Errorf("%d letters were sent", n)
	}
}
