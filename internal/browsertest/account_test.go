package browsertest

import (
	"testing"
	"time"
)

// fresh is another password that the policy accepts.
const fresh = "four sea shells on a shore"

func (b *tab) changePassword(current, next string) {
	b.Helper()
	b.fill("#current", current)
	b.fill("#new", next)
	b.click("form[action$='/password'] button:not(.reveal)")
}

func TestProfileIsChangedAndTheChangeIsSaidOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := signedIn(s, "alice")
	b.fill("#name", "爱丽丝 <b>Liddell</b>")
	b.fill("#email", "alice@wonder.example")
	b.fill("#proof", battery)
	b.click("form[action$='/profile'] .button")
	b.reads("#profile-note", "Saved.")
	b.reads("h1", "爱丽丝 <b>Liddell</b>")
	b.reads("header p", "alice@wonder.example")
	b.at("/auth/account")
	if got := b.text("#profile-note"); got != "" {
		t.Errorf("it still says %q", got)
	}
}

func TestAddressOfAnotherAccountIsRefusedAtItsField(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	s.add("bob")
	b := signedIn(s, "alice")
	b.fill("#name", "Alice")
	b.fill("#email", "BOB@example.com")
	b.fill("#proof", battery)
	b.click("form[action$='/profile'] .button")
	b.reads("#email-problem", "This address belongs to another account.")
	b.awaitFocus("email")
	if got := b.value("#name"); got != "Alice" {
		t.Errorf("the name that was typed has become %q", got)
	}
}

// ASVS 6.2.3
func TestWrongPresentPasswordChangesNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := signedIn(s, "alice")
	b.changePassword("incorrect horse battery", fresh)
	b.reads("#password-note", "Nothing was changed.")
	b.reads("#current-problem", "This is not your password.")
	b.awaitFocus("current")
	if got := b.value("#current") + b.value("#new"); got != "" {
		t.Errorf("in the fields stands %q", got)
	}
	b.changePassword(battery, "password password")
	if b.text("#new-problem") == "" {
		t.Error("a common password was not refused at its field")
	}
	other := visit(s)
	other.at("/auth/login")
	other.signIn("alice", battery)
	other.expect("/auth/account")
}

// ASVS 6.2.2, 7.4.3
func TestPasswordChangeEndsOtherBrowsersButNotThisOne(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	here, there := signedIn(s, "alice"), signedIn(s, "alice")
	here.changePassword(battery, fresh)
	here.reads("#password-note", "The password is changed. One other session ended.")
	// What became of it is in sight; the page is scrolled there when it is drawn.
	here.says(`(({top, bottom}) => String(top >= 0 && bottom <= innerHeight))(document.querySelector("#password-note").getBoundingClientRect())`, "true")
	there.click("nav a")
	there.reads(".note", "Sign in again")
	there.signIn("alice", battery)
	there.reads("[role=alert]", "That name and password do not go together.")
	there.signIn("alice", fresh)
	there.expect("/auth/account")
}

// ASVS 7.5.2
func TestOneSessionIsEnded(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	s.program("alice", "curl/8.14")
	there, here := signedIn(s, "alice"), signedIn(s, "alice")
	here.reads(".list", "curl")
	here.reads(".list li:has(.good)", "this one")
	before := ask[int](here, `document.querySelectorAll("[aria-labelledby=sessions] .list li").length`)
	ask[any](here, `[...document.querySelectorAll("[aria-labelledby=sessions] .list li")].find(li => li.innerText.includes("curl")).querySelector("button").id = "curl"`)
	here.click("#curl")
	here.reads("#sessions-note", "Ended. That session has to sign in again.")
	if after := ask[int](here, `document.querySelectorAll("[aria-labelledby=sessions] .list li").length`); before != 3 || after != 2 {
		t.Errorf("%d sessions became %d", before, after)
	}
	there.click("nav a")
	there.expect("/auth/account")
}

// ASVS 7.5.2
func TestAllOtherSessionsAreEnded(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	s.program("alice", "curl/8.14")
	there, here := signedIn(s, "alice"), signedIn(s, "alice")
	here.click("form[action$='end-others'] button")
	here.reads("#sessions-note", "Ended. 2 other sessions have to sign in again.")
	there.click("nav a")
	there.reads(".note", "Sign in again")
}

// ASVS 7.5.2
func TestEndingOthersAfterAWhileTakesAnotherSignIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	there, here := signedIn(s, "alice"), signedIn(s, "alice")
	s.advance(11 * time.Minute)
	here.click("form[action$='end-others'] button")
	here.reads("[role=alert]", "Sign in again for that.")
	if name := here.value("#username"); name != "alice" {
		t.Errorf("the name stands in the form as %q", name)
	}
	here.fill("#password", battery)
	here.click("form .primary")
	here.expect("/auth/account?done=anew_sessions")
	here.reads("#sessions-note", "You have signed in again.")
	there.click("nav a") // nothing was ended by that
	there.expect("/auth/account")
	here.click("form[action$='end-others'] button")
	here.reads("#sessions-note", "Ended. One other session has to sign in again.")
	there.click("nav a")
	there.reads(".note", "Sign in again")
}
