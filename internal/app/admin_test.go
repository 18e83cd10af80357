package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// room is a server with an administrator in a browser, and bob.
type room struct {
	*server
	ada  *client
	bob  user.User
	mine user.User
}

func startRoom(t *testing.T, settings ...string) *room {
	t.Helper()
	s := start(t, settings...)
	r := &room{server: s, ada: s.browser(), mine: s.addUser("ada", battery, "admin"), bob: s.addUser("bob", battery, "editor")}
	r.ada.login("ada", battery, "cookie")
	return r
}

// page is the address of somebody's page, with what follows.
func (r *room) page(u user.User, rest string) string { return "/auth/admin/users/" + u.ID + rest }

// now is the account as it is.
func (r *room) now(u user.User) user.User {
	r.Helper()
	is, err := r.core.Store.UserByID(r.Context(), u.ID)
	if err != nil {
		r.Fatal(err)
	}
	return is
}

// led checks that an answer leads to an address.
func led(t *testing.T, what string, r reply, to string) {
	t.Helper()
	if got := r.header.Get("Location"); r.status != http.StatusSeeOther || got != to {
		t.Errorf("%s: %d to %q, want %q: %s", what, r.status, got, to, r.body)
	}
}

// form is the profile of an account as its page sends it.
func formOf(u user.User, change map[string]string) map[string]string {
	roles := strings.Join(u.Roles, ", ")
	had := url.Values{"name": {u.Name}, "username": {u.Username}, "email": {u.Email}, "verified": {strconv.FormatBool(u.EmailVerified)}, "roles": u.Roles}
	form := map[string]string{"name": u.Name, "username": u.Username, "email": u.Email, "roles": roles, "had": had.Encode()}
	if u.EmailVerified {
		form["verified"] = "1"
	}
	maps.Copy(form, change)
	return form
}

func TestAnAdministratorFindsSomebodyAndChangesThem(t *testing.T) {
	r := startRoom(t)
	led(t, "the room", r.ada.get("/auth/admin"), "/auth/admin/users")
	list := r.ada.get("/auth/admin/users?q=BOB%40")
	if list.status != 200 || !strings.Contains(list.body, r.page(r.bob, `"`)) || strings.Contains(list.body, r.page(r.mine, `"`)) {
		t.Fatalf("the search: %d %s", list.status, list.body)
	}
	if page := r.ada.get(r.page(r.bob, "")); page.status != 200 || !strings.Contains(page.body, "bob@example.com") || page.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the page: %d %s", page.status, page.body)
	}
	led(t, "save", r.ada.postForm(r.page(r.bob, ""), formOf(r.bob, map[string]string{"name": "Bob Okafor", "roles": "auditor, editor"})), r.page(r.bob, "?done=saved"))
	if is := r.now(r.bob); is.Name != "Bob Okafor" || fmt.Sprint(is.Roles) != "[auditor editor]" || !is.EmailVerified {
		t.Errorf("it is %+v", is)
	}
	last := r.events()[len(r.events())-1]
	if last.Action != audit.UserChanged || last.Actor != r.mine.ID || last.UserID != r.bob.ID {
		t.Errorf("the log says %+v", last)
	}
	if page := r.ada.get(r.page(r.bob, "?done=saved")); !strings.Contains(page.body, "Saved.") || !strings.Contains(page.body, "Account changed") {
		t.Errorf("the page does not say what was done: %s", page.body)
	}
}

