package app

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/smtptest"
	"github.com/lingpai/lingpai/internal/user"
)

// startSignUp runs a server where people make accounts of their own.
func startSignUp(t testing.TB, settings ...string) (*server, *smtptest.Server) {
	t.Helper()
	return startMail(t, append([]string{"sign_up.enabled=true"}, settings...)...)
}

// askToSignUp asks for an account, and returns the path of the link in the letter.
func (s *server) askToSignUp(t testing.TB, post *smtptest.Server, email string) string {
	t.Helper()
	if r := s.browser().postForm("/auth/sign-up", map[string]string{"email": email}); r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	return link(t, post.Wait(t))
}

// finishing is the form that makes an account.
func finishing(code, username string) map[string]string {
	return map[string]string{"code": code, "username": username, "name": "Carol", "password": freshPassword}
}

func TestSomebodyMakesAnAccountOfTheirOwn(t *testing.T) {
	s, post := startSignUp(t, "sign_up.roles=member,reader", "cors.origins=https://notes.example")
	b := s.browser()
	if page := b.get("/auth/login?return_to=/notes"); !strings.Contains(page.body, `href="/auth/sign-up?return_to=%2Fnotes"`) {
		t.Fatalf("the sign-in page does not lead there: %s", page.body)
	}
	if page := b.get("/auth/sign-up?return_to=/notes"); page.status != 200 || !strings.Contains(page.body, `name="return_to" value="/notes"`) {
		t.Fatalf("%d %s", page.status, page.body)
	}
	sent := b.postForm("/auth/sign-up", map[string]string{"email": " Carol@Example.com ", "return_to": "/notes"})
	if sent.status != 200 || !strings.Contains(sent.body, "Carol@Example.com") {
		t.Fatalf("%d %s", sent.status, sent.body)
	}
	letter := post.Wait(t)
	if letter.To != "Carol@Example.com" || !strings.Contains(letter.Text, "Hello,\n") || !strings.Contains(letter.Text, "within 20 minutes") {
		t.Errorf("%s", letter.Source)
	}
	path := link(t, letter)
	for range 2 { // programs open links in letters, too
		if page := b.get(path); page.status != 200 || !strings.Contains(page.body, "Carol@Example.com") || page.header.Get("Referrer-Policy") == "" {
			t.Fatalf("%d %s", page.status, page.body)
		}
	}
	done := b.postForm("/auth/sign-up/finish", finishing(linkCode(t, path), "carol"))
	if done.status != 303 || done.header.Get("Location") != "/notes" {
		t.Fatalf("%d %s %s", done.status, done.header.Get("Location"), done.body)
	}
	if page := b.get("/auth/account"); page.status != 200 || !strings.Contains(page.body, "Carol@Example.com") {
		t.Errorf("not signed in: %d", page.status)
	}
	u, err := s.core.Store.UserByLogin(t.Context(), "carol@example.com")
	if err != nil || !u.EmailVerified || u.Name != "Carol" || strings.Join(u.Roles, " ") != "member reader" {
		t.Errorf("%+v %v", u, err)
	}
	s.program().login("carol", freshPassword, "memory")
	var seen []string
	for _, e := range s.events() {
		if e.Action == audit.LinkSent || e.Action == audit.UserAdded {
			seen = append(seen, string(e.Action)+" "+e.Detail)
			if e.Action == audit.UserAdded && (e.UserID != u.ID || e.Actor != u.ID) {
				t.Errorf("%+v", e)
			}
		}
	}
	if strings.Join(seen, ", ") != "link_sent sign-up, user_added sign-up" {
		t.Errorf("%v", seen)
	}
}

