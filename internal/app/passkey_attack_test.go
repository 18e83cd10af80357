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