func TestWhatIsWrongWithAnAccountStandsUnderItsField(t *testing.T) {
	r := startRoom(t)
	for field, change := range map[string]map[string]string{
		"username": {"username": "ada"}, "email": {"email": "no address"}, "roles": {"roles": "edi<tor"},
	} {
		a := r.ada.postForm(r.page(r.bob, ""), formOf(r.bob, change))
		if a.status < 400 || a.status > 499 || !strings.Contains(a.body, `id="`+field+`-problem"`) {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
		if a := r.ada.postForm("/auth/admin/add-user", formOf(user.User{Username: "carol"}, change)); !strings.Contains(a.body, `id="`+field+`-problem"`) {
			t.Errorf("new, %s: %d %s", field, a.status, a.body)
		}
	}
	if is := r.now(r.bob); is.ChangedAt != r.bob.ChangedAt {
		t.Errorf("something was changed: %+v", is)
	}
}

func TestRolesThatSomebodyElseGaveMeanwhileStay(t *testing.T) {
	r := startRoom(t)
	form := formOf(r.bob, map[string]string{"roles": ""})
	if err := r.core.Users.Amend(r.Context(), r.bob.ID, user.Amendment{Roles: &[]string{"auditor", "editor"}}, cli); err != nil {
		t.Fatal(err)
	}
	led(t, "save", r.ada.postForm(r.page(r.bob, ""), form), r.page(r.bob, "?done=changed_meanwhile"))
	if is := r.now(r.bob); fmt.Sprint(is.Roles) != "[auditor editor]" {
		t.Errorf("the roles are %v", is.Roles)
	}
}

// ASVS 7.4.5
func TestAnAdministratorEndsSessionsAtOnce(t *testing.T) {
	r := startRoom(t)
	p := r.program()
	one, two := p.login("bob", battery, "storage"), p.login("bob", battery, "storage")
	led(t, "one", r.ada.postForm(r.page(r.bob, "/sessions/"+one.Session.ID+"/end"), nil), r.page(r.bob, "?done=session_ended"))
	p.me(one.Access).wants(t, 401, "session_ended")
	p.me(two.Access).wants(t, 200, "")
	led(t, "all", r.ada.postForm(r.page(r.bob, "/sessions/end"), nil), r.page(r.bob, "?done=sessions_ended"))
	p.me(two.Access).wants(t, 401, "session_ended")
	mine := p.login("ada", battery, "storage")
	if a := r.ada.postForm(r.page(r.bob, "/sessions/"+mine.Session.ID+"/end"), nil); a.status != 404 {
		t.Errorf("a session of another, by the page of bob: %d", a.status)
	}
	p.me(mine.Access).wants(t, 200, "")
}

func TestADisabledAccountIsOutAtOnceAndComesBack(t *testing.T) {
	r := startRoom(t)
	p := r.program()
	in := p.login("bob", battery, "storage")
	led(t, "disable", r.ada.postForm(r.page(r.bob, "/disable"), nil), r.page(r.bob, "?done=disabled"))
	p.me(in.Access).wants(t, 401, "session_ended")
	p.tryLogin("bob", battery, "memory").wants(t, 403, "account_disabled")
	if a := r.ada.postForm(r.page(r.bob, "/link"), nil); a.status != 403 || strings.Contains(a.body, "code=") {
		t.Errorf("a link for a closed account: %d", a.status)
	}
	led(t, "enable", r.ada.postForm(r.page(r.bob, "/enable"), nil), r.page(r.bob, "?done=enabled"))
	p.login("bob", battery, "storage")
}

func TestRemovingTakesTheName(t *testing.T) {
	r := startRoom(t)
	led(t, "no name", r.ada.postForm(r.page(r.bob, "/remove"), nil), r.page(r.bob, "?done=not_sure"))
	led(t, "another", r.ada.postForm(r.page(r.bob, "/remove"), map[string]string{"remove": "ada"}), r.page(r.bob, "?done=not_sure"))
	r.now(r.bob)
	led(t, "his", r.ada.postForm(r.page(r.bob, "/remove"), map[string]string{"remove": "bob"}), "/auth/admin/users?done=removed")
	if _, err := r.core.Store.UserByID(r.Context(), r.bob.ID); fault.From(err).Code != fault.NotFound {
		t.Errorf("bob is still there: %v", err)
	}
	if a := r.ada.get(r.page(r.bob, "")); a.status != 404 {
		t.Errorf("the page of nobody: %d", a.status)
	}
}

var handedOver = regexp.MustCompile(`/auth/reset\?code=[\w-]+`)

// ASVS 6.4.6
func TestAnAdministratorAddsSomebodyWhoChoosesThePassword(t *testing.T) {
	r := startRoom(t)
	a := r.ada.postForm("/auth/admin/add-user", map[string]string{"username": "carol", "name": "Carol", "roles": "editor", "password": "not looked at, ever"})
	link := handedOver.FindString(a.body)
	if a.status != 200 || link == "" {
		t.Fatalf("add: %d %s", a.status, a.body)
	}
	r.program().tryLogin("carol", "not looked at, ever", "memory").wants(t, 401, "credentials_invalid")
	code := strings.TrimPrefix(link, "/auth/reset?code=")
	set := map[string]string{"code": code, "new": "staple horse battery correct"}
	if b := r.browser().postForm("/auth/reset", set); b.status != http.StatusSeeOther {
		t.Fatalf("the link: %d %s", b.status, b.body)
	}
	r.program().login("carol", "staple horse battery correct", "memory")
	if b := r.browser().postForm("/auth/reset", set); b.status == http.StatusSeeOther {
		t.Error("the link is good twice")
	}
	if !strings.Contains(fmt.Sprint(r.events()), "handed over") {
		t.Error("the log does not say that a link was handed over")
	}
}

// noPost is a mail server that takes nothing.
type noPost struct{}

func (noPost) Write(context.Context, mailbox.Letter) error { return errors.New("nothing is taken") }

func TestWhoAddsAnAccountIsToldThatItIsThereWhenItsLetterFails(t *testing.T) {
	r := startRoom(t)
	r.core.Mailbox.Post = noPost{}
	a := r.ada.postForm("/auth/admin/add-user", map[string]string{"username": "carol", "email": "carol@example.com", "verified": "1"})
	carol, err := r.core.Store.UserByLogin(t.Context(), "carol")
	if err != nil {
		t.Fatalf("%v; the answer is %d %s", err, a.status, a.body)
	}
	led(t, "add", a, r.page(carol, "?done=added_unsent#ways"))
	shows(t, "the page", r.ada.get(r.page(carol, "?done=added_unsent")), 200, "do not add it again", r.page(carol, "/link"))
	if !strings.Contains(r.log.String(), "nothing is taken") {
		t.Error("the log does not say why")
	}
}

func TestAnAdministratorTakesAFactorOff(t *testing.T) {
	r := startRoom(t)
	r.addFactor(r.bob)
	p := r.program()
	p.tryLogin("bob", battery, "memory").wants(t, 401, "code_required")
	if page := r.ada.get(r.page(r.bob, "")); !strings.Contains(page.body, `name="reset"`) {
		t.Fatalf("the page offers no reset: %s", page.body)
	}
	led(t, "no name", r.ada.postForm(r.page(r.bob, "/reset"), nil), r.page(r.bob, "?done=not_sure"))
	led(t, "reset", r.ada.postForm(r.page(r.bob, "/reset"), map[string]string{"reset": "bob"}), r.page(r.bob, "?done=reset"))
	p.login("bob", battery, "memory")
}

func TestAnAdministratorKeepsTheirOwnAccount(t *testing.T) {
	r := startRoom(t)
	r.unchanged("oneself", func() {
		for what, a := range map[string]reply{
			"disable": r.ada.postForm(r.page(r.mine, "/disable"), nil),
			"remove":  r.ada.postForm(r.page(r.mine, "/remove"), map[string]string{"remove": "ada"}),
			"demote":  r.ada.postForm(r.page(r.mine, ""), formOf(r.mine, map[string]string{"roles": "editor"})),
		} {
			if a.status != http.StatusConflict || !strings.Contains(a.body, "Another administrator can") {
				t.Errorf("%s: %d %s", what, a.status, a.body)
			}
		}
	})
	led(t, "rename", r.ada.postForm(r.page(r.mine, ""), formOf(r.mine, map[string]string{"name": "Ada"})), r.page(r.mine, "?done=saved"))
}

func TestTheListOfPeopleComesInPages(t *testing.T) {
	r := startRoom(t)
	for i := range 55 {
		r.addUser(fmt.Sprintf("u%02d", i), "")
	}
	next, seen := "/auth/admin/users?q=u&role=", map[string]int{}
	one := regexp.MustCompile(`<span class="soft">(u\d\d)</span>`)
	follow := regexp.MustCompile(`rel="next" href="([^"]+)"`)
	pages := 0
	for ; next != "" && pages < 10; pages++ {
		a := r.ada.get(strings.ReplaceAll(next, "&amp;", "&"))
		for _, m := range one.FindAllStringSubmatch(a.body, -1) {
			seen[m[1]]++
		}
		next = ""
		if m := follow.FindStringSubmatch(a.body); m != nil {
			next = m[1]
		}
	}
	if pages != 3 || len(seen) != 55 {
		t.Errorf("%d pages with %d people", pages, len(seen))
	}
	if a := r.ada.get("/auth/admin/users?role=admin"); !strings.Contains(a.body, "ada@example.com") || strings.Contains(a.body, "bob@example.com") {
		t.Errorf("by role: %s", a.body)
	}
	if a := r.ada.get("/auth/admin/users?q=%25"); strings.Contains(a.body, "bob@example.com") {
		t.Errorf("a sign of LIKE finds everybody")
	}
}

// adminForms are forms of pages of administrators, about bob.
func (r *room) adminForms() map[string]map[string]string {
	return map[string]map[string]string{
		"/auth/admin/add-user":                                {"username": "eve", "roles": "admin"},
		r.page(r.bob, ""):                                     formOf(r.bob, map[string]string{"roles": "admin"}),
		r.page(r.bob, "/link"):                                nil,
		r.page(r.bob, "/disable"):                             nil,
		r.page(r.bob, "/enable"):                              nil,
		r.page(r.bob, "/sessions/end"):                        nil,
		r.page(r.bob, "/reset"):                               {"reset": "bob"},
		r.page(r.bob, "/connections/company/end"):             nil,
		r.page(r.bob, "/remove"):                              {"remove": "bob"},
		r.page(r.bob, "/sessions/AAAAAAAAAAAAAAAAAAAAAA/end"): nil,
	}
}

func TestNobodyElseIsInTheRoomOfAdministrators(t *testing.T) {
	r := startRoom(t)
	bob := r.browser()
	bob.login("bob", battery, "cookie")
	app := r.addClient(registry.Web, nil)
	app.signIn("ada")
	granted := app.redeem(app.code("scope", "openid offline_access")).handed(t)
	looks := []string{"/auth/admin", "/auth/admin/users", "/auth/admin/add-user", r.page(r.bob, "")}
	r.unchanged("somebody else", func() {
		for _, path := range looks {
			if a := bob.get(path); a.status != 403 || !strings.Contains(a.body, "forbidden_role") || strings.Contains(a.body, "ada@example.com") {
				t.Errorf("bob, %s: %d %s", path, a.status, a.body)
			}
			if a := r.program().get(path, bearer(granted.AccessToken)); a.status != 401 || strings.Contains(a.body, "ada@example.com") {
				t.Errorf("a token, %s: %d %s", path, a.status, a.body)
			}
		}
		for path, form := range r.adminForms() {
			if a := bob.postForm(path, form); a.status != 403 {
				t.Errorf("bob, %s: %d %s", path, a.status, a.body)
			}
			if a := r.program().postForm(path, form, bearer(granted.AccessToken)); a.status != 401 {
				t.Errorf("a token, %s: %d %s", path, a.status, a.body)
			}
		}
	})
}

// ASVS 7.5.1, 7.5.3
func TestAnOldSignInOfAnAdministratorChangesNothing(t *testing.T) {
	r := startRoom(t)
	r.clock.advance(session.Fresh + time.Second)
	if a := r.ada.get(r.page(r.bob, "")); a.status != 200 {
		t.Errorf("looking: %d", a.status)
	}
	r.unchanged("an old sign-in", func() {
		for path, form := range r.adminForms() {
			a := r.ada.postForm(path, form)
			if to := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/auth/login?return_to=%2Fauth%2Fadmin%2F") || !strings.Contains(to, "again=1") {
				t.Errorf("%s: %d to %q", path, a.status, to)
			}
		}
	})
	back := r.page(r.bob, "?done=anew")
	led(t, "sign in again", r.ada.postForm("/auth/login", map[string]string{"username": "ada", "password": battery, "return_to": back}), back)
	led(t, "disable", r.ada.postForm(r.page(r.bob, "/disable"), nil), r.page(r.bob, "?done=disabled"))
}

