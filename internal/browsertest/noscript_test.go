package browsertest

import (
	"strings"
	"testing"
)

func TestEverythingWorksWithoutScript(t *testing.T) {
	t.Parallel()
	s := start(t)
	b := visit(s).withoutScript()
	b.at(strings.TrimPrefix(s.app.SetupLink(), s.origin))
	b.fill("#username", "alice")
	b.fill("#password", battery)
	b.click("form .primary")
	b.expect("/auth/account")
	if n := ask[int](b, `document.querySelectorAll(".reveal").length`); n != 0 {
		t.Fatal("scripts are not off")
	}

	b.fill("#name", "Alice Liddell")
	b.click("form[action$='/profile'] button")
	b.reads("h1", "Alice Liddell")

	s.program("alice", "curl/8.14")
	s.program("alice", "curl/8.14")
	b.click("nav a")
	b.click(".list form button")
	b.reads("#sessions-note", "Ended.")
	b.click("form[action$='end-others'] button")
	b.reads("#sessions-note", "Ended.")

	b.changePassword(battery, fresh)
	b.reads("#password-note", "The password is changed.")

	b.click("footer a[hreflang=zh-Hans]")
	b.reads("h2", "个人资料")
	b.click("footer a[hreflang=en]")

	b.click("a[href='/auth/logout']")
	b.click("[value=this]")
	b.reads("h1", "You are signed out")
	b.reads("main", "UTC") // a time names its zone where no script can translate it

	b.click("main .primary")
	b.signIn("alice", battery)
	b.reads("[role=alert]", "That name and password do not go together.")
	b.signIn("alice", fresh)
	b.expect("/auth/account")
}