func TestWhatIsWrongWithASignUpIsSaidAndSpendsNothing(t *testing.T) {
	s, post := startSignUp(t)
	s.addUser("alice", battery)
	b := s.browser()
	for _, email := range []string{"", "carol", "carol@", "a@b@c.example", "carol@example.com\r\nBcc: x@evil.example"} {
		if r := b.postForm("/auth/sign-up", map[string]string{"email": email}); r.status != 422 || !strings.Contains(r.body, "not an email address") {
			t.Errorf("%q: %d", email, r.status)
		}
	}
	code := linkCode(t, s.askToSignUp(t, post, "carol@example.com"))
	for what, form := range map[string]map[string]string{
		"taken":                   finishing(code, "Alice"),
		"between them":            finishing(code, "not a name"),
		"15 or more":              {"code": code, "username": "carol", "password": "short"},
		"Use 15":                  {"code": code, "username": "carol"},
		"It leans on":             {"code": code, "username": "carol", "password": "carol@example.com carol"},
		"a character that cannot": {"code": code, "username": "carol", "name": "a\x00b", "password": freshPassword},
	} {
		r := b.postForm("/auth/sign-up/finish", form)
		if r.status != 422 && r.status != 409 || !strings.Contains(r.body, what) || !strings.Contains(r.body, code) || strings.Contains(r.body, freshPassword) {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
	}
	if r := b.postForm("/auth/sign-up/finish", finishing(code, "carol")); r.status != 303 || r.header.Get("Location") != "/auth/account" {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestAProgramSignsSomebodyUp(t *testing.T) {
	s, post := startSignUp(t, "sign_up.domains=example.com")
	s.addUser("alice", battery)
	p := s.program()
	for _, email := range []string{"alice@example.com", "carol@example.com"} {
		if r := p.postJSON("/auth/api/sign-up", `{"email":"`+email+`"}`); r.status != 202 || r.body != "" {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	p.postJSON("/auth/api/sign-up", `{"email":"carol@elsewhere.example"}`).wants(t, 422, "field_invalid")
	p.postJSON("/auth/api/sign-up", `{}`).wants(t, 422, "field_invalid")
	letters := map[string]smtptest.Letter{}
	for range 2 {
		l := post.Wait(t)
		letters[l.To] = l
	}
	code := linkCode(t, link(t, letters["carol@example.com"]))
	finish := func(members string) reply {
		return p.postJSON("/auth/api/sign-up/finish", `{"code":"`+code+`","name":"Carol",`+members+`}`)
	}
	finish(`"username":"carol"`).wants(t, 422, "field_invalid")
	finish(`"username":"carol","password":"`+freshPassword+`","keep":"pocket"`).wants(t, 422, "field_invalid")
	finish(`"username":"alice","password":"`+freshPassword+`"`).wants(t, 409, "username_taken")
	finish(`"username":"carol","password":"short"`).wants(t, 422, "password_rejected")
	made := finish(`"username":"carol","password":"` + freshPassword + `","keep":"storage"`)
	if made.status != 200 || !strings.Contains(made.body, `"access_token"`) || !strings.Contains(made.body, `"username":"carol"`) || strings.Contains(made.body, freshPassword) {
		t.Fatalf("%d %s", made.status, made.body)
	}
	finish(`"username":"carla","password":"`+freshPassword+`"`).wants(t, 410, "link_void")
	p.login("carol", freshPassword, "memory")
}

// Who signs up for a role that takes a second factor is led to set one up.
func TestASignUpGoesNotPastASecondFactor(t *testing.T) {
	s, post := startSignUp(t, "sign_up.roles=staff", "second_factor.required_for=staff")
	b := s.browser()
	code := linkCode(t, s.askToSignUp(t, post, "carol@example.com"))
	if r := b.postForm("/auth/sign-up/finish", finishing(code, "carol")); r.status != 303 || !strings.HasPrefix(r.header.Get("Location"), "/auth/login/two-step") {
		t.Errorf("%d %s", r.status, r.header.Get("Location"))
	}
	if page := b.get("/auth/account"); page.status == 200 {
		t.Error("signed in without it")
	}
}

func TestWhereNobodySignsUpThereIsNoWay(t *testing.T) {
	s, _ := startMail(t)
	b := s.browser()
	if page := b.get("/auth/login"); strings.Contains(page.body, "sign-up") {
		t.Error("the sign-in page leads there")
	}
	for _, r := range []reply{
		b.get("/auth/sign-up"), b.postForm("/auth/sign-up", map[string]string{"email": "carol@example.com"}),
		b.get("/auth/sign-up/finish?code=x"), b.postForm("/auth/sign-up/finish", finishing("x", "carol")),
		s.program().postJSON("/auth/api/sign-up", `{"email":"carol@example.com"}`),
		s.program().postJSON("/auth/api/sign-up/finish", `{"code":"x","username":"carol","password":"`+freshPassword+`"}`),
	} {
		if r.status != 404 {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
}

// Nobody learns from an answer whether an address has an account; who has one, by a letter.
func TestAttack64ASignUpTellsNobodyWhoHasAnAccount(t *testing.T) {
	s, post := startSignUp(t)
	s.addUser("alice", battery)
	ask := func(email string) string {
		r := s.browser().postForm("/auth/sign-up", map[string]string{"email": email})
		if r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		return strings.ReplaceAll(r.seen(), email, "EMAIL")
	}
	if known, unknown := ask("alice@example.com"), ask("carol@example.com"); known != unknown {
		t.Errorf("%s\n---\n%s", known, unknown)
	}
	letters := map[string]smtptest.Letter{}
	for range 2 {
		l := post.Wait(t)
		letters[l.To] = l
	}
	if l := letters["alice@example.com"]; !strings.Contains(l.Subject, "You have an account") || link(t, l) != "/auth/login" || strings.Contains(l.Text, "code=") {
		t.Errorf("%s", l.Source)
	}
	if l := letters["carol@example.com"]; !strings.Contains(link(t, l), "/auth/sign-up/finish?code=") {
		t.Errorf("%s", l.Source)
	}
	events := s.events()
	for _, e := range events {
		if strings.Contains(e.Detail, "@") {
			t.Errorf("%+v", e)
		}
	}
}

// What is mailed is found out when the answer is written, so no clock tells either.
func TestAttack64ASignUpIsAnsweredBeforeTheAddressIsLookedUp(t *testing.T) {
	s, post := startSignUp(t)
	release := make(chan struct{})
	held := make(chan struct{})
	if err := s.app.errands.later(func(context.Context) error { close(held); <-release; return nil }); err != nil {
		t.Fatal(err)
	}
	<-held
	if r := s.browser().postForm("/auth/sign-up", map[string]string{"email": "carol@example.com"}); r.status != 200 {
		t.Errorf("%d", r.status)
	}
	if n := len(post.Letters()); n != 0 {
		t.Errorf("%d letters", n)
	}
	close(release)
	post.Wait(t)
}

func TestAttack77ACodeOfASignUpIsGoodOnceAndForAWhile(t *testing.T) {
	s, post := startSignUp(t)
	first := linkCode(t, s.askToSignUp(t, post, "carol@example.com"))
	newest := linkCode(t, s.askToSignUp(t, post, "CAROL@example.com"))
	late := linkCode(t, s.askToSignUp(t, post, "dave@example.com"))
	b := s.browser()
	void := func(what, code string) {
		t.Helper()
		for _, r := range []reply{b.get("/auth/sign-up/finish?code=" + url.QueryEscape(code)), b.postForm("/auth/sign-up/finish", finishing(code, "dave"))} {
			if r.status != 410 || !strings.Contains(r.body, `href="/auth/sign-up"`) {
				t.Errorf("%s: %d %s", what, r.status, r.body)
			}
		}
	}
	void("replaced", first)
	void("made up", "abc")
	void("none", "")
	if r := b.postForm("/auth/sign-up/finish", finishing(newest, "carol")); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	void("used", newest)
	s.clock.advance(20 * time.Minute)
	void("too old", late)
	reset := linkCode(t, s.forget(t, post, "carol"))
	void("for a password", reset)
	fresh := linkCode(t, s.askToSignUp(t, post, "erin@example.com"))
	if r := b.postForm("/auth/reset", map[string]string{"code": fresh, "new": freshPassword}); r.status != 410 {
		t.Errorf("a code for an account sets a password: %d", r.status)
	}
}

func TestOfManyWhoUseACodeAtOnceOneGetsTheAccount(t *testing.T) {
	s, post := startSignUp(t, "throttle.address_burst=1000")
	code := linkCode(t, s.askToSignUp(t, post, "carol@example.com"))
	var made atomic.Int32
	var wg sync.WaitGroup
	for _, name := range []string{"carol", "carla", "caroline", "carola"} {
		wg.Go(func() {
			switch r := s.browser().postForm("/auth/sign-up/finish", finishing(code, name)); r.status {
			case 303:
				made.Add(1)
			case 410:
			default:
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
	wg.Wait()
	if users, err := s.core.Store.Users(t.Context(), user.Query{Search: "carol@example.com"}); made.Load() != 1 || err != nil || len(users) != 1 {
		t.Errorf("%d made, %d there (%v)", made.Load(), len(users), err)
	}
}

// An address that an account has got meanwhile is not taken from it.
func TestAttack77ASignUpGivesNoAddressAway(t *testing.T) {
	s, post := startSignUp(t)
	code := linkCode(t, s.askToSignUp(t, post, "alice@example.com"))
	alice := s.addUser("alice", battery)
	form := finishing(code, "mallory")
	form["email"], form["roles"] = "other@example.com", "admin"
	if r := s.browser().postForm("/auth/sign-up/finish", form); r.status != 410 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if u, err := s.core.Store.UserByLogin(t.Context(), "alice@example.com"); err != nil || u.ID != alice.ID {
		t.Errorf("%+v %v", u, err)
	}
	other := linkCode(t, s.askToSignUp(t, post, "bob@example.com"))
	form["code"] = other
	if r := s.browser().postForm("/auth/sign-up/finish", form); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if u, err := s.core.Store.UserByLogin(t.Context(), "mallory"); err != nil || u.Email != "bob@example.com" || len(u.Roles) != 0 {
		t.Errorf("what the code does not say was taken from the form: %+v %v", u, err)
	}
}

func TestSignUpsAreOfTheDomainsThatAreNamed(t *testing.T) {
	s, post := startSignUp(t, "sign_up.domains=good.example,also.example", "throttle.address_burst=1000")
	b := s.browser()
	if page := b.get("/auth/sign-up"); !strings.Contains(page.body, "good.example, also.example") {
		t.Errorf("%s", page.body)
	}
	for _, email := range []string{
		"a@evil.example", "a@evil.example@good.example", `"a@evil.example"@good.example`, "a@good.example@evil.example", "a@sub.good.example", "a@notgood.example",
		"a@good.example.evil.example", "a@good.example.", "a@good.example,b@evil.example", "a@good.example b@evil.example", "good.example", "@good.example",
		"a@gооd.example", "<a@good.example>", "A <a@good.example>", "a@evil.example\x00@good.example", "a＠evil.example@good.example",
	} {
		if r := b.postForm("/auth/sign-up", map[string]string{"email": email}); r.status != 422 || !strings.Contains(r.body, `id="email-problem"`) {
			t.Errorf("%q: %d", email, r.status)
		}
	}
	s.settle(t)
	if n := s.actions(audit.LinkSent); n != 0 {
		t.Errorf("%d letters", n)
	}
	s.askToSignUp(t, post, "A@GOOD.Example")
	s.askToSignUp(t, post, "a@also.example")
}

func TestSignUpsAreSlowedDown(t *testing.T) {
	s, _ := startSignUp(t, "trusted_proxies=127.0.0.1", "throttle.address_burst=4")
	for i, from := range []string{"192.0.2.1", "198.51.100.1", "203.0.113.1", "192.0.2.2", "198.51.100.2"} { // one mailbox, from everywhere
		b := s.browser()
		b.from = from
		if r := b.postForm("/auth/sign-up", map[string]string{"email": "carol@example.com"}); r.status != 200 {
			t.Errorf("%d: %d %s", i, r.status, r.body)
		}
		s.settle(t)
	}
	if n := s.actions(audit.LinkSent); n != 3 {
		t.Errorf("%d letters to one mailbox", n)
	}
	b := s.browser()
	b.from = "192.0.2.99"
	statuses := map[int]int{}
	for i := range 6 {
		r := b.postForm("/auth/sign-up", map[string]string{"email": "p" + string(rune('a'+i)) + "@example.com"})
		if statuses[r.status]++; r.status == 429 && r.header.Get("Retry-After") == "" {
			t.Errorf("%v", r.header)
		}
	}
	if statuses[200] != 4 || statuses[429] != 2 {
		t.Errorf("%v", statuses)
	}
}

// Who holds a code may learn of some names that they are taken, and not of all.
func TestTakenNamesAreNotListedByASignUp(t *testing.T) {
	s, post := startSignUp(t, "throttle.address_burst=3")
	s.addUser("alice", battery)
	code := linkCode(t, s.askToSignUp(t, post, "carol@example.com"))
	b := s.browser()
	for i := range 4 {
		want := 409
		if i == 3 {
			want = 429
		}
		if r := b.postForm("/auth/sign-up/finish", finishing(code, "alice")); r.status != want {
			t.Errorf("%d: %d %s", i, r.status, r.body)
		}
	}
}

func TestASignUpLeadsNowhereElse(t *testing.T) {
	s, post := startSignUp(t)
	b := s.browser()
	for _, to := range []string{"https://evil.example/", "//evil.example", "/\\evil.example"} {
		if page := b.get("/auth/sign-up?" + url.Values{"return_to": {to}}.Encode()); strings.Contains(page.body, `name="return_to"`) {
			t.Errorf("%s is on the page", to)
		}
	}
	b.postForm("/auth/sign-up", map[string]string{"email": "carol@example.com", "return_to": "https://evil.example/"})
	path := link(t, post.Wait(t))
	if up, err := s.core.Mailbox.OpenSignUp(t.Context(), linkCode(t, path)); err != nil || up.ReturnTo != "" {
		t.Errorf("%q is kept (%v)", up.ReturnTo, err)
	}
	if err := s.core.Mailbox.AskToSignUp(t.Context(), "carol@example.com", "https://no-longer.example/", cli); err != nil {
		t.Fatal(err)
	}
	code := linkCode(t, link(t, post.Wait(t)))
	if r := b.postForm("/auth/sign-up/finish", finishing(code, "carol")); r.status != 303 || r.header.Get("Location") != "/auth/account" {
		t.Errorf("%d %s", r.status, r.header.Get("Location"))
	}
}