func TestAnAdministratorWhoIsOneNoMoreIsOut(t *testing.T) {
	r := startRoom(t)
	other := r.addUser("grace", battery, "admin")
	if a := r.ada.get("/auth/admin/users"); a.status != 200 {
		t.Fatalf("before: %d", a.status)
	}
	if err := r.core.Users.Amend(r.Context(), r.mine.ID, user.Amendment{Roles: &[]string{}}, audit.Source{Actor: other.ID}); err != nil {
		t.Fatal(err)
	}
	if a := r.ada.get("/auth/admin/users"); a.status != 403 {
		t.Errorf("demoted, looking: %d", a.status)
	}
	if a := r.ada.postForm(r.page(r.bob, "/disable"), nil); a.status != 403 {
		t.Errorf("demoted, changing: %d", a.status)
	}
	if page := r.ada.get("/auth/account"); strings.Contains(page.body, "/auth/admin") {
		t.Error("the bar still leads there")
	}
}

func TestAPasswordAloneIsNotEnoughWhereThereIsAFactor(t *testing.T) {
	r := startRoom(t)
	r.addFactor(r.mine) // the session of before began with a password alone
	a := r.ada.postForm(r.page(r.bob, "/disable"), nil)
	if to := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/auth/login?") {
		t.Errorf("%d to %q", a.status, to)
	}
	if r.now(r.bob).Disabled {
		t.Error("bob is disabled")
	}
}

func TestIdsOfNobodyAreNotFound(t *testing.T) {
	r := startRoom(t)
	for _, id := range []string{"x", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "..%2f..", "%00", strings.Repeat("a", 3000)} {
		if a := r.ada.get("/auth/admin/users/" + id); a.status != 404 {
			t.Errorf("%.20s: %d", id, a.status)
		}
		if a := r.ada.postForm("/auth/admin/users/"+id+"/disable", nil); a.status != 404 {
			t.Errorf("%.20s, disable: %d", id, a.status)
		}
	}
}
