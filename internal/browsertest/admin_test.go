package browsertest

import "testing"

// An administrator works without script; who they throw out is out with the next click.
func TestAnAdministratorFindsSomebodyAndThrowsThemOut(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice", "admin")
	bob := s.add("bob")
	his := signedIn(s, "bob")
	if got := his.text("header nav"); got != "AccountInspect" && got != "Account\nInspect" {
		t.Errorf("bob finds %q in the bar", got)
	}

	b := visit(s).withoutScript()
	b.at("/auth/login")
	b.signIn("alice", battery)
	b.expect("/auth/account")
	b.click("header nav a[href='/auth/admin/users']")
	b.fill("#q", "BOB")
	b.click(".tools button")
	b.click("td a")
	b.reads("h1", "bob")

	b.fill("#roles", "editor")
	b.click("section:first-of-type .form .button")
	b.reads("#done", "Saved.")
	b.reads("header p.soft", "editor")

	b.click("form[action$='/end'] .small")
	b.reads("#done", "Ended.")
	his.at("/auth/account")
	his.expect("/auth/login?reason=session_ended&return_to=%2Fauth%2Faccount")
	his.signIn("bob", battery)
	his.expect("/auth/account")

	b.click("form[action$='/disable'] button")
	b.reads("#done", "Disabled.")
	his.at("/auth/account")
	his.expect("/auth/login?reason=session_ended&return_to=%2Fauth%2Faccount")
	his.signIn("bob", battery)
	his.reads("[role=alert]", "closed")

	b.fill("#remove", "alice")
	b.click("form[action$='/remove'] button")
	b.reads("#done", "Nothing was done.")
	b.fill("#remove", "bob")
	b.click("form[action$='/remove'] button")
	b.reads("#done", "Removed.")
	if b.at("/auth/admin/users/"+bob.ID) != 404 {
		t.Error("the page of somebody who is gone is still there")
	}
}

func TestPagesOfAdministratorsAreForEverybody(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-Hans"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.add("alice", "admin")
			bob := s.add("bob", "editor")
			s.program("bob", "curl/8.14")
			b, l := lookAt(t, s, lang)
			b.at("/auth/login")
			b.signIn("alice", battery)
			b.expect("/auth/account")
			b.at("/auth/admin/users")
			l.look("admin-users")
			b.at("/auth/admin/users?q=nobody+like+that")
			l.look("admin-users-none")
			b.at("/auth/admin/users/" + bob.ID)
			l.look("admin-user")
			b.click("form[action$='/link'] button")
			l.look("admin-link")
			b.at("/auth/admin/add-user")
			b.fill("#username", "b o b")
			b.click("main .primary")
			l.look("admin-add-user")
		})
	}
}
