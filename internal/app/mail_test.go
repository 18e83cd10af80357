package app

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/smtptest"
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
