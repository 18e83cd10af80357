package browsertest

import (
	"net/url"
	"testing"
)

// ASVS 7.4.4
func TestSignOutHereLeavesOtherBrowsersSignedIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	here, there := signedIn(s, "alice"), signedIn(s, "alice")
	here.click("a[href='/auth/logout']")
	here.reads("main", "One other session is open.")
	here.awaitFocus("this")
	here.click("[value=this]")
	here.reads("h1", "You are signed out")
	here.reads("main", "of this browser, as alice")
	here.reads("main", "One other device is still signed in.")
	if here.cookie("lingpai_session") != nil {
		t.Error("the browser still holds the session")
	}
	here.at("/auth/account")
	here.expect("/auth/login?return_to=%2Fauth%2Faccount")
	there.click("nav a")
	there.expect("/auth/account")
}

func TestSignOutEverywhereEndsOtherBrowsers(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	here, there := signedIn(s, "alice"), signedIn(s, "alice")
	here.click("a[href='/auth/logout']")
	here.click("[value=all]")
	here.reads("main", "everywhere, as alice")
	there.click("nav a")
	there.expect("/auth/login?" + url.Values{"return_to": {"/auth/account"}, "reason": {"session_ended"}}.Encode())
}

func TestSessionEndedElsewhereLeadsToSignInAndBack(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.add("alice")
	b := signedIn(s, "alice")
	s.program("alice", "curl/8.14").endOthers()
	b.click("nav a")
	b.reads(".note", "Sign in again and you will be back where you were.")
	b.signIn("alice", battery)
	b.expect("/auth/account")
}

func TestFormOfAnEndedSessionChangesNothingAndLeadsToSignIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	u := s.add("alice")
	b := signedIn(s, "alice")
	s.program("alice", "curl/8.14").endOthers()
	b.fill("#name", "Mallory")
	b.click("form[action$='/profile'] button[data-busy]")
	b.expect("/auth/login?reason=session_ended")
	if now, err := s.core.Store.UserByID(t.Context(), u.ID); err != nil || now.Name != "" {
		t.Errorf("the name is %q: %v", now.Name, err)
	}
}
