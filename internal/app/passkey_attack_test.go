package app

import (
	"testing"

	"github.com/lingpai/lingpai/internal/passkey"
)

// Whoever begins often while there is room yet has many challenges, and each is good.
func TestAttackMorePasskeysThanAnAccountMayHaveAreNotAddedByBeginningThemBefore(t *testing.T) {
	s := start(t)
	u := s.addUser("alice", battery)
	b := s.browser()
	b.login("alice", battery, "cookie")
	type begun struct{ answer, cookie string }
	var all []begun
	for range passkey.Most + 2 {
		made := s.authenticator(u.ID).makes(b.challenge(askToAdd))
		all = append(all, begun{made, b.cookies["lingpai_passkey"]})
	}
	for i, one := range all {
		b.cookies["lingpai_passkey"] = one.cookie
		r := b.postForm("/auth/account/passkeys", map[string]string{"credential": one.answer})
		if added := r.status == 303; added != (i < passkey.Most) {
			t.Errorf("passkey %d: %d", i+1, r.status)
		}
	}
	if list, err := s.core.Passkeys.Of(t.Context(), u.ID); err != nil || len(list) != passkey.Most {
		t.Errorf("the account has %d, %v", len(list), err)
	}
}

// An answer that was spent, or is of a disabled account, is as good as before, and costs nobody anything.
func TestAttackAnAnswerThatIsSentAgainAndAgainFillsNoLog(t *testing.T) {
	s := start(t)
	alice, bob := s.addUser("alice", battery), s.addUser("bob", battery)
	a, off := s.passkey(alice), s.passkey(bob)
	if err := s.core.Users.SetDisabled(t.Context(), bob.ID, true, cli); err != nil {
		t.Fatal(err)
	}
	b, c := s.browser(), s.browser()
	again, refused := a.signs(b.challenge(askToSignIn)), off.signs(c.challenge(askToSignIn))
	begun := b.cookies["lingpai_passkey"]
	b.withPasskey(again).wants(t, 200, "")
	before := len(s.events())
	for range 40 {
		b.cookies["lingpai_passkey"] = begun
		b.withPasskey(again).wants(t, 410, "challenge_void")
		c.withPasskey(refused).wants(t, 403, "account_disabled")
	}
	if n := len(s.events()) - before; n == 0 || n > 60 {
		t.Errorf("of 80 answers that cost nothing, %d are in the log", n)
	}
}
