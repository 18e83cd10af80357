package app

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/admin"
	registry "github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/user"
)

// A link to us that an administrator follows must not be one to somewhere else.
func TestAttackAnIDThatIsAPathLeadsNowhereElse(t *testing.T) {
	r := startRoom(t)
	for _, id := range []string{
		`..%2f..%2f..%2f%5cevil.example`, `..%2f..%2f..%2f%5c%5cevil.example`, `%2f%2fevil.example`, `%5c%5cevil.example`, `..%2f..%2flogout`, `x%3fy`, `x%0d%0aSet-Cookie:a=b`,
	} {
		for _, path := range []string{"/users/" + id + "/link", "/apps/" + id + "/secret", "/apps/" + id + "/drop-old", "/apps/" + id + "/remove"} {
			a := r.ada.get("/auth/admin" + path)
			to, err := url.Parse(a.header.Get("Location"))
			if err != nil || strings.Contains(to.EscapedPath(), `\`) || to.Host != "" || strings.Count(to.EscapedPath(), "/") != 4 || a.header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %d to %q", path, a.status, a.header.Get("Location"))
			}
		}
	}
}

func TestAttackASearchOfAnyLengthIsAnswered(t *testing.T) {
	r := startRoom(t)
	for what, q := range map[string]string{
		"doubled": strings.Repeat("!", 30000), "of LIKE": strings.Repeat("_", 30000), "folded to more": strings.Repeat("ﷺ", 3000), "many": strings.Repeat("a%25", 7000),
		"no text": "%ff%00",
	} {
		for _, path := range []string{
			"/auth/admin/users?q=", "/auth/admin/sessions?q=", "/auth/admin/log?user=", "/auth/admin/apps?q=",
			admin.APIPath + "/users?q=", admin.APIPath + "/users?role=", admin.APIPath + "/sessions?q=", admin.APIPath + "/audit?user_id=",
		} {
			if a := r.ada.get(path + q); a.status != 200 || strings.Contains(a.body, r.bob.ID) {
				t.Errorf("%s, %s: %d %.200s", what, path, a.status, a.body)
			}
		}
	}
}

// One administrator takes an address away that a stranger reads; the other has had the page open since before, and corrects the name.
func TestAttackAnOldFormBringsNoOldAddressBack(t *testing.T) {
	r := startRoom(t)
	form := formOf(r.bob, map[string]string{"name": "Bob Okafor"})
	if page := r.ada.get(r.page(r.bob, "")); !strings.Contains(html.UnescapeString(page.body), `name="had" value="`+form["had"]+`"`) {
		t.Errorf("the page has no form that begins with %s: %s", form["had"], page.body)
	}
	if err := r.core.Users.Amend(r.Context(), r.bob.ID, user.Amendment{Email: new("new@example.com"), EmailVerified: new(false)}, cli); err != nil {
		t.Fatal(err)
	}
	led(t, "save", r.ada.postForm(r.page(r.bob, ""), form), r.page(r.bob, "?done=changed_meanwhile"))
	if is := r.now(r.bob); is.Email != "new@example.com" || is.EmailVerified || is.Name != r.bob.Name {
		t.Errorf("it is %+v", is)
	}
	for _, had := range []string{"", "%zz", "roles=admin"} {
		form["had"] = had
		r.unchanged("had "+had, func() { r.ada.postForm(r.page(r.bob, ""), form) })
	}
}

// Whoever is made an administrator while they are signed in by a password alone has shown as little as before.
func TestAttackWhoMustHaveASecondFactorChangesNothingBeforeTheyHave(t *testing.T) {
	s := start(t, "second_factor.required_for=admin")
	carol, bob := s.browser(), s.addUser("bob", battery)
	s.addUser("carol", battery)
	carol.login("carol", battery, "cookie")
	s.setRoles("carol", "admin")
	page := "/auth/admin/users/" + bob.ID
	s.unchanged("a password alone", func() {
		a := carol.postForm(page+"/disable", nil)
		if to := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/auth/login?return_to="+url.QueryEscape(page)) {
			t.Errorf("a form: %d to %q", a.status, to)
		}
		carol.do("DELETE", admin.APIPath+"/users/"+bob.ID, "").wants(t, 401, "acr_required")
	})
	if a := carol.get("/auth/account/two-step"); a.status != 200 {
		t.Errorf("setting it up: %d %s", a.status, a.body)
	}
}

// More would make a token that is refused for its length: nobody could sign in to the account.
func TestAttackAnAccountHasNoMoreRolesThanATokenHolds(t *testing.T) {
	r := startRoom(t)
	role := func(n int) string { return fmt.Sprintf(`"%064d"`, n) }
	roles := role(0)
	for n := 1; n < 100; n++ {
		roles += "," + role(n)
	}
	r.unchanged("one more", func() { r.ask(t, 422, "PATCH", r.at(""), `{"roles":[`+roles+`,"more"]}`, nil) })
	r.ask(t, 200, "PATCH", r.at(""), `{"roles":[`+roles+`]}`, nil)
	r.program().login("bob", battery, "storage")
}

// Who reads the log after something went wrong asks first who was given which role, and where a way in was made.
func TestTheLogNamesWhatAnAdministratorChanged(t *testing.T) {
	r := startRoom(t)
	app := r.addClient(registry.Web, nil)
	for _, deed := range []struct{ method, path, body, detail string }{
		{"PATCH", r.at(""), `{"roles":["admin"]}`, "roles"},
		{"PATCH", r.at(""), `{"email":"b@example.com","name":"B","claims":{"nickname":"b"}}`, "email, email_verified, name, claims"},
		{"PATCH", r.at(""), `{"username":"bo"}`, "username"},
		{"POST", "/clients/" + app.id + "/secrets", "", "secret added"},
		{"DELETE", "/clients/" + app.id + "/secrets/old", "", "old secrets dropped"},
		{"PATCH", "/clients/" + app.id, `{"redirect_uris":["https://b.example.com/"]}`, "redirect_uris"},
	} {
		r.clock.advance(time.Millisecond) // no account is changed twice at a time
		a := r.ada.do(deed.method, admin.APIPath+deed.path, deed.body, "Content-Type: application/json")
		if e := r.last(); a.status > 299 || e.Detail != deed.detail || e.Actor != r.mine.ID || e.UserID+e.ClientID == "" {
			t.Errorf("%v: %d, the log says %+v", deed, a.status, e)
		}
	}
}

func TestMoreKeysThanMayBeAreRefusedByTheAPI(t *testing.T) {
	r := startRoom(t)
	a := r.ask(t, 200, "POST", "/keys/rotate", `{"now":true}`, nil)
	for n := 0; a.status == 200 && n < 100; n++ {
		a = r.ada.postJSON(admin.APIPath+"/keys/rotate", `{"now":true}`)
	}
	a.wants(t, 409, "key_limit")
}

// What people call themselves and their devices, and what apps are called, is read by administrators.
func TestAttackWhatOthersWroteIsTextForAdministrators(t *testing.T) {
	r := startRoom(t)
	const evil = `"'><img src=x onerror=alert(1)>*x*`
	r.browser().tryLogin("bob", battery, "cookie", "User-Agent: "+evil)
	if err := r.core.Users.Amend(r.Context(), r.bob.ID, user.Amendment{Name: new(evil)}, cli); err != nil {
		t.Fatal(err)
	}
	app := r.addClient(registry.Web, func(s *registry.Settings) { s.Name, s.Scopes = evil, append(s.Scopes, "'><img") })
	asked := "%22%3E%3Cimg+src"
	answers := map[string]reply{
		"link":         r.ada.postForm(r.page(r.bob, "/link"), nil),
		"secret":       r.ada.postForm("/auth/admin/apps/"+app.id+"/secret", map[string]string{"seen": r.seen(app.id)}),
		"a bad person": r.ada.postForm("/auth/admin/add-user", map[string]string{"username": evil, "name": evil, "email": evil, "roles": evil}),
		"a bad app":    r.ada.postForm("/auth/admin/add-app", map[string]string{"name": evil, "profile": "web", "redirects": "javascript:" + evil, "id": evil, "scopes": evil}),
	}
	for _, path := range []string{
		"/users", "/users/" + r.bob.ID, "/users/" + asked, "/users?q=" + asked + "&role=" + asked + "&state=" + asked, "/sessions", "/sessions?q=" + asked,
		"/apps", "/apps/" + app.id, "/apps?q=" + asked, "/log", "/log?user=" + asked,
	} {
		answers[path] = r.ada.get("/auth/admin" + path)
	}
	for what, a := range answers {
		if a.status >= 500 || strings.Contains(a.body, "<img") || strings.Contains(a.body, `href="javascript:`) || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %v %s", what, a.status, a.header, a.body)
		}
	}
	if !strings.Contains(answers["/users/"+r.bob.ID].body, "&lt;img src=x") {
		t.Error("the page does not say what was written")
	}
}

// An administrator who gave such an app a secret could be the app, and nobody there would know.
func TestAttackAnAppThatRegisteredItselfGetsNoSecretFromAnAdministrator(t *testing.T) {
	r := startRoom(t, registrable)
	var app struct {
		ID string `json:"client_id"`
	}
	r.register(aBook, r.invite()).json(t, &app)
	for _, call := range []struct{ method, path, body string }{{"PATCH", "", `{"client_name":"Mine"}`}, {"POST", "/secrets", ""}, {"DELETE", "/secrets/old", ""}} {
		r.unchanged(call.path, func() {
			if a := r.ask(t, 409, call.method, "/clients/"+app.ID+call.path, call.body, nil); a.code() != "client_fixed" {
				t.Errorf("%v: %s", call, a.body)
			}
		})
	}
}
